//! The desk's use cases, driven step by step. Each test binary that includes them gives the store that a world begins
//! with as `crate::fresh_store`.

mod accounts;
mod assignment;
mod clock;
mod dead_jobs;
mod feed;
mod handlers;
mod jobs;
mod logs;
mod mail_care;
mod mails;
mod replay;
mod routing;
mod rules_cache;
mod shifts;
mod tickets;
mod triage;
mod versions;
mod world;
