//! E-mail addresses, and who is named in a URL.

use super::{ADDRESS, SECRET, replaced, run};

/// How many characters after `//` may belong to a user and a password.
const MAX_USER_INFO: usize = 256;
/// How many characters a name in quotes may have before an address's sign.
const MAX_QUOTED: usize = 64;

pub(super) fn without_addresses(text: &str) -> String {
    let mut parts = Vec::new();
    let mut done = 0;
    for (at, sign) in text.match_indices(['@', '＠']) {
        let after = at + sign.len();
        let start = local_start(&text[done..at]).map(|start| done + start);
        let length = domain(&text[after..]);
        if let (Some(start), Some(length)) = (start, length) {
            parts.push((start..after + length, ADDRESS));
            done = after + length;
        } else {
            done = after;
        }
    }
    replaced(text, &parts)
}

/// Where the name before an address's sign begins.
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

/// How long the domain is that a text begins with.
fn domain(text: &str) -> Option<usize> {
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

/// `//user:password@host` becomes `//[secret]@host`.
pub(super) fn without_user_info(text: &str) -> String {
    let mut parts = Vec::new();
    for (at, slashes) in text.match_indices("//") {
        let start = at + slashes.len();
        if let Some(length) = user_info(&text[start..]) {
            parts.push((start..start + length, SECRET));
        }
    }
    replaced(text, &parts)
}

fn user_info(rest: &str) -> Option<usize> {
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
    // A password may hold what should have been escaped; a number after the colon is a port.
    let (_, password) = authority.split_once(':')?;
    let is_port = password.bytes().all(|b| b.is_ascii_digit()) || authority.starts_with('[');
    match is_port {
        true => None,
        false => until(&is_end).rfind('@').filter(|length| *length > 0),
    }
}
