//! Tests of routing as a whole.

mod properties;
