//! Passwords: validation, hashing (Argon2id with OWASP's 19 MiB and two passes), and verification.

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::phc::PasswordHash as Phc,
};

use crate::{
    desk::{Desk, DeskError},
    domain::{
        email::Email,
        text::{FieldError, MAX_PASSWORD, MIN_PASSWORD},
        user::PasswordHash,
    },
};

/// A hash that no password fits, of the same cost as every other. It is verified if there is no account, so that the
/// response takes the same time.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Common passwords of eight and more characters, which are refused.
const COMMON: &str = include_str!("../../../data/common_passwords.txt");

/// Checks whether a password is acceptable.
pub(crate) fn check_password(
    field: &str,
    password: &str,
    email: Option<&Email>,
) -> Result<(), FieldError> {
    let length = password.chars().count();
    if !(MIN_PASSWORD..=MAX_PASSWORD).contains(&length) {
        let message = format!("must have {MIN_PASSWORD} to {MAX_PASSWORD} characters");
        return Err(FieldError::new(field, message));
    }
    let lower = password.to_lowercase();
    let guessable = COMMON.lines().any(|common| common == lower)
        || lower.contains("tickmate")
        || email.is_some_and(|email| lower == email.as_str() || lower == email.local_part());
    match guessable {
        true => Err(FieldError::new(field, "is too easy to guess")),
        false => Ok(()),
    }
}

fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

impl Desk {
    /// Hashes a password with a new salt, on the host's CPU executor.
    pub(crate) async fn hash_password(&self, password: String) -> Result<PasswordHash, DeskError> {
        let salt = self.random_bytes::<16>();
        let hashed = self.offloaded(move || {
            let hash = argon2().hash_password_with_salt(password.as_bytes(), &salt);
            hash.map(|hash: Phc| PasswordHash::new(hash.to_string()))
        });
        hashed
            .await?
            .map_err(|_| DeskError::Internal("a password could not be hashed"))
    }

    /// Returns whether the password fits the hash. Without a hash it returns false after the same amount of work.
    pub(crate) async fn password_fits(
        &self,
        password: String,
        hash: Option<&PasswordHash>,
    ) -> Result<bool, DeskError> {
        let known = hash.is_some();
        let phc = hash.map_or(NOBODY, PasswordHash::expose).to_owned();
        let fits = self.offloaded(move || {
            let parsed = Phc::new(&phc)
                .map_err(|_| DeskError::Internal("a stored password hash can't be read"))?;
            Ok::<_, DeskError>(
                argon2()
                    .verify_password(password.as_bytes(), &parsed)
                    .is_ok(),
            )
        });
        Ok(fits.await?? && known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessable_passwords_are_refused() {
        let email = "annabelle@example.org".parse().ok();
        for password in [
            "",
            "1234567",
            "password1",
            "Password1",
            "TickMate2026",
            "annabelle",
            "annabelle@example.org",
        ] {
            assert!(
                check_password("password", password, email.as_ref()).is_err(),
                "{password}"
            );
        }
        assert!(check_password("password", &"x".repeat(129), None).is_err());
        for password in ["correct horse", "ünïcödé 🔑 pass", &"x".repeat(128)] {
            assert!(
                check_password("password", password, email.as_ref()).is_ok(),
                "{password}"
            );
        }
    }

    #[test]
    fn the_hash_of_nobody_costs_the_same_and_fits_nothing() {
        let parsed = Phc::new(NOBODY).unwrap();
        assert!(argon2().verify_password(b"", &parsed).is_err());
        let real = argon2()
            .hash_password_with_salt(b"x", &[7; 16])
            .unwrap()
            .to_string();
        assert!(
            real.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{real}"
        );
    }
}
