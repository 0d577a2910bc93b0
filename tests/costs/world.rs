//! A whole desk on SQLite behind its API, whose store is counted, and people to call it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body};
use http::{Method, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tickmate::{
    backend::queue::{ClaimRequest, JobLeases, Wanted},
    desk::{Clock, Desk, DeskSecret, NewPerson, Registration},
    domain::{
        id::LeaseId,
        job_class::PerClass,
        time::{Span, from_micros},
        user::Role,
    },
    http::{HttpSettings, router},
    mail::FilesMailer,
    sqlite::{SqliteQueue, SqliteSettings, SqliteStore},
};
use tickmate_core::testing::seeded_random;
use tower::ServiceExt;

use crate::{
    counted::{Calls, CountedStore},
    statements::Statements,
};

const PASSWORD: &str = "correct horse battery";

pub(crate) struct World {
    desk: Arc<Desk>,
    store: Arc<CountedStore>,
    queue: Arc<SqliteQueue>,
    router: Router,
    statements: Statements,
    clock: Arc<AtomicI64>,
    _folder: TempDir,
}

/// Someone who is logged in.
pub(crate) struct Caller {
    pub(crate) id: String,
    token: String,
}

/// What a request did to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cost {
    /// The calls besides those of the session.
    pub(crate) calls: Calls,
    /// Those of the session.
    pub(crate) session: Calls,
    /// All SQL statements but those of the session.
    pub(crate) statements: usize,
}

impl Cost {
    pub(crate) fn total(&self) -> usize {
        self.calls.values().sum()
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let micros = Arc::new(AtomicI64::new(1_790_000_000_000_000));
        let ticking = Arc::clone(&micros);
        let clock: Clock = Arc::new(move || from_micros(ticking.fetch_add(1, Ordering::SeqCst)));
        let settings = SqliteSettings::new(folder.path().join("desk.db"));
        let sqlite = SqliteStore::open(&settings).await.unwrap();
        let queue = Arc::new(sqlite.queue(Arc::clone(&clock)));
        let store = Arc::new(CountedStore::new(Arc::new(sqlite)));
        let mailer = Arc::new(FilesMailer::new(folder.path().join("mail")));
        let desk = Desk::builder(Arc::clone(&store), mailer, Arc::clone(&queue))
            .clock(clock)
            .random(seeded_random(42))
            .cpu_executor(Arc::new(|work| {
                work();
                Ok(())
            }))
            .secret(DeskSecret::new(*b"0123456789abcdef0123456789abcdef"))
            .build()
            .unwrap();
        let desk = Arc::new(desk);
        Self {
            router: router(Arc::clone(&desk), HttpSettings::default()),
            desk,
            store,
            queue,
            statements: Statements::count(),
            clock: micros,
            _folder: folder,
        }
    }

    pub(crate) async fn person(&self, email: &str, role: Role) -> Caller {
        let registration = Registration {
            email: email.to_owned(),
            password: PASSWORD.to_owned(),
            skills: vec!["Hardware".into()],
            ..Registration::default()
        };
        let person = NewPerson {
            registration,
            role,
            capacity: Some(100),
        };
        let user = self.desk.users().install(person).await.unwrap();
        let credentials = json!({"email": email, "password": PASSWORD});
        let body = self
            .send(
                Method::POST,
                "/api/auth/login",
                None,
                Some(&credentials),
                &[],
            )
            .await;
        Caller {
            id: user.id.to_string(),
            token: body["token"].as_str().unwrap().to_owned(),
        }
    }

    pub(crate) fn pass(&self, span: Span) {
        let micros = span.num_microseconds().unwrap();
        self.clock.fetch_add(micros, Ordering::SeqCst);
    }

    /// Sends a request that must succeed, and returns its answer with what it cost.
    pub(crate) async fn measured(
        &self,
        by: &Caller,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> (Value, Cost) {
        self.store.take_calls();
        self.statements.take();
        self.send(Method::GET, "/api/auth/profile", Some(by), None, &[])
            .await;
        let session = (self.store.take_calls(), self.statements.take());
        let answer = self.send(method, path, Some(by), body, headers).await;
        let (mut calls, statements) = (self.store.take_calls(), self.statements.take());
        for (method, count) in &session.0 {
            let left = calls.get(method).map_or(0, |all| all - count);
            calls.insert(method, left);
        }
        calls.retain(|_, count| *count > 0);
        let cost = Cost {
            calls,
            session: session.0,
            statements: statements - session.1,
        };
        (answer, cost)
    }

    /// Runs the jobs that are due until there is nothing left, and returns what that cost.
    pub(crate) async fn measured_jobs(&self) -> (Value, Cost) {
        self.store.take_calls();
        self.statements.take();
        self.run_until_idle().await;
        let cost = Cost {
            calls: self.store.take_calls(),
            session: Calls::new(),
            statements: self.statements.take(),
        };
        (Value::Null, cost)
    }

    /// Reads a path, and returns all calls of the store.
    pub(crate) async fn calls(&self, by: &Caller, path: &str) -> Calls {
        self.store.take_calls();
        self.send(Method::GET, path, Some(by), None, &[]).await;
        self.store.take_calls()
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        by: Option<&Caller>,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Value {
        let mut request = Request::builder()
            .method(method.clone())
            .uri(path)
            .header("host", "desk.example");
        if let Some(by) = by {
            request = request.header("authorization", format!("Bearer {}", by.token));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let request = request.body(body).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Relays and runs what is due until there is nothing left.
    pub(crate) async fn run_until_idle(&self) {
        for round in 0_u8..100 {
            let relayed = self.desk.jobs().relay().await.unwrap();
            let lease = LeaseId::new(self.desk.now(), [round; 10]);
            let request = ClaimRequest {
                lease,
                duration: Duration::from_secs(60),
                wanted: Wanted::Unsuspected(PerClass::of(|_| 100)),
                max_crashes: 5,
            };
            let jobs = self.queue.claim(&request).await.unwrap();
            if jobs.is_empty() && relayed.events == 0 {
                return;
            }
            for leased in jobs {
                self.queue.start(&leased.key, lease).await.unwrap();
                self.desk.jobs().run(&leased.job.unwrap(), 0).await.unwrap();
                self.queue.finish(&leased.key, lease).await.unwrap();
            }
        }
        panic!("the desk never came to rest");
    }
}
