//! The failure of a write for one user does not block the others.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stand outside of test functions"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::{
    backend::{
        queue::JobQueue,
        store::{Store, StoreError, UserWritten},
    },
    desk::{Desk, DeskSecret, Identified},
    domain::{
        id::UserId,
        page::Page,
        skill::Skill,
        time::{Timestamp, from_micros},
        user::{Role, User},
    },
    memory::{MemoryMailer, MemoryQueue, MemoryStore},
    mock::MockStore,
};

/// The users of a store that fails to write some of them.
#[derive(Clone)]
struct People {
    stored: Arc<Mutex<BTreeMap<UserId, User>>>,
    failing: BTreeSet<UserId>,
    error: fn() -> StoreError,
}

fn now() -> Timestamp {
    from_micros(1_700_000_000_000_000)
}

fn corrupt() -> StoreError {
    StoreError::Corrupt {
        what: "a person".to_owned(),
        source: None,
    }
}

fn unavailable() -> StoreError {
    StoreError::Unavailable("test".into())
}

fn desk(store: Arc<dyn Store>) -> (Desk, Arc<MemoryQueue>) {
    let queue = Arc::new(MemoryQueue::new(Arc::new(now)));
    let state = AtomicU64::new(0);
    let desk = Desk::builder(store, Arc::new(MemoryMailer::new()), Arc::clone(&queue))
        .clock(Arc::new(now))
        .random(Arc::new(move |bytes| {
            for chunk in bytes.chunks_mut(8) {
                let next = state.fetch_add(1, Ordering::Relaxed).to_be_bytes();
                chunk.copy_from_slice(&next[8 - chunk.len()..]);
            }
        }))
        .cpu_executor(Arc::new(|work| {
            work();
            Ok(())
        }))
        .secret(DeskSecret::new(*b"an example secret of thirty-two b"));
    (desk.build().unwrap(), queue)
}

impl People {
    /// Makes `count` moderators whose shifts are due and whose skills are outdated; writes of the first `failing` ones
    /// fail.
    async fn new(count: usize, failing: usize, error: fn() -> StoreError) -> Self {
        let (desk, _) = desk(Arc::new(MemoryStore::new()));
        let mut stored = BTreeMap::new();
        for n in 0..count {
            let identified = Identified {
                subject: format!("p{n}"),
                email: format!("p{n}@example.org"),
                role: Role::Moderator,
                name: None,
            };
            let mut user = desk
                .users()
                .upsert_host_user(&identified)
                .await
                .unwrap()
                .user;
            user.skills = vec![Skill::new("x:postgres", "Postgres")];
            user.shift.until = Some(now());
            stored.insert(user.id, user);
        }
        Self {
            failing: stored.keys().take(failing).copied().collect(),
            stored: Arc::new(Mutex::new(stored)),
            error,
        }
    }

    fn store(&self) -> MockStore {
        let mut store = MockStore::new();
        store.system.expect_value().returning(|_| Ok(None));
        store.rules.expect_rules().returning(|_| Ok(None));
        store.events.expect_last_seq().returning(|| Ok(0));
        store
            .system
            .expect_replace_value()
            .returning(|_, _, _| Ok(true));
        let people = self.clone();
        store
            .users
            .expect_due_shifts()
            .returning(move |now, _, limit| {
                let due = people.all(|user| user.shift.until.is_some_and(|until| until <= now));
                Ok(due.into_iter().take(limit as usize).collect())
            });
        let people = self.clone();
        store
            .users
            .expect_user_page()
            .returning(move |query| Ok(Page::cut(people.all(|_| true), query.limit)));
        let people = self.clone();
        store
            .users
            .expect_user()
            .returning(move |id| Ok(people.stored.lock().unwrap().get(&id).cloned()));
        let people = self.clone();
        store.users.expect_write_user().returning(move |write| {
            let user = write.user.clone();
            if people.failing.contains(&user.id) {
                return Err((people.error)());
            }
            people.stored.lock().unwrap().insert(user.id, user.clone());
            Ok(UserWritten::Written(user))
        });
        store
    }

    fn all(&self, is: impl Fn(&User) -> bool) -> Vec<User> {
        let stored = self.stored.lock().unwrap();
        stored.values().filter(|user| is(user)).cloned().collect()
    }

    fn unchanged(&self) -> BTreeSet<UserId> {
        let unchanged = self.all(|user| user.version == 1);
        unchanged.iter().map(|user| user.id).collect()
    }
}

#[tokio::test]
async fn whose_shift_can_t_be_turned_keeps_nobody_back() {
    for failing in [0, 1, 500, 620] {
        let people = People::new(1_100, failing, corrupt).await;
        let (desk, _) = desk(Arc::new(people.store()));
        desk.turn_shifts(now()).await.unwrap();
        assert_eq!(people.unchanged(), people.failing);
    }
}

#[tokio::test]
async fn a_store_that_is_out_of_order_ends_the_turning_of_shifts() {
    let few = People::new(20, 3, unavailable).await;
    let (of_few, _) = desk(Arc::new(few.store()));
    of_few.turn_shifts(now()).await.unwrap();
    assert_eq!(few.unchanged(), few.failing);
    let all = People::new(600, 600, unavailable).await;
    let (of_all, _) = desk(Arc::new(all.store()));
    assert!(of_all.turn_shifts(now()).await.is_err());
}

#[tokio::test]
async fn who_can_t_be_brought_up_to_date_ends_no_walk() {
    let people = People::new(20, 3, corrupt).await;
    let (of_corrupt, queue) = desk(Arc::new(people.store()));
    of_corrupt.reapply_to_users(0, None, false).await.unwrap();
    assert_eq!(people.unchanged(), people.failing);
    assert_eq!(queue.depth().await.unwrap().ready, 1, "the walk goes on");

    let people = People::new(20, 3, unavailable).await;
    let (of_unavailable, queue) = desk(Arc::new(people.store()));
    let page = of_unavailable.reapply_to_users(0, None, false).await;
    assert!(page.is_err(), "it is worth another try");
    assert_eq!(queue.depth().await.unwrap().ready, 0);
}
