//! Prints the OpenAPI document of the API with its default settings, for validators and generators of clients.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use tickmate_http::{HttpSettings, openapi};

fn main() {
    println!("{}", openapi(&HttpSettings::default()));
}
