//! A folder of `.eml` files: one file a mail, whole or not there.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use tickmate_core::{
    backend::mailer::{MailError, Mailer, OutgoingMail, Receipt, Repeats},
    domain::letter::recipient_hash,
};

use crate::message;

/// Writes each mail to a file of its own, for development, tests and programs that pick mails up.
///
/// - A file's name is `{time of the mail}-{kind}-{event id}-{recipient hash}.eml`: names sort by time, and a
///   retry replaces the file of the try before, so that repeats are harmless.
/// - A file is written under a name that ends in `.tmp`, synced, renamed, and the folder is synced: what ends in
///   `.eml` is whole, also after a power cut. A process that was killed may leave a `.tmp` behind.
/// - The folder is created where it is missing. On Unix, a folder created here and all files can be read by their
///   owner alone, since mails hold one-time links.
/// - Every error of the disk is [`MailError::Settings`]: no mail can be written until somebody mends the folder or the disk.
#[derive(Debug, Clone)]
pub struct FilesMailer {
    dir: Arc<Path>,
}

/// What could not be done with the folder of mails, and with which folder, as it was given.
#[derive(Debug, thiserror::Error)]
#[error("{what} the folder {}", .dir.display())]
pub struct FolderError {
    what: &'static str,
    dir: Arc<Path>,
    source: io::Error,
}

impl FolderError {
    /// Whether the same may work later: always, as disks are mended and emptied.
    pub const fn is_transient(&self) -> bool {
        true
    }
}

/// Tells apart the unfinished files of this process.
static UNFINISHED: AtomicU64 = AtomicU64::new(0);

impl FilesMailer {
    /// Writes into this folder. The disk is not touched before the first mail.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: Arc::from(dir.into()),
        }
    }

    /// Makes sure that mails can be written: creates the folder where it is missing, and writes and removes a file.
    ///
    /// A program that calls it when it starts says at once what would else be seen at the first mail.
    ///
    /// # Errors
    /// What can't be done, with the error of the disk as its source.
    pub async fn prepare(&self) -> Result<(), FolderError> {
        self.on_disk("can't write to", |dir| {
            let (path, mut file) = create_unfinished(dir, "probe")?;
            let written = file.write_all(b"probe").and_then(|()| file.sync_all());
            drop(file);
            let removed = fs::remove_file(&path);
            written.and(removed)
        })
        .await
    }

    /// Creates the folder where it is missing, then does this in it, on a thread that may wait for the disk.
    async fn on_disk(
        &self,
        what: &'static str,
        work: impl FnOnce(&Path) -> io::Result<()> + Send + 'static,
    ) -> Result<(), FolderError> {
        let dir = Arc::clone(&self.dir);
        let done = tokio::task::spawn_blocking(move || {
            create_dir(&dir).map_err(|error| ("can't create", error))?;
            work(&dir).map_err(|error| (what, error))
        });
        let done = match done.await {
            Ok(done) => done,
            Err(error) => Err((what, io::Error::other(error))),
        };
        done.map_err(|(what, source)| FolderError {
            what,
            dir: Arc::clone(&self.dir),
            source,
        })
    }
}

#[async_trait]
impl Mailer for FilesMailer {
    async fn send(&self, mail: &OutgoingMail) -> Result<Receipt, MailError> {
        let bytes = message::build(mail)?.formatted();
        let stem = stem(mail);
        let reference = format!("{stem}.eml");
        self.on_disk("can't write a mail to", move |dir| {
            write(dir, &stem, &bytes)
        })
        .await
        .map_err(|error| MailError::Settings(Box::new(error)))?;
        Ok(Receipt {
            reference: Some(reference),
            repeats: Repeats::Harmless,
        })
    }
}

/// The file's name without its ending, of the mail's own data alone.
fn stem(mail: &OutgoingMail) -> String {
    format!(
        "{}-{}-{}-{}",
        mail.date.format("%Y%m%dT%H%M%S%.6fZ"),
        mail.key.kind.as_str(),
        mail.key.event,
        recipient_hash(mail.key.to)
    )
}

fn write(dir: &Path, stem: &str, bytes: &[u8]) -> io::Result<()> {
    let (unfinished, mut file) = create_unfinished(dir, stem)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&unfinished, dir.join(format!("{stem}.eml"))));
    if let Err(error) = written {
        // The first error is the one to tell.
        let _ = fs::remove_file(&unfinished);
        return Err(error);
    }
    sync_dir(dir)
}

/// Opens a file that nobody else writes to: two tries of one mail may overlap.
fn create_unfinished(dir: &Path, stem: &str) -> io::Result<(PathBuf, File)> {
    loop {
        let count = UNFINISHED.fetch_add(1, Ordering::Relaxed);
        let path = dir.join(format!("{stem}.{}-{count}.tmp", std::process::id()));
        match private_file().open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn create_dir(dir: &Path) -> io::Result<()> {
    match fs::metadata(dir) {
        Ok(there) if there.is_dir() => return Ok(()),
        Ok(_) => return Err(io::ErrorKind::NotADirectory.into()),
        // What is missing is created; other reasons come up again there.
        Err(_) => {}
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)?;
    match dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync_dir(parent),
        _ => sync_dir(Path::new(".")),
    }
}

/// Makes names in a folder durable. Elsewhere than on Unix a folder can't be opened for that.
#[cfg(unix)]
fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(not(unix))]
fn sync_dir(_dir: &Path) -> io::Result<()> {
    Ok(())
}
