//! Card, bank account and phone numbers.

use super::{ACCOUNT, CARD, PHONE, begins_word, replace_parts, run};

/// The length of an IBAN by country.
const IBANS: &[(usize, &str)] = &[
    (15, "NO"),
    (16, "BE"),
    (18, "DK FI FO GL NL"),
    (19, "MK SI"),
    (20, "AT BA EE KZ LT LU MN XK"),
    (21, "CH HR LI LV"),
    (22, "BG BH CR DE GB GE IE ME RS VA"),
    (23, "AE GI IL IQ OM TL"),
    (24, "AD CZ ES MD PK RO SA SE SK TN VG"),
    (25, "LY PT ST"),
    (26, "IS TR"),
    (27, "FR GR IT MC SM BI DJ"),
    (28, "AL AZ BY CY DO GT HU LB PL SV NI"),
    (29, "BR EG PS QA UA"),
    (30, "JO KW MU"),
    (31, "MT SC"),
    (32, "LC"),
    (33, "RU"),
];

/// The number of digits of a card number, and of a phone number with country code.
const CARD_DIGITS: std::ops::RangeInclusive<usize> = 13..=19;
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 8..=15;
/// The minimum number of digits of a phone number that begins with `00` and has no gap. Shorter ones are just as
/// often ids.
const MIN_UNBROKEN: usize = 10;

pub(super) fn redact_numbers(text: &str) -> String {
    let mut parts = Vec::new();
    let mut after = 0;
    for (at, c) in text.char_indices() {
        let may_start = c == '+' || c.is_ascii_alphanumeric();
        if at < after || !may_start || !begins_word(text, at) {
            continue;
        }
        let rest = &text[at..];
        let number = match c {
            '+' => phone_length(text, at).map(|length| (length, PHONE)),
            '0'..='9' if is_continued(&text[..at]) => None,
            '0'..='9' => card_length(rest)
                .map(|length| (length, CARD))
                .or_else(|| phone_length(text, at).map(|length| (length, PHONE))),
            _ => account_length(rest).map(|length| (length, ACCOUNT)),
        };
        if let Some((length, placeholder)) = number {
            after = at + length;
            parts.push((at..after, placeholder));
        }
    }
    replace_parts(text, &parts)
}

/// Returns the groups of digits at the beginning of a text as pairs of end and length, with one gap between two
/// groups.
fn groups(text: &str, is_gap: impl Fn(char) -> bool, max: usize) -> Vec<(usize, usize)> {
    let mut groups = Vec::new();
    let mut at = 0;
    let mut digits = 0;
    while digits <= max {
        let length = run(&text[at..], |c| c.is_ascii_digit());
        if length == 0 {
            break;
        }
        at += length;
        digits += length;
        groups.push((at, length));
        let gap = run(&text[at..], &is_gap);
        if gap == 0 || text[at..at + gap].chars().count() > 3 || text[at..].starts_with("  ") {
            break;
        }
        at += gap;
    }
    groups
}

/// Returns whether no word or number continues at this position, as an id of several groups does.
fn is_end(text: &str, at: usize) -> bool {
    let rest = &text[at..];
    let rest = rest
        .strip_prefix(['-', '.', '_', ':', '/', '@'])
        .unwrap_or(rest);
    !rest.starts_with(char::is_alphanumeric)
}

/// Returns whether a decimal, a version or a time continues after `before`.
fn is_continued(before: &str) -> bool {
    before
        .strip_suffix(['.', ',', ':'])
        .is_some_and(|number| number.ends_with(|c: char| c.is_ascii_digit()))
}

/// Returns the length of a card number: without gaps, or in groups as printed.
fn card_length(rest: &str) -> Option<usize> {
    let digits = run(rest, |c| c.is_ascii_digit());
    let gap = rest[digits..].chars().next();
    let mut match_end = None;
    if CARD_DIGITS.contains(&digits) && is_card(&rest[..digits]) {
        match_end = Some(digits);
    } else if let Some(gap) = gap.filter(|c| digits == 4 && matches!(c, ' ' | '-' | '.' | '\u{a0}'))
    {
        let groups = groups(rest, |c| c == gap, *CARD_DIGITS.end());
        let grouped_as = |lengths: &[usize]| {
            let group_lengths: Vec<usize> = groups.iter().map(|(_, length)| *length).collect();
            group_lengths
                .starts_with(lengths)
                .then(|| groups[lengths.len() - 1].0)
                .filter(|end| is_card(&rest[..*end]))
        };
        match_end = grouped_as(&[4, 4, 4, 4, 3])
            .or_else(|| grouped_as(&[4, 4, 4, 4]))
            .or_else(|| grouped_as(&[4, 6, 5]))
            .or_else(|| grouped_as(&[4, 6, 4]));
    }
    match_end.filter(|end| is_end(rest, *end))
}

/// Returns whether a number begins with an issuer's number and has a valid check digit (ISO/IEC 7812).
fn is_card(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let prefix = |count: usize| {
        digits
            .iter()
            .take(count)
            .fold(0, |number, d| number * 10 + d)
    };
    let is_issued = match digits.len() {
        13 | 19 if prefix(1) == 4 => true,
        14 => matches!(prefix(2), 30 | 36 | 38 | 39),
        15 => matches!(prefix(2), 34 | 37),
        16 => {
            matches!(prefix(1), 4)
                || matches!(prefix(2), 35 | 50..=69)
                || (2221..=2720).contains(&prefix(4))
        }
        17..=19 => matches!(prefix(2), 62 | 64 | 65),
        _ => false,
    };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match place % 2 {
            0 => *digit,
            _ => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    is_issued && sum.is_multiple_of(10)
}

/// Returns the length of a bank account number with valid check digits (ISO 13616).
fn account_length(rest: &str) -> Option<usize> {
    let country = rest.get(..2)?.to_ascii_uppercase();
    if !country.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let (length, _) = IBANS
        .iter()
        .find(|(_, countries)| countries.split(' ').any(|code| code == country))?;
    let mut number = String::new();
    let mut end = 0;
    let mut after_gap = true;
    for (at, c) in rest.char_indices() {
        if number.len() == *length {
            break;
        }
        match c {
            ' ' | '-' | '\u{a0}' if !after_gap => after_gap = true,
            c if c.is_ascii_alphanumeric() => {
                number.push(c.to_ascii_uppercase());
                end = at + 1;
                after_gap = false;
            }
            _ => return None,
        }
    }
    let is_whole = number.len() == *length && !rest[end..].starts_with(char::is_alphanumeric);
    (is_whole && remainder(&number) == Some(1)).then_some(end)
}

/// Returns the remainder of an account number divided by 97.
fn remainder(number: &str) -> Option<u32> {
    if !number.get(2..4)?.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let rearranged = number[4..].chars().chain(number[..4].chars());
    rearranged
        .map(|c| c.to_digit(36))
        .try_fold(0, |rest, value| {
            let value = value?;
            let shift = if value > 9 { 100 } else { 10 };
            Some((rest * shift + value) % 97)
        })
}

/// Returns the length of a phone number with `+` or `00` and a country code.
fn phone_length(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    let prefix = if rest.starts_with('+') { 1 } else { 2 };
    let number = rest.strip_prefix('+').or_else(|| rest.strip_prefix("00"))?;
    let before = &text[..at];
    let is_part = prefix == 2
        && (before.ends_with(['-', '#', '_', '/'])
            || before
                .trim_end_matches([' ', '\u{a0}'])
                .ends_with(|c: char| c.is_ascii_digit()));
    if !number.starts_with(|c: char| matches!(c, '1'..='9')) || is_part || is_date(number) {
        return None;
    }
    let is_gap = |c: char| matches!(c, ' ' | '-' | '/' | '(' | ')' | '.' | '\u{a0}');
    let groups = groups(number, is_gap, *PHONE_DIGITS.end());
    let mut digits = 0;
    let mut match_end = None;
    for (count, (end, length)) in groups.into_iter().enumerate() {
        digits += length;
        let is_unbroken = count == 0 && prefix == 2;
        let min_digits = if is_unbroken {
            MIN_UNBROKEN
        } else {
            *PHONE_DIGITS.start()
        };
        if (min_digits..=*PHONE_DIGITS.end()).contains(&digits) && is_end(number, end) {
            match_end = Some(prefix + end);
        }
    }
    let names_id = prefix == 2 && is_after_id(&text[..at]);
    match_end.filter(|_| !names_id)
}

/// Returns whether a number is a date as in ISO 8601, which may follow a plus sign in diffs.
fn is_date(number: &str) -> bool {
    let Some(day) = number.as_bytes().get(..10) else {
        return false;
    };
    let mut places = day.iter().enumerate();
    places.all(|(place, b)| match place {
        4 | 7 => *b == b'-',
        _ => b.is_ascii_digit(),
    })
}

/// Returns whether the preceding word is the label of an id.
fn is_after_id(before: &str) -> bool {
    const IDS: &[&str] = &[
        "account",
        "article",
        "artikel",
        "auftrag",
        "case",
        "bestellung",
        "id",
        "invoice",
        "nr",
        "no",
        "number",
        "nummer",
        "order",
        "part",
        "rechnung",
        "request",
        "s/n",
        "serial",
        "seriennummer",
        "sn",
        "ticket",
        "ticketnummer",
        "kundennummer",
        "bestellnummer",
        "rechnungsnummer",
        "artikelnummer",
    ];
    let start = before
        .char_indices()
        .rev()
        .nth(32)
        .map_or(0, |(start, _)| start);
    let word = before[start..]
        .trim_end()
        .rsplit(char::is_whitespace)
        .next()
        .unwrap_or_default()
        .trim_end_matches([':', '.'])
        .to_lowercase();
    IDS.contains(&word.as_str())
}
