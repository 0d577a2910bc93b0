//! Letters: the content of each mail, rendered to a subject, a text part and an HTML part.
//!
//! Texts of users and models are only data here: they are escaped in the HTML part and without control characters in
//! both, and none of their URLs becomes a link. Another language needs one more variant of [`Language`], one file of
//! texts and one folder of templates.

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

/// The language of a letter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    #[default]
    English,
}

/// The content of a letter. Values that its kind does not use are omitted from the mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// The language of the letter.
    pub language: Language,
    /// The kind of the mail.
    pub kind: MailKind,
    /// The name of the desk, for example `TickMate`.
    pub desk: String,
    /// The URL of the front end, for example `https://desk.example.org`, with or without a slash at the end.
    pub app_url: String,
    /// The name of the recipient; may be empty. Mails about an address omit it, because the name was chosen by the user who
    /// registered the address.
    pub recipient_name: String,
    /// The ticket; required by every kind that is not about an address.
    pub ticket: Option<LetterTicket>,
    /// The reply; required by [`MailKind::Reply`], and quoted, if present, by [`MailKind::Waiting`],
    /// [`MailKind::Resolved`] and [`MailKind::Reopened`].
    pub reply: Option<LetterReply>,
    /// The name of the assignee, for [`MailKind::AssignedRequester`].
    pub assignee_name: Option<String>,
}

/// The values of a ticket in a letter. All but number, title and link are only in [`MailKind::Assigned`].
#[derive(Clone, PartialEq, Eq)]
pub struct LetterTicket {
    /// The short number that users see.
    pub number: u64,
    /// The title of the ticket.
    pub title: String,
    /// The summary of the analysis.
    pub summary: Option<String>,
    /// Notes that help the assignee. For staff only.
    pub notes: Option<String>,
    /// What to try first. For staff only.
    pub first_steps: Vec<String>,
    /// The names of the required skills.
    pub skills: Vec<String>,
    /// The urgency.
    pub priority: Priority,
    /// The category; may be empty.
    pub category: String,
    /// The URL of the ticket: [`ticket_url`].
    pub url: String,
}

/// A reply that a letter quotes.
#[derive(Clone, PartialEq, Eq)]
pub struct LetterReply {
    /// The name of its author; may be empty.
    pub author_name: String,
    /// The text of the reply.
    pub message: String,
}

/// A rendered letter. Text and HTML part contain a [`TOKEN_MARK`] in the place of a one-time token.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The subject, on one line.
    pub subject: String,
    /// The text part. Lines end with `\n`.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// Shows language, kind and ticket number, and no text.
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

/// Shows no text.
impl std::fmt::Debug for LetterReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LetterReply").finish_non_exhaustive()
    }
}

/// Shows no text.
impl std::fmt::Debug for Rendered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rendered").finish_non_exhaustive()
    }
}

/// Why a letter was not rendered. A retry fails as well.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    /// The kind needs a ticket.
    #[error("a mail of the kind {} needs a ticket", .0.as_str())]
    NoTicket(MailKind),
    /// The kind needs a reply.
    #[error("a mail of the kind {} needs a reply", .0.as_str())]
    NoReply(MailKind),
    /// The template engine failed.
    #[error("the mail's template could not be rendered")]
    Template(#[source] askama::Error),
}

impl LetterError {
    /// Returns whether a retry may succeed: never.
    pub const fn is_transient(&self) -> bool {
        false
    }
}

/// Renders a letter. The result depends only on the letter.
///
/// # Errors
/// [`LetterError::NoTicket`] or [`LetterError::NoReply`] if the kind needs one and the letter has none.
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

/// Replaces the [`TOKEN_MARK`] of a rendered part by a one-time token. The token needs no escaping: it has no special
/// characters of URLs and HTML.
pub fn fill_token(text: &str, token: &str) -> String {
    text.replace(TOKEN_MARK, token)
}

/// Returns the URL of a ticket: `{app_url}/tickets/{number}`.
pub fn ticket_url(app_url: &str, number: u64) -> String {
    format!("{}/tickets/{number}", app_url.trim_end_matches('/'))
}

/// Returns the URL that verifies an address, with a [`TOKEN_MARK`] in the place of the token.
fn verify_url(app_url: &str) -> String {
    format!(
        "{}/auth/verify-email?token={TOKEN_MARK}",
        app_url.trim_end_matches('/')
    )
}
