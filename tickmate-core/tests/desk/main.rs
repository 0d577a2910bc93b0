//! The desk's use cases, on the seams in memory, driven step by step.

mod accounts;
mod assignment;
mod jobs;
mod mails;
mod tickets;
mod world;
