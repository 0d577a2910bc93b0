//! Imports lines, many at once, so that they share commits.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tickmate::{
    desk::{Desk, DeskError, Imported, ImportedTicket},
    domain::{email::Email, id::UserId},
};
use tokio::time::sleep;

use super::line::{Line, LineError};
use crate::failure::{Failure, list_fields};

/// How often a line is tried while the store does not take it.
const TRIES: u32 = 6;
/// How long to wait after the first try; twice as long after each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// What became of a line.
pub(super) enum Taken {
    /// It became a ticket.
    New,
    /// It became a ticket in an earlier import.
    Known,
    /// It can't become a ticket, for this reason.
    Refused(String),
    /// The store failed.
    Failed(Failure),
}

/// Imports lines.
pub(super) struct Taker {
    desk: Arc<Desk>,
    requester: Option<Email>,
    notify: bool,
    people: Mutex<HashMap<Email, UserId>>,
}

impl Taker {
    /// Imports lines into this desk. `requester` is the requester of lines that name none.
    pub(super) fn new(desk: Arc<Desk>, requester: Option<Email>, notify: bool) -> Self {
        Self {
            desk,
            requester,
            notify,
            people: Mutex::default(),
        }
    }

    /// Imports one line.
    pub(super) async fn take(&self, line: Result<Line, LineError>) -> Taken {
        let line = match line {
            Ok(line) => line,
            Err(error) => return Taken::Refused(error.to_string()),
        };
        let email = match (&line.requester, &self.requester) {
            (Some(text), _) => text
                .trim()
                .parse()
                .map_err(|_| "requester must be an e-mail address"),
            (None, Some(email)) => Ok(email.clone()),
            (None, None) => Err("requester is missing; say who asks by --requester EMAIL"),
        };
        let email: Email = match email {
            Ok(email) => email,
            Err(why) => return Taken::Refused(why.to_owned()),
        };
        let mut pause = FIRST_PAUSE;
        for _ in 1..TRIES {
            match self.try_once(&line, &email).await {
                Err(error) if error.is_transient() => sleep(pause).await,
                tried => return outcome(tried),
            }
            pause *= 2;
        }
        outcome(self.try_once(&line, &email).await)
    }

    async fn try_once(&self, line: &Line, email: &Email) -> Result<Imported, DeskError> {
        let ticket = ImportedTicket {
            id: line.id.clone(),
            title: line.title.clone(),
            description: line.description.clone(),
            requester: self.person(email).await?,
            notify: self.notify,
        };
        self.desk.tickets().import(&ticket).await
    }

    async fn person(&self, email: &Email) -> Result<UserId, DeskError> {
        let known = {
            let people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
            people.get(email).copied()
        };
        if let Some(known) = known {
            return Ok(known);
        }
        let users = self.desk.users();
        let person = users.requester_by_email(email.as_str(), None).await?;
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        people.insert(email.clone(), person.id);
        Ok(person.id)
    }
}

fn outcome(tried: Result<Imported, DeskError>) -> Taken {
    match tried {
        Ok(Imported::Taken(_)) => Taken::New,
        Ok(Imported::Known(_)) => Taken::Known,
        Err(DeskError::Invalid(fields)) => Taken::Refused(list_fields(&fields)),
        Err(error) => Taken::Failed(Failure::because("the import stopped", &error)),
    }
}
