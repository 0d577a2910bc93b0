//! Sends mails: each is rendered once into a row of its own, then sent until it is accepted, refused or suppressed.

mod orphans;
mod outage;
mod pace;
mod render;
mod send;
mod suppress;
mod throttle;

pub(in crate::desk) use orphans::DeadJobsWalk;
