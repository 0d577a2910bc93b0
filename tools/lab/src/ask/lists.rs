//! The lists that a model chooses from, and how what it chose is spelled.

use tickmate::domain::{
    analysis::Analysis,
    field::Field,
    learn::{Dictionary, MAX_LABELS},
    options::{FieldOption, Options, option_named},
    priority::Priority,
    skill::Skill,
    triage::{Offer, PromptTexts, TriageRules, wire_name},
};

use crate::triage::{rows::Row, thresholds};

/// The lists that a model chooses from.
pub(crate) struct Lists {
    /// As they are offered.
    offered: Options,
    staff: Vec<Skill>,
    /// As somebody spelled them; empty where nobody did.
    spelled: Options,
    /// The ids of the skills that somebody spelled.
    ids: Vec<String>,
}

/// What a model said of a field.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// The value, as it is spelled in the options.
    pub(crate) label: Option<String>,
    /// How sure the model is, from 0 to 1.
    pub(crate) confidence: f64,
    /// Whether that is too doubtful to act on.
    pub(crate) abstains: bool,
}

impl Lists {
    /// The lists of the options. One that they don't have is made of the labels of settled tickets, else it is what
    /// ships.
    pub(crate) fn new(dictionary: &Dictionary, options: Options, settled: &[Row]) -> Self {
        let listed = |field: Field, own: Vec<FieldOption>| match own.is_empty() {
            true => labels(field, settled),
            false => own,
        };
        let spelled = Options {
            categories: listed(Field::Category, options.categories),
            types: listed(Field::Type, options.types),
            priorities: listed(Field::Priority, options.priorities),
            skills: listed(Field::Skill, options.skills),
        };
        let priorities = spelled.priorities.iter().filter_map(|choice| {
            Some(FieldOption {
                name: priority(&choice.name)?.as_str().to_owned(),
                description: choice.description.clone(),
            })
        });
        let rules = TriageRules {
            categories: spelled.categories.clone(),
            types: spelled.types.clone(),
            priorities: priorities.collect(),
            ..TriageRules::default()
        };
        let vocabulary = dictionary.vocabulary();
        let names = spelled.skills.iter().map(|skill| skill.name.as_str());
        Self {
            offered: rules.options(dictionary.lexicon()),
            staff: vocabulary.resolve_all(names.clone()),
            ids: names.map(|name| vocabulary.resolve(name).id).collect(),
            spelled,
        }
    }

    /// The lists as a question has them.
    pub(crate) fn offer<'a>(&'a self, texts: &'a PromptTexts) -> Offer<'a> {
        Offer {
            options: &self.offered,
            staff_skills: &self.staff,
            extra: &[],
            texts,
        }
    }

    /// What staff may know, each once.
    pub(crate) fn staff(&self) -> &[Skill] {
        &self.staff
    }

    /// Whether there is anything to choose for a field.
    pub(crate) fn has_values(&self, field: Field) -> bool {
        match field {
            Field::Category | Field::Type => !self.offered.of(field).is_empty(),
            Field::Priority | Field::Skill => true,
        }
    }

    /// What a model said of a field; of several skills the first.
    pub(crate) fn told(&self, field: Field, analysis: &Analysis) -> Told {
        let label = match field {
            Field::Category => self.named(field, analysis.category.as_deref()),
            Field::Type => self.named(field, analysis.kind.as_deref()),
            Field::Priority => analysis.priority.and_then(|found| self.priority(found)),
            Field::Skill => self.skills(analysis).into_iter().next(),
        };
        let sure = analysis
            .confidence
            .get(wire_name(field))
            .copied()
            .unwrap_or_default();
        let confidence = if label.is_some() { sure } else { 0.0 };
        Told {
            abstains: label.is_none() || confidence < thresholds().of(field),
            confidence,
            label,
        }
    }

    /// The skills that a model named: those of the list, where there is one.
    pub(crate) fn skills(&self, analysis: &Analysis) -> Vec<String> {
        let spelled = |skill: &Skill| {
            let place = self.ids.iter().position(|id| *id == skill.id)?;
            Some(self.spelled.skills.get(place)?.name.clone())
        };
        let skills = analysis.skills.iter();
        match self.ids.is_empty() {
            true => skills.map(|skill| skill.name.clone()).collect(),
            false => skills.filter_map(spelled).collect(),
        }
    }

    fn named(&self, field: Field, value: Option<&str>) -> Option<String> {
        let found = option_named(self.offered.of(field), value?)?;
        Some(found.name.clone())
    }

    /// The priority of the list; where it has not this one, the next that presses as much or nearly so.
    fn priority(&self, found: Priority) -> Option<String> {
        let list = &self.spelled.priorities;
        if list.is_empty() {
            return Some(found.as_str().to_owned());
        }
        let apart = |choice: &&FieldOption| {
            let rank = priority(&choice.name).map(Priority::rank);
            rank.map_or(u8::MAX, |rank| rank.abs_diff(found.rank()))
        };
        let nearest = list.iter().min_by_key(apart)?;
        priority(&nearest.name).map(|_| nearest.name.clone())
    }
}

fn priority(name: &str) -> Option<Priority> {
    name.trim().parse().ok()
}

/// The labels of settled tickets, each once, in the order in which they came.
fn labels(field: Field, settled: &[Row]) -> Vec<FieldOption> {
    let mut labels: Vec<FieldOption> = Vec::new();
    for label in settled.iter().filter_map(|row| row.example().label(field)) {
        if labels.len() == MAX_LABELS {
            break;
        }
        if option_named(&labels, label).is_none() {
            labels.push(FieldOption {
                name: label.to_owned(),
                ..FieldOption::default()
            });
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(category: &str, priority: &str, skill: &str) -> Row {
        Row {
            id: "1".to_owned(),
            labels: [category, priority, "", skill].map(|label| Some(label.to_owned())),
            ..Row::default()
        }
    }

    fn analysis(category: &str, priority: Priority, skills: &[&str]) -> Analysis {
        let vocabulary = Dictionary::shipped();
        let vocabulary = vocabulary.vocabulary();
        Analysis {
            category: Some(category.to_owned()),
            priority: Some(priority),
            skills: skills.iter().map(|name| vocabulary.resolve(name)).collect(),
            confidence: [
                ("category".to_owned(), 0.9),
                ("relatedSkills".to_owned(), 0.3),
            ]
            .into(),
            ..Analysis::default()
        }
    }

    #[test]
    fn values_are_spelled_as_in_the_options_or_the_labels() {
        let dictionary = Dictionary::shipped();
        let options = serde_json::from_str(
            r#"{"category": ["BOATS", {"name": "Kites", "description": "what flies"}],
                "priority": ["LOW", "High"], "skills": ["Postgres", "Knots"]}"#,
        );
        let given = Lists::new(&dictionary, options.unwrap(), &[row("x", "y", "z")]);
        let settled = [
            row("BOATS", "LOW", "Postgres"),
            row("Kites", "High", "Knots"),
        ];
        let learned = Lists::new(&dictionary, Options::default(), &settled);
        for lists in [given, learned] {
            let said = analysis(
                "boats",
                Priority::Urgent,
                &["Python", "PostgreSQL", "knots"],
            );
            let category = lists.told(Field::Category, &said);
            assert_eq!(category.label.as_deref(), Some("BOATS"));
            assert!(category.confidence > 0.8 && !category.abstains);
            let priority = lists.told(Field::Priority, &said);
            assert_eq!(priority.label.as_deref(), Some("High"));
            assert!(priority.abstains);
            assert_eq!(lists.skills(&said), ["Postgres", "Knots"]);
            let skill = lists.told(Field::Skill, &said);
            assert_eq!(skill.label.as_deref(), Some("Postgres"));
            assert!(skill.abstains);
            let none = lists.told(Field::Category, &analysis("trains", Priority::Low, &[]));
            assert!(none.label.is_none() && none.abstains && none.confidence < 0.1);
            let texts = PromptTexts::default();
            let offer = lists.offer(&texts);
            assert_eq!(offer.options.categories.len(), 2);
            assert_eq!(offer.options.priorities.len(), Priority::ALL.len());
            assert_eq!(offer.staff_skills.len(), 2);
        }
    }

    #[test]
    fn without_any_list_what_ships_is_offered() {
        let lists = Lists::new(&Dictionary::shipped(), Options::default(), &[]);
        let said = analysis("NETWORK", Priority::High, &["postgres"]);
        let label = |field| lists.told(field, &said).label;
        assert_eq!(label(Field::Category).as_deref(), Some("network"));
        assert_eq!(label(Field::Priority).as_deref(), Some("high"));
        assert_eq!(label(Field::Skill).as_deref(), Some("PostgreSQL"));
        assert_eq!(label(Field::Type), None);
    }
}
