//! An application with its own people and its own login, TickMate's API under `/support`, and a handler of its events.

use std::{collections::HashMap, error::Error, path::Path, sync::Arc};

use async_trait::async_trait;
use axum::{Json, Router, extract::State, http::StatusCode, http::request::Parts, routing::post};
use tickmate::{
    Host, SecretFile,
    desk::{Audience, Desk, HandlerError, HandlerFn, Identified},
    domain::{event::EventKind, user::Role},
    http::{Accounts, HttpSettings, Identify, IdentifyError},
    jobs::{Worker, WorkerSettings},
    mail::FilesMailer,
    sqlite::{SqliteSettings, SqliteStore},
};
use tokio::sync::Mutex;

/// The application's people: name, password, and what they do at the desk.
const PEOPLE: [(&str, &str, Role); 3] = [
    ("ann", "ann's own", Role::User),
    ("mia", "mia's own", Role::Moderator),
    ("root", "root's own", Role::Admin),
];

/// The application: who is logged in, by the token that it gave out.
#[derive(Debug, Default)]
pub struct Shop(Mutex<HashMap<String, &'static str>>);

/// The application's own login, by name and password. It has nothing to do with TickMate.
async fn login(
    State(shop): State<Arc<Shop>>,
    Json((name, password)): Json<(String, String)>,
) -> Result<String, StatusCode> {
    let known = PEOPLE
        .iter()
        .find(|(n, p, _)| (*n, *p) == (&*name, &*password));
    let (name, ..) = known.ok_or(StatusCode::UNAUTHORIZED)?;
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let token = format!("{:032x}", u128::from_le_bytes(bytes));
    shop.0.lock().await.insert(token.clone(), *name);
    Ok(token)
}

/// Tells TickMate who calls: all that it needs to know of the application's people.
#[async_trait]
impl Identify for Shop {
    async fn identify(&self, request: &Parts) -> Result<Option<Identified>, IdentifyError> {
        let header = request.headers.get("authorization");
        let value = header.and_then(|value| value.to_str().ok());
        let token = value.and_then(|value| value.strip_prefix("Bearer "));
        let name = self.0.lock().await.get(token.unwrap_or_default()).copied();
        let person = PEOPLE.iter().find(|(known, ..)| Some(*known) == name);
        Ok(person.map(|(name, _, role)| Identified {
            subject: format!("shop/{name}"),
            email: format!("{name}@shop.example"),
            role: *role,
            name: Some((*name).to_owned()),
        }))
    }
}

/// A desk that keeps everything in this folder, and the worker that drives it.
pub async fn desk(folder: &Path) -> Result<(Arc<Desk>, Worker), Box<dyn Error>> {
    let host = Host::system()?;
    let random = host.random();
    let secret = SecretFile::new(folder.join("support.secret")).read_or_create()?;
    let store = SqliteStore::open(&SqliteSettings::new(folder.join("support.db"))).await?;
    let queue = Arc::new(store.queue(host.clock()));
    let mailer = FilesMailer::new(folder.join("mail"));
    let resolved = folder.join("resolved");
    std::fs::create_dir_all(&resolved)?;
    // Leaves a file for each ticket that was resolved.
    let handler = HandlerFn::new(
        "resolved",
        Audience::Public,
        |event| Vec::from_iter((event.kind == EventKind::Resolved).then(|| "folder".to_owned())),
        move |event, _target| {
            let written = std::fs::write(resolved.join(event.id.to_string()), "resolved");
            let result = written.map_err(|error| HandlerError::new("no file").with_source(error));
            async move { result }
        },
    );
    let builder = Desk::builder(store, mailer, Arc::clone(&queue));
    let builder = builder.on_events(Arc::new(handler));
    let desk = Arc::new(builder.host(host).secret(secret).build()?);
    let worker = Worker::new(Arc::clone(&desk), queue, random, WorkerSettings::default())?;
    Ok((desk, worker))
}

/// The whole application: its own routes, and the desk's under `/support`.
pub fn app(desk: Arc<Desk>) -> Router {
    let shop = Arc::new(Shop::default());
    let accounts = Accounts::Host(Arc::clone(&shop) as _);
    let settings = HttpSettings {
        accounts,
        ..HttpSettings::default()
    };
    let support = tickmate::http::router(desk, settings);
    Router::new()
        .route("/login", post(login))
        .with_state(shop)
        .nest("/support", support)
}
