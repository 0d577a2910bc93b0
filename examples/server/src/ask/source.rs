//! Where answers come from: the network, a cassette, or the network into a cassette.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use tickmate::{
    backend::llm::Llm,
    memory::{Cassette, CassetteLlm},
};

use crate::{
    cli::ReadingArgs,
    failure::Failure,
    settings::{self, Problem, Provider, Values},
    wire,
};

/// Where answers come from.
pub(super) struct Source {
    pub(super) llm: Arc<dyn Llm>,
    kind: Kind,
}

enum Kind {
    Network,
    Cassette,
    Recording(Recording),
}

/// A cassette that is written as it grows, so that nothing is paid for twice if the program is ended.
struct Recording {
    llm: Arc<CassetteLlm>,
    path: PathBuf,
    /// The file, and how many exchanges are in it.
    file: Mutex<(File, usize)>,
}

impl Source {
    /// Opens what the command line asks for.
    ///
    /// # Errors
    /// One line on the variable or the file that can't be used.
    pub(super) fn open(provider: Provider, args: &ReadingArgs) -> Result<Self, Failure> {
        let values = settings::values().map_err(|problems| failure(&problems))?;
        match &args.cassette {
            Some(path) if !args.record => played(provider, &values, path),
            Some(path) => recorded(asked(provider, &values)?, path),
            None => Ok(Self {
                llm: asked(provider, &values)?,
                kind: Kind::Network,
            }),
        }
    }

    /// Whether somebody is asked who may want to be left alone for a while.
    pub(super) const fn is_far(&self) -> bool {
        !matches!(self.kind, Kind::Cassette)
    }

    /// Writes what is new into the cassette that is recorded.
    ///
    /// # Errors
    /// One line on the file.
    pub(super) fn keep(&self) -> Result<(), Failure> {
        let Kind::Recording(recording) = &self.kind else {
            return Ok(());
        };
        let mut file = recording
            .file
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let new = recording.llm.lines_from(file.1);
        file.1 += new.lines().count();
        let written = file.0.write_all(new.as_bytes());
        written.map_err(|error| {
            let what = format!("{} can't be written", recording.path.display());
            Failure::because(what, &error)
        })
    }
}

fn asked(provider: Provider, values: &Values) -> Result<Arc<dyn Llm>, Failure> {
    let model = settings::model(values, provider).map_err(|problems| failure(&problems))?;
    wire::adapter(&model)
}

fn recorded(inner: Arc<dyn Llm>, path: &Path) -> Result<Source, Failure> {
    let file = File::create(path).map_err(|error| {
        Failure::because(format!("{} can't be written", path.display()), &error)
    })?;
    let llm = Arc::new(CassetteLlm::recording(inner));
    Ok(Source {
        llm: Arc::clone(&llm) as _,
        kind: Kind::Recording(Recording {
            llm,
            path: path.to_owned(),
            file: Mutex::new((file, 0)),
        }),
    })
}

fn played(provider: Provider, values: &Values, path: &Path) -> Result<Source, Failure> {
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::because(format!("{} can't be read", path.display()), &error))?;
    let cassette = Cassette::from_lines(&text)
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    let held: Vec<String> = cassette
        .models()
        .into_iter()
        .filter(|id| id.provider == provider.as_str())
        .map(|id| id.model.clone())
        .collect();
    // A variable goes first; a cassette of one model needs none.
    let named = provider.named(values).or(match &held[..] {
        [only] => Some(only.as_str()),
        _ => None,
    });
    Ok(Source {
        llm: Arc::new(CassetteLlm::replaying(provider.id(named), cassette)),
        kind: Kind::Cassette,
    })
}

/// What is wrong with the variables, on one line.
fn failure(problems: &[Problem]) -> Failure {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    Failure::new(lines.join("; "))
}
