//! A desk on the seams in memory, with a clock that only the test moves, and people to use it.

use std::{
    future::Future,
    ops::{Deref, DerefMut},
    sync::Arc,
    task::Poll,
};

use futures_util::poll;
use tickmate_core::{
    backend::{
        llm::Llm,
        store::{
            SeatMove, TicketStore, TicketWrite, TicketWritten, UserStore, UserWrite, UserWritten,
        },
    },
    desk::{
        Caller, Credentials, DeskBuilder, DeskSettings, Identified, NewPerson, Registration,
        TicketDraft, TicketRef, TicketView,
    },
    domain::{
        access::Actor,
        event::{ActorId, Event, EventFacts, EventKind, Parties, Subject},
        id::EventId,
        job::LeasedJob,
        ticket::Ticket,
        time::Span,
        user::{Role, User},
    },
    memory::MemoryStore,
    testing::{TestDesk, TestHost},
};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// The most polls that a future may need to get where a test waits for it.
const MAX_POLLS: u32 = 10_000;

/// Polls a future until it has reached a point where it waits for the test. A store that yields makes the future
/// pending at other points before.
///
/// # Panics
/// If the future ends first, or does not reach the point within [`MAX_POLLS`] polls.
pub(crate) async fn poll_until<F>(future: &mut F, is_reached: impl Fn() -> bool)
where
    F: Future<Output: std::fmt::Debug> + Unpin,
{
    for _ in 0..MAX_POLLS {
        if let Poll::Ready(output) = poll!(&mut *future) {
            panic!("the future ended with {output:?}");
        }
        if is_reached() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the future did not get there within {MAX_POLLS} polls");
}

/// A desk and everything under it.
pub(crate) struct World(TestDesk);

impl Deref for World {
    type Target = TestDesk;

    fn deref(&self) -> &TestDesk {
        &self.0
    }
}

impl DerefMut for World {
    fn deref_mut(&mut self) -> &mut TestDesk {
        &mut self.0
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(DeskSettings::default(), None)
    }

    pub(crate) fn with(settings: DeskSettings, llm: Option<Arc<dyn Llm>>) -> Self {
        Self::asking(settings, llm.into_iter().collect())
    }

    /// A desk that asks these models in turn.
    pub(crate) fn asking(settings: DeskSettings, models: Vec<Arc<dyn Llm>>) -> Self {
        Self::over(crate::fresh_store(), TestHost::new(1), |builder| {
            let builder = builder.settings(settings);
            models.into_iter().fold(builder, DeskBuilder::llm)
        })
    }

    /// Another process's desk over the same store, with a queue of its own.
    pub(crate) fn sharing(other: &Self) -> Self {
        let (store, host) = (Arc::clone(&other.store), other.host.clone());
        Self::over(store, host, |builder| builder)
    }

    fn over(
        store: impl Into<Arc<MemoryStore>>,
        host: TestHost,
        configure: impl FnOnce(DeskBuilder) -> DeskBuilder,
    ) -> Self {
        Self(TestDesk::over(store, host, configure).unwrap())
    }

    /// Writes a person as another process would.
    pub(crate) async fn write(&self, mut user: User) -> User {
        user.version += 1;
        user.updated_at = self.desk.now();
        let event = Event {
            id: EventId::new(user.updated_at, self.host.random_bytes()),
            seq: 0,
            subject: Subject::User(user.id),
            version: user.version,
            kind: EventKind::ProfileChanged,
            by: ActorId::User(user.id),
            at: user.updated_at,
            changes: Vec::new(),
            facts: EventFacts::default(),
            parties: Parties::default(),
            reply: None,
        };
        let write = UserWrite {
            user,
            event,
            end_sessions: false,
        };
        match self.store.write_user(&write).await.unwrap() {
            UserWritten::Written(user) => user,
            other => panic!("{other:?}"),
        }
    }

    /// Writes a ticket as it is given, as a process would that knows no better.
    pub(crate) async fn rewrite(&self, ticket: Ticket) {
        self.rewrite_as(ticket, EventKind::Begun).await;
    }

    /// Writes a ticket with an event of this kind that has no facts.
    pub(crate) async fn rewrite_as(&self, ticket: Ticket, kind: EventKind) {
        let event = Event {
            id: EventId::new(self.desk.now(), self.host.random_bytes()),
            seq: 0,
            subject: Subject::Ticket(ticket.id),
            version: ticket.version,
            kind,
            by: ActorId::System,
            at: self.desk.now(),
            changes: Vec::new(),
            facts: EventFacts::default(),
            parties: Parties::default(),
            reply: None,
        };
        let write = TicketWrite {
            ticket,
            seat: SeatMove::Keep,
            event,
            reply: None,
            terms: None,
            key: None,
        };
        let written = self.store.write_ticket(&write).await.unwrap();
        assert!(matches!(written, TicketWritten::Written(_)), "{written:?}");
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, span: Span) {
        self.host.advance(span);
    }

    /// A person of the host's own accounts.
    pub(crate) async fn person(&self, name: &str, role: Role) -> Caller {
        let identified = Identified {
            subject: name.to_owned(),
            email: format!("{name}@example.org"),
            role,
            name: Some(name.to_owned()),
        };
        self.desk
            .users()
            .upsert_host_user(&identified)
            .await
            .unwrap()
    }

    pub(crate) async fn requester(&self, name: &str) -> Actor {
        self.person(name, Role::User).await.actor().unwrap()
    }

    /// A member of staff with a login of the desk's own.
    pub(crate) async fn staff(
        &self,
        name: &str,
        role: Role,
        skills: &[&str],
        capacity: u32,
    ) -> User {
        let registration = Registration {
            email: format!("{name}@example.org"),
            password: PASSWORD.to_owned(),
            name: Some(name.to_owned()),
            skills: skills.iter().map(|&skill| skill.into()).collect(),
            ..Registration::default()
        };
        self.desk
            .users()
            .install(NewPerson {
                registration,
                role,
                capacity: Some(capacity),
            })
            .await
            .unwrap()
    }

    pub(crate) async fn login(&self, name: &str) -> Caller {
        let token = self.token(name).await;
        self.desk.auth().authenticate(&token).await.unwrap()
    }

    /// The token of a new login.
    pub(crate) async fn token(&self, name: &str) -> String {
        let credentials = Credentials {
            identifier: format!("{name}@example.org"),
            password: PASSWORD.to_owned(),
            network: "test".to_owned(),
        };
        self.desk.auth().login(credentials).await.unwrap().token
    }

    /// A ticket that needs these skills.
    pub(crate) async fn ticket(
        &self,
        requester: &Actor,
        title: &str,
        skills: &[&str],
    ) -> TicketView {
        let draft = TicketDraft {
            title: title.to_owned(),
            description: "It does not work since this morning.".to_owned(),
            skills: skills.iter().map(|&skill| skill.into()).collect(),
            ..TicketDraft::default()
        };
        self.desk
            .tickets()
            .create(requester, &draft, None)
            .await
            .unwrap()
            .outcome
    }

    /// Relays and runs jobs until nothing is left to do now.
    pub(crate) async fn run_until_idle(&self) {
        self.run_due().await.unwrap();
    }

    pub(crate) async fn claim(&self) -> Vec<LeasedJob> {
        self.0.claim().await.unwrap()
    }

    /// Runs one job as the engine does.
    pub(crate) async fn run(&self, job: LeasedJob) {
        self.0.run(job).await.unwrap();
    }

    /// A ticket as it is stored.
    pub(crate) async fn stored(&self, ticket: &TicketView) -> Ticket {
        self.store.ticket(ticket.ticket.id).await.unwrap().unwrap()
    }

    /// The words of a ticket's history.
    pub(crate) async fn history(&self, actor: &Actor, ticket: &TicketView) -> Vec<String> {
        let of = TicketRef::Id(ticket.ticket.id);
        let (entries, _) = self
            .desk
            .tickets()
            .history(actor, of, None, 100)
            .await
            .unwrap();
        entries
            .iter()
            .map(|entry| entry.event.kind.as_str().to_owned())
            .collect()
    }

    /// What was mailed to somebody, by kind, in order.
    pub(crate) fn mailed(&self, name: &str) -> Vec<&'static str> {
        let to = format!("{name}@example.org");
        let mails = self.mailer.accepted();
        mails
            .iter()
            .filter(|mail| mail.to.email.as_str() == to)
            .map(|mail| mail.key.kind.as_str())
            .collect()
    }
}
