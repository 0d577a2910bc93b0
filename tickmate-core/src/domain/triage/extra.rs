//! Extra fields: fields of the host that a model fills in for each ticket, in addition to the desk's own.

use crate::domain::analysis::MAX_SUMMARY;

/// The maximum lengths of a name and of a description, in characters.
const MAX_NAME: usize = 40;
const MAX_DESCRIPTION: usize = 500;

/// A field of the host. Models fill it in; the embedded analyzer does not. Staff sees it with the analysis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraField {
    name: String,
    description: String,
    values: Vec<String>,
}

/// An extra field is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the extra field {name:?} needs {requirement}")]
pub struct ExtraFieldError {
    name: String,
    requirement: &'static str,
}

impl ExtraField {
    /// The maximum number of fields in a prompt. Further ones are ignored.
    pub const MAX: usize = 8;

    /// Returns the fields that go into a prompt: of several with the same name only the first.
    pub(super) fn requested(fields: &[Self]) -> Vec<&Self> {
        let mut requested: Vec<&Self> = Vec::new();
        for field in fields {
            let is_new = !requested.iter().any(|other| other.name == field.name);
            if is_new && requested.len() < Self::MAX {
                requested.push(field);
            }
        }
        requested
    }

    /// Returns the value that equals a text, ignoring case and surrounding white space, in the spelling of the list.
    pub(super) fn value(&self, text: &str) -> Option<&str> {
        let normalized = text.trim().to_lowercase();
        let mut values = self.values.iter();
        values
            .find(|value| value.trim().to_lowercase() == normalized)
            .map(String::as_str)
    }

    /// Creates a text field: its values are single lines of at most 200 characters. The description goes into the
    /// prompt.
    ///
    /// # Errors
    /// Returns [`ExtraFieldError`] if the name is not 1 to 40 lower-case letters, digits and `_` with a letter first,
    /// or if the description is empty or has more than 500 characters.
    pub fn text(name: &str, description: &str) -> Result<Self, ExtraFieldError> {
        let error = |requirement| ExtraFieldError {
            name: name.to_owned(),
            requirement,
        };
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let starts_with_letter = name.starts_with(|c: char| c.is_ascii_lowercase());
        if !starts_with_letter || name.len() > MAX_NAME || !name.chars().all(is_word) {
            return Err(error(
                "a name of 1 to 40 characters of a-z, 0-9 and _, a letter first",
            ));
        }
        let length = description.trim().chars().count();
        if length == 0 || length > MAX_DESCRIPTION {
            return Err(error("a description of 1 to 500 characters"));
        }
        Ok(Self {
            name: name.to_owned(),
            description: description.trim().to_owned(),
            values: Vec::new(),
        })
    }

    /// Creates a field with one of the given values.
    ///
    /// # Errors
    /// Returns the errors of [`ExtraField::text`], and an error if there are no values, more than 64, empty ones, or
    /// ones of more than 200 characters.
    pub fn one_of<'a>(
        name: &str,
        description: &str,
        values: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, ExtraFieldError> {
        let values: Vec<String> = values.into_iter().map(str::to_owned).collect();
        let fits =
            |value: &String| !value.trim().is_empty() && value.chars().count() <= MAX_SUMMARY;
        let field = Self::text(name, description)?;
        match (1..=super::MAX_OFFERED).contains(&values.len()) && values.iter().all(fits) {
            true => Ok(Self { values, ..field }),
            false => Err(ExtraFieldError {
                name: field.name,
                requirement: "1 to 64 values of 1 to 200 characters",
            }),
        }
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the description for the model.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Returns the allowed values; empty for a text field.
    pub fn values(&self) -> &[String] {
        &self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_checked() {
        assert!(ExtraField::text("building_2", " Which building it is about. ").is_ok());
        for name in ["", "A", "2x", "a b", "a-b", &"x".repeat(41), "ä"] {
            assert!(ExtraField::text(name, "d").is_err(), "{name}");
        }
        assert!(ExtraField::text("x", " ").is_err());
        assert!(ExtraField::text("x", &"d".repeat(501)).is_err());
        let field = ExtraField::one_of("site", "Where.", ["Basel", "Bern"]).unwrap();
        assert_eq!(field.values(), ["Basel", "Bern"]);
        assert!(ExtraField::one_of("site", "Where.", []).is_err());
        assert!(ExtraField::one_of("site", "Where.", [" "]).is_err());
        assert!(ExtraField::one_of("site", "Where.", ["x"; 65]).is_err());
    }

    #[test]
    fn each_name_is_requested_once() {
        let field = |n: usize| ExtraField::text(&format!("f{}", n / 2), &n.to_string()).unwrap();
        let fields: Vec<ExtraField> = (0..40).map(field).collect();
        let requested = ExtraField::requested(&fields);
        assert_eq!(requested.len(), ExtraField::MAX);
        assert_eq!(
            (requested[7].name(), requested[7].description()),
            ("f7", "14")
        );
    }

    #[test]
    fn values_are_spelled_as_in_the_list() {
        let field = ExtraField::one_of("site", "Where.", ["Basel", " Bern "]).unwrap();
        assert_eq!(field.value(" BASEL "), Some("Basel"));
        assert_eq!(field.value("bern"), Some(" Bern "));
        assert_eq!(field.value("Bas"), None);
    }
}
