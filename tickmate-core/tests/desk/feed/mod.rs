//! The live feed.

mod history;
mod log;
mod pages;
mod steps;
mod viewer;
