//! The binary `tickmate-server`.

use std::process::ExitCode;

fn main() -> ExitCode {
    tickmate_server::run()
}
