//! What logins are signed with: `JWT_SECRET`, or a file of the server's own.

use std::{
    collections::HashSet,
    ffi::OsString,
    path::{Path, PathBuf},
};

use tickmate::desk::DeskSecret;

use super::Problem;

const NAME: &str = "JWT_SECRET";
const MAKE_ONE: &str = "make one with: openssl rand -hex 32";
/// The fewest bytes of a secret.
const LEAST: usize = 32;
/// The fewest different bytes of a secret: `aaaa…` is long and no secret.
const LEAST_DIFFERENT: usize = 8;

/// What examples say in place of a secret, in lower case, letters and digits alone.
const EXAMPLES: &str = "changeit changeme changethis examplesecret jwtsecret mysecret replaceme \
    secretkey supersecret yourproduction yoursecret yoursuper";

/// What logins are signed with.
#[derive(Debug)]
pub(crate) enum Secret {
    /// The value of `JWT_SECRET`.
    Given(DeskSecret),
    /// A file with the secret; it is created if it is missing.
    File(PathBuf),
}

/// Returns the secret. A weak one is an error in production and on an address that others reach, and a warning elsewhere.
pub(super) fn secret(
    given: Option<&str>,
    database: &Path,
    is_production: bool,
    is_loopback: bool,
    warnings: &mut Vec<String>,
) -> Result<Secret, Problem> {
    let Some(secret) = given else {
        return Ok(Secret::File(file_beside(database)));
    };
    let refused = match (is_production, is_loopback) {
        (true, _) => Some("in production"),
        (false, false) => Some("on an address that others reach"),
        (false, true) => None,
    };
    match (weakness(secret), refused) {
        (None, _) => {}
        (Some(weakness), Some(place)) => {
            let what = format!("{weakness}, which is refused {place}; {MAKE_ONE}");
            return Err(Problem::new(NAME, what));
        }
        (Some(weakness), None) => warnings.push(format!(
            "{NAME} {weakness}: whoever guesses it is admin; {MAKE_ONE}"
        )),
    }
    Ok(Secret::Given(DeskSecret::new(secret)))
}

fn weakness(secret: &str) -> Option<&'static str> {
    let lower = secret.to_lowercase();
    let plain: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    if EXAMPLES.split(' ').any(|example| plain.contains(example)) {
        return Some("is an example that others know, too");
    }
    let different = secret.bytes().collect::<HashSet<u8>>().len();
    (secret.len() < LEAST || different < LEAST_DIFFERENT)
        .then_some("is shorter than 32 random bytes")
}

/// Returns the path of the secret's file: `tickmate.secret` beside `tickmate.db`.
fn file_beside(database: &Path) -> PathBuf {
    let mut name = match database.extension() {
        Some(extension) if extension == "db" => database.file_stem(),
        _ => database.file_name(),
    }
    .map(OsString::from)
    .unwrap_or_default();
    name.push(".secret");
    database.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_stands_beside_the_database() {
        for (database, file) in [
            ("./tickmate.db", "./tickmate.secret"),
            ("/var/lib/desk.db", "/var/lib/desk.secret"),
            ("data/desk.sqlite", "data/desk.sqlite.secret"),
            ("desk", "desk.secret"),
        ] {
            assert_eq!(file_beside(Path::new(database)), Path::new(file));
        }
    }

    #[test]
    fn examples_and_short_ones_are_weak() {
        for weak in [
            "secret",
            "changeme",
            "your-super-secret-jwt-key",
            "your_super_secret_jwt_key",
            "your_production_jwt_secret",
            "your-super-secret-jwt-key-change-this-in-production",
            "0123456789abcdef0123456789abcde",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ] {
            assert!(weakness(weak).is_some(), "{weak}");
        }
        for strong in [
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "correct horse battery staple, and a little more",
        ] {
            assert_eq!(weakness(strong), None, "{strong}");
        }
    }
}
