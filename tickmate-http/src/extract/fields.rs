//! A body's fields: each is taken by its name on the wire, and all that is wrong is told at once.

use std::{fmt::Display, str::FromStr};

use http::HeaderMap;
use serde_json::{Map, Value};
use tickmate_core::domain::{
    hours::WorkingHours, options::FieldOption, skill::SkillInput, text::FieldError, time::Timestamp,
};

use super::{choices::choices, skills::skills, values, version};
use crate::{problem::Problem, requests::InvalidInput};

/// The fields of a body that are not yet taken, and what was wrong with those that were.
#[derive(Debug)]
pub(crate) struct Fields {
    left: Map<String, Value>,
    errors: Vec<FieldError>,
}

impl Fields {
    /// The members of an object.
    ///
    /// # Errors
    /// 422 for every other value.
    pub(crate) fn of(body: Value) -> Result<Self, Problem> {
        match body {
            Value::Object(left) => Ok(Self {
                left,
                errors: Vec::new(),
            }),
            _ => Err(vec![FieldError::new("body", "must be an object")].into()),
        }
    }

    /// A value of whatever type that is needed. Where it is missing, that is noted.
    pub(crate) fn value(&mut self, name: &str) -> Option<Value> {
        self.needed(name);
        self.left.remove(name)
    }

    /// A text that is needed. Where it is missing or no text, that is noted, and the rest is still looked at.
    pub(crate) fn text(&mut self, name: &str) -> String {
        self.needed(name);
        self.text_if(name).unwrap_or_default()
    }

    /// A text, if it was sent.
    pub(crate) fn text_if(&mut self, name: &str) -> Option<String> {
        self.take(name, |value| match value {
            Value::String(text) => Ok(text),
            _ => Err("must be a text"),
        })
    }

    /// A list of skills, if it was sent.
    pub(crate) fn skills_if(&mut self, name: &str) -> Option<Vec<SkillInput>> {
        self.read_if(name, skills)
    }

    /// A list of skills that is needed.
    pub(crate) fn skills(&mut self, name: &str) -> Vec<SkillInput> {
        self.needed(name);
        self.skills_if(name).unwrap_or_default()
    }

    /// Working hours as `hours`, or `null`, if they were sent.
    pub(crate) fn hours_or_null_if(&mut self) -> Option<Option<WorkingHours>> {
        match self.left.remove("hours")? {
            Value::Null => Some(None),
            value => match WorkingHours::parse(&value) {
                Ok(hours) => Some(Some(hours)),
                Err(error) => {
                    self.errors.push(error);
                    None
                }
            },
        }
    }

    /// One word of several, if it was sent.
    pub(crate) fn word_if<T>(&mut self, name: &str) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        self.take(name, |value| match value {
            Value::String(word) => word.parse().map_err(|error: T::Err| error.to_string()),
            _ => Err("must be a text".to_owned()),
        })
    }

    /// One word of several that is needed.
    pub(crate) fn word<T>(&mut self, name: &str) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        self.needed(name);
        self.word_if(name)
    }

    /// A moment or `null`, if it was sent.
    pub(crate) fn moment_or_null_if(&mut self, name: &str) -> Option<Option<Timestamp>> {
        self.take(name, |value| match value {
            Value::Null => Ok(None),
            Value::String(text) => values::moment(&text).map(Some),
            _ => Err("must be a date and time as a text, or null"),
        })
    }

    /// A moment that is needed.
    pub(crate) fn moment(&mut self, name: &str) -> Option<Timestamp> {
        self.needed(name);
        self.take(name, |value| match value {
            Value::String(text) => values::moment(&text),
            _ => Err("must be a date and time as a text"),
        })
    }

    /// A whole number, if it was sent.
    pub(crate) fn whole_number_if<T: TryFrom<u64>>(&mut self, name: &str) -> Option<T> {
        self.take(name, |value| {
            let number = value.as_u64().and_then(|number| number.try_into().ok());
            number.ok_or("must be a whole number, neither negative nor too large")
        })
    }

    /// True or false, if it was sent.
    pub(crate) fn flag_if(&mut self, name: &str) -> Option<bool> {
        self.take(name, |value| value.as_bool().ok_or("must be true or false"))
    }

    /// A value that is read by rules of its own, if it was sent. What is wrong with it names its own field.
    pub(crate) fn parsed_if<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Value) -> Result<T, FieldError>,
    ) -> Option<T> {
        let value = self.left.remove(name)?;
        read(&value).map_err(|error| self.errors.push(error)).ok()
    }

    /// The same for a value in which several things may be wrong, of which each names its own field. `read` is given the
    /// name.
    pub(crate) fn read_if<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str, Value) -> Result<T, Vec<FieldError>>,
    ) -> Option<T> {
        let read = read(name, self.left.remove(name)?);
        read.map_err(|errors| self.errors.extend(errors)).ok()
    }

    /// A list of choices, if it was sent.
    pub(crate) fn choices_if(&mut self, name: &str) -> Option<Vec<FieldOption>> {
        self.read_if(name, choices)
    }

    /// Passes over a field that older clients send.
    pub(crate) fn pass_over(&mut self, name: &str) {
        self.left.remove(name);
    }

    /// Whether a field was sent and not yet taken.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.left.contains_key(name)
    }

    /// The names of the fields not yet taken.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.left.keys().map(String::as_str)
    }

    /// Notes that a field can't be taken.
    pub(crate) fn refuse(&mut self, name: &str, message: impl Into<String>) {
        self.errors.push(FieldError::new(name, message));
    }

    /// Takes the version that an update expects.
    pub(super) fn version(&mut self, headers: &HeaderMap) -> Result<Option<u64>, Problem> {
        let mut invalid = InvalidInput::default();
        let expected = version::expected(headers, Some(&mut self.left), &mut invalid)?;
        self.errors.extend(invalid.into_errors());
        Ok(expected)
    }

    /// Ends reading: what is left is unknown.
    ///
    /// # Errors
    /// 422 with everything that was wrong.
    pub(crate) fn end(mut self) -> Result<(), Problem> {
        let unknown = self.left.keys();
        let unknown = unknown.map(|name| FieldError::new(name, "unknown field"));
        self.errors.extend(unknown);
        match self.errors.is_empty() {
            true => Ok(()),
            false => Err(self.errors.into()),
        }
    }

    fn needed(&mut self, name: &str) {
        if !self.has(name) {
            self.refuse(name, "is needed");
        }
    }

    fn take<T, E: Into<String>>(
        &mut self,
        name: &str,
        read: impl FnOnce(Value) -> Result<T, E>,
    ) -> Option<T> {
        match read(self.left.remove(name)?) {
            Ok(value) => Some(value),
            Err(message) => {
                self.refuse(name, message);
                None
            }
        }
    }
}
