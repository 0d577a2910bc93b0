//! Shared parts of TickMate's model adapters: a bounded HTTP exchange, API keys, and the parsing of retry delays. The
//! adapters re-export what their users need.
//!
//! An exchange sends one request, follows no redirect, limits the size of the answer, and has a timeout. No error and
//! no log line contains a key or a URL.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
mod endpoint;
mod exchange;
mod failure;
mod key;
#[cfg(feature = "testing")]
pub mod testing;
pub mod wait;

pub use self::{
    client::{ClientError, DEFAULT_MAX_ANSWER_BYTES, Timeouts, careful, client},
    endpoint::{SettingsError, check_limits, endpoint},
    exchange::{Answer, Question, post, within},
    failure::Failure,
    key::ApiKey,
};
