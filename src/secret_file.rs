//! A file that holds the desk's secret. It is created once, readable by its owner alone.

use std::{
    fmt::Write as _,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use tickmate_core::desk::DeskSecret;

/// The number of random bytes in a file, which are written as twice as many hexadecimal digits.
const BYTES: usize = 32;

/// Why a file gives no secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretFileError {
    /// The file can't be read or created.
    #[error("{} can't be read or created", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Users other than its owner can read the file.
    #[error("{0} can be read by others, so that it is no secret: run `chmod 600 {0}`, or remove it for a new one (which ends all logins)", path.display())]
    Exposed {
        /// Which file.
        path: PathBuf,
    },
    /// The file does not hold a secret.
    #[error("{} does not hold 64 hexadecimal digits: restore it, or remove it for a new one (which ends all logins)", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
    },
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    Random(#[source] getrandom::Error),
}

/// A file that holds a desk's secret as 64 hexadecimal digits.
///
/// ```no_run
/// use tickmate::{SecretFile, SecretFileError, desk::DeskSecret};
///
/// # fn main() -> Result<(), SecretFileError> {
/// let secret: DeskSecret = SecretFile::new("desk.secret").read_or_create()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretFile {
    path: PathBuf,
}

impl SecretFile {
    /// Names the file. Nothing is read yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Reads the secret, and creates the file with 32 random bytes if it does not exist. Its mode is 0600, and it
    /// appears whole or not at all. Processes that create it at once get the same secret.
    ///
    /// Keep the file as long as the desk: without it all logins and the links in mails end.
    ///
    /// # Errors
    /// [`SecretFileError`] names the file and what to do.
    pub fn read_or_create(&self) -> Result<DeskSecret, SecretFileError> {
        read_or_create(&self.path)
    }
}

fn read_or_create(path: &Path) -> Result<DeskSecret, SecretFileError> {
    let file_error = |source| SecretFileError::File {
        path: path.to_owned(),
        source,
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = random_digits().map_err(SecretFileError::Random)?;
            create(path, &secret).map_err(file_error)?;
            File::open(path).map_err(file_error)?
        }
        Err(error) => return Err(file_error(error)),
    };
    if is_exposed(&file).map_err(file_error)? {
        return Err(SecretFileError::Exposed {
            path: path.to_owned(),
        });
    }
    let mut text = String::new();
    let limit = 4 * BYTES as u64;
    file.take(limit)
        .read_to_string(&mut text)
        .map_err(file_error)?;
    decode(text.trim())
        .map(DeskSecret::new)
        .ok_or_else(|| SecretFileError::Damaged {
            path: path.to_owned(),
        })
}

/// Writes the whole file under another name, then links it to its own unless another process created that first.
fn create(path: &Path, secret: &str) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let unfinished = PathBuf::from(name);
    let created = write_private(&unfinished, secret)
        .and_then(|()| match fs::hard_link(&unfinished, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        })
        .and_then(|()| sync_folder(path));
    // The error of the steps above is the one that matters.
    drop(fs::remove_file(&unfinished));
    created
}

fn write_private(path: &Path, secret: &str) -> io::Result<()> {
    // An earlier process with this id may have been killed before it removed the file.
    drop(fs::remove_file(path));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{secret}")?;
    file.sync_all()
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "other systems need nothing done")]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn is_exposed(file: &File) -> io::Result<bool> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions());
    Ok(mode & 0o077 != 0)
}

#[cfg(not(unix))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "other systems have nothing to look at"
)]
fn is_exposed(_: &File) -> io::Result<bool> {
    Ok(false)
}

fn random_digits() -> Result<String, getrandom::Error> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().fold(String::new(), |mut digits, byte| {
        // Writing to a string does not fail.
        let _written = write!(digits, "{byte:02x}");
        digits
    }))
}

fn decode(digits: &str) -> Option<Vec<u8>> {
    let is_whole = digits.len() == 2 * BYTES && digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_whole.then(|| {
        let pairs = (0..BYTES).filter_map(|index| digits.get(2 * index..2 * index + 2));
        pairs
            .filter_map(|pair| u8::from_str_radix(pair, 16).ok())
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn processes_that_create_it_at_once_agree() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.secret");
        let digits = ["a".repeat(64), "b".repeat(64)];
        thread::scope(|scope| {
            for (index, digits) in digits.iter().enumerate() {
                // Threads share the process id, so that each gets an unfinished file by another path.
                let path = folder.path().join(if index == 0 { "." } else { "./." });
                let path = path.join("desk.secret");
                scope.spawn(move || {
                    for _ in 0..20 {
                        drop(create(&path, digits));
                    }
                });
            }
        });
        let text = fs::read_to_string(&path).unwrap();
        assert!(digits.iter().any(|digits| text.trim() == digits), "{text}");
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }

    #[test]
    fn it_is_created_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.secret");
        read_or_create(&path).unwrap();
        let first = fs::read_to_string(&path).unwrap();
        read_or_create(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), first);
        assert_eq!(decode(first.trim()).unwrap().len(), BYTES);
        let missing = folder.path().join("none/desk.secret");
        assert!(matches!(
            read_or_create(&missing),
            Err(SecretFileError::File { .. })
        ));
    }

    #[cfg(unix)]
    #[test]
    fn it_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.secret");
        read_or_create(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        for mode in [0o640, 0o604, 0o644] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = read_or_create(&path).unwrap_err();
            assert!(matches!(error, SecretFileError::Exposed { .. }), "{mode:o}");
            assert!(error.to_string().contains("chmod 600"));
        }
    }

    #[test]
    fn a_damaged_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.secret");
        for text in ["", "abc", &"g".repeat(64), &"a".repeat(65)] {
            drop(fs::remove_file(&path));
            write_private(&path, text).unwrap();
            let error = read_or_create(&path).unwrap_err();
            assert!(matches!(error, SecretFileError::Damaged { .. }), "{text}");
        }
    }
}
