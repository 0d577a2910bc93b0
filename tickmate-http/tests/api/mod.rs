//! The API from outside: requests into a router over a desk on the seams in memory. Each test binary that includes them
//! gives the store that a world begins with as `crate::fresh_store`.

mod accounts;
mod admin;
mod ai_usage;
mod assigning;
mod bad_input;
mod contract;
mod credentials;
mod editing;
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
mod switched_store;
mod tickets;
mod triage;
mod triage_rules;
mod unknown_jobs;
mod versions;
mod world;
