//! Email addresses, and user names in URLs.

use super::{ADDRESS, SECRET, replace_parts, run};

/// The maximum length of a user name and password after `//`, in characters.
const MAX_USER_INFO: usize = 256;
/// The maximum length of a quoted local part, in characters.
const MAX_QUOTED: usize = 64;

pub(super) fn redact_addresses(text: &str) -> String {
    let mut parts = Vec::new();
    let mut scanned_to = 0;
    for (at, sign) in text.match_indices(['@', '＠']) {
        let after = at + sign.len();
        let start = local_start(&text[scanned_to..at]).map(|start| scanned_to + start);
        let length = domain_length(&text[after..]);
        if let (Some(start), Some(length)) = (start, length) {
            parts.push((start..after + length, ADDRESS));
            scanned_to = after + length;
        } else {
            scanned_to = after;
        }
    }
    replace_parts(text, &parts)
}

/// Returns the start of the local part before the at sign.
fn local_start(before: &str) -> Option<usize> {
    if let Some(quoted) = before.strip_suffix('"') {
        let mut inner = quoted.char_indices().rev().take(MAX_QUOTED);
        let open = inner.find(|(_, c)| matches!(c, '"' | '\n'))?;
        return (open.1 == '"').then_some(open.0);
    }
    let is_part = |c: char| c.is_alphanumeric() || "._%+-&~!#$*'".contains(c);
    let rest = before.trim_end_matches(is_part);
    let start = before.len()
        - before[rest.len()..]
            .trim_start_matches(['\'', '.', '*'])
            .len();
    (start < before.len()).then_some(start)
}

/// Returns the length of the domain at the beginning of a text.
fn domain_length(text: &str) -> Option<usize> {
    if let Some(inner) = text.strip_prefix('[') {
        let is_part = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | ':' | 'I' | 'P' | 'v');
        let length = run(inner, is_part);
        return (length > 3 && inner[length..].starts_with(']')).then_some(length + 2);
    }
    let length = run(text, |c| c.is_alphanumeric() || matches!(c, '-' | '.'));
    let name = text[..length].trim_end_matches(['-', '.']);
    let (_, last) = name.rsplit_once('.')?;
    let is_top = last.starts_with("xn--") || last.chars().all(char::is_alphabetic);
    (is_top && last.chars().nth(1).is_some()).then_some(name.len())
}

/// Redacts user names and passwords in URLs: `//user:password@host` becomes `//[secret]@host`.
pub(super) fn redact_user_info(text: &str) -> String {
    let mut parts = Vec::new();
    for (at, slashes) in text.match_indices("//") {
        let start = at + slashes.len();
        if let Some(length) = user_info_length(&text[start..]) {
            parts.push((start..start + length, SECRET));
        }
    }
    replace_parts(text, &parts)
}

fn user_info_length(rest: &str) -> Option<usize> {
    let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>');
    let until = |is_end: &dyn Fn(char) -> bool| {
        let mut places = rest.char_indices().enumerate();
        let end = places.find(|(count, (_, c))| *count == MAX_USER_INFO || is_end(*c));
        end.map_or(rest, |(_, (end, _))| &rest[..end])
    };
    let authority = until(&|c| is_end(c) || matches!(c, '/' | '?' | '#'));
    if let Some(length) = authority.rfind('@') {
        return (length > 0).then_some(length);
    }
    // A password may contain characters that should have been escaped; digits after the colon are a port.
    let (_, password) = authority.split_once(':')?;
    let is_port = password.bytes().all(|b| b.is_ascii_digit()) || authority.starts_with('[');
    match is_port {
        true => None,
        false => until(&is_end).rfind('@').filter(|length| *length > 0),
    }
}
