//! What the model adapters of TickMate share: one careful HTTP exchange, API keys, and how long a provider asks to
//! wait. The adapters re-export what their users need of it.
//!
//! An exchange asks once, follows no redirect, takes in no more than it is allowed to, and ends in time. Nothing in
//! here shows a key or a URL.

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
