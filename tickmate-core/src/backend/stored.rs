//! The storage form: how records are written in stores that hold documents (JSON, `jsonb`, BSON).
//!
//! A document is a JSON object with the record's fields under their Rust names, and `v`, the number of its form:
//!
//! ```
//! use tickmate_core::{backend::stored, domain::job::{Job, JobKey, NewJob}, domain::time::from_micros};
//!
//! let job = NewJob::new(JobKey::new("a"), Job::Train { version: 7 }, from_micros(1_000_001));
//! let document = stored::to_value(&job)?;
//! assert_eq!(document, serde_json::json!({
//!     "v": 1, "key": "a", "job": {"kind": "train", "version": 7}, "class": "maintenance", "run_at": 1_000_001
//! }));
//! assert_eq!(stored::from_value::<NewJob>(document)?, job);
//! # Ok::<(), tickmate_core::backend::store::StoreError>(())
//! ```
//!
//! * Ids are hyphenated UUIDs, moments are microseconds since 1970 as numbers, enums are their names.
//! * A field without a value (`null`) may be missing, and so may a list, a map and a field with a default.
//! * Fields that this version does not know are ignored: a release may add optional fields under the same `v`.
//! * A document with another `v`, or without one, is [`StoreError::Corrupt`]: the meaning of a newer form can't be guessed.
//!
//! The serde implementations of these types exist for this form. The form that clients see is another one: a user's
//! document contains the hash of the password.

#[cfg(test)]
mod tests;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::store::StoreError;
use crate::domain::{
    event::Event,
    job::{Job, NewJob},
    mail::Mail,
    reply::Reply,
    session::Session,
    suppression::Suppression,
    ticket::Ticket,
    user::User,
};

/// The field that holds the number of a document's form.
pub const FORM_FIELD: &str = "v";

/// A record with a storage form.
pub trait Stored: Serialize + DeserializeOwned {
    /// The name of such a record in errors.
    const NAME: &'static str;
    /// The number of its form. It changes when older versions of this library would misread the record.
    const FORM: u32;
}

macro_rules! stored {
    ($($record:ty = $name:literal in $form:literal),+ $(,)?) => {$(
        impl Stored for $record {
            const NAME: &'static str = $name;
            const FORM: u32 = $form;
        }
    )+};
}

stored! {
    Event = "event" in 1,
    Job = "job" in 1,
    Mail = "mail" in 1,
    NewJob = "new job" in 1,
    Reply = "reply" in 1,
    Session = "session" in 1,
    Suppression = "suppression" in 1,
    Ticket = "ticket" in 1,
    User = "user" in 1,
}

/// Returns a record as a document.
///
/// # Errors
/// [`StoreError::Corrupt`] for a record that JSON can't hold.
pub fn to_value<T: Stored>(record: &T) -> Result<Value, StoreError> {
    match serde_json::to_value(record) {
        Ok(Value::Object(mut fields)) => {
            fields.insert(FORM_FIELD.to_owned(), T::FORM.into());
            Ok(Value::Object(fields))
        }
        Ok(_) => Err(unreadable::<T>("not an object")),
        Err(_) => Err(unreadable::<T>("not JSON")),
    }
}

/// Reads a record from a document.
///
/// # Errors
/// [`StoreError::Corrupt`] for a document of another form, and for one that is not such a record. The error shows nothing
/// of the content.
pub fn from_value<T: Stored>(document: Value) -> Result<T, StoreError> {
    let Value::Object(mut fields) = document else {
        return Err(unreadable::<T>("not an object"));
    };
    match fields.remove(FORM_FIELD).as_ref().map(Value::as_u64) {
        Some(Some(form)) if form == u64::from(T::FORM) => {}
        Some(Some(form)) => return Err(unreadable::<T>(&format!("form {form} is unknown"))),
        Some(None) | None => return Err(unreadable::<T>("no form")),
    }
    T::deserialize(Value::Object(fields)).map_err(|_| unreadable::<T>("a field is damaged"))
}

/// Returns a record as the text of its document.
///
/// # Errors
/// As [`to_value`].
pub fn to_json<T: Stored>(record: &T) -> Result<String, StoreError> {
    to_value(record).map(|document| document.to_string())
}

/// Reads a record from the text of its document.
///
/// # Errors
/// As [`from_value`]; also for a text that is not JSON.
pub fn from_json<T: Stored>(text: &str) -> Result<T, StoreError> {
    let document = serde_json::from_str(text).map_err(|_| unreadable::<T>("not JSON"))?;
    from_value(document)
}

fn unreadable<T: Stored>(why: &str) -> StoreError {
    StoreError::Corrupt {
        what: format!("{}: {why}", T::NAME),
        source: None,
    }
}
