//! An application that adds a route of its own to the desk's REST API.
//!
//! `POST /orders/{number}/ticket` opens a ticket about an order of a shop. The route has what the routes of the desk have:
//! the same login, a typed body whose errors are all reported at once, the same error bodies, request ids and headers, and
//! an OpenAPI document.

use axum::{
    Json, Router,
    extract::{FromRef, Path, State, rejection::PathRejection},
    http::StatusCode,
    routing::get,
};
use deserr::Deserr;
use serde::Serialize;
use tickmate::{
    desk::{DeskError, TicketDraft},
    http::{Acting, Body, DeskApi, Input, Message, Problem},
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The state of the application's own routes.
#[derive(Clone)]
struct Shop {
    api: DeskApi,
    /// The number of the latest order. A real shop asks its database.
    last_order: u64,
}

/// Makes the extractors of `tickmate::http` work in handlers over a `Shop`.
impl FromRef<Shop> for DeskApi {
    fn from_ref(shop: &Shop) -> Self {
        shop.api.clone()
    }
}

/// A question about an order. `deserr` reads it and `utoipa`, which reads the `serde` attributes, documents it.
#[derive(Deserr, ToSchema)]
#[deserr(rename_all = camelCase, deny_unknown_fields)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AskAboutOrder {
    /// The question.
    message: Message,
    /// Whether the parcel has arrived.
    has_arrived: bool,
}

/// The ticket that was opened.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OrderTicket {
    /// The number of the ticket, under which `GET /api/tickets/{id}` returns it.
    number: u64,
    title: String,
}

/// Opens a ticket about an order.
#[utoipa::path(
    post,
    path = "/orders/{number}/ticket",
    operation_id = "openOrderTicket",
    params(("number" = u64, Path, description = "The number of the order.")),
    request_body = AskAboutOrder,
    responses(
        (status = CREATED, description = "The ticket.", body = OrderTicket),
        (status = UNAUTHORIZED, description = "The caller is not logged in."),
        (status = NOT_FOUND, description = "There is no such order."),
        (status = UNPROCESSABLE_ENTITY, description = "Fields are wrong; the body names each of them."),
    ),
)]
async fn open_order_ticket(
    State(shop): State<Shop>,
    Acting(actor): Acting,
    order: Result<Path<u64>, PathRejection>,
    input: Input<Body<AskAboutOrder>>,
) -> Result<(StatusCode, Json<OrderTicket>), Problem> {
    let Path(order) = order.map_err(|_| DeskError::NotFound)?;
    if !(1..=shop.last_order).contains(&order) {
        return Err(DeskError::NotFound.into());
    }
    // The body is read after these checks, so that a refusal of the caller or the order comes before one of the fields.
    let Body(question) = input.parse().await?;
    let state = match question.has_arrived {
        true => "arrived",
        false => "not arrived",
    };
    let draft = TicketDraft {
        title: format!("Order {order}: {state}"),
        description: question.message.into(),
        ..TicketDraft::default()
    };
    let submitted = shop.api.desk().tickets().create(&actor, &draft, None);
    let ticket = submitted.await?.outcome.ticket;
    let opened = OrderTicket {
        number: ticket.number,
        title: ticket.title,
    };
    Ok((StatusCode::CREATED, Json(opened)))
}

/// Returns the whole application: its own route, the OpenAPI document of it at `/openapi.json`, and the routes of the desk
/// under `/api`. `last_order` is the number of the latest order.
pub fn app(api: DeskApi, last_order: u64) -> Router {
    let outer_layer = api.outer_layer();
    let desk = api.router();
    let (own, document) = OpenApiRouter::new()
        .routes(routes!(open_order_ticket))
        .split_for_parts();
    own.route("/openapi.json", get(async || Json(document)))
        .layer(outer_layer)
        .with_state(Shop { api, last_order })
        .merge(desk)
}
