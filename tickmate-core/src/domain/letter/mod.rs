//! Letters: what each mail says, rendered to a subject, a text part and an HTML part.
//!
//! Texts of people and models are data here: they stand escaped in the HTML part and without control characters in
//! both, and none of their URLs becomes a link. Another language is one more variant of [`Language`], one file of
//! words and one folder of templates.

mod english;
mod message_id;
#[cfg(test)]
mod tests;
mod view;

pub use self::message_id::{message_id, recipient_hash};
use self::view::View;
use super::{
    mail::{MailKind, TOKEN_MARK},
    priority::Priority,
    text::one_line,
};

/// A language in which letters are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    #[default]
    English,
}

/// What a letter is made of. What its kind does not use is left out of the mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// In which language.
    pub language: Language,
    /// What it is about.
    pub kind: MailKind,
    /// How the desk is called, for example `TickMate`.
    pub desk: String,
    /// Where people reach the desk, for example `https://desk.example.org`; a slash at the end makes no difference.
    pub app_url: String,
    /// How the recipient is called; may be empty. Mails about an address greet nobody by name, since whoever
    /// registered the address chose it.
    pub recipient_name: String,
    /// The ticket; needed by every kind that is not about an address.
    pub ticket: Option<LetterTicket>,
    /// The reply; needed by [`MailKind::Reply`], and shown by the other kinds to requesters and in
    /// [`MailKind::Reopened`], where there is one.
    pub reply: Option<LetterReply>,
    /// Who looks after the ticket, for [`MailKind::AssignedRequester`].
    pub assignee_name: Option<String>,
}

/// What a letter says of a ticket. Everything but number, title and link stands in [`MailKind::Assigned`] alone.
#[derive(Clone, PartialEq, Eq)]
pub struct LetterTicket {
    /// The short number for people.
    pub number: u64,
    /// What it is about.
    pub title: String,
    /// What the analysis made of it.
    pub summary: Option<String>,
    /// What helps whoever answers. For staff alone.
    pub notes: Option<String>,
    /// What to try first. For staff alone.
    pub first_steps: Vec<String>,
    /// The names of the skills that it needs.
    pub skills: Vec<String>,
    /// How much it presses.
    pub priority: Priority,
    /// Its category; may be empty.
    pub category: String,
    /// Where to read it: [`ticket_url`].
    pub url: String,
}

/// A reply as a letter quotes it.
#[derive(Clone, PartialEq, Eq)]
pub struct LetterReply {
    /// How its author is called; may be empty.
    pub author_name: String,
    /// What it says.
    pub message: String,
}

/// A letter as it is stored and sent. Text and HTML part hold a [`TOKEN_MARK`] where a one-time token goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The subject, on one line.
    pub subject: String,
    /// The text part. Lines end with `\n`.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// Shows kind and ticket number, and no text.
impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Letter")
            .field("language", &self.language)
            .field("kind", &self.kind)
            .field("ticket", &self.ticket)
            .finish_non_exhaustive()
    }
}

/// Shows the number, and no text.
impl std::fmt::Debug for LetterTicket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LetterTicket")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// Shows nothing of the text.
impl std::fmt::Debug for LetterReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LetterReply").finish_non_exhaustive()
    }
}

/// Shows nothing of the texts.
impl std::fmt::Debug for Rendered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rendered").finish_non_exhaustive()
    }
}

/// Why a letter was not rendered. Trying again does not help.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    /// Its kind needs a ticket.
    #[error("a mail of the kind {} needs a ticket", .0.as_str())]
    NoTicket(MailKind),
    /// Its kind needs a reply.
    #[error("a mail of the kind {} needs a reply", .0.as_str())]
    NoReply(MailKind),
    /// The template refused.
    #[error("the mail's template could not be rendered")]
    Template(#[source] askama::Error),
}

impl LetterError {
    /// Whether the same letter may be rendered later: never.
    pub const fn is_transient(&self) -> bool {
        false
    }
}

/// Renders a letter. The same letter gives the same texts, always.
///
/// # Errors
/// [`LetterError::NoTicket`] or [`LetterError::NoReply`] where the letter lacks what its kind needs.
pub fn render(letter: &Letter) -> Result<Rendered, LetterError> {
    let view = View::of(letter)?;
    let (text, html) = match letter.language {
        Language::English => english::parts(&view),
    }
    .map_err(LetterError::Template)?;
    let mut text = text.trim_end().to_owned();
    text.push('\n');
    Ok(Rendered {
        subject: view.subject,
        text,
        html,
    })
}

/// Puts a one-time token where a rendered part has its [`TOKEN_MARK`]. The token consists of characters that
/// mean nothing in URLs and HTML, so that it needs no escaping.
pub fn fill_token(text: &str, token: &str) -> String {
    text.replace(TOKEN_MARK, token)
}

/// Where a ticket is read: `{app_url}/tickets/{number}`.
pub fn ticket_url(app_url: &str, number: u64) -> String {
    format!("{}/tickets/{number}", app_url.trim_end_matches('/'))
}

/// Where an address is verified; a [`TOKEN_MARK`] stands where the token goes.
fn verify_url(app_url: &str) -> String {
    format!(
        "{}/auth/verify-email?token={TOKEN_MARK}",
        app_url.trim_end_matches('/')
    )
}
