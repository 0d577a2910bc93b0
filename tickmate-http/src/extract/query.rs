//! A query's parameters: each is taken by its name, and unknown or repeated ones are refused.

use std::{collections::BTreeMap, fmt::Display, str::FromStr};

use axum::extract::Query as Pairs;
use deserr::Deserr;
use http::Uri;
use serde_json::{Map, Value};
use tickmate_core::domain::{
    page::{DEFAULT_LIMIT, MAX_LIMIT},
    text::{FieldError, TextRule},
    time::Timestamp,
};
use utoipa::{
    IntoParams, ToSchema,
    openapi::path::{Parameter, ParameterIn},
};

use super::{Input, input::FromInput, values};
use crate::{
    document,
    problem::Problem,
    requests::{InvalidInput, NoFields},
};

/// The parameters of a query, read as a `Q`. The body of the request, if it has one, is not read.
#[derive(Debug)]
pub struct Parameters<Q>(pub Q);

impl<Q: Deserr<InvalidInput> + Send> FromInput for Parameters<Q> {
    async fn from_input(input: Input<Self>) -> Result<Self, Problem> {
        parse(&input.uri).map(Self)
    }
}

/// Refuses every parameter.
pub(super) fn refuse_parameters(uri: &Uri) -> Result<(), Problem> {
    parse::<NoFields>(uri).map(|NoFields {}| ())
}

fn parse<Q: Deserr<InvalidInput>>(uri: &Uri) -> Result<Q, Problem> {
    let mut invalid = InvalidInput::default();
    let mut members = Map::new();
    for (name, value) in pairs(uri) {
        if members.insert(name.clone(), Value::String(value)).is_some() {
            invalid.add(name, "is given twice");
        }
    }
    invalid.or_value(deserr::deserialize(Value::Object(members)))
}

/// Returns the parameters. Any bytes are some pairs; where they are not UTF-8 they become U+FFFD.
pub(super) fn pairs(uri: &Uri) -> impl Iterator<Item = (String, String)> + use<> {
    let pairs = Pairs::<Vec<(String, String)>>::try_from_uri(uri);
    let pairs = pairs.map(|Pairs(pairs)| pairs).unwrap_or_default();
    pairs.into_iter()
}

/// Documents each field as a parameter.
impl<Q: ToSchema> IntoParams for Parameters<Q> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        document::query_parameters::<Q>()
    }
}

/// The parameters of a query that are not yet taken, and what was wrong with those that were.
#[derive(Debug, Default)]
pub(crate) struct Query {
    left: BTreeMap<String, String>,
    errors: Vec<FieldError>,
}

/// At most so many values in one parameter.
const MAX_VALUES: usize = 50;

impl Query {
    pub(crate) fn of(uri: &Uri) -> Self {
        let mut query = Self::default();
        // Any bytes are some pairs; where they are not UTF-8 they become U+FFFD.
        let pairs = Pairs::<Vec<(String, String)>>::try_from_uri(uri);
        for (name, value) in pairs.map(|Pairs(pairs)| pairs).unwrap_or_default() {
            match query.left.contains_key(&name) {
                true => query.refuse(&name, "is given twice"),
                false => {
                    query.left.insert(name, value);
                }
            }
        }
        query
    }

    /// A text, if it was given.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        self.left.remove(name)
    }

    /// Several values, with a comma between.
    pub(crate) fn list<T, E: Display>(
        &mut self,
        name: &str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<T> {
        let Some(values) = self.text(name) else {
            return Vec::new();
        };
        if values.split(',').count() > MAX_VALUES {
            self.refuse(name, format!("must be at most {MAX_VALUES} values"));
            return Vec::new();
        }
        let read: Result<Vec<T>, E> = values.split(',').map(|value| read(value.trim())).collect();
        read.map_err(|error| self.refuse(name, error.to_string()))
            .unwrap_or_default()
    }

    /// Several words, with a comma between.
    pub(crate) fn words<T>(&mut self, name: &str) -> Vec<T>
    where
        T: FromStr<Err: Display>,
    {
        self.list(name, str::parse)
    }

    /// Several texts of a shape, with a comma between.
    pub(crate) fn texts(&mut self, name: &str, rule: TextRule) -> Vec<String> {
        self.list(name, |value| {
            rule.check(name, value).map_err(|error| error.message)
        })
    }

    /// A moment, if it was given.
    pub(crate) fn moment(&mut self, name: &str) -> Option<Timestamp> {
        let text = self.text(name)?;
        values::moment(&text)
            .map_err(|message| self.refuse(name, message))
            .ok()
    }

    /// `true` or `false`, if it was given.
    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        match self.text(name)?.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                self.refuse(name, "must be true or false");
                None
            }
        }
    }

    /// How many entries a page has.
    pub(crate) fn limit(&mut self) -> u32 {
        let Some(text) = self.text("limit") else {
            return DEFAULT_LIMIT;
        };
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        let limit = text.parse().ok().filter(|_| digits);
        match limit.filter(|limit| (1..=MAX_LIMIT).contains(limit)) {
            Some(limit) => limit,
            None => {
                self.refuse("limit", format!("must be 1 to {MAX_LIMIT}"));
                DEFAULT_LIMIT
            }
        }
    }

    /// Notes that a parameter can't be taken.
    pub(crate) fn refuse(&mut self, name: &str, message: impl Into<String>) {
        self.errors.push(FieldError::new(name, message));
    }

    /// Ends reading: what is left is unknown.
    ///
    /// # Errors
    /// 422 with everything that was wrong.
    pub(crate) fn end(mut self) -> Result<(), Problem> {
        let unknown = self.left.keys();
        let unknown = unknown.map(|name| FieldError::new(name, "unknown parameter"));
        self.errors.extend(unknown);
        match self.errors.is_empty() {
            true => Ok(()),
            false => Err(self.errors.into()),
        }
    }
}
