//! Sending a mail: rendered once into a row of its own, then handed over until it is accepted or refused.

use crate::{
    backend::{
        mailer::{MailError, Mailbox, OutgoingMail, Repeats},
        store::MailUpdate,
    },
    desk::{Desk, DeskError, jobs::JobError},
    domain::{
        access::{self, Access, Actor, Operation},
        event::Event,
        letter::{self, Letter, LetterReply, LetterTicket},
        mail::{Mail, MailKey, MailKind, MailStatus},
        ticket::Ticket,
        time::Span,
        user::{TokenPurpose, User},
    },
    failpoint,
};

impl Desk {
    /// Sends the mail of this key, unless it was sent, refused or held back already.
    pub(super) async fn send_mail(&self, key: &MailKey) -> Result<(), JobError> {
        let mail = match self.store.mail(key).await? {
            Some(mail) => mail,
            None => match self.render_mail(key).await? {
                Some(mail) => {
                    let mail = self.store.put_mail(&mail).await?;
                    failpoint::hit("mail.rendered");
                    mail
                }
                None => return Ok(()),
            },
        };
        if mail.status.is_final() {
            return Ok(());
        }
        if let Some(reason) = self.no_longer_meant(key, &mail).await? {
            return self
                .note(
                    key,
                    MailStatus::Suppressed,
                    mail.unanswered,
                    Some(reason.to_owned()),
                )
                .await;
        }
        // Found as being handed over, it may have been accepted by a process that died.
        let unanswered = mail.unanswered || mail.status == MailStatus::Sending;
        self.note(key, MailStatus::Sending, unanswered, None)
            .await?;
        failpoint::hit("mail.before_send");
        match self.mailer.send(&self.outgoing(&mail)).await {
            Ok(receipt) => {
                failpoint::hit("mail.accepted");
                let twice = unanswered && receipt.repeats == Repeats::Visible;
                let status = if twice {
                    MailStatus::Uncertain
                } else {
                    MailStatus::Sent
                };
                self.note(key, status, unanswered, receipt.reference)
                    .await?;
                failpoint::hit("mail.noted");
                Ok(())
            }
            Err(error) => self.not_sent(key, unanswered, error).await,
        }
    }

    /// Notes a try that failed. The row of a mail whose job dies at last stays as it is: replaying the job sends it.
    async fn not_sent(
        &self,
        key: &MailKey,
        unanswered: bool,
        error: MailError,
    ) -> Result<(), JobError> {
        let unanswered = unanswered || matches!(error, MailError::Unanswered(_));
        let detail = cause(&error);
        match error {
            MailError::Refused(_) => {
                tracing::warn!(mail.kind = key.kind.as_str(), event.id = %key.event, error = %detail, "a mail was refused");
                self.note(key, MailStatus::Dead, unanswered, Some(detail))
                    .await
            }
            MailError::Transient(_) | MailError::Unanswered(_) => {
                let status = if unanswered {
                    MailStatus::Sending
                } else {
                    MailStatus::Queued
                };
                self.note(key, status, unanswered, Some(detail)).await?;
                Err(error.into())
            }
        }
    }

    /// Why a mail that was rendered is not to be handed over any more, if it is not: accounts and assignments change
    /// while a relay is down.
    async fn no_longer_meant(
        &self,
        key: &MailKey,
        mail: &Mail,
    ) -> Result<Option<&'static str>, JobError> {
        let recipient = self.store.user(key.to).await?;
        let Some(recipient) = recipient.filter(|user| user.active) else {
            return Ok(Some("the account is not in use"));
        };
        let Some(ticket) = mail.ticket else {
            return Ok(None);
        };
        let Some(ticket) = self.store.ticket(ticket).await? else {
            return Err(JobError::Obsolete("the ticket is not there"));
        };
        let recipient = Actor::person(&recipient).with_implied(&self.rules().await?.vocabulary);
        let sees = access::decide(&recipient, Operation::Read, &ticket) == Access::Allowed;
        let still_theirs = key.kind != MailKind::Assigned || ticket.assignee() == Some(key.to);
        Ok((!sees || !still_theirs).then_some("the ticket is no longer theirs"))
    }

    async fn note(
        &self,
        key: &MailKey,
        status: MailStatus,
        unanswered: bool,
        detail: Option<String>,
    ) -> Result<(), JobError> {
        self.store
            .update_mail(&MailUpdate {
                key: *key,
                status,
                unanswered,
                detail,
                at: self.now(),
            })
            .await?;
        Ok(())
    }

    /// What the mail of this key says; none where what it is about no longer holds.
    async fn render_mail(&self, key: &MailKey) -> Result<Option<Mail>, JobError> {
        let event = self
            .store
            .event(key.event)
            .await?
            .ok_or(JobError::Obsolete("the event is not there"))?;
        let recipient = self
            .store
            .user(key.to)
            .await?
            .ok_or(JobError::Obsolete("the recipient is not there"))?;
        let ticket = match event.ticket() {
            Some(id) => self.store.ticket(id).await?,
            None => None,
        };
        let is_stale = ticket.as_ref().is_some_and(|ticket| {
            let moved = key.kind == MailKind::Assigned && ticket.assignee() != Some(key.to);
            ticket.deleted_at.is_some() || moved
        });
        let token = recipient
            .tokens
            .iter()
            .find(|token| token.purpose == TokenPurpose::VerifyEmail);
        let needs_token = matches!(key.kind, MailKind::Welcome | MailKind::Verify);
        if is_stale || !recipient.active || (needs_token && token.is_none()) {
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
        let suppressed = self.holds_back(key, &recipient).await?;
        let now = self.now();
        Ok(Some(Mail {
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
            ticket: ticket.map(|ticket| ticket.id),
            references,
            token: token
                .filter(|_| needs_token)
                .map(|token| (token.id, token.purpose)),
            status: if suppressed.is_some() {
                MailStatus::Suppressed
            } else {
                MailStatus::Queued
            },
            unanswered: false,
            detail: suppressed.map(str::to_owned),
            created_at: now,
            updated_at: now,
        }))
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
        let mut wanted: Vec<_> = assignee
            .into_iter()
            .chain(reply.as_ref().map(|reply| reply.author))
            .collect();
        wanted.dedup();
        let people = self.store.users(&wanted).await?;
        let name_of = |id| {
            people
                .iter()
                .find(|user| user.id == id)
                .map(|user| user.display_name().to_owned())
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

    /// Why a mail is held back, if it is.
    async fn holds_back(
        &self,
        key: &MailKey,
        recipient: &User,
    ) -> Result<Option<&'static str>, JobError> {
        let proved = recipient.email_verified || key.kind.is_about_the_address();
        if proved {
            return Ok(None);
        }
        if self.settings.require_verified_email {
            return Ok(Some("the address is not verified"));
        }
        let Some(limit) = self.settings.unverified_mails_per_day else {
            return Ok(None);
        };
        let sent = self
            .store
            .count_mails(&recipient.email, self.now() - Span::days(1))
            .await?;
        Ok((sent >= limit).then_some("too many mails to an address that is not verified"))
    }

    fn outgoing(&self, mail: &Mail) -> OutgoingMail {
        let from = self.sender();
        let domain = from.email.domain().to_owned();
        let token = mail
            .token
            .map(|(id, purpose)| self.keys.one_time_token(id, purpose))
            .unwrap_or_default();
        let filled = |text: &str| letter::fill_token(text, &token);
        OutgoingMail {
            key: mail.key,
            to: Mailbox {
                name: mail.to_name.clone(),
                email: mail.to.clone(),
            },
            subject: mail.subject.clone(),
            text: filled(&mail.text),
            html: filled(&mail.html),
            message_id: letter::message_id(&mail.key, &domain),
            references: mail
                .references
                .iter()
                .map(|key| letter::message_id(key, &domain))
                .collect(),
            date: mail.created_at,
            from,
        }
    }

    /// Who mails come from.
    fn sender(&self) -> Mailbox {
        self.settings.mail_from.clone().unwrap_or_else(|| {
            let host = self
                .settings
                .app_url
                .split("://")
                .last()
                .unwrap_or_default();
            let host = host.split(['/', ':']).next().unwrap_or_default();
            let email = format!("tickmate@{host}").parse();
            let email = email.unwrap_or_else(|_| crate::domain::email::Email::nobody());
            Mailbox {
                name: self.settings.name.clone(),
                email,
            }
        })
    }
}

/// The chain of an error's causes on one line, capped: it holds what the provider said, never the mail.
fn cause(error: &MailError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    crate::domain::text::one_line(&text, 500)
}
