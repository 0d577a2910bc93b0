//! `triage`: reads the tickets of a file, and writes one analysis a line.

mod answer;
mod embedded;
mod model;
pub(crate) mod rows;
mod stand_in;

use std::{
    io::{self, BufWriter, Write},
    process::ExitCode,
    sync::Arc,
};

use tickmate::domain::{
    learn::{Analyzer, Dictionary, Model, Thresholds},
    options::Options,
};
use tickmate_server::Failure;

use crate::{ask::Asker, cli::TriageArgs};

pub(crate) use self::{answer::Answer, stand_in::StandIn};
use self::{embedded::EmbeddedReader, rows::Row};

/// Reads each ticket of the file, after having learned those of another where one is given.
pub(crate) fn triage(args: &TriageArgs) -> Result<ExitCode, Failure> {
    let tickets = rows::read(&args.jsonl)?;
    let options = rows::options(args.options.as_deref())?;
    let settled = match &args.train {
        Some(path) => rows::read(path)?,
        None => Vec::new(),
    };
    let dictionary = Arc::new(Dictionary::shipped());
    match args.reading.model() {
        Some(provider) => {
            let asker = Asker::new(provider, &args.reading)?;
            model::triage(&asker, &dictionary, options, &settled, &tickets)?;
        }
        None => {
            args.reading.check_embedded()?;
            let staff = dictionary
                .vocabulary()
                .resolve_all(options.skills.iter().map(|skill| skill.name.as_str()));
            let reader = EmbeddedReader::new(&dictionary, &options, &settled, staff);
            let mut output = BufWriter::new(io::stdout().lock());
            let written = tickets.iter().try_for_each(|ticket| {
                let line = reader.answer(ticket).line(ticket);
                writeln!(output, "{line}")
            });
            heard(written.and_then(|()| output.flush()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether anybody still reads standard output.
///
/// # Errors
/// Where it can't be written for another reason than that nobody does.
fn heard(written: io::Result<()>) -> Result<bool, Failure> {
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::because("standard output can't be written", &error)),
    }
}

/// An analyzer that learned these tickets.
pub(crate) fn trained<'a>(
    dictionary: &Arc<Dictionary>,
    options: &Options,
    settled: impl IntoIterator<Item = &'a Row>,
) -> Analyzer {
    let mut analyzer = Analyzer::new(Arc::clone(dictionary), options, Model::default());
    analyzer.train(settled.into_iter().map(Row::example));
    analyzer
}

/// How doubtful a guess may be without being marked.
pub(crate) fn thresholds() -> Thresholds {
    Thresholds::default()
}
