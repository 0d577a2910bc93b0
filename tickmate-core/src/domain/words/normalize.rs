//! Normalization of texts: NFC with full case folding, and a form without diacritics.

use caseless::Caseless;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_script::{Script, UnicodeScript};

use super::MAX_WORD_CHARS;

/// Returns the text in NFC with full case folding, without characters that are invisible within a word.
pub(super) fn normalize(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let visible = text.chars().filter(|c| !is_invisible(*c));
    visible.nfc().default_case_fold().nfc().collect()
}

/// Returns a normalized word without its diacritics and compatibility forms (`ｖｐｎ` becomes `vpn`), in NFC. Marks that
/// spell a word, such as the vowels of Devanagari, stay. At most [`MAX_WORD_CHARS`] characters are returned.
pub(super) fn fold_diacritics(word: &str) -> String {
    if word.is_ascii() {
        return word.to_owned();
    }
    let mut folded = String::with_capacity(word.len());
    let mut has_diacritics = true;
    for c in word.nfkd().default_case_fold() {
        if is_combining_mark(c) {
            if !has_diacritics {
                folded.push(c);
            }
            continue;
        }
        match base_letters(c) {
            Some(letters) => folded.push_str(letters),
            None if c.is_alphanumeric() || matches!(c, '+' | '#' | '.') => folded.push(c),
            None => continue,
        }
        has_diacritics = matches!(
            c.script(),
            Script::Latin
                | Script::Greek
                | Script::Cyrillic
                | Script::Hebrew
                | Script::Arabic
                | Script::Common
        );
    }
    match folded.is_empty() {
        true => word.to_owned(),
        false => folded.nfc().take(MAX_WORD_CHARS).collect(),
    }
}

/// Returns the letters that replace a Latin letter that Unicode does not decompose.
const fn base_letters(c: char) -> Option<&'static str> {
    Some(match c {
        'ı' => "i",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'ħ' => "h",
        'ŧ' => "t",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        _ => return None,
    })
}

/// Returns whether this is a soft hyphen, a joiner, a direction mark or a variation selector: they change the look of a word,
/// but not the word.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{200C}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{E0100}'..='\u{E01EF}')
}
