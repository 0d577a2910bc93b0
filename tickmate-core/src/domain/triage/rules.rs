//! The triage settings of the desk's owner: the lists from which an analysis chooses, with descriptions of the
//! options, and the confidence that it needs to be applied.

use serde::{Deserialize, Serialize};

use crate::domain::{
    field::Field,
    learn::Thresholds,
    lexical::Lexicon,
    options::{FieldOption, Options, option_named},
    priority::Priority,
    text::{CATEGORY, FieldError},
};

/// The maximum number of options of a field.
const MAX_OPTIONS: usize = 100;
/// The maximum length of an option's description, in characters.
const MAX_DESCRIPTION: usize = 500;

/// The triage settings of the desk's owner.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TriageRules {
    /// The categories; if empty, those of the lexicon.
    pub categories: Vec<FieldOption>,
    /// The types of ticket; if empty, those of the lexicon.
    pub types: Vec<FieldOption>,
    /// The meanings of the priorities on this desk. Priorities that are not listed keep their usual meaning.
    pub priorities: Vec<FieldOption>,
    /// The confidence thresholds.
    pub apply: Apply,
}

/// The confidence from which the value of a field is applied, from 0 (always) to 1 (only certain values). Below it
/// the value is a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Apply {
    /// The threshold of the category.
    pub category: f64,
    /// The threshold of the priority.
    pub priority: f64,
    /// The threshold of the type.
    #[serde(rename = "type")]
    pub kind: f64,
    /// The threshold of the skills, all together.
    pub skills: f64,
}

impl Default for Apply {
    /// Returns one half for each field.
    fn default() -> Self {
        Self {
            category: 0.5,
            priority: 0.5,
            kind: 0.5,
            skills: 0.5,
        }
    }
}

impl Apply {
    /// Returns the threshold of a field.
    pub const fn of(&self, field: Field) -> f64 {
        match field {
            Field::Category => self.category,
            Field::Priority => self.priority,
            Field::Type => self.kind,
            Field::Skill => self.skills,
        }
    }

    /// Returns the thresholds in the form of the analyzer.
    pub fn thresholds(&self) -> Thresholds {
        let each = Field::ALL.into_iter();
        each.fold(Thresholds::default(), |all, field| {
            all.with(field, self.of(field))
        })
    }
}

impl TriageRules {
    /// Validates the rules and returns them with trimmed names.
    ///
    /// # Errors
    /// Returns all invalid fields, such as `categories[2].name`, `priorities[0].name` or `apply.category`.
    pub fn checked(mut self) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        check_options("categories", &mut self.categories, &mut errors);
        check_options("types", &mut self.types, &mut errors);
        check_options("priorities", &mut self.priorities, &mut errors);
        for (place, option) in self.priorities.iter_mut().enumerate() {
            match option.name.parse::<Priority>() {
                Ok(priority) => priority.as_str().clone_into(&mut option.name),
                Err(unknown) => errors.push(FieldError::new(
                    format!("priorities[{place}].name"),
                    unknown.to_string(),
                )),
            }
        }
        for (name, field) in [
            ("category", Field::Category),
            ("priority", Field::Priority),
            ("type", Field::Type),
            ("skills", Field::Skill),
        ] {
            if !(0.0..=1.0).contains(&self.apply.of(field)) {
                let message = "must be a number from 0 to 1";
                errors.push(FieldError::new(format!("apply.{name}"), message));
            }
        }
        match errors.is_empty() {
            true => Ok(self),
            false => Err(errors),
        }
    }

    /// Returns the lists from which an analysis chooses: the owner's, or the lexicon's where the owner configured
    /// none. Skills are not included: they are those of the staff.
    pub fn options(&self, lexicon: &Lexicon) -> Options {
        let own_or_shipped = |own: &[FieldOption], shipped: Vec<FieldOption>| match own.is_empty() {
            true => shipped,
            false => own.to_vec(),
        };
        let categories = lexicon.categories().iter().map(|category| FieldOption {
            name: category.name.clone(),
            description: category.description.clone(),
        });
        Options {
            categories: own_or_shipped(&self.categories, categories.collect()),
            types: own_or_shipped(&self.types, lexicon.types().to_vec()),
            priorities: Priority::ALL
                .map(|priority| self.meaning(priority))
                .to_vec(),
            skills: Vec::new(),
        }
    }

    fn meaning(&self, priority: Priority) -> FieldOption {
        let own = self
            .priorities
            .iter()
            .find(|option| option.name == priority.as_str());
        own.cloned().unwrap_or_else(|| FieldOption {
            name: priority.as_str().to_owned(),
            description: match priority {
                Priority::Low => "it can wait",
                Priority::Medium => "the ordinary case",
                Priority::High => "somebody can't work",
                Priority::Urgent => "many can't work",
            }
            .to_owned(),
        })
    }
}

fn check_options(field: &str, options: &mut [FieldOption], errors: &mut Vec<FieldError>) {
    if options.len() > MAX_OPTIONS {
        let message = format!("must have at most {MAX_OPTIONS} entries");
        errors.push(FieldError::new(field, message));
        return;
    }
    for place in 0..options.len() {
        let (before, rest) = options.split_at_mut(place);
        let Some(one) = rest.first_mut() else { return };
        match CATEGORY.check(&format!("{field}[{place}].name"), &one.name) {
            Ok(name) => one.name = name,
            Err(error) => errors.push(error),
        }
        if option_named(before, &one.name).is_some() {
            let message = "must not be there twice";
            errors.push(FieldError::new(format!("{field}[{place}].name"), message));
        }
        let is_long = one.description.chars().nth(MAX_DESCRIPTION).is_some();
        if is_long || one.description.chars().any(char::is_control) {
            let message = format!("must have at most {MAX_DESCRIPTION} characters on one line");
            errors.push(FieldError::new(
                format!("{field}[{place}].description"),
                message,
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(name: &str, description: &str) -> FieldOption {
        FieldOption {
            name: name.to_owned(),
            description: description.to_owned(),
        }
    }

    #[test]
    fn all_invalid_fields_are_named() {
        let rules = TriageRules {
            categories: vec![choice(" A b ", ""), choice("a-B", ""), choice("", "")],
            types: vec![choice("x", &"d".repeat(501)), choice("y", "a\nb")],
            priorities: vec![choice("HIGH", "now"), choice("soon", "")],
            apply: Apply {
                category: 1.1,
                kind: f64::NAN,
                ..Apply::default()
            },
        };
        let fields: Vec<String> = rules
            .checked()
            .unwrap_err()
            .into_iter()
            .map(|error| error.field)
            .collect();
        assert_eq!(
            fields,
            [
                "categories[1].name",
                "categories[2].name",
                "types[0].description",
                "types[1].description",
                "priorities[1].name",
                "apply.category",
                "apply.type",
            ]
        );
        let many = TriageRules {
            types: (0..101).map(|n| choice(&n.to_string(), "")).collect(),
            ..TriageRules::default()
        };
        assert_eq!(many.checked().unwrap_err()[0].field, "types");
    }

    #[test]
    fn own_lists_replace_those_of_the_lexicon() {
        let lexicon = Lexicon::shipped();
        let shipped = TriageRules::default().options(&lexicon);
        assert_eq!(shipped.categories.len(), lexicon.categories().len());
        assert!(shipped.types.len() >= 3);
        assert_eq!(shipped.priorities.len(), 4);
        let rules = TriageRules {
            categories: vec![choice(" Boats ", "what floats")],
            priorities: vec![choice("Urgent", "a boat sinks")],
            ..TriageRules::default()
        };
        let options = rules.checked().unwrap().options(&lexicon);
        assert_eq!(options.categories, [choice("Boats", "what floats")]);
        assert_eq!(options.types, shipped.types);
        assert_eq!(options.priorities[3], choice("urgent", "a boat sinks"));
        assert_eq!(options.priorities[0], shipped.priorities[0]);
    }
}
