//! Where answers come from: the network, a cassette, or the network into a cassette.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use tickmate::{
    backend::llm::{Completion, Llm, LlmError, ModelId, Prompt},
    memory::{Cassette, CassetteLlm},
};
use tickmate_server::{
    Failure,
    settings::{self, Provider, Values},
};

use crate::cli::ReadingArgs;

/// Where answers come from.
pub(super) enum Source {
    Network(Arc<dyn Llm>),
    Cassette(CassetteLlm),
    Recording(Recording),
}

/// A cassette that goes on from what its file holds. Each exchange is in the file before the next question is asked:
/// nothing is paid for twice, should the program be ended.
pub(super) struct Recording {
    llm: CassetteLlm,
    path: PathBuf,
    /// The file, and how many exchanges of the cassette are in it.
    file: Mutex<(File, usize)>,
}

impl Source {
    /// Opens what the command line asks for.
    ///
    /// # Errors
    /// One line on the variable or the file that can't be used.
    pub(super) fn open(provider: Provider, args: &ReadingArgs) -> Result<Self, Failure> {
        let values = settings::values().map_err(Failure::of_all)?;
        match &args.cassette {
            Some(path) if !args.record => played(provider, &values, path).map(Self::Cassette),
            Some(path) => {
                let recording = Recording::open(asked(provider, &values)?, path)?;
                Ok(Self::Recording(recording))
            }
            None => Ok(Self::Network(asked(provider, &values)?)),
        }
    }

    /// Which model answers.
    pub(super) fn id(&self) -> ModelId {
        match self {
            Self::Network(llm) => llm.identity(),
            Self::Cassette(llm) | Self::Recording(Recording { llm, .. }) => llm.identity(),
        }
    }

    /// Whether a provider is asked, who may want to be left alone.
    pub(super) const fn is_far(&self) -> bool {
        !matches!(self, Self::Cassette(_))
    }

    /// Whether a cassette answers this next, with what it has not given yet.
    pub(super) fn holds(&self, prompt: &Prompt) -> bool {
        match self {
            Self::Network(_) => false,
            Self::Cassette(llm) | Self::Recording(Recording { llm, .. }) => llm.holds_more(prompt),
        }
    }

    /// Answers a question. It is in the cassette by then, where one is recorded.
    ///
    /// # Errors
    /// One line on the cassette that can't be written.
    pub(super) async fn complete(
        &self,
        prompt: &Prompt,
    ) -> Result<Result<Completion, LlmError>, Failure> {
        Ok(match self {
            Self::Network(llm) => llm.complete(prompt).await,
            Self::Cassette(llm) => llm.complete(prompt).await,
            Self::Recording(recording) => {
                let outcome = recording.llm.complete(prompt).await;
                recording.keep()?;
                outcome
            }
        })
    }
}

impl Recording {
    /// Goes on from the exchanges that the file holds; where there is none, it is made.
    ///
    /// # Errors
    /// One line on the file that can't be used, which stays as it is.
    pub(super) fn open(inner: Arc<dyn Llm>, path: &Path) -> Result<Self, Failure> {
        let text = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            text => text.map_err(|error| unread(path, &error))?,
        };
        let cassette = cassette(path, &text)?;
        let held = cassette.len();
        let file = File::options().append(true).create(true).open(path);
        let mut file = file.map_err(|error| unwritten(path, &error))?;
        if text.last().is_some_and(|last| *last != b'\n') {
            file.write_all(b"\n")
                .map_err(|error| unwritten(path, &error))?;
        }
        Ok(Self {
            llm: CassetteLlm::continuing(inner, cassette),
            path: path.to_owned(),
            file: Mutex::new((file, held)),
        })
    }

    /// Adds what is new to the file.
    fn keep(&self) -> Result<(), Failure> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let new = self.llm.lines_from(file.1);
        if new.is_empty() {
            return Ok(());
        }
        file.1 += new.lines().count();
        let written = file.0.write_all(new.as_bytes());
        written
            .and_then(|()| file.0.sync_data())
            .map_err(|error| unwritten(&self.path, &error))
    }
}

/// The cassette of a file.
///
/// # Errors
/// Names the file and the line that is damaged.
fn cassette(path: &Path, bytes: &[u8]) -> Result<Cassette, Failure> {
    let path = path.display();
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.iter().take(error.valid_up_to());
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        Failure::new(format!("{path}: line {line} is not UTF-8"))
    })?;
    Cassette::from_lines(text).map_err(|error| Failure::new(format!("{path}: {error}")))
}

fn unread(path: &Path, error: &io::Error) -> Failure {
    Failure::because(format_args!("{} can't be read", path.display()), error)
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::because(format_args!("{} can't be written", path.display()), error)
}

fn asked(provider: Provider, values: &Values) -> Result<Arc<dyn Llm>, Failure> {
    let model = settings::model(values, provider).map_err(Failure::of_all)?;
    Ok(model.llm)
}

fn played(provider: Provider, values: &Values, path: &Path) -> Result<CassetteLlm, Failure> {
    let text = fs::read(path).map_err(|error| unread(path, &error))?;
    let cassette = cassette(path, &text)?;
    let held: Vec<String> = cassette
        .models()
        .into_iter()
        .filter(|id| id.provider == provider.as_str())
        .map(|id| id.model.clone())
        .collect();
    // A variable goes first; a cassette of one model needs none.
    let named = settings::model_name(values, provider).map_err(Failure::of_all)?;
    let named = named.as_deref().or(match &held[..] {
        [only] => Some(only.as_str()),
        _ => None,
    });
    Ok(CassetteLlm::replaying(provider.model_id(named), cassette))
}
