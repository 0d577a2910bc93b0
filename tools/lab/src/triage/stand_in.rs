//! The embedded analyzer in place of a model that gave no value.

use std::{cell::OnceCell, sync::Arc};

use tickmate::domain::{analysis::Analysis, field::Field, learn::Dictionary, options::Options};

use super::{answer::Answer, embedded::EmbeddedReader, rows::Row};
use crate::ask::{Lists, Told};

/// Makes a whole answer of what a model said: a field that it left out, or for which it named nothing of the list, holds
/// the embedded analyzer's best guess, which is uncertain.
pub(crate) struct StandIn<'a> {
    dictionary: &'a Arc<Dictionary>,
    lists: Lists,
    options: Options,
    settled: &'a [Row],
    /// Learns only once it is needed.
    reader: OnceCell<EmbeddedReader>,
}

impl<'a> StandIn<'a> {
    /// One that learns these tickets, should it be needed. Lists that the options don't have are made of their labels.
    pub(crate) fn new(
        dictionary: &'a Arc<Dictionary>,
        options: Options,
        settled: &'a [Row],
    ) -> Self {
        Self {
            dictionary,
            lists: Lists::new(dictionary, options.clone(), settled),
            options,
            settled,
            reader: OnceCell::new(),
        }
    }

    /// The lists that a model chooses from.
    pub(crate) const fn lists(&self) -> &Lists {
        &self.lists
    }

    /// The answer for a ticket of which this model made this; the embedded analyzer's where it made nothing.
    pub(crate) fn answer(&self, ticket: &Row, model: &str, analysis: Option<&Analysis>) -> Answer {
        let Some(analysis) = analysis else {
            return self.reader().answer(ticket);
        };
        let mut skills = self.lists.skills(analysis);
        let told = Field::ALL.map(|field| {
            let told = self.lists.told(field, analysis);
            if told.label.is_some() || !self.lists.has_values(field) {
                return told;
            }
            let (guess, guessed_skills) = self.reader().guess(field, ticket);
            if field == Field::Skill {
                skills = guessed_skills;
            }
            Told {
                label: guess.label,
                confidence: 0.0,
                abstains: true,
            }
        });
        Answer {
            told,
            skills,
            model: Some(model.to_owned()),
            analysis: analysis.clone(),
        }
    }

    fn reader(&self) -> &EmbeddedReader {
        self.reader.get_or_init(|| {
            let staff = self.lists.staff().to_vec();
            EmbeddedReader::new(self.dictionary, &self.options, self.settled, staff)
        })
    }
}

#[cfg(test)]
mod tests {
    use tickmate::domain::priority::Priority;

    use super::*;

    fn ticket() -> Row {
        Row {
            id: "1".to_owned(),
            description: "The kite string is torn".to_owned(),
            ..Row::default()
        }
    }

    fn options() -> Options {
        let options = r#"{"category": ["Boats", "Kites"], "type": ["Fault", "Wish"],
                          "priority": ["P1", "P2"], "skills": ["Knots", "Sewing"]}"#;
        serde_json::from_str(options).unwrap()
    }

    #[test]
    fn what_a_model_left_out_or_made_up_is_a_guess_that_nobody_is_sure_of() {
        let dictionary = Arc::new(Dictionary::shipped());
        let stand_in = StandIn::new(&dictionary, options(), &[]);
        let embedded = stand_in.answer(&ticket(), "m", None);
        let made_up = Analysis {
            summary: "About kites".to_owned(),
            category: Some("Trains".to_owned()),
            kind: Some("Trains".to_owned()),
            priority: Some(Priority::High),
            skills: vec![dictionary.vocabulary().resolve("Python")],
            confidence: ["category", "type", "priority", "relatedSkills"]
                .map(|name| (name.to_owned(), 0.9))
                .into(),
            ..Analysis::default()
        };
        for analysis in [made_up, Analysis::default()] {
            let answer = stand_in.answer(&ticket(), "m", Some(&analysis));
            for field in Field::ALL {
                let told = answer.told(field);
                assert!(told.label.is_some(), "{field:?}");
                assert_eq!(told.label, embedded.told(field).label);
                assert!(told.abstains && told.confidence < f64::MIN_POSITIVE);
            }
            assert_eq!(answer.skills, embedded.skills);
            assert_eq!(answer.analysis.summary, analysis.summary);
            let line = answer.line(&ticket());
            assert_eq!(
                (&line["source"], &line["model"]),
                (&"model".into(), &"m".into())
            );
        }
    }

    #[test]
    fn what_a_model_named_stays_and_what_has_no_values_is_empty() {
        let dictionary = Arc::new(Dictionary::shipped());
        let some = Options {
            types: Vec::new(),
            ..options()
        };
        let stand_in = StandIn::new(&dictionary, some, &[]);
        let said = Analysis {
            category: Some("boats".to_owned()),
            confidence: [("category".to_owned(), 0.9)].into(),
            ..Analysis::default()
        };
        let answer = stand_in.answer(&ticket(), "m", Some(&said));
        let category = answer.told(Field::Category);
        assert_eq!(category.label.as_deref(), Some("Boats"));
        assert!(category.confidence > 0.8 && !category.abstains);
        let kind = answer.told(Field::Type);
        assert!(kind.label.is_none() && kind.abstains);
        assert!(answer.told(Field::Skill).label.is_some());
    }
}
