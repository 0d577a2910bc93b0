//! Settings of the SQLite store.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::OpenError;

/// Settings of a [`SqliteStore`](super::SqliteStore): the path of the file, and limits on concurrent use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteSettings {
    /// The path of the database file. It is created if it is missing, with access for its owner only; SQLite and the
    /// store keep `-wal`, `-shm` and `.lock` files next to it.
    pub path: PathBuf,
    /// The maximum number of concurrent reads; at least 1.
    pub readers: u32,
    /// The maximum number of writes that wait for the writer, at least 1. Any further write fails with `Overloaded`.
    pub queue: usize,
    /// How long a write waits while another process holds the lock of the file.
    pub write_deadline: Duration,
    /// How long a read waits for a free connection.
    pub read_deadline: Duration,
    /// The maximum number of concurrent word searches, which have their own connections; at least 1.
    pub searches: u32,
    /// How long a search may take, including its wait for a connection. A search that takes longer is stopped and
    /// fails with `Overloaded`.
    pub search_deadline: Duration,
}

impl SqliteSettings {
    /// Returns the default settings for this file: 4 readers, 1,024 waiting writes, 5 s for a write and 2 s for a
    /// read; 2 concurrent searches of at most 2 s.
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

    /// Returns the default settings for a URL: `sqlite:PATH` or `sqlite://PATH`, without parameters.
    ///
    /// # Errors
    /// [`OpenError::InMemory`] for `sqlite::memory:`, [`OpenError::Path`] for any other text that is not the path of
    /// a file.
    pub fn from_url(url: &str) -> Result<Self, OpenError> {
        let path = url.strip_prefix("sqlite:").ok_or(OpenError::Path)?;
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.contains('?') {
            return Err(OpenError::Path);
        }
        let settings = Self::new(path);
        settings.file().map(|_| settings)
    }

    /// Returns the absolute path of the file, which stays valid when the working directory changes. Refuses names
    /// that SQLite would not interpret as a path.
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
    fn urls_with_a_path_are_accepted() {
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
    fn urls_without_a_file_path_are_refused() {
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
