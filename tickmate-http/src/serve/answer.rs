//! Serves one request: its turn, its body in time, the router's answer, and the memory for it.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, Request},
    response::Response,
};
use http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use tokio::sync::Notify;
use tower::ServiceExt;

use super::{
    ServeLimits,
    answer_body::{AnswerBody, pieces},
    caller::{CallerHasher, CallerKey},
    refusal::Refusals,
    request_body::RequestBody,
    state::ConnectionState,
    stop::Stop,
    turns::Turns,
    waiting::WaitingBytes,
};
use crate::{json_body::PIECE_BYTES, problem::Problem};

/// The most bytes of the body of a safe request. They are read before its turn, which a slow body must not hold.
const SAFE_BODY_BYTES: usize = 16 << 10;
/// The value of `Retry-After` in seconds for a request that got no turn or no memory.
const RETRY_AFTER: i64 = 5;

/// The route that says whether the desk is ready, under any path that the API is nested at.
const READINESS: &str = "/readyz";
/// The route that says whether the process lives.
const LIVENESS: &str = "/healthz";

/// What all connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) router: Router,
    pub(super) limits: ServeLimits,
    pub(super) stop: Stop,
    pub(super) refusals: Arc<Refusals>,
    pub(super) turns: Arc<Turns>,
    pub(super) waiting: Arc<WaitingBytes>,
    pub(super) hasher: CallerHasher,
}

/// What the requests of a connection share.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) peer: SocketAddr,
    pub(super) state: Arc<ConnectionState>,
    /// Ends the connection.
    pub(super) end: Arc<Notify>,
}

/// Answers one request.
pub(super) async fn answer(
    shared: Arc<Shared>,
    connection: Arc<Connection>,
    request: http::Request<Incoming>,
) -> Response<AnswerBody> {
    connection.state.begin_answer();
    let instance = request.uri().path().to_owned();
    let state = Arc::clone(&connection.state);
    let answered = try_answer(&shared, &connection, request).await;
    answered.unwrap_or_else(|refused| {
        let (problem, answered) = *refused;
        let response = shared
            .refusals
            .refuse(&problem, &instance, answered.as_ref());
        response.map(|body| AnswerBody::new(body, state))
    })
}

/// The server's refusal of a request, and the router's answer that it replaces.
type Refused = Box<(Problem, Option<Response>)>;

async fn try_answer(
    shared: &Shared,
    connection: &Connection,
    request: http::Request<Incoming>,
) -> Result<Response<AnswerBody>, Refused> {
    if shared.stop.is_stopped() && request.uri().path().ends_with(READINESS) {
        return Err(refused(Problem::not_ready()));
    }
    let limits = &shared.limits;
    let is_late = Arc::new(AtomicBool::new(false));
    let mut request = request.map(|body| {
        let (state, is_late) = (Arc::clone(&connection.state), Arc::clone(&is_late));
        Body::new(RequestBody::new(
            body,
            limits,
            shared.stop.clone(),
            state,
            is_late,
        ))
    });
    request
        .extensions_mut()
        .insert(ConnectInfo(connection.peer));
    let caller = shared.hasher.caller(request.headers(), connection.peer);
    let mut turn = None;
    if request.method().is_safe() && !is_health(request.uri().path()) {
        request = read_safe_body(request, &is_late).await?;
        let target = shared.hasher.target(caller, request.uri());
        let granted = shared.turns.take(caller, target, limits.turn_timeout).await;
        turn = Some(granted.ok_or_else(|| refused(busy()))?);
    }
    let response = match shared.router.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    if is_late.load(Ordering::Relaxed) {
        return Err(Box::new((body_too_late(), Some(response))));
    }
    let answered = find_room(shared, connection, caller, response).await;
    drop(turn);
    answered
}

/// Reads the body of a safe request, which has none as a rule.
async fn read_safe_body(request: Request, is_late: &AtomicBool) -> Result<Request, Refused> {
    if request.body().is_end_stream() {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    match Limited::new(body, SAFE_BODY_BYTES).collect().await {
        Ok(body) => Ok(Request::from_parts(parts, Body::from(body.to_bytes()))),
        Err(_) if is_late.load(Ordering::Relaxed) => Err(refused(body_too_late())),
        Err(error) if error.is::<LengthLimitError>() => Err(refused(Problem::too_large())),
        Err(_) => Err(refused(Problem::new(
            StatusCode::BAD_REQUEST,
            "malformed_request",
            "the body could not be read",
        ))),
    }
}

/// Splits a large answer into pieces, and waits for memory for it. A stream of unknown size is left unchanged: it
/// produces its data as the client reads.
async fn find_room(
    shared: &Shared,
    connection: &Connection,
    caller: CallerKey,
    response: Response,
) -> Result<Response<AnswerBody>, Refused> {
    let (parts, mut body) = response.into_parts();
    let state = Arc::clone(&connection.state);
    let limits = &shared.limits;
    let size = body.size_hint().exact();
    let size = size.map(|size| usize::try_from(size).unwrap_or(usize::MAX));
    let Some(size) = size.filter(|size| *size > PIECE_BYTES) else {
        return Ok(Response::from_parts(parts, AnswerBody::new(body, state)));
    };
    if size > limits.waiting_bytes_per_connection {
        let limit = limits.waiting_bytes_per_connection;
        tracing::error!(
            size,
            limit,
            "an answer is too large to be sent in one piece"
        );
        let response = Response::from_parts(parts, Body::empty());
        return Err(Box::new((Problem::internal(), Some(response))));
    }
    let mut all = VecDeque::new();
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => all.extend(pieces(frame.into_data().unwrap_or_default())),
            Err(error) => {
                tracing::error!(%error, "an answer could not be read");
                let response = Response::from_parts(parts, Body::empty());
                return Err(Box::new((Problem::internal(), Some(response))));
            }
        }
    }
    let bytes = all.iter().map(Bytes::len).sum();
    let waiting = &shared.waiting;
    let reservation = waiting.reserve(bytes, caller, &connection.end, limits.turn_timeout);
    let Some(reservation) = reservation.await else {
        let response = Response::from_parts(parts, Body::empty());
        return Err(Box::new((busy(), Some(response))));
    };
    let body = AnswerBody::new(body, state).with_pieces(all, reservation);
    Ok(Response::from_parts(parts, body))
}

/// Returns whether the path is a probe of a supervisor. Its answers are small and need no turn.
fn is_health(path: &str) -> bool {
    path.ends_with(READINESS) || path.ends_with(LIVENESS)
}

fn refused(problem: Problem) -> Refused {
    Box::new((problem, None))
}

fn busy() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "overloaded",
        "too many answers are in progress; try again later",
    )
    .retry_after(RETRY_AFTER)
}

fn body_too_late() -> Problem {
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "request_timeout",
        "the body took too long to arrive",
    )
    .retry_after(2)
}
