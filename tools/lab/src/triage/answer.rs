//! What is written for a ticket, whoever read it.

use serde_json::{Map, Value, json};
use tickmate::domain::{
    analysis::{Analysis, TriageSource},
    field::Field,
};

use super::rows::Row;
use crate::ask::Told;

/// The analysis of a ticket.
#[derive(Debug)]
pub(crate) struct Answer {
    /// In the order of [`Field::ALL`].
    pub(super) told: [Told; Field::ALL.len()],
    /// Every skill that is asked for, the one of the field first.
    pub(super) skills: Vec<String>,
    /// Which model read it; none where the embedded analyzer did.
    pub(super) model: Option<String>,
    /// What staff is told beside the fields.
    pub(super) analysis: Analysis,
}

impl Answer {
    /// The best guess for a field; without a label where the field has no values at all.
    pub(crate) const fn told(&self, field: Field) -> &Told {
        let [category, priority, kind, skill] = &self.told;
        match field {
            Field::Category => category,
            Field::Priority => priority,
            Field::Type => kind,
            Field::Skill => skill,
        }
    }

    /// The answer as JSON on one line.
    pub(super) fn line(&self, ticket: &Row) -> Value {
        let analysis = &self.analysis;
        let source = match self.model {
            Some(_) => TriageSource::Model,
            None => TriageSource::Embedded,
        };
        json!({
            "id": ticket.id,
            "category": self.told(Field::Category).label,
            "priority": self.told(Field::Priority).label,
            "type": self.told(Field::Type).label,
            "skill": self.told(Field::Skill).label,
            "skills": self.skills,
            "confidence": self.by_field(|told| json!(rounded(told.confidence))),
            "abstains": self.by_field(|told| json!(told.abstains)),
            "source": source,
            "model": self.model,
            "summary": analysis.summary,
            "notes": analysis.notes,
            "firstSteps": analysis.first_steps,
            "sentiment": analysis.sentiment,
            "complexity": analysis.complexity,
            "tags": analysis.tags,
        })
    }

    /// A value for each field; that of the best skill by both names of the field.
    fn by_field(&self, value: impl Fn(&Told) -> Value) -> Map<String, Value> {
        let fields = Field::ALL.map(|field| (field.as_str(), field));
        fields
            .into_iter()
            .chain([("skills", Field::Skill)])
            .map(|(name, field)| (name.to_owned(), value(self.told(field))))
            .collect()
    }
}

/// A share with four digits.
fn rounded(share: f64) -> f64 {
    (share * 10_000.0).round() / 10_000.0
}
