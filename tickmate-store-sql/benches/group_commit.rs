//! Created tickets a second.

fn main() {}
