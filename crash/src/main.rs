//! The crash harness: kills the desk at every step of its work, repeatedly, and counts what was lost, done twice or
//! left undone.
//!
//! The started process is the parent: it plays the model and the mail provider, runs the clients, and starts itself
//! again as the desk under test, which it kills.

mod args;
mod child;
mod failure;
mod host;
mod parent;
mod sabotage;

use std::process::ExitCode;

use clap::Parser;

use self::{
    args::{Cli, Command},
    failure::Failure,
};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            tracing::error!("{failure}");
            ExitCode::from(2)
        }
    }
}

/// Returns whether the run found no violation.
async fn run(cli: Cli) -> Result<bool, Failure> {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new("warn"))
        .with_writer(std::io::stderr)
        .init();
    host::install_tls()?;
    match cli.command {
        Some(Command::Desk(args)) => child::run(args).await.map(|()| true),
        None => parent::run(cli.run).await,
    }
}
