//! `route`: the desk's router as a program of its own, spoken to line by line, and why a stored ticket is where it is.

mod protocol;
mod session;
pub(crate) mod stored;

use std::{
    io::{self, BufRead, Write},
    process::ExitCode,
};

use serde_json::Value;
use tickmate::domain::routing::Policy;
use tickmate_server::Failure;

use crate::cli::RouteArgs;

use self::session::Session;

/// The longest line that is taken, in bytes: room for a dictionary of thousands of rows.
const MAX_LINE: u64 = 16 * 1024 * 1024;

/// Answers events on standard input with assignments on standard output (`tmroute/1`), until the end.
pub(crate) fn stdio(args: &RouteArgs) -> Result<ExitCode, Failure> {
    let policy = policy(&args.policy)?;
    let mut session = Session::new(policy, args.explain);
    let mut input = io::stdin().lock();
    let mut output = io::stdout().lock();
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let read = io::Read::take(&mut input, MAX_LINE)
            .read_until(b'\n', &mut line)
            .map_err(|error| Failure::because("standard input can't be read", &error))?;
        if read == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let answer = session
            .answer(&line)
            .map_err(|problem| Failure::new(format!("line {number}: {problem}")))?;
        let ended = answer.ended;
        let written = output
            .write_all(answer.text.as_bytes())
            .and_then(|()| output.flush());
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
            other => {
                other.map_err(|error| {
                    Failure::because("standard output can't be written", &error)
                })?;
            }
        }
        if ended {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A policy by its name, or as a JSON object of the form that the API takes. The protocol has no way to take a ticket
/// back, so that absent people's tickets are handed over.
fn policy(text: &str) -> Result<Policy, Failure> {
    let value = match text.trim_start().starts_with('{') {
        true => serde_json::from_str(text)
            .map_err(|error| Failure::because("--policy is not JSON", &error))?,
        false => Value::from(text),
    };
    let policy = Policy::parse("--policy", &value)
        .map_err(|error| Failure::new(format!("{}: {}", error.field, error.message)))?;
    Ok(Policy {
        hand_over: true,
        ..policy
    })
}
