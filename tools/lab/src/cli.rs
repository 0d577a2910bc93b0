//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use tickmate::domain::mail::MailKind;
use tickmate_server::{Failure, settings::Provider};

/// Tries and measures parts of the TickMate desk: its router, its analyzers, the models that it asks, its mails.
#[derive(Debug, Parser)]
#[command(
    name = "tickmate-lab",
    version,
    max_term_width = 80,
    after_help = tickmate_server::settings::model_help()
)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs the desk's router as a program of its own, or explains the assignment of a stored ticket
    Route(RouteArgs),
    /// Analyzes the tickets of a file and prints one analysis a line
    ///
    /// The embedded analyzer and a cassette need no settings.
    Triage(TriageArgs),
    /// Measures how accurate and how well calibrated an analyzer is on labeled tickets
    ///
    /// The embedded analyzer and a cassette need no settings.
    Eval(EvalArgs),
    /// Prints the mails of the desk with example data
    Mail(MailArgs),
}

/// Which mails to print, and how.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct MailArgs {
    /// Prints the mail of this kind, or of every kind
    #[arg(long, value_name = "KIND", required = true, num_args = 0..=1, value_parser = mail_kind)]
    pub(crate) preview: Option<Option<MailKind>>,
    /// Prints the HTML part instead of the text part
    #[arg(long)]
    pub(crate) html: bool,
}

fn mail_kind(word: &str) -> Result<MailKind, String> {
    word.parse().map_err(|_| {
        let kinds: Vec<&str> = MailKind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("the kinds are {}", kinds.join(", "))
    })
}

/// How to route, or which ticket to explain.
#[derive(Debug, Clone, Args)]
pub(crate) struct RouteArgs {
    /// Answers events on standard input with assignments on standard output (protocol tmroute/1); needs no settings
    #[arg(long)]
    pub(crate) stdio: bool,
    /// The policy: direct, late, ahead, rebalance, direct-rebalance, round-robin, relative, relax, sticky, or one of your
    /// own as JSON, such as {"ahead": 2}
    #[arg(
        long,
        value_name = "NAME",
        default_value = "direct",
        conflicts_with = "ticket"
    )]
    pub(crate) policy: String,
    /// Explains each assignment, or the assignment of the stored ticket TICKET
    #[arg(long)]
    pub(crate) explain: bool,
    /// The number or id of a stored ticket to explain
    #[arg(value_name = "TICKET", requires = "explain", conflicts_with = "stdio")]
    pub(crate) ticket: Option<String>,
}

/// Which tickets to analyze.
#[derive(Debug, Clone, Args)]
pub(crate) struct TriageArgs {
    /// The tickets as JSON Lines: each line an object with id and text, or with id, subject and body
    #[arg(long, value_name = "FILE")]
    pub(crate) jsonl: PathBuf,
    /// The values of category, type, priority and skills as JSON, each a name or a name with a description
    #[arg(long, value_name = "FILE")]
    pub(crate) options: Option<PathBuf>,
    /// Tickets to learn from first, as JSON Lines with the labels category, priority, type and skill; a model gets only
    /// the labels of fields without options
    #[arg(long, value_name = "FILE")]
    pub(crate) train: Option<PathBuf>,
    /// What analyzes, and how
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

/// What analyzes tickets, and how.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReadingArgs {
    /// What analyzes the tickets; models are set up by the variables of the server
    #[arg(long, value_enum, default_value_t = Reader::Embedded)]
    pub(crate) provider: Reader,
    /// Replays the answers of a model from this file, with no key and no network
    #[arg(long, value_name = "FILE")]
    pub(crate) cassette: Option<PathBuf>,
    /// Asks the model what the cassette does not answer yet, and appends the answers
    #[arg(long, requires = "cassette")]
    pub(crate) record: bool,
    /// How many tickets a model is asked about at the same time, 1 to 32
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=32))]
    pub(crate) parallel: u8,
}

/// What analyzes tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Reader {
    /// The embedded analyzer
    Embedded,
    /// Google Gemini
    Gemini,
    /// OpenAI, or a server that speaks its chat completions
    #[value(name = "openai")]
    OpenAi,
}

impl ReadingArgs {
    /// Returns the provider of the model; none for the embedded analyzer.
    pub(crate) fn model(&self) -> Option<Provider> {
        match self.provider {
            Reader::Embedded => None,
            Reader::Gemini => Some(Provider::Gemini),
            Reader::OpenAi => Some(Provider::OpenAi),
        }
    }

    /// Checks that no option of models is given for the embedded analyzer.
    ///
    /// # Errors
    /// A cassette is given.
    pub(crate) fn check_embedded(&self) -> Result<(), Failure> {
        match &self.cassette {
            None => Ok(()),
            Some(_) => Err(Failure::new(
                "--cassette is for models: name one by --provider",
            )),
        }
    }
}

/// What to measure, and on which tickets.
#[derive(Debug, Clone, Args)]
pub(crate) struct EvalArgs {
    /// Labeled tickets as JSON Lines: 70 of 100 are learned and the rest is analyzed, near-duplicates on the same side
    #[arg(long, value_name = "FILE")]
    pub(crate) data: PathBuf,
    /// The values of category, type, priority and skills as JSON, each a name or a name with a description
    #[arg(long, value_name = "FILE")]
    pub(crate) options: Option<PathBuf>,
    /// Tickets to learn from instead, as JSON Lines; all of the data is analyzed then
    #[arg(long, value_name = "FILE")]
    pub(crate) train: Option<PathBuf>,
    /// Measures after 200 and after 1,000 learned tickets, too
    #[arg(long)]
    pub(crate) curve: bool,
    /// What analyzes, and how
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    /// The price of a million tokens of questions
    #[arg(long, value_name = "USD", value_parser = price, requires = "price_out")]
    pub(crate) price_in: Option<f64>,
    /// The price of a million tokens of answers
    #[arg(long, value_name = "USD", value_parser = price, requires = "price_in")]
    pub(crate) price_out: Option<f64>,
}

fn price(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(price) if (0.0..=1e6).contains(&price) => Ok(price),
        _ => Err("must be a number from 0 to 1000000".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
