//! Keys of models and texts of tickets stand where they belong and nowhere else: through a whole desk on SQLite whose
//! providers fail in every way, logged at the finest level.

#![expect(
    clippy::unwrap_used,
    reason = "a test panics where something is not as it should be"
)]

use std::{
    fs, io,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::json;
use tickmate::{
    desk::{
        CallsQuery, Clock, Desk, DeskSecret, Identified, ListQuery, NewPerson, Random,
        Registration, TicketDraft,
    },
    domain::{
        access::Actor,
        analysis::TriageSource,
        job::Job,
        query::{TicketFilter, TicketOrder},
        user::Role,
    },
    gemini::{ApiKey, GeminiLlm, GeminiSettings, client},
    jobs::{CpuPool, Worker, WorkerSettings},
    mail::FilesMailer,
    openai::{OpenAiLlm, OpenAiSettings},
    sqlite::{SqliteSettings, SqliteStore},
};
use tickmate_ai_http::testing::{Reply, Server, hostile};

const KEYS: [&str; 2] = ["CANARYKEY-5f2c9e7a1b", "CANARYKEY-77aa31c0de"];
const TEXT: &str = "CANARYTEXT-91b3";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Everything in a folder, as bytes in a row.
fn bytes_under(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => all.extend(bytes_under(&path)),
            false => all.extend(fs::read(path).unwrap()),
        }
    }
    all
}

fn holds(bytes: &[u8], what: &str) -> bool {
    bytes
        .windows(what.len())
        .any(|window| window == what.as_bytes())
}

/// What a provider may say when it fails, the key among it.
fn failures(key: &str) -> Vec<Reply> {
    let mut replies: Vec<Reply> = hostile().into_iter().map(|hostile| hostile.reply).collect();
    for status in [400, 401, 403, 404, 429, 500, 503] {
        let said = format!("the key {key} (?key={key}) is not valid");
        let error = json!({"error": {"code": status, "message": said, "status": key, "type": key}});
        replies.push(Reply::json(status, &error));
        replies.push(Reply::with(
            status,
            &[("x-key", key), ("retry-after", "0")],
            said.as_bytes(),
        ));
    }
    replies
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_texts_stand_nowhere_else() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .init();
    let (first, second) = (Server::start().await, Server::start().await);
    let mut gemini = GeminiSettings::new(ApiKey::new(KEYS[0]).unwrap(), "gemini-9-flash");
    gemini.base_url = format!("{}/v1beta", first.url());
    gemini.timeouts.total = Duration::from_millis(300);
    let mut openai = OpenAiSettings::openai(ApiKey::new(KEYS[1]).unwrap(), "gpt-9");
    openai.base_url = format!("{}/v1", second.url());
    openai.timeouts.total = Duration::from_millis(300);
    let mut shown = format!("{gemini:?}{openai:?}");
    let gemini = Arc::new(GeminiLlm::new(client(&gemini.timeouts).unwrap(), gemini).unwrap());
    let openai = Arc::new(OpenAiLlm::new(client(&openai.timeouts).unwrap(), openai).unwrap());
    shown.push_str(&format!("{gemini:?}{openai:?}"));

    let folder = tempfile::tempdir().unwrap();
    #[expect(
        clippy::disallowed_methods,
        reason = "a test is where the time comes from"
    )]
    let clock: Clock = Arc::new(chrono::Utc::now);
    let random: Random = Arc::new(|bytes| getrandom::fill(bytes).unwrap_or_default());
    let settings = SqliteSettings::new(folder.path().join("desk.db"));
    let store = SqliteStore::open(&settings).await.unwrap();
    let queue = Arc::new(store.queue(Arc::clone(&clock)));
    let mailer = Arc::new(FilesMailer::new(folder.path().join("mail")));
    let pool = CpuPool::start().unwrap();
    // A desk for each exchange: one that keeps failing providers in mind would leave them alone.
    let fresh = || {
        let desk = Desk::builder(
            Arc::new(store.clone()),
            Arc::clone(&mailer),
            Arc::clone(&queue),
        )
        .llm(Arc::clone(&gemini))
        .llm(Arc::clone(&openai))
        .clock(Arc::clone(&clock))
        .random(Arc::clone(&random))
        .cpu_executor(pool.cpu_executor())
        .secret(DeskSecret::new(*b"a secret for tests and nothing else"));
        Arc::new(desk.build().unwrap())
    };
    let desk = fresh();
    shown.push_str(&format!("{desk:?}"));
    let registration = Registration {
        email: "root@example.org".to_owned(),
        password: "correct horse battery".to_owned(),
        ..Registration::default()
    };
    let root = desk
        .users()
        .install(NewPerson {
            registration,
            role: Role::Admin,
            capacity: Some(1_000),
        })
        .await
        .unwrap();
    let ann = Identified {
        subject: "ann".to_owned(),
        email: "ann@example.org".to_owned(),
        role: Role::User,
        name: None,
    };
    let ann = desk
        .users()
        .upsert_host_user(&ann)
        .await
        .unwrap()
        .actor()
        .unwrap();

    let replies: Vec<_> = failures(KEYS[0])
        .into_iter()
        .zip(failures(KEYS[1]))
        .collect();
    let exchanges = replies.len();
    for (of_first, of_second) in replies {
        first.reply(of_first);
        second.reply(of_second);
        let draft = TicketDraft {
            title: "The printer is on fire".to_owned(),
            description: format!("{TEXT} smells, and there is smoke."),
            ..TicketDraft::default()
        };
        let desk = fresh();
        let created = desk.tickets().create(&ann, &draft, None).await.unwrap();
        let ticket = created.outcome.ticket.id;
        // The models were asked thrice already, so that the embedded analyzer reads at once where they fail.
        desk.jobs().run(&Job::Triage { ticket }, 2).await.unwrap();
        shown.push_str(&format!("{:?}", desk.triage().models()));
    }
    // What follows is done by a worker, as ever.
    let worker = Worker::new(
        Arc::clone(&desk),
        Arc::clone(&queue) as _,
        Arc::clone(&random),
        WorkerSettings::default(),
    );
    let committed = Arc::new(tokio::sync::Notify::new());
    let wake = Arc::clone(&committed);
    desk.on_commit(Arc::new(move || wake.notify_one()));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let worker = tokio::spawn(worker.unwrap().run(async {
        let _stopped = stopped.await;
    }));
    while desk.tickets().count_needing_triage().await.unwrap() > 0 {
        committed.notified().await;
    }
    let _running = stop.send(());
    worker.await.unwrap();

    let root = Actor::person(&root);
    let calls = desk
        .triage()
        .model_calls(&root, &CallsQuery::default())
        .await
        .unwrap();
    shown.push_str(&format!("{calls:?}"));
    assert!(calls.more && first.seen().len() >= exchanges && second.seen().len() >= exchanges);
    for seen in first.seen().iter().chain(&second.seen()) {
        assert!(!seen.line.contains("CANARY") && !seen.body.to_string().contains("CANARYKEY"));
        assert!(!seen.body.to_string().contains("example.org"));
    }
    let everything = ListQuery {
        scopes: Vec::new(),
        filter: TicketFilter::default(),
        search: None,
        best_first: false,
        order: TicketOrder::default(),
        descending: true,
        cursor: None,
        limit: 100,
    };
    let (list, _) = desk.tickets().list(&root, &everything).await.unwrap();
    assert!(list.iter().all(|view| {
        let triage = view.ticket.triage.as_ref().unwrap();
        triage.source == TriageSource::Embedded
    }));
    store.close().await.unwrap();
    let logged = log.0.lock().unwrap().clone();
    assert!(holds(&logged, "a model did not answer"));
    for key in KEYS {
        assert!(!shown.contains(key));
        assert!(!holds(&logged, key), "in the log");
        assert!(!holds(&bytes_under(folder.path()), key), "in a file");
    }
    assert!(!holds(&logged, TEXT), "a ticket's text in the log");
}
