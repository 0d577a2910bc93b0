//! The standalone TickMate server: the library, wired, and the only reader of the environment.

mod admin;
mod ask;
mod check_config;
mod cli;
mod demo;
mod evaluate;
mod failure;
mod import;
mod print;
mod route;
mod serve;
mod settings;
mod triage;
mod wire;

use std::{process::ExitCode, time::Duration};

use clap::Parser;

use crate::{
    cli::{AdminCommand, Cli, Command, RouteArgs},
    failure::Failure,
    settings::Settings,
};

/// How long a thread that still reads a file may take once all is done.
const LEFT_BEHIND: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let cli = Cli::parse();
    let command = cli.command.unwrap_or(Command::Serve(cli.serve));
    if let Command::Route(args) = &command
        && args.ticket.is_none()
    {
        return code_of(route::stdio(args));
    }
    match &command {
        Command::Triage(args) => return code_of(triage::triage(args)),
        Command::Eval(args) => return code_of(evaluate::eval(args)),
        _ => {}
    }
    let settings = match settings::values().and_then(|values| Settings::read(&values)) {
        Ok(settings) => settings,
        Err(problems) => {
            for problem in problems {
                eprintln!("error: {problem}");
            }
            return ExitCode::FAILURE;
        }
    };
    code_of(run(command, &settings))
}

fn code_of(done: Result<ExitCode, Failure>) -> ExitCode {
    match done {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command, settings: &Settings) -> Result<ExitCode, Failure> {
    if matches!(command, Command::CheckConfig) {
        check_config::check_config(settings);
        return Ok(ExitCode::SUCCESS);
    }
    settings.logs.start();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::because("no threads to run on", &error))?;
    let done = runtime.block_on(async {
        match command {
            Command::Serve(args) => serve::serve(settings, args).await,
            Command::Admin(AdminCommand::Create { email, .. }) => {
                admin::create(settings, &email).await
            }
            Command::ImportTickets(args) => import::import(settings, &args).await,
            Command::Route(RouteArgs {
                ticket: Some(ticket),
                ..
            }) => route::stored::explain(settings, &ticket).await,
            Command::Route(_) | Command::Triage(_) | Command::Eval(_) | Command::CheckConfig => {
                Ok(ExitCode::SUCCESS)
            }
        }
    });
    runtime.shutdown_timeout(LEFT_BEHIND);
    done
}
