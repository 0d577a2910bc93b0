//! Extra fields: what a host wants a model to say about each ticket beside the desk's own fields.

use crate::domain::analysis::MAX_SUMMARY;

/// The most characters of a name and of a description.
const MAX_NAME: usize = 40;
const MAX_DESCRIPTION: usize = 500;

/// A field of the host's own. Models fill it in; the embedded analyzer does not. Staff sees it with the analysis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraField {
    name: String,
    description: String,
    values: Vec<String>,
}

/// Why a field can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the extra field {name:?} needs {what}")]
pub struct ExtraFieldError {
    name: String,
    what: &'static str,
}

impl ExtraField {
    /// The most fields that a model is asked for. Further ones are left out.
    pub const MAX: usize = 8;

    /// Those of these fields that a model is asked for: of several of one name the first.
    pub(super) fn asked(fields: &[Self]) -> Vec<&Self> {
        let mut asked: Vec<&Self> = Vec::new();
        for field in fields {
            let is_new = !asked.iter().any(|other| other.name == field.name);
            if is_new && asked.len() < Self::MAX {
                asked.push(field);
            }
        }
        asked
    }

    /// The value that a text names, in any case, spelled as it is in the list.
    pub(super) fn value(&self, text: &str) -> Option<&str> {
        let wanted = text.trim().to_lowercase();
        let mut values = self.values.iter();
        values
            .find(|value| value.trim().to_lowercase() == wanted)
            .map(String::as_str)
    }

    /// A text of at most 200 characters on one line. The description goes into the prompt.
    ///
    /// # Errors
    /// [`ExtraFieldError`] for a name that is not 1 to 40 lower-case letters, digits and `_`, a letter first, and for a
    /// description that is empty or has more than 500 characters.
    pub fn text(name: &str, description: &str) -> Result<Self, ExtraFieldError> {
        let error = |what| ExtraFieldError {
            name: name.to_owned(),
            what,
        };
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let begins_well = name.starts_with(|c: char| c.is_ascii_lowercase());
        if !begins_well || name.len() > MAX_NAME || !name.chars().all(is_word) {
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

    /// One of these values.
    ///
    /// # Errors
    /// Those of [`ExtraField::text`], and for values that are none, more than 64, empty, or longer than 200 characters.
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
                what: "1 to 64 values of 1 to 200 characters",
            }),
        }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it says, in words for the model.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// What it may be; anything where none is given.
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
    fn each_name_is_asked_for_once() {
        let field = |n: usize| ExtraField::text(&format!("f{}", n / 2), &n.to_string()).unwrap();
        let fields: Vec<ExtraField> = (0..40).map(field).collect();
        let asked = ExtraField::asked(&fields);
        assert_eq!(asked.len(), ExtraField::MAX);
        assert_eq!((asked[7].name(), asked[7].description()), ("f7", "14"));
    }

    #[test]
    fn values_are_spelled_as_in_the_list() {
        let field = ExtraField::one_of("site", "Where.", ["Basel", " Bern "]).unwrap();
        assert_eq!(field.value(" BASEL "), Some("Basel"));
        assert_eq!(field.value("bern"), Some(" Bern "));
        assert_eq!(field.value("Bas"), None);
    }
}
