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
/// - Every error of the disk is [`MailError::Transient`].
#[derive(Debug, Clone)]
pub struct FilesMailer {
    dir: Arc<Path>,
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
}

#[async_trait]
impl Mailer for FilesMailer {
    async fn send(&self, mail: &OutgoingMail) -> Result<Receipt, MailError> {
        let bytes = message::build(mail)?.formatted();
        let stem = stem(mail);
        let dir = Arc::clone(&self.dir);
        let reference = format!("{stem}.eml");
        tokio::task::spawn_blocking(move || write(&dir, &stem, &bytes))
            .await
            .map_err(|error| MailError::Transient(Box::new(error)))?
            .map_err(|error| MailError::Transient(Box::new(error)))?;
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
    create_dir(dir)?;
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
    if dir.is_dir() {
        return Ok(());
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
