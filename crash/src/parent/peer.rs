//! The peer that outlives every kill: plays the model, the mail provider and the receiver of events, keeps every
//! delivery, and fails on plan.

use std::{
    collections::{HashMap, HashSet},
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use fastrand::Rng;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::scene::SKILLS;
use crate::failure::Failure;

/// A mail that reached a mailbox.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) event: String,
    pub(crate) kind: String,
    pub(crate) address: String,
    pub(crate) message_id: String,
    pub(crate) text: String,
}

/// What the mail provider has.
#[derive(Debug, Default)]
pub(crate) struct Mailroom {
    /// In the order of their arrival.
    pub(crate) deliveries: Vec<Delivery>,
    /// Keys that came once more with another mail.
    pub(crate) conflicts: Vec<String>,
    known: HashMap<String, Value>,
}

/// The peer.
#[derive(Debug)]
pub(crate) struct Peer {
    url: String,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    faulty: AtomicBool,
    rng: Mutex<Rng>,
    mailroom: Mutex<Mailroom>,
    handled: Mutex<HashSet<String>>,
}

impl Peer {
    /// Starts to serve on a free port of the loopback device.
    pub(crate) async fn start(seed: u64) -> Result<Self, Failure> {
        let shared = Arc::new(Shared {
            faulty: AtomicBool::new(true),
            rng: Mutex::new(Rng::with_seed(seed)),
            mailroom: Mutex::default(),
            handled: Mutex::default(),
        });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let app = Router::new()
            .route("/model", post(model))
            .route("/mail", post(mail))
            .route("/event", post(event))
            .with_state(Arc::clone(&shared));
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                tracing::error!(error = %error, "the peer ended");
            }
        });
        Ok(Self { url, shared })
    }

    /// Where it is reached.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Switches its faults on or off.
    pub(crate) fn set_faulty(&self, faulty: bool) {
        self.shared.faulty.store(faulty, Ordering::SeqCst);
    }

    /// What the mail provider has.
    pub(crate) fn mailroom(&self) -> MutexGuard<'_, Mailroom> {
        self.shared.mailroom()
    }

    /// The ids of the events that reached the event handler.
    pub(crate) fn handled(&self) -> MutexGuard<'_, HashSet<String>> {
        self.shared.handled()
    }
}

impl Shared {
    fn mailroom(&self) -> MutexGuard<'_, Mailroom> {
        self.mailroom.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn handled(&self) -> MutexGuard<'_, HashSet<String>> {
        self.handled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number below 100 that says which fault comes, if any; 100 where none may.
    fn dice(&self) -> u32 {
        match self.faulty.load(Ordering::SeqCst) {
            true => self
                .rng
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .u32(..100),
            false => 100,
        }
    }
}

/// The model: 10 % errors, 5 % garbage, else an analysis with the skill that the text names.
async fn model(State(shared): State<Arc<Shared>>, Json(question): Json<Value>) -> Response {
    let prompt = question["prompt"].as_str().unwrap_or_default();
    let skills: Vec<&str> = SKILLS
        .into_iter()
        .filter(|skill| prompt.contains(skill))
        .collect();
    match shared.dice() {
        0..10 => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        10..15 => Json(json!({ "text": "Sure! Here is {\"summary" })).into_response(),
        _ => {
            let analysis = json!({
                "summary": "Something stopped",
                "priority": "medium",
                "skills": skills,
                "notes": "Start it again.",
            });
            Json(json!({ "text": analysis.to_string() })).into_response()
        }
    }
}

/// The mail provider: 10 % errors before it accepts, 5 % accepted with the answer lost. With a key it delivers once.
async fn mail(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Json(mail): Json<Value>,
) -> Response {
    let dice = shared.dice();
    if dice < 10 {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let key = headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok());
    if !accept(&mut shared.mailroom(), key, &mail) {
        return StatusCode::CONFLICT.into_response();
    }
    match dice {
        10..15 => cut_off(),
        _ => Json(json!({ "id": "accepted" })).into_response(),
    }
}

/// The receiver of events: 10 % errors before it takes one, 5 % taken with the answer lost.
async fn event(State(shared): State<Arc<Shared>>, Json(notice): Json<Value>) -> Response {
    let dice = shared.dice();
    if dice < 10 {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let id = notice["event"].as_str().unwrap_or_default();
    shared.handled().insert(id.to_owned());
    match dice {
        10..15 => cut_off(),
        _ => StatusCode::NO_CONTENT.into_response(),
    }
}

/// Whether the provider takes the mail; one that it has already counts as taken.
fn accept(mailroom: &mut Mailroom, key: Option<&str>, mail: &Value) -> bool {
    if let Some(key) = key {
        match mailroom.known.get(key) {
            Some(known) if known == mail => return true,
            Some(_) => {
                mailroom.conflicts.push(key.to_owned());
                return false;
            }
            None => {
                mailroom.known.insert(key.to_owned(), mail.clone());
            }
        }
    }
    let text = |name: &str| mail[name].as_str().unwrap_or_default().to_owned();
    mailroom.deliveries.push(Delivery {
        event: text("event"),
        kind: text("kind"),
        address: text("to"),
        message_id: text("messageId"),
        text: text("text"),
    });
    true
}

/// An answer whose connection breaks before its end.
fn cut_off() -> Response {
    let broken = futures_util::stream::once(async {
        Err::<Bytes, io::Error>(io::ErrorKind::ConnectionReset.into())
    });
    Body::from_stream(broken).into_response()
}
