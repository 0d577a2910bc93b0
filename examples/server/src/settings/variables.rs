//! Variables in typed groups: each group is a struct whose fields clap parses, and the help is made of them.
//!
//! A field `port` is the variable `PORT`. Values reach clap as arguments that only this module writes, and not by its own
//! reading of the environment: `.env` counts too, an empty value counts as none, and no option of the command line sets
//! one. A field with `hide_env_values` is a secret: its value is taken with the white space around it.

use std::{collections::HashMap, error::Error, ffi::OsString, fmt, ops::RangeInclusive};

use clap::{Arg, Args, Command};

use super::Problem;

/// The values that were given.
pub struct Values {
    values: HashMap<String, OsString>,
    warnings: Vec<String>,
}

impl Values {
    /// Takes values by the names of their variables, and warnings about how they are written, one line each. A value of
    /// white space alone counts as none.
    pub fn new(
        values: impl IntoIterator<Item = (String, OsString)>,
        warnings: Vec<String>,
    ) -> Self {
        let is_given = |(_, value): &(String, OsString)| !value.to_string_lossy().trim().is_empty();
        Self {
            values: values.into_iter().filter(is_given).collect(),
            warnings,
        }
    }

    /// Returns the warnings about how the values are written, one line each.
    pub(crate) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Returns whether a variable has a value.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Returns those of the variables that have a value, in the same order.
    pub(crate) fn set_of(&self, names: &[&'static str]) -> Vec<&'static str> {
        let names = names.iter().copied();
        names.filter(|name| self.is_set(name)).collect()
    }

    /// Returns the variables with this prefix that have a value, in alphabetical order.
    pub(crate) fn names_with(&self, prefix: &str) -> Vec<&str> {
        let names = self.values.keys().map(String::as_str);
        let mut names: Vec<&str> = names.filter(|name| name.starts_with(prefix)).collect();
        names.sort_unstable();
        names
    }

    /// Returns the values of these variables alone.
    pub(crate) fn only(&self, names: &[&str]) -> Self {
        let values = self.values.clone().into_iter();
        let values = values.filter(|(name, _)| names.contains(&name.as_str()));
        Self::new(values, Vec::new())
    }

    /// Parses a group of variables.
    ///
    /// # Errors
    /// Every value that the group refuses.
    pub(super) fn parse<G: Args>(&self) -> Result<G, Vec<Problem>> {
        let command = G::augment_args(Command::new("settings").no_binary_name(true));
        let mut arguments = Vec::new();
        let mut problems = Vec::new();
        for variable in command.get_arguments() {
            let name = name_of(variable);
            let Some(value) = self.values.get(name) else {
                continue;
            };
            let Some(text) = value.to_str() else {
                problems.push(Problem::new(name, "must be text in UTF-8"));
                continue;
            };
            let text = match variable.is_hide_env_values_set() {
                true => text,
                false => text.trim(),
            };
            let argument = format!("--{name}={text}");
            // clap stops at the first error: each value is tried alone, so that all of the wrong ones are reported.
            match command.clone().try_get_matches_from([&argument]) {
                Ok(_) => arguments.push(argument),
                Err(error) => problems.push(Problem::new(name, reason(variable, &error))),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let matches = command.try_get_matches_from(arguments);
        matches
            .and_then(|matches| G::from_arg_matches(&matches))
            .map_err(|error| vec![Problem::new("settings", error.kind().to_string())])
    }
}

/// Shows no value: some are secrets.
impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Values").finish_non_exhaustive()
    }
}

/// Returns the name of a variable.
pub(super) fn name_of(variable: &Arg) -> &str {
    variable.get_long().unwrap_or_default()
}

/// Returns why a value was refused. The message of clap itself repeats the value, which may be a secret.
fn reason(variable: &Arg, error: &clap::Error) -> String {
    let words = variable.get_possible_values();
    match (error.source(), &words[..]) {
        (Some(source), _) => source.to_string(),
        (None, [others @ .., last]) => {
            let others: Vec<&str> = others.iter().map(|word| word.get_name()).collect();
            format!("must be {} or {}", others.join(", "), last.get_name())
        }
        (None, []) => "is not valid".to_owned(),
    }
}

/// Returns a parser of whole numbers in this range.
pub(super) fn number<T: TryFrom<u64> + 'static>(
    range: RangeInclusive<u64>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    let bounds = format!("from {} to {}", range.start(), range.end());
    number_in(range, bounds)
}

/// Returns a parser of whole numbers in this range, which errors describe in these words.
pub(super) fn number_in<T: TryFrom<u64> + 'static>(
    range: RangeInclusive<u64>,
    bounds: impl Into<String>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    let bounds = bounds.into();
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        let number = number.and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| format!("must be a number {bounds}"))
    }
}
