//! State machines: the same random commands run against a store (or a queue) and a reference, whose answers must be
//! equal.
//!
//! A command is six bytes, so any generator creates commands and any shrinker shortens them. The state decides about
//! their meaning: a byte selects a ticket modulo the number of tickets. With `proptest`:
//!
//! ```ignore
//! proptest! {
//!     #[test]
//!     fn my_store_agrees(steps in prop::collection::vec(any::<Step>(), 1..60)) {
//!         let agree = stores_agree(&my_store, &MemoryStore::new(), &steps);
//!         runtime.block_on(agree).map_err(TestCaseError::fail)?;
//!     }
//! }
//! ```

mod accounts;
mod blobs;
mod calls;
mod desk;
mod mails;
mod queue;
mod rules;
mod suppressions;
mod tickets;
mod views;

use std::fmt::Debug;

pub use self::queue::queues_agree;
use super::fixtures::Fixtures;
use crate::{
    backend::store::{Store, StoreError, UserKey},
    domain::{
        id::{EventId, ReplyId, SessionId, TicketId, UserId},
        mail::MailKey,
        models::ModelCall,
        ticket::Ticket,
        user::User,
    },
};

/// One command: its kind, and the objects that it selects.
pub type Step = [u8; 6];

/// The number of steps between two comparisons of everything that is stored.
const FULL_COMPARISON: usize = 50;

/// The command of half of a run's steps, selected by the last byte of the first step: one on replies, sessions, mails, calls
/// or suppressions, or none. Pages of a list need several records of one kind, which are rare among random commands.
const THEMES: [Option<u8>; 8] = [
    None,
    None,
    None,
    Some(16),
    Some(17),
    Some(18),
    Some(22),
    Some(27),
];

/// Runs the same commands against both stores, which must be empty. Compares every answer, the records that a step can
/// have changed after each step, and everything that is stored after every 50th step and at the end. No other task may
/// use the stores at the same time.
///
/// # Errors
/// The first difference: the step, the method, and both answers.
pub async fn stores_agree(
    store: &dyn Store,
    reference: &dyn Store,
    steps: &[Step],
) -> Result<(), String> {
    let mut machine = Machine {
        store,
        reference,
        make: Fixtures::new(1),
        users: Vec::new(),
        user_keys: Vec::new(),
        tickets: Vec::new(),
        replies: Vec::new(),
        sessions: Vec::new(),
        mails: Vec::new(),
        calls: Vec::new(),
        rules_event: None,
        theme: steps
            .first()
            .and_then(|[.., last]| select_one(THEMES, *last)),
    };
    for (number, step) in steps.iter().enumerate() {
        let mut result = machine.step(*step).await;
        if result.is_ok() && (number + 1).is_multiple_of(FULL_COMPARISON) {
            result = machine.compare_all().await;
        }
        result.map_err(|difference| format!("step {number} {step:?}: {difference}"))?;
    }
    machine.compare_all().await
}

/// Both stores, and the objects that commands select.
struct Machine<'s> {
    store: &'s dyn Store,
    reference: &'s dyn Store,
    make: Fixtures,
    users: Vec<UserId>,
    /// The unique values that a user has, had or was refused, each once.
    user_keys: Vec<UserKey>,
    tickets: Vec<TicketId>,
    /// The replies that were written or refused, with their tickets.
    replies: Vec<(TicketId, ReplyId)>,
    sessions: Vec<SessionId>,
    mails: Vec<MailKey>,
    calls: Vec<ModelCall>,
    /// The event of the last change of rules, written or refused.
    rules_event: Option<EventId>,
    /// See [`THEMES`].
    theme: Option<u8>,
}

/// Runs one call on the reference and on the store, compares both answers, and returns the reference's.
macro_rules! call_both {
    ($machine:expr, $store:ident => $call:expr) => {{
        let $store = $machine.reference;
        let expected = $call.await;
        let $store = $machine.store;
        let found = $call.await;
        $crate::conformance::machine::compare_answers(stringify!($call), &expected, &found)?;
        expected
    }};
}

/// Like `call_both!`, for a list in no particular order.
macro_rules! call_both_unordered {
    ($machine:expr, $store:ident => $call:expr) => {{
        let $store = $machine.reference;
        let expected = $crate::conformance::machine::sort_list($call.await);
        let $store = $machine.store;
        let found = $crate::conformance::machine::sort_list($call.await);
        $crate::conformance::machine::compare_answers(stringify!($call), &expected, &found)?;
    }};
}

use call_both;
use call_both_unordered;

impl Machine<'_> {
    /// Runs a command, and compares the records that it can have changed.
    async fn step(&mut self, step: Step) -> Result<(), String> {
        let [what, a, b, c, d, e] = step;
        let what = match self.theme {
            Some(theme) if what >= 128 => theme,
            _ => what % 29,
        };
        match what {
            0 | 1 => self.create_user(a, b, c, d).await?,
            2 | 3 => self.write_user(a, b, c, d).await?,
            4..=6 => self.create_ticket(a, b, c, d, e).await?,
            7 | 8 => self.edit_ticket(a, b, c, d).await?,
            9..=12 => self.assign_ticket(a, b, c, d).await?,
            13 | 14 => self.step_ticket(a, b, c).await?,
            15 => self.unassign_ticket(a, b).await?,
            16 => self.reply(a, b, c, d).await?,
            17 => self.session(a, b, c).await?,
            18 => self.mail(a, b, c, d).await?,
            19 => self.events(a, b).await?,
            20 => self.limiter(a, b, c).await?,
            21 => self.value(a, b, c).await?,
            22 => self.call(a, b, c).await?,
            23 => self.write_rules(a, b, c).await?,
            24 | 25 => self.blob(a, b, c, d).await?,
            26 => self.find_user(a, b).await?,
            27 => self.suppression(a, b, c).await?,
            _ => self.clean(a, b).await?,
        }
        self.compare_newest_events().await?;
        match what {
            0..=3 => self.compare_accounts(a, b, c).await,
            4..=16 => self.compare_tickets(step).await,
            17 => self.compare_user(a).await,
            18 => self.compare_mails(a, b).await,
            19 => self.compare_pending().await,
            21 => self.compare_values().await,
            22 => self.compare_calls(a, b).await,
            27 => self.compare_suppressions(d).await,
            28 => self.compare_cleaned(a, b).await,
            // Rate limits, rules, blobs and unique values are compared by their commands.
            _ => Ok(()),
        }
    }

    /// Returns the user that a byte selects, as the reference stores it.
    async fn user(&self, pick: u8) -> Option<User> {
        let id = *select(&self.users, pick)?;
        self.reference.user(id).await.ok().flatten()
    }

    /// Returns the ticket that a byte selects, as the reference stores it.
    async fn ticket(&self, pick: u8) -> Option<Ticket> {
        let id = *select(&self.tickets, pick)?;
        self.reference.ticket(id).await.ok().flatten()
    }

    /// Returns an id that no user has.
    fn unknown_user(&mut self) -> UserId {
        UserId::new(self.make.now(), [0xff; 10])
    }
}

fn select<T>(from: &[T], pick: u8) -> Option<&T> {
    from.get(usize::from(pick).checked_rem(from.len())?)
}

/// Returns one element of a list that is never empty.
#[expect(clippy::needless_pass_by_value, reason = "callers pass array literals")]
fn select_one<T: Clone, const N: usize>(of: [T; N], pick: u8) -> T {
    of[usize::from(pick) % N].clone()
}

/// Formats an answer for a report.
fn format_answer<T: Debug>(answer: &Result<T, StoreError>) -> String {
    match answer {
        Ok(answer) => format!("{answer:?}"),
        Err(error) => format!("error: {error}"),
    }
}

/// Compares two answers: values by `==`, because `Debug` hides addresses and password hashes, and errors by their
/// message, because their sources belong to the driver.
fn compare_answers<T: Debug + PartialEq>(
    call: &str,
    expected: &Result<T, StoreError>,
    found: &Result<T, StoreError>,
) -> Result<(), String> {
    let is_same = match (expected, found) {
        (Ok(expected), Ok(found)) => expected == found,
        (Err(expected), Err(found)) => expected.to_string() == found.to_string(),
        _ => false,
    };
    if is_same {
        return Ok(());
    }
    let [expected, found] = [expected, found].map(format_answer);
    Err(format!("{call}\nexpected {expected}\nfound    {found}"))
}

fn sort_list<T: Debug>(answer: Result<Vec<T>, StoreError>) -> Result<Vec<T>, StoreError> {
    answer.map(|mut list| {
        list.sort_by_cached_key(|item| format!("{item:?}"));
        list
    })
}
