//! Mailer that writes `.eml` files into a folder, one complete file for each mail.

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

/// Writes each mail to a file of its own, for development, for tests, and for programs that pick mails up.
///
/// - The name of a file is `{time of the mail}-{kind}-{event id}-{recipient hash}.eml`. Names sort by time, and a
///   retry replaces the file of the earlier attempt, so repeats are harmless.
/// - A file is written under a name that ends in `.tmp`, synced and renamed, and then the folder is synced. So a file
///   that ends in `.eml` is complete, even after a power failure. A killed process may leave a `.tmp` file behind.
/// - The folder is created if it is missing. On Unix, only the owner can read the files and a folder that the mailer
///   created, because mails contain one-time links.
/// - Every disk error is [`MailError::Settings`]: no mail can be written until the folder or the disk is repaired.
#[derive(Debug, Clone)]
pub struct FilesMailer {
    dir: Arc<Path>,
}

/// An error of an operation on the folder of mails. It names the operation, and the path as it was configured.
#[derive(Debug, thiserror::Error)]
#[error("{what} the folder {}", .dir.display())]
pub struct FolderError {
    what: &'static str,
    dir: Arc<Path>,
    source: io::Error,
}

impl FolderError {
    /// Returns whether the operation may succeed later: always, because disks can be repaired and emptied.
    pub const fn is_transient(&self) -> bool {
        true
    }
}

/// Numbers the temporary files of this process.
static TEMP_FILE_COUNT: AtomicU64 = AtomicU64::new(0);

impl FilesMailer {
    /// Creates a mailer that writes into this folder. The disk is not accessed before the first mail.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: Arc::from(dir.into()),
        }
    }

    /// Verifies that mails can be written: creates the folder if it is missing, then writes and removes a file.
    ///
    /// Programs call this at startup to detect errors before the first mail.
    ///
    /// # Errors
    /// Returns the operation that failed, with the disk error as its source.
    pub async fn prepare(&self) -> Result<(), FolderError> {
        self.on_disk("can't write to", |dir| {
            let (path, mut file) = create_temp_file(dir, "probe")?;
            let written = file.write_all(b"probe").and_then(|()| file.sync_all());
            drop(file);
            let removed = fs::remove_file(&path);
            written.and(removed)
        })
        .await
    }

    /// Creates the folder if it is missing, then runs `work` in it, on a thread that may block.
    async fn on_disk(
        &self,
        what: &'static str,
        work: impl FnOnce(&Path) -> io::Result<()> + Send + 'static,
    ) -> Result<(), FolderError> {
        let dir = Arc::clone(&self.dir);
        let task = tokio::task::spawn_blocking(move || {
            create_dir(&dir).map_err(|error| ("can't create", error))?;
            work(&dir).map_err(|error| (what, error))
        });
        let result = match task.await {
            Ok(result) => result,
            Err(error) => Err((what, io::Error::other(error))),
        };
        result.map_err(|(what, source)| FolderError {
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
        let file_stem = file_stem(mail);
        let reference = format!("{file_stem}.eml");
        self.on_disk("can't write a mail to", move |dir| {
            write_file(dir, &file_stem, &bytes)
        })
        .await
        .map_err(|error| MailError::Settings(Box::new(error)))?;
        Ok(Receipt {
            reference: Some(reference),
            repeats: Repeats::Harmless,
        })
    }
}

/// Returns the name of a mail's file without its extension. It depends only on the mail.
fn file_stem(mail: &OutgoingMail) -> String {
    format!(
        "{}-{}-{}-{}",
        mail.date.format("%Y%m%dT%H%M%S%.6fZ"),
        mail.key.kind.as_str(),
        mail.key.event,
        recipient_hash(mail.key.to)
    )
}

fn write_file(dir: &Path, file_stem: &str, bytes: &[u8]) -> io::Result<()> {
    let (temp_path, mut file) = create_temp_file(dir, file_stem)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&temp_path, dir.join(format!("{file_stem}.eml"))));
    if let Err(error) = written {
        // The write error is more useful than an error of the removal.
        let _ = fs::remove_file(&temp_path);
        return Err(error);
    }
    sync_dir(dir)
}

/// Creates a temporary file that no other attempt writes to, because two attempts of one mail may overlap.
fn create_temp_file(dir: &Path, file_stem: &str) -> io::Result<(PathBuf, File)> {
    loop {
        let count = TEMP_FILE_COUNT.fetch_add(1, Ordering::Relaxed);
        let path = dir.join(format!("{file_stem}.{}-{count}.tmp", std::process::id()));
        match private_file_options().open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

fn private_file_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn create_dir(dir: &Path) -> io::Result<()> {
    match fs::metadata(dir) {
        Ok(metadata) if metadata.is_dir() => return Ok(()),
        Ok(_) => return Err(io::ErrorKind::NotADirectory.into()),
        // A missing folder is created below; any other error occurs again there.
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

/// Makes the names in a folder durable. Only Unix can open a folder for that.
#[cfg(unix)]
fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(not(unix))]
fn sync_dir(_dir: &Path) -> io::Result<()> {
    Ok(())
}
