//! The file that holds the desk's secret: made once, for its owner alone.

use std::{
    fmt::Write as _,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use tickmate::desk::DeskSecret;

/// How many random bytes it holds, in twice as many hexadecimal digits.
const BYTES: usize = 32;

/// Why the file gives no secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecretFileError {
    /// It can't be read or made.
    #[error("{} can't be read or made", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Others than its owner can read it.
    #[error("{0} can be read by others, so that it is no secret: run `chmod 600 {0}`, or remove it for a new one (which ends all logins)", path.display())]
    Exposed {
        /// Which file.
        path: PathBuf,
    },
    /// It holds something else.
    #[error("{} does not hold 64 hexadecimal digits: restore it, or remove it for a new one (which ends all logins)", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
    },
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    Random(#[source] getrandom::Error),
}

/// Reads the secret, and makes it where there is none. Two processes that do so at once get the same.
///
/// # Errors
/// [`SecretFileError`] says which file, and what to do.
pub(crate) fn read_or_make(path: &Path) -> Result<DeskSecret, SecretFileError> {
    let file_error = |source| SecretFileError::File {
        path: path.to_owned(),
        source,
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = random_digits().map_err(SecretFileError::Random)?;
            make(path, &secret).map_err(file_error)?;
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

/// Writes the whole file under another name, then links it to its own unless somebody else was faster.
fn make(path: &Path, secret: &str) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let unfinished = PathBuf::from(name);
    let made = write_private(&unfinished, secret)
        .and_then(|()| match fs::hard_link(&unfinished, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        })
        .and_then(|()| sync_folder(path));
    // What is left over by an error is no use to anybody; the error above is what counts.
    drop(fs::remove_file(&unfinished));
    made
}

fn write_private(path: &Path, secret: &str) -> io::Result<()> {
    // Of an earlier process of this id that was killed here.
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
    fn processes_that_make_it_at_once_agree() {
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
                        drop(make(&path, digits));
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
    fn it_is_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.secret");
        read_or_make(&path).unwrap();
        let first = fs::read_to_string(&path).unwrap();
        read_or_make(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), first);
        assert_eq!(decode(first.trim()).unwrap().len(), BYTES);
        let missing = folder.path().join("none/desk.secret");
        assert!(matches!(
            read_or_make(&missing),
            Err(SecretFileError::File { .. })
        ));
    }

    #[cfg(unix)]
    #[test]
    fn it_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.secret");
        read_or_make(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        for mode in [0o640, 0o604, 0o644] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = read_or_make(&path).unwrap_err();
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
            let error = read_or_make(&path).unwrap_err();
            assert!(matches!(error, SecretFileError::Damaged { .. }), "{text}");
        }
    }
}
