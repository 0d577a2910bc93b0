//! The API from outside: requests into a router over a desk on the seams in memory.

#![expect(
    clippy::unwrap_used,
    reason = "what the tests share panics where they would"
)]

mod accounts;
mod admin;
mod ai_usage;
mod assigning;
mod bad_input;
mod credentials;
mod editing;
mod failing_store;
mod first_admin;
mod frame;
mod health;
mod history;
mod host;
mod hours;
mod lists;
mod logging_in;
mod mail;
mod matrix;
mod metrics;
mod never_5xx;
mod people;
mod refusals;
mod replies;
mod requests;
mod reviews;
mod routing;
mod searches;
mod skills;
mod tickets;
mod triage;
mod triage_rules;
mod versions;
mod world;
