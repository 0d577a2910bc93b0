//! A mail provider that keeps the accepted mails in memory.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;

use crate::backend::mailer::{MailError, Mailer, OutgoingMail, Receipt, Repeats};

/// Keeps the accepted mails, one for each key, and fails as planned by the test.
///
/// ```
/// use tickmate_core::memory::MemoryMailer;
///
/// let mailer = MemoryMailer::new();
/// mailer.fail_next(2); // two transient errors, then sending succeeds
/// assert!(mailer.accepted().is_empty());
/// ```
#[derive(Default)]
pub struct MemoryMailer {
    state: Mutex<State>,
}

struct State {
    accepted: Vec<OutgoingMail>,
    sends: u64,
    plan: VecDeque<PlannedResult>,
    /// How many more mails are accepted before the provider throttles.
    allowance: Option<usize>,
    repeats: Repeats,
}

impl Default for State {
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
enum PlannedResult {
    Fail,
    Throttle,
    LoseAnswer,
    FailSettings,
    Refuse,
}

impl MemoryMailer {
    /// Creates a provider that accepts everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the next `sends` fail with [`MailError::Transient`], after those that are planned already.
    pub fn fail_next(&self, sends: usize) {
        self.plan(PlannedResult::Fail, sends);
    }

    /// Makes the next `sends` fail with a [`MailError::Transient`] that asks to wait for a minute, like a provider that limits
    /// how many mails it accepts.
    pub fn throttle_next(&self, sends: usize) {
        self.plan(PlannedResult::Throttle, sends);
    }

    /// Accepts this many further mails, and throttles those after them, as [`throttle_next`](Self::throttle_next)
    /// does. `None` removes the limit.
    pub fn limit_to(&self, mails: Option<usize>) {
        self.state().allowance = mails;
    }

    /// Sets [`Receipt::repeats`] of all further receipts, which is [`Repeats::Harmless`] by default. It changes nothing
    /// else: a mail is kept once for each key.
    pub fn set_repeats(&self, repeats: Repeats) {
        self.state().repeats = repeats;
    }

    /// Makes the next `sends` fail with [`MailError::Settings`].
    pub fn fail_settings_next(&self, sends: usize) {
        self.plan(PlannedResult::FailSettings, sends);
    }

    /// Accepts the next `sends`, but loses the answer: the sender sees [`MailError::Unanswered`].
    pub fn lose_next_answers(&self, sends: usize) {
        self.plan(PlannedResult::LoseAnswer, sends);
    }

    /// Refuses the next `sends` for good with [`MailError::Refused`].
    pub fn refuse_next(&self, sends: usize) {
        self.plan(PlannedResult::Refuse, sends);
    }

    /// Returns the accepted mails, oldest first. A mail that was sent again under the same key is listed once.
    pub fn accepted(&self) -> Vec<OutgoingMail> {
        self.state().accepted.clone()
    }

    /// Returns how many times a mail was handed over, with any result.
    pub fn sends(&self) -> u64 {
        self.state().sends
    }

    fn plan(&self, result: PlannedResult, sends: usize) {
        self.state().plan.extend(std::iter::repeat_n(result, sends));
    }

    /// Locks the state. Each step leaves the state consistent, so it is usable after a panic.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn accept(&mut self, mail: &OutgoingMail) -> usize {
        let index = self
            .accepted
            .iter()
            .position(|one| (one.key, one.retry) == (mail.key, mail.retry));
        index.unwrap_or_else(|| {
            self.accepted.push(mail.clone());
            self.accepted.len() - 1
        })
    }
}

#[async_trait]
impl Mailer for MemoryMailer {
    async fn send(&self, mail: &OutgoingMail) -> Result<Receipt, MailError> {
        let mut state = self.state();
        state.sends += 1;
        let result = match (state.plan.pop_front(), state.allowance) {
            (None, Some(0)) => Some(PlannedResult::Throttle),
            (result, _) => result,
        };
        match result {
            Some(PlannedResult::Fail) => Err(MailError::transient("planned failure")),
            Some(PlannedResult::Throttle) => Err(MailError::Transient {
                retry_after: Some(Duration::from_secs(60)),
                source: "planned throttling".into(),
            }),
            Some(PlannedResult::FailSettings) => {
                Err(MailError::Settings("planned refusal of the login".into()))
            }
            Some(PlannedResult::Refuse) => Err(MailError::Refused("planned refusal".into())),
            Some(PlannedResult::LoseAnswer) => {
                state.accept(mail);
                Err(MailError::Unanswered("planned loss of the answer".into()))
            }
            None => {
                state.allowance = state.allowance.map(|left| left.saturating_sub(1));
                Ok(Receipt {
                    reference: Some(format!("memory-{}", state.accept(mail) + 1)),
                    repeats: state.repeats,
                })
            }
        }
    }
}

/// Shows the numbers of mails, and not their content.
impl fmt::Debug for MemoryMailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("MemoryMailer")
            .field("accepted", &state.accepted.len())
            .field("sends", &state.sends)
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
    async fn a_mail_is_kept_once_for_each_key() {
        let mailer = MemoryMailer::new();
        let first = mailer.send(&mail(1)).await.unwrap();
        mailer.send(&mail(2)).await.unwrap();
        assert_eq!(mailer.send(&mail(1)).await.unwrap(), first);
        assert_eq!(mailer.accepted(), [mail(1), mail(2)]);
        assert_eq!(mailer.sends(), 3);
    }

    #[tokio::test]
    async fn receipts_carry_the_configured_repeats() {
        let mailer = MemoryMailer::new();
        let receipt = mailer.send(&mail(1)).await.unwrap();
        assert_eq!(receipt.repeats, Repeats::Harmless);
        mailer.set_repeats(Repeats::Visible);
        let receipt = mailer.send(&mail(1)).await.unwrap();
        assert_eq!(receipt.repeats, Repeats::Visible);
        assert_eq!(mailer.accepted(), [mail(1)]);
    }

    #[tokio::test]
    async fn it_fails_as_planned_and_then_succeeds() {
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
