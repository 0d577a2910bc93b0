//! A mail provider that keeps what it accepts.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;

use crate::backend::mailer::{MailError, Mailer, OutgoingMail, Receipt, Repeats};

/// Keeps the mails it accepted, one a key, and fails as tests plan it.
///
/// ```
/// use tickmate_core::memory::MemoryMailer;
///
/// let mailer = MemoryMailer::new();
/// mailer.fail_next(2); // two transient errors, then all is well
/// assert!(mailer.accepted().is_empty());
/// ```
#[derive(Default)]
pub struct MemoryMailer {
    post: Mutex<Post>,
}

struct Post {
    accepted: Vec<OutgoingMail>,
    sends: u64,
    plan: VecDeque<Fate>,
    /// How many mails are accepted before the provider throttles.
    allowance: Option<usize>,
    repeats: Repeats,
}

impl Default for Post {
    fn default() -> Self {
        Self {
            accepted: Vec::new(),
            sends: 0,
            plan: VecDeque::new(),
            allowance: None,
            repeats: Repeats::Harmless,
        }
    }
}

#[derive(Clone, Copy)]
enum Fate {
    Fail,
    Throttle,
    LoseAnswer,
    FailSettings,
    Refuse,
}

impl MemoryMailer {
    /// A provider that accepts everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the next `sends` fail with [`MailError::Transient`], after those planned before.
    pub fn fail_next(&self, sends: usize) {
        self.plan(Fate::Fail, sends);
    }

    /// Makes the next `sends` fail with [`MailError::Transient`] that asks for a minute, as a provider does that limits
    /// how much it accepts.
    pub fn throttle_next(&self, sends: usize) {
        self.plan(Fate::Throttle, sends);
    }

    /// Accepts this many mails from here on, and throttles those after them, as [`throttle_next`](Self::throttle_next)
    /// does. `None` ends the limit.
    pub fn limit_to(&self, mails: Option<usize>) {
        self.post().allowance = mails;
    }

    /// Sets what the receipts from here on say of repeats, which is [`Repeats::Harmless`] before. It changes nothing
    /// else: a mail is kept once under its key.
    pub fn set_repeats(&self, repeats: Repeats) {
        self.post().repeats = repeats;
    }

    /// Makes the next `sends` fail with [`MailError::Settings`].
    pub fn fail_settings_next(&self, sends: usize) {
        self.plan(Fate::FailSettings, sends);
    }

    /// Accepts the next `sends`, but answers too late: the sender sees [`MailError::Unanswered`].
    pub fn lose_next_answers(&self, sends: usize) {
        self.plan(Fate::LoseAnswer, sends);
    }

    /// Refuses the next `sends` for good with [`MailError::Refused`].
    pub fn refuse_next(&self, sends: usize) {
        self.plan(Fate::Refuse, sends);
    }

    /// The mails accepted, oldest first. One handed over again under the same key is kept once.
    pub fn accepted(&self) -> Vec<OutgoingMail> {
        self.post().accepted.clone()
    }

    /// How many times a mail was handed over, whatever came of it.
    pub fn sends(&self) -> u64 {
        self.post().sends
    }

    fn plan(&self, fate: Fate, sends: usize) {
        self.post().plan.extend(std::iter::repeat_n(fate, sends));
    }

    /// The post is whole after each step, so one that a panic interrupted may be used on.
    fn post(&self) -> MutexGuard<'_, Post> {
        self.post.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Post {
    fn accept(&mut self, mail: &OutgoingMail) -> usize {
        let known = self
            .accepted
            .iter()
            .position(|one| (one.key, one.retry) == (mail.key, mail.retry));
        known.unwrap_or_else(|| {
            self.accepted.push(mail.clone());
            self.accepted.len() - 1
        })
    }
}

#[async_trait]
impl Mailer for MemoryMailer {
    async fn send(&self, mail: &OutgoingMail) -> Result<Receipt, MailError> {
        let mut post = self.post();
        post.sends += 1;
        let fate = match (post.plan.pop_front(), post.allowance) {
            (None, Some(0)) => Some(Fate::Throttle),
            (fate, _) => fate,
        };
        match fate {
            Some(Fate::Fail) => Err(MailError::transient("planned failure")),
            Some(Fate::Throttle) => Err(MailError::Transient {
                retry_after: Some(Duration::from_secs(60)),
                source: "planned throttling".into(),
            }),
            Some(Fate::FailSettings) => {
                Err(MailError::Settings("planned refusal of the login".into()))
            }
            Some(Fate::Refuse) => Err(MailError::Refused("planned refusal".into())),
            Some(Fate::LoseAnswer) => {
                post.accept(mail);
                Err(MailError::Unanswered("planned loss of the answer".into()))
            }
            None => {
                post.allowance = post.allowance.map(|left| left.saturating_sub(1));
                Ok(Receipt {
                    reference: Some(format!("memory-{}", post.accept(mail) + 1)),
                    repeats: post.repeats,
                })
            }
        }
    }
}

/// Shows how much there is, and no mails.
impl fmt::Debug for MemoryMailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let post = self.post();
        f.debug_struct("MemoryMailer")
            .field("accepted", &post.accepted.len())
            .field("sends", &post.sends)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        backend::mailer::Mailbox,
        domain::{
            id::{EventId, UserId},
            mail::{MailKey, MailKind},
            time::from_micros,
        },
    };

    fn mail(number: u8) -> OutgoingMail {
        let date = from_micros(0);
        let mailbox = Mailbox {
            name: String::new(),
            email: "ann@example.org".parse().unwrap(),
        };
        OutgoingMail {
            key: MailKey {
                event: EventId::new(date, [number; 10]),
                kind: MailKind::Received,
                to: UserId::new(date, [0; 10]),
            },
            retry: 0,
            from: mailbox.clone(),
            to: mailbox,
            subject: "Hello".to_owned(),
            text: "Hello".to_owned(),
            html: "Hello".to_owned(),
            message_id: format!("{number}@example.org"),
            references: Vec::new(),
            date,
            reply_to: None,
            list_unsubscribe: None,
            headers: Vec::new(),
        }
    }

    #[tokio::test]
    async fn a_key_is_kept_once() {
        let mailer = MemoryMailer::new();
        let first = mailer.send(&mail(1)).await.unwrap();
        mailer.send(&mail(2)).await.unwrap();
        assert_eq!(mailer.send(&mail(1)).await.unwrap(), first);
        assert_eq!(mailer.accepted(), [mail(1), mail(2)]);
        assert_eq!(mailer.sends(), 3);
    }

    #[tokio::test]
    async fn receipts_say_of_repeats_what_was_set() {
        let mailer = MemoryMailer::new();
        let receipt = mailer.send(&mail(1)).await.unwrap();
        assert_eq!(receipt.repeats, Repeats::Harmless);
        mailer.set_repeats(Repeats::Visible);
        let receipt = mailer.send(&mail(1)).await.unwrap();
        assert_eq!(receipt.repeats, Repeats::Visible);
        assert_eq!(mailer.accepted(), [mail(1)]);
    }

    #[tokio::test]
    async fn it_fails_as_told_and_then_works() {
        let mailer = MemoryMailer::new();
        mailer.fail_next(1);
        mailer.refuse_next(1);
        mailer.lose_next_answers(1);
        mailer.throttle_next(1);
        mailer.fail_settings_next(1);
        let answers = [
            mailer.send(&mail(1)).await,
            mailer.send(&mail(2)).await,
            mailer.send(&mail(3)).await,
            mailer.send(&mail(4)).await,
            mailer.send(&mail(5)).await,
        ];
        assert!(matches!(
            answers,
            [
                Err(MailError::Transient { .. }),
                Err(MailError::Refused(_)),
                Err(MailError::Unanswered(_)),
                Err(MailError::Transient {
                    retry_after: Some(_),
                    ..
                }),
                Err(MailError::Settings(_))
            ]
        ));
        assert_eq!(mailer.accepted(), [mail(3)]);
        assert!(mailer.send(&mail(1)).await.is_ok());
    }
}
