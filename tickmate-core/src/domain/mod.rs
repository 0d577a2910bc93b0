//! Pure nouns and rules: no clock, no randomness, no I/O.

pub mod access;
pub mod consequences;
pub mod digest;
pub mod email;
pub mod event;
pub mod hours;
pub mod id;
pub mod job;
pub mod letter;
pub mod lifecycle;
pub mod mail;
pub mod page;
pub mod priority;
pub mod query;
pub mod reply;
pub mod routing;
pub mod seat;
pub mod session;
pub mod skill;
pub mod status;
pub mod text;
pub mod throttle;
pub mod ticket;
pub mod time;
pub mod triage;
pub mod user;
