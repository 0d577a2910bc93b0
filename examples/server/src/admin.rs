//! Making admins from the command line, also beside a running server.

use std::{
    io::{self, BufRead},
    process::ExitCode,
};

use tickmate::{
    backend::store::{UserKey, UserStore},
    desk::DeskError,
    domain::{email::Email, user::Role},
};

use crate::{failure::Failure, print, settings::Settings, wire::App};

/// The most bytes of the line that the password stands on.
const MAX_LINE: u64 = 4096;

/// Makes the person of this address an admin, with the password that stands on the first line of standard input.
///
/// # Errors
/// One line on what can't be taken, or what keeps the database from being written.
pub(crate) async fn create(settings: &Settings, email: &str) -> Result<ExitCode, Failure> {
    let password = password(io::stdin().lock())
        .map_err(|error| Failure::because("no password on standard input", &error))?;
    let app = App::open(settings, settings.configured_app_url()).await?;
    // A wrong address is the desk's to refuse.
    let known = match email.parse::<Email>() {
        Ok(email) => app.store.user_by(&UserKey::Email(email)).await,
        Err(_) => Ok(None),
    };
    let made = app.desk.users().install_admin(email, password).await;
    let closed = app.close().await;
    match made {
        Ok(user) => {
            closed?;
            let known = known.map_err(|error| {
                Failure::because(
                    format_args!(
                        "{} is an admin, but whether it was known can't be read",
                        user.email
                    ),
                    &error,
                )
            })?;
            let before = match known.map(|user| user.role) {
                None => "",
                Some(Role::Admin) => {
                    " The account was there and an admin already; it has the new password."
                }
                Some(Role::User | Role::Moderator) => {
                    " The account was there, became an admin, and has the new password."
                }
            };
            print::line(format_args!("{} is an admin.{before}", user.email));
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => Err(refused("no admin was made", &error)),
    }
}

fn password(input: impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    input.take(MAX_LINE).read_line(&mut line)?;
    let password = line.strip_suffix('\n').unwrap_or(&line);
    let password = password.strip_suffix('\r').unwrap_or(password);
    match password.is_empty() {
        true => Err(io::Error::other("the first line is empty")),
        false => Ok(password.to_owned()),
    }
}

/// What the desk refused, with the fields that it named.
pub(crate) fn refused(what: &str, error: &DeskError) -> Failure {
    match error {
        DeskError::Invalid(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|field| format!("{} {}", field.field, field.message))
                .collect();
            Failure::new(format!("{what}: {}", fields.join("; ")))
        }
        other => Failure::because(what, other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_the_first_line_to_the_letter() {
        for (input, expected) in [
            ("hunter2\nmore", Some("hunter2")),
            ("with blanks \r\n", Some("with blanks ")),
            ("no line end", Some("no line end")),
            ("\n", None),
            ("", None),
        ] {
            assert_eq!(password(input.as_bytes()).ok().as_deref(), expected);
        }
    }
}
