//! Where the database lies, and how much of it is used at once.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::OpenError;

/// Where the database lies, and how much of it is used at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteSettings {
    /// The file. It is made if it is not there, for its owner alone; `-wal`, `-shm` and `.lock` stand beside it.
    pub path: PathBuf,
    /// How many reads go on at once; at least 1.
    pub readers: u32,
    /// How many writes may wait for the writer, at least 1; one more is answered with `Overloaded`.
    pub queue: usize,
    /// How long a write waits while another process holds the file.
    pub write_deadline: Duration,
    /// How long a read waits for its turn.
    pub read_deadline: Duration,
    /// How many searches by words go on at once, on connections of their own; at least 1.
    pub searches: u32,
    /// How long a search may take, its wait for a connection included. One that takes longer is stopped and answered
    /// with `Overloaded`.
    pub search_deadline: Duration,
}

impl SqliteSettings {
    /// A database in this file: 4 readers, 1,024 writes that wait, 5 s for a write and 2 s for a read; 2 searches
    /// at once, 2 s for each.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            readers: 4,
            queue: 1024,
            write_deadline: Duration::from_secs(5),
            read_deadline: Duration::from_secs(2),
            searches: 2,
            search_deadline: Duration::from_secs(2),
        }
    }

    /// A database of this URL: `sqlite:PATH` or `sqlite://PATH`, without parameters.
    ///
    /// # Errors
    /// [`OpenError::InMemory`] for `sqlite::memory:`, [`OpenError::Path`] for any other text that names no file.
    pub fn from_url(url: &str) -> Result<Self, OpenError> {
        let path = url.strip_prefix("sqlite:").ok_or(OpenError::Path)?;
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.contains('?') {
            return Err(OpenError::Path);
        }
        let settings = Self::new(path);
        settings.file().map(|_| settings)
    }

    /// The file, wherever the process goes: SQLite would read some names as something else.
    pub(super) fn file(&self) -> Result<PathBuf, OpenError> {
        let text = self.path.to_str().ok_or(OpenError::Path)?;
        let is_memory = text == ":memory:" || text == "sqlite::memory:";
        if is_memory {
            return Err(OpenError::InMemory);
        }
        if text.is_empty() || text.starts_with("file:") || text.contains('\0') {
            return Err(OpenError::Path);
        }
        std::path::absolute(Path::new(text)).map_err(|_| OpenError::Path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_a_file() {
        for (url, path) in [
            ("sqlite:a.db", "a.db"),
            ("sqlite://a.db", "a.db"),
            ("sqlite:///var/a.db", "/var/a.db"),
        ] {
            let settings = SqliteSettings::from_url(url).unwrap();
            assert_eq!(settings.path, Path::new(path), "{url}");
        }
    }

    #[test]
    fn what_is_no_file_is_refused() {
        for url in ["sqlite::memory:", "sqlite://:memory:"] {
            let error = SqliteSettings::from_url(url).unwrap_err();
            assert!(matches!(error, OpenError::InMemory), "{url}");
        }
        for url in [
            "sqlite:",
            "postgres://a/b",
            "a.db",
            "sqlite:a.db?mode=memory",
            "sqlite:file:a.db",
            "sqlite:file::memory:",
        ] {
            let error = SqliteSettings::from_url(url).unwrap_err();
            assert!(matches!(error, OpenError::Path), "{url}");
        }
    }
}
