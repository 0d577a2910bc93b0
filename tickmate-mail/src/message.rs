//! Builds the message of a mail: its headers and both parts, as the bytes that every adapter sends.

use std::time::SystemTime;

use lettre::{
    Address, Message,
    address::Envelope,
    message::{
        Mailbox as LettreMailbox, MultiPart, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};
use tickmate_core::{
    backend::mailer::{InvalidHeader, MailError, Mailbox, OutgoingMail},
    domain::{
        email::Email,
        text::one_line,
        time::{Timestamp, from_micros},
    },
};

/// The maximum number of characters of a name in a header.
const MAX_NAME: usize = 100;
/// The maximum number of characters of a header that the host adds.
const MAX_HEADER: usize = 900;
/// The maximum number of characters of a subject.
const MAX_SUBJECT: usize = 300;
/// The maximum number of bytes of a message id.
const MAX_ID: usize = 500;
/// The maximum number of ids in `References`: the first, which identifies the thread, and the last ones.
const MAX_REFERENCES: usize = 20;
/// The last second of the year 9999, in microseconds: `Date` has four digits for the year.
const LAST_DATE: i64 = 253_402_300_799_000_000;

/// The reason why a message can't be built from a mail.
#[derive(Debug, thiserror::Error)]
enum MessageError {
    #[error("the message id contains invalid characters")]
    MessageId,
    #[error("a header that the host adds is invalid")]
    HostHeader(#[source] InvalidHeader),
    #[error("the headers can't be built")]
    Headers(#[source] lettre::error::Error),
}

/// Builds the message of a mail. The same mail always yields the same bytes.
///
/// # Errors
/// Returns [`MailError::Refused`] if the message id, the sender's address or a header that the host adds is not valid
/// in a header.
pub(crate) fn build(mail: &OutgoingMail) -> Result<Message, MailError> {
    if !is_message_id(&mail.message_id) {
        return Err(MailError::Refused(Box::new(MessageError::MessageId)));
    }
    mail.check_headers()
        .map_err(|error| MailError::Refused(Box::new(MessageError::HostHeader(error))))?;
    build_message(mail, true)
        // If the names can't be encoded, the mail is still sent without them.
        .or_else(|_| build_message(mail, false))
        .map_err(|error| MailError::Refused(Box::new(MessageError::Headers(error))))
}

fn build_message(mail: &OutgoingMail, has_names: bool) -> Result<Message, lettre::error::Error> {
    let to_lettre = |mailbox: &Mailbox| {
        let name = has_names.then(|| name_of(mailbox)).flatten();
        LettreMailbox::new(name, address(&mailbox.email))
    };
    let from = address(&mail.from.email);
    let to = address(&mail.to.email);
    let mut builder = Message::builder()
        .envelope(Envelope::new(Some(from), vec![to])?)
        .from(to_lettre(&mail.from))
        .to(to_lettre(&mail.to))
        .subject(header_text(&mail.subject, MAX_SUBJECT))
        .date(date(mail.date))
        .message_id(Some(angle_bracketed(&mail.message_id)));
    let references = references(mail);
    if let Some(last) = references.last() {
        builder = builder.in_reply_to(angle_bracketed(last)).references(
            references
                .iter()
                .map(|id| angle_bracketed(id))
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
    if let Some(reply_to) = &mail.reply_to {
        builder = builder.reply_to(to_lettre(reply_to));
    }
    if let Some(url) = &mail.list_unsubscribe {
        builder = builder.raw_header(raw_header_value("List-Unsubscribe", &angle_bracketed(url)));
        if url.starts_with("https://") {
            builder = builder.raw_header(raw_header_value(
                "List-Unsubscribe-Post",
                "List-Unsubscribe=One-Click",
            ));
        }
    }
    for (name, value) in &mail.headers {
        // `check_headers` has validated the name.
        if let Ok(name) = HeaderName::new_from_ascii(name.clone()) {
            builder = builder.raw_header(HeaderValue::new(name, header_text(value, MAX_HEADER)));
        }
    }
    builder
        .raw_header(raw_header_value("Auto-Submitted", "auto-generated"))
        .raw_header(raw_header_value("X-Auto-Response-Suppress", "All"))
        .multipart(
            MultiPart::alternative()
                .boundary(boundary(mail))
                .singlepart(SinglePart::plain(mail.text.clone()))
                .singlepart(SinglePart::html(mail.html.clone())),
        )
}

/// Returns the name without characters that could end a header, because lettre panics on line breaks in names.
fn name_of(mailbox: &Mailbox) -> Option<String> {
    Some(header_text(&mailbox.name, MAX_NAME)).filter(|name| !name.is_empty())
}

/// Returns a text as one line that mail programs show unchanged. Splits sequences that look like encoded words (RFC
/// 2047), because decoding them could restore the removed characters.
fn header_text(text: &str, max: usize) -> String {
    let line = one_line(text, max).trim().to_owned();
    match line.contains("=?") && line.contains("?=") {
        true => line.replace("=?", "= ?"),
        false => line,
    }
}

/// Converts an [`Email`], which is already a dot-atom with a domain, so it needs no further check.
fn address(email: &Email) -> Address {
    let (local, domain) = email.as_str().rsplit_once('@').unwrap_or_default();
    Address::new_dangerous(local, domain)
}

/// Returns the time for the `Date` header, clamped because lettre panics on years before 1970 and after 9999.
fn date(at: Timestamp) -> SystemTime {
    from_micros(at.timestamp_micros().clamp(0, LAST_DATE)).into()
}

fn references(mail: &OutgoingMail) -> Vec<&str> {
    let ids: Vec<&str> = mail
        .references
        .iter()
        .map(String::as_str)
        .filter(|id| is_message_id(id) && *id != mail.message_id)
        .collect();
    match ids.as_slice() {
        [first, rest @ ..] if rest.len() >= MAX_REFERENCES => {
            let last = rest.iter().skip(rest.len() + 1 - MAX_REFERENCES);
            std::iter::once(first).chain(last).copied().collect()
        }
        _ => ids,
    }
}

/// Returns a boundary that neither part contains. It is derived from the mail, so retries use the same one.
fn boundary(mail: &OutgoingMail) -> String {
    let base = format!("tickmate-{}", mail.key.event.as_uuid().simple());
    let mut candidate = base.clone();
    let mut count = 0_u32;
    while mail.text.contains(&candidate) || mail.html.contains(&candidate) {
        count += 1;
        candidate = format!("{base}-{count}");
    }
    candidate
}

fn raw_header_value(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn angle_bracketed(id: &str) -> String {
    format!("<{id}>")
}

fn is_message_id(id: &str) -> bool {
    let plain = |b: u8| b.is_ascii_graphic() && !b"<>()[]\\,;:\"".contains(&b);
    id.len() <= MAX_ID && id.bytes().all(plain) && id.split('@').count() == 2
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use mail_parser::MessageParser;
    use proptest::prelude::{
        Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest,
    };
    use tickmate_core::domain::{
        id::{EventId, UserId},
        mail::{MailKey, MailKind},
    };

    use super::*;

    fn mail() -> OutgoingMail {
        let at = from_micros(1_790_000_000_123_456);
        OutgoingMail {
            key: MailKey {
                event: EventId::new(at, [1; 10]),
                kind: MailKind::Received,
                to: UserId::new(at, [2; 10]),
            },
            retry: 0,
            from: mailbox("TickMate"),
            to: mailbox("Ann"),
            subject: "[#1] Printer".to_owned(),
            text: "Hello,\n\nyour ticket has arrived.\n".to_owned(),
            html: "<p>Hello,</p>\n".to_owned(),
            message_id: "3@desk.example.org".to_owned(),
            references: vec![
                "1@desk.example.org".to_owned(),
                "2@desk.example.org".to_owned(),
            ],
            date: at,
            reply_to: None,
            list_unsubscribe: None,
            headers: Vec::new(),
        }
    }

    fn mailbox(name: &str) -> Mailbox {
        Mailbox {
            name: name.to_owned(),
            email: format!("{}@example.org", name.len()).parse().unwrap(),
        }
    }

    fn bytes(mail: &OutgoingMail) -> Vec<u8> {
        build(mail).unwrap().formatted()
    }

    /// Returns the headers of a formatted message, unfolded, each name with all its values.
    fn headers(bytes: &[u8]) -> BTreeMap<String, Vec<String>> {
        let text = std::str::from_utf8(bytes).unwrap();
        let head = text.split("\r\n\r\n").next().unwrap();
        let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in head
            .replace("\r\n ", " ")
            .replace("\r\n\t", " ")
            .split("\r\n")
        {
            let (name, value) = line.split_once(": ").unwrap();
            headers
                .entry(name.to_owned())
                .or_default()
                .push(value.to_owned());
        }
        headers
    }

    const HEADER_NAMES: [&str; 11] = [
        "Auto-Submitted",
        "Content-Type",
        "Date",
        "From",
        "In-Reply-To",
        "MIME-Version",
        "Message-ID",
        "References",
        "Subject",
        "To",
        "X-Auto-Response-Suppress",
    ];

    #[test]
    fn headers_identify_the_thread_and_automatic_mails() {
        let headers = headers(&bytes(&mail()));
        assert_eq!(headers.keys().collect::<Vec<_>>(), HEADER_NAMES);
        for (name, value) in [
            ("From", "TickMate <8@example.org>"),
            ("To", "Ann <3@example.org>"),
            ("Subject", "[#1] Printer"),
            ("Date", "Mon, 21 Sep 2026 14:13:20 +0000"),
            ("Message-ID", "<3@desk.example.org>"),
            ("In-Reply-To", "<2@desk.example.org>"),
            ("References", "<1@desk.example.org> <2@desk.example.org>"),
            ("Auto-Submitted", "auto-generated"),
            ("X-Auto-Response-Suppress", "All"),
        ] {
            assert_eq!(headers[name], [value], "{name}");
        }
        assert!(headers["Content-Type"][0].starts_with("multipart/alternative;"));
    }

    /// Returns a mail with everything that the host can add.
    fn mail_with_host_headers() -> OutgoingMail {
        OutgoingMail {
            reply_to: Some(mailbox("Grüße, Desk")),
            list_unsubscribe: Some("https://desk.example.org/u?t=a%20b&c=d".to_owned()),
            headers: vec![
                ("X-Desk".to_owned(), "Grüße; a=b".to_owned()),
                ("X-Entity-Ref-ID".to_owned(), "x ".repeat(300)),
            ],
            ..mail()
        }
    }

    #[test]
    fn host_headers_can_be_parsed_back() {
        let mail = mail_with_host_headers();
        let bytes = bytes(&mail);
        assert!(bytes.is_ascii());
        let sent = headers(&bytes);
        let mut names: Vec<&str> = HEADER_NAMES.to_vec();
        names.extend([
            "List-Unsubscribe",
            "List-Unsubscribe-Post",
            "Reply-To",
            "X-Desk",
            "X-Entity-Ref-ID",
        ]);
        names.sort_unstable();
        assert_eq!(sent.keys().collect::<Vec<_>>(), names);
        assert_eq!(
            sent["List-Unsubscribe"],
            ["<https://desk.example.org/u?t=a%20b&c=d>"]
        );
        assert_eq!(
            sent["List-Unsubscribe-Post"],
            ["List-Unsubscribe=One-Click"]
        );
        let parsed = MessageParser::default().parse(&bytes).unwrap();
        let reply_to = parsed.reply_to().unwrap().first().unwrap();
        assert_eq!(reply_to.name(), Some("Grüße, Desk"));
        assert_eq!(
            reply_to.address(),
            mail.reply_to.as_ref().map(|to| to.email.as_str())
        );
        let texts = MessageParser::new()
            .with_mime_headers()
            .default_header_text();
        let texts = texts.parse(&bytes).unwrap();
        let text_of = |name: &str| texts.header(name).unwrap().as_text().unwrap().to_owned();
        assert_eq!(text_of("X-Desk"), "Grüße; a=b");
        assert_eq!(text_of("X-Entity-Ref-ID").split_whitespace().count(), 300);
    }

    #[test]
    fn only_https_urls_allow_one_click_unsubscribe() {
        for url in ["http://desk.example.org/u", "mailto:leave@example.org"] {
            let mut mail = mail();
            mail.list_unsubscribe = Some(url.to_owned());
            let headers = headers(&bytes(&mail));
            assert_eq!(headers["List-Unsubscribe"], [format!("<{url}>")]);
            assert!(!headers.contains_key("List-Unsubscribe-Post"));
        }
    }

    #[test]
    fn host_headers_that_could_break_a_header_are_refused() {
        let with = |name: &str, value: &str| OutgoingMail {
            headers: vec![(name.to_owned(), value.to_owned())],
            ..mail()
        };
        let with_unsubscribe_url = |url: &str| OutgoingMail {
            list_unsubscribe: Some(url.to_owned()),
            ..mail()
        };
        for mail in [
            with("X-Desk", "a\r\nBcc: b@c.d"),
            with("X-Desk\r\nBcc", "b@c.d"),
            with("Bcc", "b@c.d"),
            with("subject", "another"),
            with_unsubscribe_url("https://a.b/\r\nBcc: b@c.d"),
            with_unsubscribe_url("https://a.b/>, <mailto:b@c.d"),
        ] {
            let headers = (&mail.headers, &mail.list_unsubscribe);
            assert!(
                matches!(build(&mail), Err(MailError::Refused(_))),
                "{headers:?}"
            );
        }
    }

    #[test]
    fn every_attempt_sends_the_same_bytes() {
        assert_eq!(bytes(&mail()), bytes(&mail()));
    }

    #[test]
    fn both_parts_can_be_parsed_back() {
        let mut mail = mail();
        mail.text = format!("Grüße\n.\n..\nFrom me\n{}\n", "x".repeat(2_000));
        mail.html = "<p>Grüße \u{1F525}</p>".to_owned();
        let bytes = bytes(&mail);
        assert!(bytes.is_ascii());
        assert!(bytes.split(|b| *b == b'\n').all(|line| line.len() <= 998));
        let parsed = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(
            parsed.body_text(0).unwrap().replace("\r\n", "\n"),
            mail.text
        );
        assert_eq!(parsed.body_html(0).unwrap(), mail.html);
    }

    #[test]
    fn a_part_that_contains_the_boundary_is_not_split() {
        let mut mail = mail();
        mail.text = format!("--{}\nContent-Type: text/html\n\nevil\n", boundary(&mail));
        let bytes = bytes(&mail);
        let parsed = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(
            parsed.body_text(0).unwrap().replace("\r\n", "\n"),
            mail.text
        );
        assert_eq!(
            parsed.body_html(0).unwrap().trim_end(),
            mail.html.trim_end()
        );
    }

    #[test]
    fn names_cause_no_panic_and_no_extra_header() {
        for name in [
            "Evil\r\nBcc: e@example.org",
            "Evil\nBcc: e@example.org",
            "Evil\r",
            "\0",
            "a\0b",
            "\u{2028}",
            "\"<e@example.org>",
            "e@example.org,",
            "\\",
            "=?utf-8?q?=0d=0aBcc:_e?=",
            "Ä\r\n\tBcc: e@example.org",
            " ",
            "(",
            "a:b;",
        ] {
            let mut mail = mail();
            mail.from.name = name.to_owned();
            mail.to.name = name.to_owned();
            mail.subject = name.to_owned();
            let message = build(&mail).unwrap();
            assert_eq!(message.envelope().to().len(), 1);
            let headers = headers(&message.formatted());
            assert_eq!(headers.keys().collect::<Vec<_>>(), HEADER_NAMES, "{name:?}");
            assert!(headers.values().all(|values| values.len() == 1), "{name:?}");
        }
    }

    #[test]
    fn ids_that_could_break_a_header_are_refused() {
        for id in [
            "",
            "a",
            "a@b\r\nBcc: c@d",
            "a@b> <c",
            "a b@c",
            "ä@b",
            "a@b@c",
        ] {
            let mut mail = mail();
            mail.message_id = id.to_owned();
            assert!(matches!(build(&mail), Err(MailError::Refused(_))), "{id:?}");
        }
        let mut mail = mail();
        mail.references = vec!["x\r\nBcc: y@z".to_owned(), mail.message_id.clone()];
        let headers = headers(&bytes(&mail));
        assert!(!headers.contains_key("References") && !headers.contains_key("In-Reply-To"));
    }

    #[test]
    fn long_threads_keep_their_first_and_last_mails() {
        let mut mail = mail();
        mail.references = (0..100).map(|n| format!("{n}@old.example.org")).collect();
        let headers = headers(&bytes(&mail));
        let references: Vec<&str> = headers["References"][0].split(' ').collect();
        assert_eq!(references.len(), MAX_REFERENCES);
        assert_eq!(references.first(), Some(&"<0@old.example.org>"));
        assert_eq!(references.get(1), Some(&"<81@old.example.org>"));
        assert_eq!(references.last(), Some(&"<99@old.example.org>"));
    }

    #[test]
    fn dates_out_of_range_do_not_panic() {
        for (micros, year) in [(i64::MIN, "1970"), (-1, "1970"), (i64::MAX, "9999")] {
            let mut mail = mail();
            mail.date = from_micros(micros);
            assert!(headers(&bytes(&mail))["Date"][0].contains(year));
        }
    }

    #[test]
    fn every_address_that_the_desk_accepts_is_valid() {
        for address in [
            "root@localhost",
            "a@1",
            "a@10.0.0.1",
            "!#$%&'*+/=?^_`{|}~-@a-b.c1",
        ] {
            let mut mail = mail();
            mail.to.email = address.parse().unwrap();
            let message = build(&mail).unwrap();
            assert_eq!(message.envelope().to()[0].to_string(), address);
            assert!(headers(&message.formatted())["To"][0].contains(address));
        }
    }

    fn text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            any::<char>().prop_map(String::from),
            "[ -~]{1,12}",
            Just("\r\nBcc: e@example.org\r\n\r\n".to_owned()),
            Just("\r\n ".to_owned()),
            Just("\0".to_owned()),
            Just("=?utf-8?b?DQo=?=".to_owned()),
        ];
        proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn no_user_text_causes_a_panic_or_an_extra_header(
            from in text(), to in text(), subject in text(), body in text(), header in text()
        ) {
            let mut mail = mail();
            mail.reply_to = Some(Mailbox { name: to.clone(), ..mailbox("Ann") });
            mail.headers = vec![("X-Desk".to_owned(), header)];
            let is_refused = mail.check_headers().is_err();
            prop_assert_eq!(build(&mail).is_err(), is_refused);
            if is_refused {
                mail.headers.clear();
            }
            let mut names: Vec<&str> = HEADER_NAMES.to_vec();
            names.push("Reply-To");
            names.extend((!is_refused).then_some("X-Desk"));
            names.sort_unstable();
            mail.from.name = from;
            mail.to.name = to;
            mail.subject = subject;
            mail.text = body.clone();
            mail.html = body;
            let message = build(&mail).unwrap();
            let bytes = message.formatted();
            prop_assert!(bytes.is_ascii());
            let headers = headers(&bytes);
            prop_assert_eq!(headers.keys().collect::<Vec<_>>(), names);
            prop_assert!(headers.values().all(|values| values.len() == 1));
            prop_assert_eq!(message.envelope().to().len(), 1);
            let parsed = MessageParser::default().parse(&bytes).unwrap();
            let to = parsed.to().unwrap();
            prop_assert_eq!(to.as_list().map_or(0, |list| list.len()), 1);
            prop_assert_eq!(to.first().and_then(|to| to.address()), Some("3@example.org"));
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(
                words(parsed.subject().unwrap_or_default()),
                words(&header_text(&mail.subject, MAX_SUBJECT))
            );
            prop_assert_eq!(
                to.first().and_then(|to| to.name()).map(words).unwrap_or_default(),
                words(&header_text(&mail.to.name, MAX_NAME))
            );
        }
    }
}
