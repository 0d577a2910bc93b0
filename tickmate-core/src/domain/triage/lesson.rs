//! Lessons: the field values of a ticket that users set or confirmed. The analyzer learns from them, and analyses are
//! measured against them.

use crate::domain::{
    event::{ActorId, Event, EventKind},
    field::Field,
    learn::Example,
    options::{Options, option_named},
    skill::Skill,
    ticket::Ticket,
};

/// The label of each field, in the order of [`Field::ALL`]; `None` if no user set or confirmed one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lesson {
    labels: [Option<String>; Field::ALL.len()],
}

impl Lesson {
    /// Returns the lesson of an event for the current ticket, if there is one.
    ///
    /// Values that staff set count at once. Values that were left unchanged count when a ticket on which staff worked
    /// is resolved. Uncertain values that no user confirmed are never learned, and no requester teaches the analyzer
    /// by own tickets alone.
    pub fn of(event: &Event, ticket: &Ticket, options: &Options) -> Option<Self> {
        let by_others = matches!(event.by, ActorId::User(id) if id != ticket.requester);
        if ticket.deleted_at.is_some() {
            return None;
        }
        match event.kind {
            EventKind::Resolved if by_others || ticket.begun_at.is_some() => {
                Self::from_fields(ticket, options, |_| true, true)
            }
            EventKind::Edited | EventKind::TextEdited | EventKind::Reviewed if by_others => {
                Self::from_fields(
                    ticket,
                    options,
                    |field| event.facts.stated_fields.contains(&field),
                    false,
                )
            }
            _ => None,
        }
    }

    /// Creates a lesson from earlier labels: those of
    /// [`Analyzer::labels_of`](crate::domain::learn::Analyzer::labels_of).
    pub fn of_labels(labels: [Option<&str>; Field::ALL.len()]) -> Self {
        Self {
            labels: labels.map(|label| label.map(str::to_owned)),
        }
    }

    /// Returns the lesson of a resolved ticket, if staff worked on it or it was learned before (`is_known`).
    pub fn of_resolved(ticket: &Ticket, options: &Options, is_known: bool) -> Option<Self> {
        let is_worked_on = ticket.begun_at.is_some() || is_known;
        is_worked_on.then(|| Self::from_fields(ticket, options, |_| true, true))?
    }

    /// Returns the lesson of the fields that `is_included` accepts.
    fn from_fields(
        ticket: &Ticket,
        options: &Options,
        is_included: impl Fn(Field) -> bool,
        include_unchanged: bool,
    ) -> Option<Self> {
        let of =
            |field| is_included(field).then(|| label(ticket, field, include_unchanged, options))?;
        let lesson = Self {
            labels: Field::ALL.map(of),
        };
        lesson.labels.iter().any(Option::is_some).then_some(lesson)
    }

    /// Adds the earlier labels of a ticket for fields without a label in this lesson.
    #[must_use]
    pub fn beside(mut self, before: [Option<&str>; Field::ALL.len()]) -> Self {
        for (label, before) in self.labels.iter_mut().zip(before) {
            if label.is_none() {
                *label = before.map(str::to_owned);
            }
        }
        self
    }

    /// Returns the lesson with the text of the ticket, for the analyzer. `id` is the ticket's id.
    pub fn example<'a>(&'a self, id: &'a str, ticket: &'a Ticket) -> Example<'a> {
        Example {
            id,
            title: &ticket.title,
            description: &ticket.description,
            labels: Field::ALL.map(|field| self.label(field)),
        }
    }

    /// Returns the label of a field.
    pub fn label(&self, field: Field) -> Option<&str> {
        let mut labels = Field::ALL.iter().zip(&self.labels);
        labels.find_map(|(other, label)| label.as_deref().filter(|_| *other == field))
    }
}

/// Returns the name of a field in the JSON of tickets.
pub fn wire_name(field: Field) -> &'static str {
    match field {
        Field::Skill => "relatedSkills",
        Field::Category | Field::Priority | Field::Type => field.as_str(),
    }
}

fn label(
    ticket: &Ticket,
    field: Field,
    include_unchanged: bool,
    options: &Options,
) -> Option<String> {
    if !(ticket.set_by_human.has(field) || include_unchanged && is_unchanged(ticket, field)) {
        return None;
    }
    let option_name =
        |value: &str| option_named(options.of(field), value).map(|one| one.name.clone());
    match field {
        Field::Category => option_name(&ticket.category),
        Field::Priority => Some(ticket.priority.as_str().to_owned()),
        Field::Type => option_name(ticket.kind.as_deref()?),
        Field::Skill => ticket.required_skills.first().map(name_of),
    }
}

/// Returns whether the ticket still has the value that the analysis applied.
fn is_unchanged(ticket: &Ticket, field: Field) -> bool {
    let Some(findings) = ticket.triage.as_ref().map(|triage| &triage.found) else {
        return false;
    };
    let is_same = match field {
        Field::Category => findings.category.as_ref() == Some(&ticket.category),
        Field::Priority => findings.priority == Some(ticket.priority),
        Field::Type => findings.kind.is_some() && findings.kind == ticket.kind,
        Field::Skill => ticket
            .required_skills
            .iter()
            .map(|skill| &skill.id)
            .eq(&findings.skills),
    };
    is_same && findings.applied.contains(&field)
}

fn name_of(skill: &Skill) -> String {
    match skill.name.is_empty() {
        true => skill.id.clone(),
        false => skill.name.clone(),
    }
}
