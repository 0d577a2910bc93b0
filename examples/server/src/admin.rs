//! Making admins from the command line, also beside a running server.

use std::{
    io::{self, BufRead},
    process::ExitCode,
};

use tickmate::{
    backend::store::{UserKey, UserStore},
    domain::{email::Email, user::Role},
};

use crate::{
    failure::{Context, Failure, refused},
    print,
    settings::Settings,
    wire::App,
};

/// The most bytes of the line with the password.
const MAX_LINE: u64 = 4096;

/// Makes the user with this address an admin, with the password on the first line of standard input.
///
/// # Errors
/// The password or the address is refused, or the database can't be written.
pub(crate) async fn create(settings: &Settings, email: &str) -> Result<ExitCode, Failure> {
    let password = password(io::stdin().lock()).context("no password on standard input")?;
    let app = App::open(settings, settings.configured_app_url()).await?;
    // The desk refuses a wrong address below.
    let known = match email.parse::<Email>() {
        Ok(email) => app.store.user_by(&UserKey::Email(email)).await,
        Err(_) => Ok(None),
    };
    let made = app.desk.users().install_admin(email, password).await;
    let closed = app.close().await;
    let user = made.map_err(|error| refused("no admin was made", &error))?;
    closed?;
    let email = &user.email;
    let known = known.context(format_args!(
        "{email} is an admin, but whether it was known can't be read"
    ))?;
    let before = match known.map(|user| user.role) {
        None => "",
        Some(Role::Admin) => {
            " The account was there and an admin already; it has the new password."
        }
        Some(Role::User | Role::Moderator) => {
            " The account was there, became an admin, and has the new password."
        }
    };
    print::line(format_args!("{email} is an admin.{before}"));
    Ok(ExitCode::SUCCESS)
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
