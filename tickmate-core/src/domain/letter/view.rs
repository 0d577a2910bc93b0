//! The view of a letter: its texts, selected and cleaned for the templates.

use super::{
    Language, Letter, LetterError, LetterReply, LetterTicket, Priority, english, one_line,
    verify_url,
};
use crate::domain::{analysis::MAX_SUMMARY, mail::MailKind};

/// The most characters of a title in a subject: as many as a ticket may have.
const MAX_TITLE: usize = 200;
/// The most characters of a name: as many as a user may have.
const MAX_NAME: usize = 100;

/// The data of the templates of every language.
pub(super) struct View {
    pub(super) subject: String,
    pub(super) greeting: String,
    pub(super) lead: String,
    pub(super) heading: Option<String>,
    pub(super) quote: Vec<String>,
    pub(super) paragraphs: Vec<String>,
    pub(super) details: Option<Details>,
    pub(super) link: Option<Link>,
    pub(super) closing: String,
}

/// The only link of a letter, with the label of its button.
pub(super) struct Link {
    pub(super) url: String,
    pub(super) label: &'static str,
}

/// The values of a ticket that only staff see.
pub(super) struct Details {
    pub(super) priority: Priority,
    pub(super) category: String,
    pub(super) skills: String,
    pub(super) summary: String,
    pub(super) notes: Vec<String>,
    pub(super) first_steps: Vec<String>,
}

/// The texts of one letter in one language, without markup.
pub(super) struct Words {
    /// The subject of a mail about an address; none for mails of a ticket, which have the subject of the ticket.
    pub(super) subject: Option<String>,
    pub(super) greeting: String,
    /// The first line: what happened.
    pub(super) lead: String,
    /// The text after the ticket and the reply.
    pub(super) paragraphs: Vec<String>,
    pub(super) link: &'static str,
    pub(super) closing: String,
}

/// The names that texts contain, each on one line.
pub(super) struct Names {
    pub(super) desk: String,
    pub(super) recipient: String,
    pub(super) author: String,
    pub(super) assignee: String,
    /// Whether a reply is quoted.
    pub(super) quotes: bool,
}

impl View {
    /// Selects and cleans the values that the letter's kind shows.
    pub(super) fn of(letter: &Letter) -> Result<Self, LetterError> {
        let about_the_address = letter.kind.is_about_the_address();
        let ticket = match &letter.ticket {
            _ if about_the_address => None,
            Some(ticket) => Some(ticket),
            None => return Err(LetterError::NoTicket(letter.kind)),
        };
        let reply = letter.reply.as_ref().filter(|_| quotes_reply(letter.kind));
        if letter.kind == MailKind::Reply && reply.is_none() {
            return Err(LetterError::NoReply(letter.kind));
        }

        let names = names(letter, reply);
        let words = match letter.language {
            Language::English => english::words(letter.kind, &names),
        };
        let subject = match (ticket, words.subject) {
            (Some(ticket), _) => subject_of(ticket),
            (None, Some(subject)) => subject,
            (None, None) => names.desk,
        };
        let url = match (letter.kind, ticket) {
            (MailKind::Welcome | MailKind::Verify, _) => verify_url(&letter.app_url),
            (_, Some(ticket)) => ticket.url.clone(),
            (_, None) => letter.app_url.clone(),
        };
        Ok(Self {
            heading: ticket.map(|_| subject.clone()),
            subject,
            greeting: words.greeting,
            lead: words.lead,
            quote: reply.map_or_else(Vec::new, |reply| lines(&reply.message)),
            paragraphs: words.paragraphs,
            details: ticket
                .filter(|_| letter.kind == MailKind::Assigned)
                .map(Details::of),
            link: Some(Link {
                url,
                label: words.link,
            })
            .filter(|link| !link.url.is_empty()),
            closing: words.closing,
        })
    }
}

impl Details {
    fn of(ticket: &LetterTicket) -> Self {
        let line = |text: &str| one_line(text, MAX_SUMMARY);
        Self {
            priority: ticket.priority,
            category: line(&ticket.category),
            skills: ticket
                .skills
                .iter()
                .map(|skill| line(skill))
                .collect::<Vec<_>>()
                .join(", "),
            summary: ticket.summary.as_deref().map(line).unwrap_or_default(),
            notes: ticket.notes.as_deref().map(lines).unwrap_or_default(),
            first_steps: ticket.first_steps.iter().map(|step| line(step)).collect(),
        }
    }
}

/// Returns the subject of every mail of a ticket. It is always the same, so mail programs keep the mails in one thread.
fn subject_of(ticket: &LetterTicket) -> String {
    let title = one_line(&ticket.title, MAX_TITLE);
    format!("[#{}] {title}", ticket.number)
}

fn names(letter: &Letter, reply: Option<&LetterReply>) -> Names {
    let name = |text: &str| one_line(text, MAX_NAME);
    Names {
        desk: name(&letter.desk),
        recipient: match letter.kind.is_about_the_address() {
            true => String::new(),
            false => name(&letter.recipient_name),
        },
        author: reply
            .map(|reply| name(&reply.author_name))
            .unwrap_or_default(),
        assignee: letter
            .assignee_name
            .as_deref()
            .map(name)
            .unwrap_or_default(),
        quotes: reply.is_some(),
    }
}

/// Returns whether mails of this kind quote a reply, if there is one.
const fn quotes_reply(kind: MailKind) -> bool {
    match kind {
        MailKind::Reply | MailKind::Waiting | MailKind::Resolved | MailKind::Reopened => true,
        MailKind::Welcome
        | MailKind::Verify
        | MailKind::AddressReused
        | MailKind::Received
        | MailKind::Assigned
        | MailKind::AssignedRequester
        | MailKind::Closed => false,
    }
}

/// Splits a text into lines, without control characters except tabs and without empty lines at both ends.
pub(super) fn lines(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| {
            let clean: String = line
                .chars()
                .filter(|c| *c == '\t' || !c.is_control())
                .collect();
            clean.trim_end().to_owned()
        })
        .collect();
    let first = lines.iter().position(|line| !line.is_empty());
    let last = lines.iter().rposition(|line| !line.is_empty());
    match (first, last) {
        (Some(first), Some(last)) => lines
            .into_iter()
            .skip(first)
            .take(last + 1 - first)
            .collect(),
        _ => Vec::new(),
    }
}
