//! Triage figures: how often analyses were right, by month, analyzer and field, as the corrections by users show.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{
    analysis::{Findings, Triage, TriageSource},
    field::Field,
    ticket::Ticket,
    time::Timestamp,
};

/// The number of months for which figures are stored.
const MAX_MONTHS: usize = 36;
/// The maximum number of analyzers per month; further ones are counted as [`OTHERS`].
const MAX_READERS: usize = 20;
/// The name under which further analyzers are counted.
const OTHERS: &str = "others";

/// How often an analyzer was right about a field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Tally {
    /// Its value was applied and remained until the ticket was resolved.
    pub applied_right: u64,
    /// Its value was applied, and a user corrected it.
    pub applied_wrong: u64,
    /// Its value was a suggestion, and a user accepted it.
    pub suggested_right: u64,
    /// Its value was a suggestion, and a user chose another value.
    pub suggested_wrong: u64,
    /// No user judged its value: nobody responded to the suggestion, a user had set the field before, or the desk
    /// itself changed the field.
    pub unjudged: u64,
    /// It found no value.
    pub nothing: u64,
}

impl Tally {
    /// Returns the share of right values among those that were judged; `None` if none was.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts, of which a share is made"
    )]
    pub fn accuracy(&self) -> Option<f64> {
        let right = self.applied_right + self.suggested_right;
        let judged = right + self.applied_wrong + self.suggested_wrong;
        (judged > 0).then(|| right as f64 / judged as f64)
    }
}

/// The figures of one analyzer for one field in one month.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// The month in which the tickets were resolved, such as `2026-11`.
    pub month: String,
    /// The analyzer: `embedded`, or provider and model.
    pub reader: String,
    /// The field.
    pub field: Field,
    /// How often the analyzer was right.
    pub tally: Tally,
}

/// All figures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TriageFigures {
    /// By month, reader and field.
    months: BTreeMap<String, BTreeMap<String, BTreeMap<Field, Tally>>>,
}

impl TriageFigures {
    /// Counts a ticket that was resolved at `at`, by its current analysis. A ticket that is resolved again is counted
    /// again.
    pub fn count(&mut self, ticket: &Ticket, at: Timestamp) {
        let Some(triage) = &ticket.triage else { return };
        let Some(reader) = reader(triage) else { return };
        let month = at.format("%Y-%m").to_string();
        let readers = self.months.entry(month).or_default();
        let is_full = readers.len() >= MAX_READERS && !readers.contains_key(&reader);
        let reader = if is_full { OTHERS.to_owned() } else { reader };
        let fields = readers.entry(reader).or_default();
        for field in Field::ALL {
            let tally = fields.entry(field).or_default();
            *counter(tally, ticket, &triage.found, field) += 1;
        }
        while self.months.len() > MAX_MONTHS {
            self.months.pop_first();
        }
    }

    /// Returns all figures, ordered by month, analyzer and field.
    pub fn list(&self) -> Vec<Figure> {
        let mut list = Vec::new();
        for (month, readers) in &self.months {
            for (reader, fields) in readers {
                list.extend(fields.iter().map(|(field, tally)| Figure {
                    month: month.clone(),
                    reader: reader.clone(),
                    field: *field,
                    tally: *tally,
                }));
            }
        }
        list
    }
}

fn reader(triage: &Triage) -> Option<String> {
    match triage.source {
        TriageSource::Model => triage.model.clone(),
        TriageSource::Embedded => Some("embedded".to_owned()),
        TriageSource::Unread => None,
    }
}

/// Returns the counter for a field of a ticket.
fn counter<'a>(
    tally: &'a mut Tally,
    ticket: &Ticket,
    findings: &Findings,
    field: Field,
) -> &'a mut u64 {
    let Some(is_right) = is_right(ticket, findings, field) else {
        return &mut tally.nothing;
    };
    let is_judged = ticket.set_by_human.has(field);
    match (findings.applied.contains(&field), is_right) {
        (true, true) => &mut tally.applied_right,
        // A change by the desk itself, such as an escalated priority, is not a correction by a user.
        (true, false) if !is_judged => &mut tally.unjudged,
        (true, false) => &mut tally.applied_wrong,
        (false, _) if !is_judged || findings.settled.contains(&field) => &mut tally.unjudged,
        (false, true) => &mut tally.suggested_right,
        (false, false) => &mut tally.suggested_wrong,
    }
}

/// Returns whether the ticket ended with the value that the analysis found; `None` if it found none. Skills are right
/// if the sets are equal.
fn is_right(ticket: &Ticket, findings: &Findings, field: Field) -> Option<bool> {
    match field {
        Field::Category => Some(findings.category.as_ref()? == &ticket.category),
        Field::Priority => Some(findings.priority? == ticket.priority),
        Field::Type => Some(Some(findings.kind.as_ref()?) == ticket.kind.as_ref()),
        Field::Skill => {
            let mut skills: Vec<&str> = findings.skills.iter().map(String::as_str).collect();
            let mut needed: Vec<&str> = ticket
                .required_skills
                .iter()
                .map(|s| s.id.as_str())
                .collect();
            skills.sort_unstable();
            needed.sort_unstable();
            (!skills.is_empty()).then_some(skills == needed)
        }
    }
}
