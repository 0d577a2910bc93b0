//! The live feed.

mod dice;
mod history;
mod log;
mod pages;
mod steps;
mod viewer;
