//! An application with its own people and its own login, and TickMate's API under `/support`.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use axum::{Json, Router, extract::State, http::StatusCode, http::request::Parts, routing::post};
use serde::Deserialize;
use tickmate::{
    desk::{Clock, Desk, DeskSecret, Identified, Random},
    domain::user::Role,
    http::{Accounts, HttpSettings, Identify, IdentifyError},
    jobs::{CpuPool, Worker, WorkerSettings},
    mail::FilesMailer,
    sqlite::{SqliteSettings, SqliteStore},
};

/// The application's own people: name, password, and what they do at the desk.
const PEOPLE: [(&str, &str, Role); 3] = [
    ("ann", "ann's own", Role::User),
    ("mia", "mia's own", Role::Moderator),
    ("root", "root's own", Role::Admin),
];

/// The application: who is logged in, by the token that it gave out.
#[derive(Debug, Default)]
pub struct Shop {
    logins: Mutex<HashMap<String, &'static str>>,
}

/// What somebody fills in to log in.
#[derive(Deserialize)]
struct Login {
    name: String,
    password: String,
}

/// The application's login has nothing to do with TickMate.
async fn login(
    State(shop): State<Arc<Shop>>,
    Json(login): Json<Login>,
) -> Result<String, StatusCode> {
    let known = PEOPLE.iter().find(|(name, password, _)| {
        (*name, *password) == (login.name.as_str(), login.password.as_str())
    });
    let (name, ..) = known.ok_or(StatusCode::UNAUTHORIZED)?;
    let token: String = bytes::<16>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    shop.logins
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(token.clone(), *name);
    Ok(token)
}

/// Tells TickMate who calls: all that it needs to know of the application's people.
#[async_trait]
impl Identify for Shop {
    async fn identify(&self, request: &Parts) -> Result<Option<Identified>, IdentifyError> {
        let header = request
            .headers
            .get("authorization")
            .and_then(|value| value.to_str().ok());
        let token = header
            .and_then(|value| value.strip_prefix("Bearer "))
            .unwrap_or_default();
        let name = self
            .logins
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(token)
            .copied();
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
///
/// # Errors
/// What keeps the folder from being used.
pub async fn desk(folder: &Path) -> Result<(Arc<Desk>, Worker), Box<dyn std::error::Error>> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the application is where the time comes from"
    )]
    let clock: Clock = Arc::new(chrono::Utc::now);
    let random: Random = Arc::new(|buffer| fill(buffer));
    let store = Arc::new(SqliteStore::open(&SqliteSettings::new(folder.join("support.db"))).await?);
    let queue = Arc::new(store.queue(Arc::clone(&clock)));
    let mailer = Arc::new(FilesMailer::new(folder.join("mail")));
    let desk = Desk::builder(store, mailer, Arc::clone(&queue) as _)
        .clock(clock)
        .random(Arc::clone(&random))
        .offload(CpuPool::start()?.offload())
        .secret(DeskSecret::new(bytes::<32>()))
        .build()?;
    let desk = Arc::new(desk);
    let worker = Worker::new(Arc::clone(&desk), queue, random, WorkerSettings::default())?;
    Ok((desk, worker))
}

/// The whole application: its own routes, and the desk's under `/support`.
pub fn app(desk: Arc<Desk>) -> Router {
    let shop = Arc::new(Shop::default());
    let accounts = Accounts::Host(Arc::clone(&shop) as _);
    let support = tickmate::http::router(
        desk,
        HttpSettings {
            accounts,
            ..HttpSettings::default()
        },
    );
    Router::new()
        .route("/login", post(login))
        .with_state(shop)
        .nest("/support", support)
}

fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

/// Without random bytes nothing is safe, so that there is no going on.
fn fill(buffer: &mut [u8]) {
    if getrandom::fill(buffer).is_err() {
        std::process::abort();
    }
}
