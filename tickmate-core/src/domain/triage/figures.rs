//! The figures of triage: how often readings were right, by month, reader and field, as people's corrections show.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{
    analysis::{Findings, Triage, TriageSource},
    field::Field,
    ticket::Ticket,
    time::Timestamp,
};

/// For how many months figures are kept.
const MAX_MONTHS: usize = 36;
/// How many readers a month tells apart; the calls of further ones are counted under [`OTHERS`].
const MAX_READERS: usize = 20;
/// Whoever is not told apart.
const OTHERS: &str = "others";

/// How often a reader was right about a field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Tally {
    /// Its value counted, and stood until the ticket was resolved.
    pub applied_right: u64,
    /// Its value counted, and somebody corrected it.
    pub applied_wrong: u64,
    /// Its value was a suggestion, and somebody accepted it.
    pub suggested_right: u64,
    /// Its value was a suggestion, and somebody said otherwise.
    pub suggested_wrong: u64,
    /// Its value was a suggestion about which nobody said anything, or had said before; or the desk itself changed it.
    pub unjudged: u64,
    /// It found nothing.
    pub nothing: u64,
}

impl Tally {
    /// The share of right ones among those that were judged; none before the first.
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

/// One figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// The month in which the tickets were resolved: `2026-11`.
    pub month: String,
    /// Who read them: `embedded`, or provider and model.
    pub reader: String,
    /// Which field.
    pub field: Field,
    /// How often it was right.
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
    /// Counts a ticket that was resolved at this moment, by the reading that it has. One that is resolved again counts
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
            *of(tally, ticket, &triage.found, field) += 1;
        }
        while self.months.len() > MAX_MONTHS {
            self.months.pop_first();
        }
    }

    /// One by one: by month, reader and field.
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

/// Where a field of a ticket is counted.
fn of<'a>(tally: &'a mut Tally, ticket: &Ticket, found: &Findings, field: Field) -> &'a mut u64 {
    let Some(is_right) = is_right(ticket, found, field) else {
        return &mut tally.nothing;
    };
    let is_judged = ticket.set_by_human.has(field);
    match (found.applied.contains(&field), is_right) {
        (true, true) => &mut tally.applied_right,
        // What the desk itself changed, such as a priority that was raised, is nobody's correction.
        (true, false) if !is_judged => &mut tally.unjudged,
        (true, false) => &mut tally.applied_wrong,
        (false, _) if !is_judged || found.settled.contains(&field) => &mut tally.unjudged,
        (false, true) => &mut tally.suggested_right,
        (false, false) => &mut tally.suggested_wrong,
    }
}

/// Whether the ticket ended with what was found; none where nothing was. Skills are right when they are the same set.
fn is_right(ticket: &Ticket, found: &Findings, field: Field) -> Option<bool> {
    match field {
        Field::Category => Some(found.category.as_ref()? == &ticket.category),
        Field::Priority => Some(found.priority? == ticket.priority),
        Field::Type => Some(Some(found.kind.as_ref()?) == ticket.kind.as_ref()),
        Field::Skill => {
            let mut found: Vec<&str> = found.skills.iter().map(String::as_str).collect();
            let mut needed: Vec<&str> = ticket
                .required_skills
                .iter()
                .map(|s| s.id.as_str())
                .collect();
            found.sort_unstable();
            needed.sort_unstable();
            (!found.is_empty()).then_some(found == needed)
        }
    }
}
