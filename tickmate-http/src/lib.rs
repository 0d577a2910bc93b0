//! The REST API of the ticket desk as an axum router: [`router()`] over a [`tickmate_core::desk::Desk`], served as it
//! is or nested into an application under any path.
//!
//! ```
//! use std::sync::Arc;
//! use tickmate_core::desk::Desk;
//! use tickmate_http::{HttpSettings, router};
//!
//! fn mounted(desk: Arc<Desk>) -> axum::Router {
//!     axum::Router::new().nest("/support", router(desk, HttpSettings::default()))
//! }
//! ```
//!
//! [`serve()`] is the server for it: it withstands slow clients. Under another server, add
//! [`axum::extract::ConnectInfo`] of a [`std::net::SocketAddr`]: wrong passwords are counted per account and network,
//! and without it all clients are one network.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod document;
mod extract;
mod identify;
mod json_body;
mod outer;
mod problem;
mod requests;
mod router;
mod routes;
mod serve;
mod settings;
mod state;
mod wire;

pub use extract::{
    Acting, Body, FromInput, Input, Network, OptionalBody, OptionalUpdate, Parameters, SameOrigin,
    SignedIn, Submission, UnreadUpdate, Update, is_same_origin,
};
pub use identify::{Identify, IdentifyError};
pub use outer::OuterLayer;
pub use problem::Problem;
pub use requests::{InvalidInput, Message, Optional, Patch, Text, Title};
pub use router::{openapi, router};
pub use serve::{Serve, ServeLimits, serve};
pub use settings::{Accounts, ApiDocs, HttpSettings, MetricsToken};
pub use state::DeskApi;
