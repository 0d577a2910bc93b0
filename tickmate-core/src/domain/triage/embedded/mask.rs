//! Masks contact data in one requester's ticket before it is shown with another's.

/// The minimum and maximum number of digits of a telephone number.
const MIN_DIGITS: usize = 7;
const MAX_DIGITS: usize = 20;
const MAIL: &str = "[e-mail]";
const NUMBER: &str = "[number]";

/// Replaces email addresses and telephone numbers. Other long numbers are replaced, too; dates, versions and IP
/// addresses remain.
pub(super) fn mask(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    for word in text.split(' ') {
        if !words.is_empty() {
            words.push(' ');
        }
        match is_address(word) {
            true => words.push_str(MAIL),
            false => words.push_str(word),
        }
    }
    mask_numbers(&words)
}

/// Returns whether a word contains an email address: `ann@example.com`, `<ann@example.com>,`.
fn is_address(word: &str) -> bool {
    word.char_indices().any(|(at, c)| {
        let is_at = matches!(c, '@' | '\u{fe6b}' | '\u{ff20}');
        is_at && at > 0 && word[at + c.len_utf8()..].starts_with(char::is_alphanumeric)
    })
}

fn mask_numbers(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_numeric() || matches!(c, '+' | '(')) {
        let (before, from) = rest.split_at(start);
        masked.push_str(before);
        let is_inside = masked.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let length = number_length(from);
        let number = &from[..length];
        match !is_inside && is_telephone(number) {
            true => masked.push_str(NUMBER),
            false => masked.push_str(number),
        }
        rest = &from[length..];
    }
    masked.push_str(rest);
    masked
}

/// Returns the length in bytes of the digits and separators at the beginning of the text; at least the first
/// character.
fn number_length(text: &str) -> usize {
    let is_sign = |c: char| matches!(c, ' ' | '-' | '.' | '/' | '(' | ')' | '+' | '\u{a0}');
    let is_dash = |c: char| matches!(c, '\u{2010}'..='\u{2015}');
    let end = text
        .find(|c: char| !(c.is_numeric() || is_sign(c) || is_dash(c)))
        .unwrap_or(text.len());
    let number = text[..end].trim_end_matches(|c: char| !c.is_numeric());
    let first = text.chars().next().map_or(0, char::len_utf8);
    number.len().max(first)
}

fn is_telephone(number: &str) -> bool {
    let digits = number.chars().filter(|c| c.is_numeric()).count();
    if !(MIN_DIGITS..=MAX_DIGITS).contains(&digits) {
        return digits > MAX_DIGITS;
    }
    !is_date(number) && !is_version(number)
}

/// Returns whether a number is a date like `2026-11-21` or `21.11.2026`, optionally followed by the hour of a time.
fn is_date(number: &str) -> bool {
    let value = |group: Option<&&str>| group.and_then(|group| group.parse::<u16>().ok());
    let groups: Vec<&str> = number.split(|c: char| !c.is_ascii_digit()).collect();
    let is_year = |group| value(group).is_some_and(|year| (1900..2100).contains(&year));
    let is_part = |group| value(group).is_some_and(|part| (1..=31).contains(&part));
    let has_date = is_part(groups.get(1))
        && (is_year(groups.first()) && is_part(groups.get(2))
            || is_part(groups.first()) && is_year(groups.get(2)));
    let is_hour = |hour: &&str| hour.len() <= 2;
    has_date && groups.len() <= 4 && groups.get(3).is_none_or(is_hour)
}

/// Returns whether a number is a version of four groups like `10.0.19045.3803`; one that begins with zero is not.
fn is_version(number: &str) -> bool {
    let mut groups = number.split('.');
    let is_number = |group: &str| group.chars().all(char::is_numeric);
    number.split('.').count() == 4 && !number.starts_with('0') && groups.all(is_number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    #[test]
    fn addresses_and_numbers_are_masked() {
        for (text, expected) in [
            ("write to ann@example.com.", "write to [e-mail]"),
            ("(Ann <ann.b@example.com>)", "(Ann [e-mail]"),
            ("ann＠example.com", "[e-mail]"),
            ("@ann or a@ b", "@ann or a@ b"),
            ("call +41 44 123 45 67 now", "call [number] now"),
            (
                "call 044/123 45 67, or 0791234567.",
                "call [number], or [number].",
            ),
            ("(555) 123-4567", "[number]"),
            ("555.123.4567", "[number]"),
            ("01.23.45.67.89", "[number]"),
            ("044.123.45.67", "[number]"),
            ("٠٤٤١٢٣٤٥٦٧", "[number]"),
            ("+1‑555‑123‑4567", "[number]"),
            ("order 1234567", "order [number]"),
            ("on 2026-11-21 10:30", "on 2026-11-21 10:30"),
            ("am 21.11.2026", "am 21.11.2026"),
            (
                "192.168.100.20 and 10.0.19045.3803",
                "192.168.100.20 and 10.0.19045.3803",
            ),
            (
                "error 809, KB5034441, 0x80070057",
                "error 809, KB5034441, 0x80070057",
            ),
            ("floor 3, room 12", "floor 3, room 12"),
            ("(see there) + 1", "(see there) + 1"),
            ("", ""),
        ] {
            assert_eq!(mask(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_masked(text in any::<String>()) {
            let once = mask(&text);
            assert_eq!(mask(&once), once);
        }

        #[test]
        fn no_telephone_number_is_left(number in "(\\+|00|0)[1-9]([ ./-]?[0-9]){9,11}") {
            assert_eq!(mask(&format!("call {number}, please")), "call [number], please");
        }
    }
}
