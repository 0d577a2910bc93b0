//! The English texts of every letter, and its English templates.

use askama::Template;

use super::view::{Names, View, Words};
use crate::domain::{mail::MailKind, priority::Priority};

#[derive(Template)]
#[template(path = "en/letter.txt")]
struct Text<'a> {
    view: &'a View,
}

#[derive(Template)]
#[template(path = "en/letter.html")]
struct Html<'a> {
    view: &'a View,
}

/// Renders the text part and the HTML part.
pub(super) fn parts(view: &View) -> askama::Result<(String, String)> {
    Ok((Text { view }.render()?, Html { view }.render()?))
}

/// Returns the texts of a letter of this kind.
pub(super) fn words(kind: MailKind, names: &Names) -> Words {
    let desk = &names.desk;
    let about_the_address = kind.is_about_the_address();
    let (subject, lead, paragraphs, link): (Option<String>, String, &[&str], _) = match kind {
        MailKind::Welcome => (
            Some(format!("Welcome to {desk}: please confirm your address")),
            format!("Welcome to {desk}. Please confirm that this address is yours."),
            &[
                "The link works once.",
                "If you did not sign up, you need not do anything.",
            ],
            "Confirm the address",
        ),
        MailKind::Verify => (
            Some(format!("Confirm your address for {desk}")),
            "Please confirm that this address is yours.".to_owned(),
            &["The link works once. Links of earlier mails no longer work."],
            "Confirm the address",
        ),
        MailKind::AddressReused => (
            Some(format!("You have an account at {desk} already")),
            format!("Somebody tried to sign up at {desk} with this address."),
            &[
                "There is an account with this address already, so nothing was changed.",
                "If it was you, log in with the password that you have. If it was not, you need not do anything.",
            ],
            "Log in",
        ),
        MailKind::Received => (
            None,
            "Your ticket has arrived.".to_owned(),
            &["You hear from us as soon as somebody looks after it."],
            "Open the ticket",
        ),
        MailKind::Assigned => (
            None,
            "This ticket is assigned to you.".to_owned(),
            &[],
            "Open the ticket",
        ),
        MailKind::AssignedRequester => (
            None,
            format!(
                "{} looks after your ticket.",
                or_default(&names.assignee, "Somebody")
            ),
            &[],
            "Open the ticket",
        ),
        MailKind::Reply => (
            None,
            format!("{} wrote:", or_default(&names.author, "Somebody")),
            &[],
            "Read and answer",
        ),
        MailKind::Waiting => (
            None,
            "We need an answer from you before we can go on.".to_owned(),
            &[],
            "Read and answer",
        ),
        MailKind::Resolved => (
            None,
            "Your ticket is resolved.".to_owned(),
            &["If it is not, write a reply to the ticket: that opens it again."],
            "Open the ticket",
        ),
        MailKind::Reopened => (
            None,
            match names.quotes {
                true => format!(
                    "The ticket is open again. {} wrote:",
                    or_default(&names.author, "Somebody")
                ),
                false => "The ticket is open again.".to_owned(),
            },
            &[],
            "Open the ticket",
        ),
        MailKind::Closed => (
            None,
            "Your ticket is closed.".to_owned(),
            &["Should there be anything else, please write another ticket."],
            "Open the ticket",
        ),
    };
    Words {
        subject,
        greeting: match names.recipient.as_str() {
            "" => "Hello,".to_owned(),
            name => format!("Hello {name},"),
        },
        lead,
        paragraphs: paragraphs.iter().map(|&words| words.to_owned()).collect(),
        link,
        closing: match about_the_address {
            true => format!("{desk} sent this mail by itself."),
            false => format!(
                "{desk} sent this mail by itself. Please answer in the ticket: answers to this mail are not read."
            ),
        },
    }
}

/// Returns the name of a priority.
const fn priority(priority: &Priority) -> &'static str {
    match priority {
        Priority::Low => "Low",
        Priority::Medium => "Medium",
        Priority::High => "High",
        Priority::Urgent => "Urgent",
    }
}

fn or_default<'a>(name: &'a str, default: &'a str) -> &'a str {
    if name.is_empty() { default } else { name }
}
