//! The peer survives every kill: it plays the model, the mail provider and the receiver of events, records every
//! delivery, and fails at random with the run's seed.

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

/// The mailboxes of the mail provider.
#[derive(Debug, Default)]
pub(crate) struct Mailroom {
    /// In the order of their arrival.
    pub(crate) deliveries: Vec<Delivery>,
    /// Keys that were used again with a different mail.
    pub(crate) conflicts: Vec<String>,
    mails_by_key: HashMap<String, Value>,
}

/// The model, mail provider and event receiver that the parent plays.
#[derive(Debug)]
pub(crate) struct Peer {
    url: String,
    state: Arc<PeerState>,
}

#[derive(Debug)]
struct PeerState {
    faulty: AtomicBool,
    rng: Mutex<Rng>,
    mailroom: Mutex<Mailroom>,
    handled: Mutex<HashSet<String>>,
}

impl Peer {
    /// Starts to serve on a free port of the loopback device.
    pub(crate) async fn start(seed: u64) -> Result<Self, Failure> {
        let state = Arc::new(PeerState {
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
            .with_state(Arc::clone(&state));
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                tracing::error!(error = %error, "the peer ended");
            }
        });
        Ok(Self { url, state })
    }

    /// Returns the base URL of the peer.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Switches random faults on or off.
    pub(crate) fn set_faulty(&self, faulty: bool) {
        self.state.faulty.store(faulty, Ordering::SeqCst);
    }

    /// Returns the mailboxes of the mail provider.
    pub(crate) fn mailroom(&self) -> MutexGuard<'_, Mailroom> {
        self.state.mailroom()
    }

    /// Returns the ids of the events that reached the event handler.
    pub(crate) fn handled_events(&self) -> MutexGuard<'_, HashSet<String>> {
        self.state.handled_events()
    }
}

impl PeerState {
    fn mailroom(&self) -> MutexGuard<'_, Mailroom> {
        self.mailroom.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn handled_events(&self) -> MutexGuard<'_, HashSet<String>> {
        self.handled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a number below 100 that selects a fault, or 100 if faults are off.
    fn roll_fault(&self) -> u32 {
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
async fn model(State(state): State<Arc<PeerState>>, Json(question): Json<Value>) -> Response {
    let prompt = question["prompt"].as_str().unwrap_or_default();
    let skills: Vec<&str> = SKILLS
        .into_iter()
        .filter(|skill| prompt.contains(skill))
        .collect();
    match state.roll_fault() {
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

/// The mail provider: 10 % errors before it accepts, 5 % accepted without a complete answer. With a key it delivers
/// once.
async fn mail(
    State(state): State<Arc<PeerState>>,
    headers: HeaderMap,
    Json(mail): Json<Value>,
) -> Response {
    let fault = state.roll_fault();
    if fault < 10 {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let key = headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok());
    if !accept(&mut state.mailroom(), key, &mail) {
        return StatusCode::CONFLICT.into_response();
    }
    match fault {
        10..15 => broken_response(),
        _ => Json(json!({ "id": "accepted" })).into_response(),
    }
}

/// The receiver of events: 10 % errors before it accepts, 5 % accepted without a complete answer.
async fn event(State(state): State<Arc<PeerState>>, Json(notice): Json<Value>) -> Response {
    let fault = state.roll_fault();
    if fault < 10 {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let id = notice["event"].as_str().unwrap_or_default();
    state.handled_events().insert(id.to_owned());
    match fault {
        10..15 => broken_response(),
        _ => StatusCode::NO_CONTENT.into_response(),
    }
}

/// Returns whether the provider accepts the mail. A mail that it already has counts as accepted.
fn accept(mailroom: &mut Mailroom, key: Option<&str>, mail: &Value) -> bool {
    if let Some(key) = key {
        match mailroom.mails_by_key.get(key) {
            Some(accepted) if accepted == mail => return true,
            Some(_) => {
                mailroom.conflicts.push(key.to_owned());
                return false;
            }
            None => {
                mailroom.mails_by_key.insert(key.to_owned(), mail.clone());
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

/// Returns a response whose connection breaks before its end.
fn broken_response() -> Response {
    let broken = futures_util::stream::once(async {
        Err::<Bytes, io::Error>(io::ErrorKind::ConnectionReset.into())
    });
    Body::from_stream(broken).into_response()
}
