//! Keys: the normalized names that are compared.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Returns the normalized form by which a name is compared: compatibility form, case folded, without marks, the signs of
/// `C++`, `C#`, `F*` and `.NET` as words, and only letters and digits. Empty for a name that has neither.
pub fn key(name: &str) -> String {
    spell_signs(folded(name))
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect()
}

/// Returns a name without surrounding white space, in compatibility form, case folded, without marks; its signs are kept.
pub(super) fn folded(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for c in name.trim().nfkc().flat_map(char::to_lowercase).nfd() {
        match c {
            'ß' => folded.push_str("ss"),
            'ς' => folded.push('σ'),
            c if is_combining_mark(c) => {}
            c => folded.push(c),
        }
    }
    folded
}

/// Replaces the signs that distinguish names by words.
fn spell_signs(folded: String) -> String {
    if folded
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b' ')
    {
        return folded;
    }
    let mut spelled = folded
        .replace("c++", "cpp")
        .replace('#', "sharp")
        .replace('&', "and");
    if let Some(rest) = spelled.strip_prefix('.') {
        spelled = format!("dot{rest}");
    }
    let stem = spelled.trim_end_matches('+').len();
    let pluses = spelled.len() - stem;
    spelled.truncate(stem);
    spelled.push_str(&"plus".repeat(pluses));
    let mut letters = spelled.chars();
    if let (Some(letter), Some('*'), None) = (letters.next(), letters.next(), letters.next())
        && letter.is_alphabetic()
    {
        return format!("{letter}star");
    }
    spelled
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    #[test]
    fn distinguishing_signs_are_spelled_out() {
        for (name, expected) in [
            ("C++", "cpp"),
            ("Objective-C++", "objectivecpp"),
            ("C#", "csharp"),
            (".NET", "dotnet"),
            ("ASP.NET", "aspnet"),
            ("F*", "fstar"),
            (".*", "dot"),
            ("GTK+", "gtkplus"),
            ("Notepad++", "notepadplusplus"),
            ("R&D", "randd"),
            ("Node.js", "nodejs"),
            ("  Wi-Fi\t", "wifi"),
            ("Stra\u{df}e", "strasse"),
            ("STRASSE", "strasse"),
            ("\u{39f}\u{394}\u{39f}\u{3a3}", "οδοσ"),
            ("\u{3bf}\u{3b4}\u{3bf}\u{3c2}", "οδοσ"),
            ("Z\u{fc}rich", "zurich"),
            ("Zu\u{308}rich", "zurich"),
            ("ＳＱＬ", "sql"),
            ("+", "plus"),
            ("%", ""),
            ("", ""),
        ] {
            assert_eq!(key(name), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(name in any::<String>()) {
            let once = key(&name);
            assert!(once.chars().all(char::is_alphanumeric));
            assert_eq!(key(&once), once);
        }
    }
}
