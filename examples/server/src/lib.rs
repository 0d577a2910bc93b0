//! The standalone TickMate server: the library, wired, and the only reader of the environment.
//!
//! Other programs of this repository use its settings and the desk that is built from them.

mod admin;
mod check_config;
mod cli;
mod demo;
mod failure;
mod import;
pub mod print;
mod serve;
pub mod settings;
mod wire;

use std::{process::ExitCode, time::Duration};

use clap::Parser;

pub use self::{failure::Failure, wire::App};
use crate::{
    cli::{AdminCommand, Cli, Command},
    failure::Context,
    settings::Settings,
};

/// How long a thread that still reads a file may take once the command has ended.
const THREAD_GRACE: Duration = Duration::from_secs(1);

/// Runs the command that the command line names, and returns the exit code of the process.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let command = cli.command.unwrap_or(Command::Serve(cli.serve));
    exit_code(Settings::load().and_then(|settings| run_command(command, &settings)))
}

/// Returns the exit code of a command, and prints why it failed: one line to standard error for each problem.
pub fn exit_code(result: Result<ExitCode, Failure>) -> ExitCode {
    result.unwrap_or_else(|failure| {
        for line in failure.lines() {
            eprintln!("error: {line}");
        }
        ExitCode::FAILURE
    })
}

/// Runs a future on a runtime of its own, and logs as the settings say.
///
/// # Errors
/// No thread can be started, and the errors of the future.
pub fn block_on<T>(
    settings: &Settings,
    future: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    settings.logs.start();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("no threads to run on")?;
    let result = runtime.block_on(future);
    runtime.shutdown_timeout(THREAD_GRACE);
    result
}

fn run_command(command: Command, settings: &Settings) -> Result<ExitCode, Failure> {
    match command {
        Command::CheckConfig => {
            check_config::check_config(settings);
            Ok(ExitCode::SUCCESS)
        }
        Command::Serve(args) => block_on(settings, serve::serve(settings, args)),
        Command::Admin(AdminCommand::Create { email, .. }) => {
            block_on(settings, admin::create(settings, &email))
        }
        Command::ImportTickets(args) => block_on(settings, import::import(settings, &args)),
    }
}
