//! Tests the writer with units that misbehave. Time is paused, so units that are submitted together form one batch.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::FutureExt;
use sqlx::{ConnectOptions, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use tickmate_core::backend::store::{StoreError, SystemStore};
use tokio::sync::Semaphore;

use super::UnitError;
use crate::{SqliteSettings, SqliteStore};

/// What a unit does after it has inserted its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Behavior {
    Nothing,
    Break,
    Panic,
    RollBack,
    Commit,
}

struct Desk {
    store: SqliteStore,
    settings: SqliteSettings,
    _folder: TempDir,
}

impl Desk {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut SqliteSettings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = SqliteSettings::new(folder.path().join("desk.db"));
        change(&mut settings);
        Self {
            store: SqliteStore::open(&settings).await.unwrap(),
            settings,
            _folder: folder,
        }
    }

    /// Inserts a name, behaves as requested, and counts its runs.
    async fn run_unit(
        &self,
        name: &'static str,
        behavior: Behavior,
        runs: &Counter,
    ) -> Result<(), StoreError> {
        let input = (name, behavior, Arc::clone(&runs.0));
        let write = self.store.write(input, |(name, behavior, runs), db| {
            Box::pin(async move {
                runs.fetch_add(1, Ordering::SeqCst);
                insert_name(name, db).await?;
                match behavior {
                    Behavior::Nothing => {}
                    Behavior::Break => {
                        execute(
                            "INSERT INTO desk_values (name, value) VALUES ('x', NULL)",
                            db,
                        )
                        .await?;
                    }
                    Behavior::Panic => panic!("a unit of work panics"),
                    Behavior::RollBack => {
                        execute("ROLLBACK", db).await?;
                        return Err(StoreError::StorageFull("full".into()).into());
                    }
                    Behavior::Commit => execute("COMMIT", db).await?,
                }
                Ok(())
            })
        });
        write.await
    }

    async fn put(&self, name: &'static str) -> Result<(), StoreError> {
        self.run_unit(name, Behavior::Nothing, &Counter::default())
            .await
    }

    /// Returns the inserted names, as another connection reads them.
    async fn names(&self) -> Vec<String> {
        let mut other = self.open_connection().await;
        sqlx::query_scalar("SELECT name FROM desk_values ORDER BY name")
            .fetch_all(&mut other)
            .await
            .unwrap()
    }

    async fn open_connection(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(&self.settings.path);
        options.connect().await.unwrap()
    }
}

#[derive(Default)]
struct Counter(Arc<AtomicUsize>);

impl Counter {
    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

async fn insert_name(name: &str, db: &mut SqliteConnection) -> Result<(), UnitError> {
    sqlx::query("INSERT INTO desk_values (name, value) VALUES ($1, '')")
        .bind(name)
        .execute(db)
        .await?;
    Ok(())
}

async fn execute(statement: &'static str, db: &mut SqliteConnection) -> Result<(), UnitError> {
    sqlx::query(statement).execute(db).await?;
    Ok(())
}

fn is_corrupt(result: &Result<(), StoreError>) -> bool {
    matches!(result, Err(StoreError::Corrupt { .. }))
}

#[tokio::test(start_paused = true)]
async fn a_unit_that_fails_between_two_others_fails_alone() {
    for behavior in [Behavior::Break, Behavior::Panic] {
        let desk = Desk::new().await;
        let [first, bad, last] = [(); 3].map(|()| Counter::default());
        let (a, b, c) = tokio::join!(
            desk.run_unit("a", Behavior::Nothing, &first),
            desk.run_unit("b", behavior, &bad),
            desk.run_unit("c", Behavior::Nothing, &last),
        );
        a.unwrap();
        assert!(is_corrupt(&b));
        c.unwrap();
        assert_eq!(desk.names().await, ["a", "c"]);
        assert_eq!((first.get(), bad.get(), last.get()), (2, 2, 1));
        desk.put("d").await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn the_batch_survives_a_rollback_by_the_database() {
    let desk = Desk::new().await;
    let runs = Counter::default();
    let (a, b, c) = tokio::join!(
        desk.put("a"),
        desk.run_unit("b", Behavior::RollBack, &runs),
        desk.put("c")
    );
    a.unwrap();
    assert!(matches!(b, Err(StoreError::StorageFull(_))));
    c.unwrap();
    assert_eq!(desk.names().await, ["a", "c"]);
}

#[tokio::test(start_paused = true)]
async fn no_unit_succeeds_when_the_commit_fails() {
    let desk = Desk::new().await;
    let runs = Counter::default();
    let (a, b) = tokio::join!(desk.put("a"), desk.run_unit("b", Behavior::Commit, &runs));
    for answer in [a, b] {
        assert!(matches!(answer, Err(StoreError::Unavailable(_))));
    }
    assert_eq!(runs.get(), 1);
    desk.put("c").await.unwrap();
    assert!(desk.names().await.contains(&"c".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn many_failures_do_not_affect_the_other_units() {
    let desk = Desk::new().await;
    let good: Vec<String> = (0..30).map(|n| format!("good{n:02}")).collect();
    let write = |name: String, fails: bool| {
        desk.store.write((name, fails), |(name, fails), db| {
            Box::pin(async move {
                insert_name(name, db).await?;
                match fails {
                    true => execute("SELECT nothing FROM nowhere", db).await,
                    false => Ok(()),
                }
            })
        })
    };
    let (written, failed) = tokio::join!(
        futures_util::future::join_all(good.iter().map(|name| write(name.clone(), false))),
        futures_util::future::join_all((0..30).map(|n| write(format!("bad{n}"), true))),
    );
    assert!(written.iter().all(Result::is_ok));
    assert!(failed.iter().all(is_corrupt));
    assert_eq!(desk.names().await, good);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_does_not_affect_other_units() {
    let desk = Desk::new().await;
    let runs = Counter::default();
    let refuse = desk.store.write((), |(), _| {
        Box::pin(async { Err::<(), _>(UnitError::Refused(StoreError::NotFound)) })
    });
    let (a, b) = tokio::join!(desk.run_unit("a", Behavior::Nothing, &runs), refuse);
    a.unwrap();
    assert!(matches!(b, Err(StoreError::NotFound)));
    assert_eq!(runs.get(), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_answered_before_the_commit() {
    let desk = Desk::new().await;
    let [gate, reached] = [(); 2].map(|()| Arc::new(Semaphore::new(0)));
    let wait = (Arc::clone(&gate), Arc::clone(&reached));
    let store = desk.store.clone();
    let first = tokio::spawn(async move {
        store
            .write((), |(), db| {
                Box::pin(async move { insert_name("a", db).await })
            })
            .await
    });
    let store = desk.store.clone();
    let refused = tokio::spawn(async move {
        let refuse = store.write((), |(), _| {
            Box::pin(async { Err::<(), _>(UnitError::Refused(StoreError::NotFound)) })
        });
        refuse.await
    });
    let store = desk.store.clone();
    let second = tokio::spawn(async move {
        let hold = store.write(wait, |(gate, reached), _| {
            Box::pin(async move {
                reached.add_permits(1);
                // An error means that the gate was closed, which lets the unit continue.
                let _ = gate.acquire().await;
                Ok(())
            })
        });
        hold.await
    });
    let _reached = reached.acquire().await.unwrap();
    assert!(!first.is_finished() && !refused.is_finished());
    assert!(desk.names().await.is_empty());
    gate.close();
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    assert!(refused.await.unwrap().is_err());
    assert_eq!(desk.names().await, ["a"]);
}

#[tokio::test(start_paused = true)]
async fn writes_beyond_the_queue_are_refused_at_once() {
    let desk = Desk::with(|settings| settings.queue = 2).await;
    let names = ["a", "b", "c", "d"];
    let answers = futures_util::future::join_all(names.map(|name| desk.put(name))).await;
    let overloaded = |answer: &Result<_, _>| matches!(answer, Err(StoreError::Overloaded));
    assert!(answers[..2].iter().all(Result::is_ok));
    assert!(answers[2..].iter().all(overloaded));
    assert_eq!(desk.names().await, ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn the_writer_waits_for_another_process_up_to_the_deadline() {
    let desk = Desk::with(|settings| settings.write_deadline = Duration::from_millis(200)).await;
    let mut other = desk.open_connection().await;
    execute("BEGIN IMMEDIATE", &mut other).await.unwrap();
    let late = desk.put("a").await;
    assert!(matches!(late, Err(StoreError::Unavailable(_))));
    let (written, _) = tokio::join!(desk.put("b"), execute("COMMIT", &mut other));
    written.unwrap();
    assert_eq!(desk.names().await, ["b"]);
}

#[tokio::test(start_paused = true)]
async fn the_connection_is_configured_for_durability() {
    let desk = Desk::new().await;
    let settings = desk.store.write((), |(), db| {
        Box::pin(async move {
            let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
                .fetch_one(&mut *db)
                .await?;
            let mut numbers = Vec::new();
            for pragma in [
                "PRAGMA synchronous",
                "PRAGMA foreign_keys",
                "PRAGMA busy_timeout",
            ] {
                let number: i64 = sqlx::query_scalar(pragma).fetch_one(&mut *db).await?;
                numbers.push(number);
            }
            Ok((journal, numbers))
        })
    });
    let full = 2;
    assert_eq!(
        settings.await.unwrap(),
        ("wal".to_owned(), vec![full, 1, 0])
    );
}

#[tokio::test(start_paused = true)]
async fn closing_finishes_pending_writes() {
    let desk = Desk::new().await;
    let (written, closed, late) = tokio::join!(desk.put("a"), desk.store.close(), desk.put("b"));
    written.unwrap();
    closed.unwrap();
    assert!(matches!(late, Err(StoreError::Unavailable(_))));
    assert!(!desk.settings.path.with_extension("db-wal").exists());
    assert_eq!(desk.names().await, ["a"]);
    desk.store.close().await.unwrap();
}

#[tokio::test]
async fn a_failed_write_of_a_dropped_caller_counts() {
    let desk = Desk::new().await;
    let runs = Counter::default();
    {
        let write = desk.run_unit("lost", Behavior::RollBack, &runs);
        let mut write = std::pin::pin!(write);
        // The unit is submitted, and then the caller drops its future.
        assert!((&mut write).now_or_never().is_none());
    }
    // The writer answers in order, so the first unit has ended by then.
    desk.put("next").await.unwrap();
    assert!(runs.get() > 0);
    let health = &desk.store.file.writer.health;
    let unknown = Err(StoreError::Overloaded);
    let confirmed = health.confirm(tokio::time::Instant::now().into_std(), async { unknown });
    assert!(matches!(confirmed.await, Err(StoreError::Overloaded)));
}

#[tokio::test]
async fn a_probe_ends_after_its_caller_is_dropped() {
    let desk = Desk::new().await;
    let runs = Counter::default();
    let failed = desk.run_unit("full", Behavior::RollBack, &runs).await;
    assert!(failed.is_err());
    {
        let ping = desk.store.ping();
        let mut ping = std::pin::pin!(ping);
        assert!((&mut ping).now_or_never().is_none());
    }
    // No other probe succeeds, so only the first one can end the failure.
    let health = &desk.store.file.writer.health;
    let mut turns = 0;
    let is_healthy = async || {
        let probe = async { Err(StoreError::Overloaded) };
        let begun = tokio::time::Instant::now().into_std();
        health.confirm(begun, probe).await.is_ok()
    };
    loop {
        desk.store.put_value("turn", Some("next")).await.unwrap();
        if is_healthy().await {
            break;
        }
        turns += 1;
        assert!(turns < 1_000, "the probe never ended");
    }
}
