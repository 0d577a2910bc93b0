//! The TickMate lab: the desk's router, analyzers, models and mails as programs of their own, to try and to measure.

mod ask;
mod cli;
mod evaluate;
mod mail;
mod route;
mod triage;

use std::process::ExitCode;

use clap::Parser;
use tickmate_server::{Failure, exit_code};

use crate::cli::{Cli, Command};

fn main() -> ExitCode {
    exit_code(run(&Cli::parse().command))
}

fn run(command: &Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Route(args) => match &args.ticket {
            Some(ticket) => route::stored::explain(ticket),
            None => route::stdio(args),
        },
        Command::Triage(args) => triage::triage(args),
        Command::Eval(args) => evaluate::eval(args),
        Command::Mail(args) => mail::preview(args),
    }
}
