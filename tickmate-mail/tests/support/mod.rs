//! Mails to send in tests.

use tickmate_core::{
    backend::mailer::{Mailbox, OutgoingMail},
    domain::{
        id::{EventId, UserId},
        mail::{MailKey, MailKind},
        time::from_micros,
    },
};

/// Returns a mail with this time, in microseconds after 1970. Its texts contain non-ASCII characters and lines that
/// begin with a dot.
pub(crate) fn mail(micros: i64) -> OutgoingMail {
    let date = from_micros(micros);
    OutgoingMail {
        key: MailKey {
            event: EventId::new(date, [7; 10]),
            kind: MailKind::Received,
            to: UserId::new(from_micros(0), [9; 10]),
        },
        retry: 0,
        from: mailbox("TickMate", "desk@example.org"),
        to: mailbox("Ann Löw", "ann@example.org"),
        subject: "[#12] The printer is on fire".to_owned(),
        text: "Hello Ann,\n\n.\n..\nyour ticket has arrived. Grüße\n".to_owned(),
        html: "<p>Hello Ann, your ticket has arrived. Grüße</p>\n".to_owned(),
        message_id: format!("{micros}.received.0@example.org"),
        references: vec![
            "first@example.org".to_owned(),
            "last@example.org".to_owned(),
        ],
        date,
        reply_to: None,
        list_unsubscribe: None,
        headers: Vec::new(),
    }
}

fn mailbox(name: &str, email: &str) -> Mailbox {
    Mailbox {
        name: name.to_owned(),
        email: email.parse().expect("an address"),
    }
}
