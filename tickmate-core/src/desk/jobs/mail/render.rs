//! Renders a mail: its texts, its thread headers, and its initial suppression.

use super::suppress::MailSubject;
use crate::{
    desk::{Desk, DeskError, jobs::JobError},
    domain::{
        event::Event,
        letter::{self, Letter, LetterReply, LetterTicket},
        mail::{Mail, MailKey, MailKind, MailStatus},
        ticket::Ticket,
        token::TokenPurpose,
        user::User,
    },
};

impl Desk {
    /// Renders the mail of this key, and returns it with its subject; `None` if the reason for the mail does not hold
    /// any more.
    pub(super) async fn render_mail(
        &self,
        key: &MailKey,
    ) -> Result<Option<(Mail, MailSubject)>, JobError> {
        let event = self
            .store
            .event(key.event)
            .await?
            .ok_or(JobError::Obsolete("the event does not exist"))?;
        let recipient = self
            .store
            .user(key.to)
            .await?
            .ok_or(JobError::Obsolete("the recipient does not exist"))?;
        let ticket = match event.ticket() {
            Some(id) => self.store.ticket(id).await?,
            None => None,
        };
        let is_stale = ticket.as_ref().is_some_and(|ticket| {
            let moved = key.kind == MailKind::Assigned && ticket.assignee() != Some(key.to);
            ticket.deleted_at.is_some() || moved
        });
        let purpose = TokenPurpose::of_mail(key.kind);
        let token = recipient
            .tokens
            .iter()
            .find(|token| Some(token.purpose) == purpose);
        if is_stale || !recipient.active || (purpose.is_some() && token.is_none()) {
            return Ok(None);
        }
        let letter = self
            .letter(key, &event, &recipient, ticket.as_ref())
            .await?;
        let rendered = letter::render(&letter)
            .map_err(|_| DeskError::Internal("a letter could not be rendered"))?;
        let references = match &ticket {
            Some(ticket) => self.store.thread(ticket.id, &recipient.email).await?,
            None => Vec::new(),
        };
        let suppressed = self.suppressed_at_once(key, &recipient).await?;
        let now = self.now();
        let mail = Mail {
            key: *key,
            to: recipient.email.clone(),
            to_name: if key.kind.is_about_the_address() {
                String::new()
            } else {
                recipient.name.clone()
            },
            subject: rendered.subject,
            text: rendered.text,
            html: rendered.html,
            ticket: ticket.as_ref().map(|ticket| ticket.id),
            references,
            token: token.map(|token| (token.id, token.purpose)),
            status: if suppressed.is_some() {
                MailStatus::Suppressed
            } else {
                MailStatus::Queued
            },
            unanswered_since: None,
            reference: None,
            reason: suppressed.map(str::to_owned),
            delivery: None,
            retries: 0,
            created_at: now,
            queued_at: now,
            updated_at: now,
        };
        Ok(Some((mail, MailSubject { recipient, ticket })))
    }

    async fn letter(
        &self,
        key: &MailKey,
        event: &Event,
        recipient: &User,
        ticket: Option<&Ticket>,
    ) -> Result<Letter, JobError> {
        let reply = match (event.reply, ticket) {
            (Some(id), Some(ticket)) => self.store.reply(ticket.id, id).await?,
            _ => None,
        };
        let assignee = ticket.and_then(Ticket::assignee).or(event.parties.assignee);
        let mut others: Vec<_> = assignee
            .into_iter()
            .chain(reply.as_ref().map(|reply| reply.author))
            .filter(|id| *id != recipient.id)
            .collect();
        others.dedup();
        let others = match others.is_empty() {
            true => Vec::new(),
            false => self.store.users(&others).await?,
        };
        let name_of = |id| {
            let mut all = others.iter().chain([recipient]);
            let user = all.find(|user| user.id == id);
            user.map(|user| user.display_name().to_owned())
        };
        Ok(Letter {
            language: self.settings.language,
            kind: key.kind,
            desk: self.settings.name.clone(),
            app_url: self.settings.app_url.clone(),
            recipient_name: recipient.display_name().to_owned(),
            assignee_name: assignee.and_then(name_of),
            ticket: ticket.map(|ticket| self.letter_ticket(ticket)),
            reply: reply.map(|reply| LetterReply {
                author_name: name_of(reply.author).unwrap_or_default(),
                message: reply.message,
            }),
        })
    }

    fn letter_ticket(&self, ticket: &Ticket) -> LetterTicket {
        let triage = ticket.triage.as_ref();
        LetterTicket {
            number: ticket.number,
            title: ticket.title.clone(),
            summary: triage.map(|triage| triage.summary.clone()),
            notes: triage
                .map(|triage| triage.notes.clone())
                .filter(|notes| !notes.is_empty()),
            first_steps: triage
                .map(|triage| triage.first_steps.clone())
                .unwrap_or_default(),
            skills: ticket
                .required_skills
                .iter()
                .map(|skill| skill.name.clone())
                .collect(),
            priority: ticket.priority,
            category: ticket.category.clone(),
            url: letter::ticket_url(&self.settings.app_url, ticket.number),
        }
    }
}
