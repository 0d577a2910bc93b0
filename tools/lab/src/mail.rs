//! `mail --preview`: the mails of the desk with example data, through the renderer that the desk uses.

use std::process::ExitCode;

use tickmate::domain::{
    letter::{Language, Letter, LetterReply, LetterTicket, fill_token, render, ticket_url},
    mail::MailKind,
    priority::Priority,
};
use tickmate_server::{Failure, print};

use crate::cli::MailArgs;

const APP_URL: &str = "https://desk.example.org";
const TICKET: u64 = 42;
/// Stands in links where a mail that is sent has a one-time token.
const TOKEN: &str = "EXAMPLE-TOKEN";

/// Prints the mail of the requested kind, or of every kind: subject and text part, or the HTML part alone.
///
/// # Errors
/// A mail that can't be rendered.
pub(crate) fn preview(args: &MailArgs) -> Result<ExitCode, Failure> {
    let kinds = match &args.preview {
        Some(Some(kind)) => std::slice::from_ref(kind),
        _ => MailKind::ALL,
    };
    for (place, kind) in kinds.iter().enumerate() {
        let mail = render(&example(*kind))
            .map_err(|error| Failure::because("the mail can't be rendered", &error))?;
        if kinds.len() > 1 {
            let gap = if place == 0 { "" } else { "\n" };
            print::line(match args.html {
                true => format!("{gap}<!-- {} -->", kind.as_str()),
                false => format!("{gap}=== {} ===", kind.as_str()),
            });
        }
        let part = match args.html {
            true => mail.html,
            false => format!("Subject: {}\n\n{}", mail.subject, mail.text),
        };
        print::line(fill_token(part.trim_end(), TOKEN));
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns a letter of this kind with everything that a letter can show.
fn example(kind: MailKind) -> Letter {
    Letter {
        language: Language::English,
        kind,
        desk: "TickMate".to_owned(),
        app_url: APP_URL.to_owned(),
        recipient_name: "Ann Example".to_owned(),
        ticket: Some(LetterTicket {
            number: TICKET,
            title: "The VPN drops every few minutes".to_owned(),
            summary: Some("The VPN connection of a laptop is cut every few minutes.".to_owned()),
            notes: Some("Three similar tickets were solved by a new client.".to_owned()),
            first_steps: vec![
                "Ask for the version of the VPN client".to_owned(),
                "Update the client".to_owned(),
            ],
            skills: vec!["VPN".to_owned(), "Windows".to_owned()],
            priority: Priority::High,
            category: "Network".to_owned(),
            url: ticket_url(APP_URL, TICKET),
        }),
        reply: Some(LetterReply {
            author_name: "Ben Example".to_owned(),
            message: "Which version of the client do you use?\nYou find it under Help, About."
                .to_owned(),
        }),
        assignee_name: Some("Ben Example".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_renders_with_the_example() {
        for kind in MailKind::ALL {
            let mail = render(&example(*kind)).unwrap();
            assert!(mail.text.contains(APP_URL) && mail.html.contains(APP_URL));
        }
    }
}
