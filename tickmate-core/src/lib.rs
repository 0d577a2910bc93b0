//! The core of TickMate: the domain, the four seams and the use cases of a ticket desk.

pub mod backend;
pub mod desk;
pub mod domain;
