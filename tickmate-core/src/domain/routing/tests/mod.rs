//! Tests of routing as a whole.

mod asked_by_staff;
mod dispatch;
mod properties;
