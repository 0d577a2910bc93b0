//! The content of every kind of letter, what no letter may contain, and hostile texts.

use proptest::prelude::{any, proptest};

use super::{
    Language, Letter, LetterError, LetterReply, LetterTicket, Priority, Rendered, fill_token,
    render, ticket_url,
};
use crate::domain::mail::{MailKind, TOKEN_MARK};

const EVIL: &str = "<img src=x onerror=alert(1)>\"'&";

fn letter(kind: MailKind) -> Letter {
    Letter {
        language: Language::English,
        kind,
        desk: "TickMate".to_owned(),
        app_url: "https://desk.example.org/".to_owned(),
        recipient_name: "Ann Lee".to_owned(),
        ticket: Some(LetterTicket {
            number: 12,
            title: "The printer is on fire".to_owned(),
            summary: Some("Printer burns".to_owned()),
            notes: Some("Ask for the model.\r\nhttps://evil.example/".to_owned()),
            first_steps: vec!["Pull the plug".to_owned(), "Call us".to_owned()],
            skills: vec!["Printers".to_owned(), "C++".to_owned()],
            priority: Priority::Urgent,
            category: "Hardware".to_owned(),
            url: ticket_url("https://desk.example.org/", 12),
        }),
        reply: Some(LetterReply {
            author_name: "Bob".to_owned(),
            message: "First line\n\nSecond line".to_owned(),
        }),
        assignee_name: Some("Cleo".to_owned()),
    }
}

fn render_valid(letter: &Letter) -> Rendered {
    render(letter).unwrap()
}

fn hostile(kind: MailKind, text: &str) -> Letter {
    let mut letter = letter(kind);
    letter.desk = text.to_owned();
    letter.recipient_name = text.to_owned();
    letter.assignee_name = Some(text.to_owned());
    letter.reply = Some(LetterReply {
        author_name: text.to_owned(),
        message: text.to_owned(),
    });
    if let Some(ticket) = &mut letter.ticket {
        ticket.title = text.to_owned();
        ticket.summary = Some(text.to_owned());
        ticket.notes = Some(text.to_owned());
        ticket.first_steps = vec![text.to_owned()];
        ticket.skills = vec![text.to_owned()];
        ticket.category = text.to_owned();
    }
    letter
}

#[test]
fn every_kind_has_its_subject_and_phrases() {
    let link = "https://desk.example.org/tickets/12";
    let token_link = format!("https://desk.example.org/auth/verify-email?token={TOKEN_MARK}");
    let of_ticket = "[#12] The printer is on fire";
    for (kind, subject, phrases) in [
        (
            MailKind::Welcome,
            "Welcome to TickMate: please confirm your address",
            vec![
                "Hello,",
                "Welcome to TickMate.",
                "did not sign up",
                &token_link,
            ],
        ),
        (
            MailKind::Verify,
            "Confirm your address for TickMate",
            vec!["Hello,", "confirm that this address", &token_link],
        ),
        (
            MailKind::AddressReused,
            "You have an account at TickMate already",
            vec![
                "Hello,",
                "with this address",
                "If it was you",
                "https://desk.example.org/",
            ],
        ),
        (
            MailKind::Received,
            of_ticket,
            vec!["Hello Ann Lee,", "has arrived", link],
        ),
        (
            MailKind::Assigned,
            of_ticket,
            vec![
                "assigned to you",
                "Priority:",
                "Urgent",
                "Category: Hardware",
                "Skills: Printers, C++",
                "Printer burns",
                "Ask for the model.",
                "Pull the plug",
                link,
            ],
        ),
        (
            MailKind::AssignedRequester,
            of_ticket,
            vec!["Cleo looks after your ticket", link],
        ),
        (
            MailKind::Reply,
            of_ticket,
            vec!["Bob wrote:", "First line", "Second line", link],
        ),
        (
            MailKind::Waiting,
            of_ticket,
            vec!["need an answer from you", "First line", link],
        ),
        (
            MailKind::Resolved,
            of_ticket,
            vec!["is resolved", "opens it again", link],
        ),
        (
            MailKind::Reopened,
            of_ticket,
            vec!["open again. Bob wrote:", "Second line", link],
        ),
        (MailKind::Closed, of_ticket, vec!["is closed", link]),
    ] {
        let mail = render_valid(&letter(kind));
        assert_eq!(mail.subject, subject);
        for phrase in phrases {
            assert!(
                mail.text.contains(phrase),
                "{kind:?}: {phrase} in {}",
                mail.text
            );
            assert!(
                mail.html.contains(phrase),
                "{kind:?}: {phrase} in {}",
                mail.html
            );
        }
    }
}

#[test]
fn every_kind_has_its_own_lead() {
    let leads: std::collections::BTreeSet<String> = MailKind::ALL
        .iter()
        .map(|kind| render_valid(&letter(*kind)).text)
        .filter_map(|text| text.lines().nth(2).map(str::to_owned))
        .collect();
    assert_eq!(leads.len(), MailKind::ALL.len());
}

#[test]
fn the_text_part_has_this_layout() {
    assert_eq!(
        render_valid(&letter(MailKind::Assigned)).text,
        "Hello Ann Lee,

This ticket is assigned to you.

[#12] The printer is on fire

Priority: Urgent
Category: Hardware
Skills: Printers, C++

Summary:
  Printer burns

Notes:
  Ask for the model.
  https://evil.example/

What to try first:
  1. Pull the plug
  2. Call us

Open the ticket:
https://desk.example.org/tickets/12

-- 
TickMate sent this mail by itself. Please answer in the ticket: answers to this mail are not read.
"
    );
    assert_eq!(
        render_valid(&letter(MailKind::Reply)).text,
        "Hello Ann Lee,

Bob wrote:

> First line
> 
> Second line

[#12] The printer is on fire

Read and answer:
https://desk.example.org/tickets/12

-- 
TickMate sent this mail by itself. Please answer in the ticket: answers to this mail are not read.
"
    );
}

#[test]
fn only_the_assignee_receives_staff_texts() {
    for kind in MailKind::ALL
        .iter()
        .filter(|kind| **kind != MailKind::Assigned)
    {
        let mail = render_valid(&letter(*kind));
        for part in [&mail.text, &mail.html] {
            for text in ["Ask for the model", "Pull the plug", "Printer burns"] {
                assert!(!part.contains(text), "{kind:?}: {text}");
            }
        }
    }
}

#[test]
fn mails_about_an_address_contain_no_text_of_users() {
    for kind in MailKind::ALL
        .iter()
        .filter(|kind| kind.is_about_the_address())
    {
        let mut letter = hostile(*kind, "CANARY");
        letter.desk = "TickMate".to_owned();
        let mail = render_valid(&letter);
        assert!(!format!("{}{}{}", mail.subject, mail.text, mail.html).contains("CANARY"));
    }
}

#[test]
fn html_of_users_is_escaped() {
    for kind in MailKind::ALL {
        let mail = render_valid(&hostile(*kind, EVIL));
        assert!(!mail.html.contains("<img"), "{}", mail.html);
        assert!(mail.html.contains("&#60;img src=x"), "{}", mail.html);
        assert_eq!(
            mail.html.matches('<').count(),
            mail.html.matches('>').count()
        );
    }
}

#[test]
fn the_only_link_is_that_of_the_desk() {
    for kind in MailKind::ALL {
        let mail = render_valid(&hostile(*kind, "https://evil.example/ javascript:alert(1)"));
        let links: Vec<_> = mail.html.split("href=\"").skip(1).collect();
        assert_eq!(links.len(), 1, "{kind:?}");
        assert!(
            links[0].starts_with("https://desk.example.org/"),
            "{kind:?}"
        );
        assert!(!mail.html.contains("src="));
        assert!(!mail.html.contains("url("));
    }
}

#[test]
fn the_token_replaces_its_mark() {
    for kind in [MailKind::Welcome, MailKind::Verify] {
        let mail = render_valid(&letter(kind));
        for part in [&mail.text, &mail.html] {
            assert!(part.contains(TOKEN_MARK));
            let filled = fill_token(part, "s3cret");
            assert!(filled.contains("https://desk.example.org/auth/verify-email?token=s3cret"));
            assert!(!filled.contains('\u{1}'));
        }
    }
}

#[test]
fn users_cannot_write_a_token_mark() {
    for kind in MailKind::ALL {
        let mail = render_valid(&hostile(*kind, &format!("a{TOKEN_MARK}b\u{1b}[0m\0")));
        let marks = match kind {
            MailKind::Welcome | MailKind::Verify => 1,
            _ => 0,
        };
        assert_eq!(mail.text.matches(TOKEN_MARK).count(), marks, "{kind:?}");
        let rest = fill_token(&mail.text, "");
        assert!(
            !rest.contains(|c: char| c.is_control() && c != '\n'),
            "{rest:?}"
        );
    }
}

#[test]
fn missing_values_of_a_kind_are_refused() {
    for kind in MailKind::ALL {
        let mut bare = letter(*kind);
        bare.ticket = None;
        bare.reply = None;
        bare.assignee_name = None;
        assert_eq!(
            matches!(render(&bare), Err(LetterError::NoTicket(_))),
            !kind.is_about_the_address(),
            "{kind:?}"
        );
        bare.ticket = letter(*kind).ticket;
        assert_eq!(
            matches!(render(&bare), Err(LetterError::NoReply(_))),
            *kind == MailKind::Reply,
            "{kind:?}"
        );
    }
}

#[test]
fn letters_without_names_and_analysis_omit_them() {
    let mut letter = letter(MailKind::AssignedRequester);
    letter.recipient_name = String::new();
    letter.assignee_name = None;
    let text = render_valid(&letter).text;
    assert!(
        text.starts_with("Hello,\n\nSomebody looks after your ticket.\n"),
        "{text}"
    );

    letter.kind = MailKind::Assigned;
    if let Some(ticket) = &mut letter.ticket {
        ticket.summary = None;
        ticket.notes = None;
        ticket.first_steps.clear();
        ticket.skills.clear();
        ticket.category.clear();
    }
    let mail = render_valid(&letter);
    for part in [mail.text, mail.html] {
        for label in ["Summary", "Notes", "Skills", "Category", "first"] {
            assert!(!part.contains(label), "{label}");
        }
    }
}

#[test]
fn debug_shows_no_text() {
    let letter = hostile(MailKind::Reply, "CANARY");
    assert!(
        !format!("{letter:?} {:?} {:?}", letter.reply, render_valid(&letter)).contains("CANARY")
    );
}

proptest! {
    #[test]
    fn any_text_gives_one_line_of_subject_and_escaped_html(text in proptest::collection::vec(any::<char>(), 0..80)) {
        let text: String = text.into_iter().collect();
        for kind in MailKind::ALL {
            let plain = render_valid(&letter(*kind));
            let mail = render_valid(&hostile(*kind, &text));
            proptest::prop_assert!(!mail.subject.contains(char::is_control));
            let unmarked = fill_token(&mail.text, "");
            proptest::prop_assert!(!unmarked.contains(|c: char| c.is_control() && c != '\n' && c != '\t'));
            proptest::prop_assert!(mail.html.matches("<a ").count() == plain.html.matches("<a ").count());
            proptest::prop_assert!(!mail.html.contains("<img") && !mail.html.contains("<script"));
        }
    }
}
