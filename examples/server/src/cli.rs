//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// An intelligent ticket desk. Without a command it serves the API.
#[derive(Debug, Parser)]
#[command(
    name = "tickmate-server",
    version,
    max_term_width = 80,
    args_conflicts_with_subcommands = true,
    after_help = crate::settings::help()
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) serve: ServeArgs,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves the API and runs the desk's jobs until SIGTERM or SIGINT
    Serve(ServeArgs),
    /// Manages admins
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Prints which variable chose what, and opens nothing
    CheckConfig,
    /// Imports tickets from a file, and waits until each is analyzed and assigned
    /// or in the backlog
    ImportTickets(ImportArgs),
}

/// How to serve.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct ServeArgs {
    /// Adds a team and a few tickets, and prints who got what and why
    #[arg(long)]
    pub(crate) demo: bool,
}

/// What to do with admins.
#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Makes the user with this address an admin; works beside a running server
    Create {
        /// The e-mail address; an account with it becomes an admin account
        email: String,
        /// Reads the password from standard input, one line
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

/// What to take over.
#[derive(Debug, Clone, Args)]
pub(crate) struct ImportArgs {
    /// JSON Lines: one object with title, description, requester and id a line (also subject, body or text)
    pub(crate) file: PathBuf,
    /// The requester of lines that name none
    #[arg(long, value_name = "EMAIL")]
    pub(crate) requester: Option<String>,
    /// Adds a team that the tickets are assigned to
    #[arg(long)]
    pub(crate) demo_team: bool,
    /// Mails the requesters, too
    #[arg(long)]
    pub(crate) notify: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn serving_is_the_default() {
        for (line, demo) in [
            (vec!["tickmate-server"], false),
            (vec!["tickmate-server", "--demo"], true),
        ] {
            let cli = Cli::try_parse_from(line).unwrap();
            assert!(cli.command.is_none());
            assert_eq!(cli.serve.demo, demo);
        }
        let cli = Cli::try_parse_from(["tickmate-server", "serve", "--demo"]).unwrap();
        assert!(matches!(cli.command, Some(Command::Serve(args)) if args.demo));
    }

    #[test]
    fn a_password_never_stands_on_the_command_line() {
        let line = ["tickmate-server", "admin", "create", "a@example.org"];
        assert!(Cli::try_parse_from(line).is_err());
    }
}
