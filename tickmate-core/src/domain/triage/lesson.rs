//! Lessons: what people made of a ticket, which is what the analyzer learns and what readings are measured against.

use crate::domain::{
    event::{ActorId, Event, EventKind},
    field::Field,
    learn::Example,
    options::{Options, option_named},
    skill::Skill,
    ticket::Ticket,
};

/// A label of each field, in the order of [`Field::ALL`]; none where nobody said or confirmed one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lesson {
    labels: [Option<String>; Field::ALL.len()],
}

impl Lesson {
    /// What an event teaches about its ticket as it is now, where it teaches something: what staff said of a field counts
    /// at once; what was left standing counts once a ticket that staff worked on is resolved. What the analyzer is
    /// not sure of and no human confirmed is never learned, and no user teaches it by a ticket of the own alone.
    pub fn of(event: &Event, ticket: &Ticket, options: &Options) -> Option<Self> {
        let by_others = matches!(event.by, ActorId::User(id) if id != ticket.requester);
        if ticket.deleted_at.is_some() {
            return None;
        }
        match event.kind {
            EventKind::Resolved if by_others || ticket.begun_at.is_some() => {
                Self::of_fields(ticket, options, |_| true, true)
            }
            EventKind::Edited | EventKind::TextEdited | EventKind::Reviewed if by_others => {
                Self::of_fields(
                    ticket,
                    options,
                    |field| event.facts.stated_fields.contains(&field),
                    false,
                )
            }
            _ => None,
        }
    }

    /// What a ticket taught before: the labels of [`Analyzer::labels_of`](crate::domain::learn::Analyzer::labels_of).
    pub fn of_labels(labels: [Option<&str>; Field::ALL.len()]) -> Self {
        Self {
            labels: labels.map(|label| label.map(str::to_owned)),
        }
    }

    /// What a ticket that is over teaches, where somebody worked on it, or where it is known to have taught before.
    pub fn of_resolved(ticket: &Ticket, options: &Options, is_known: bool) -> Option<Self> {
        let is_worked_on = ticket.begun_at.is_some() || is_known;
        is_worked_on.then(|| Self::of_fields(ticket, options, |_| true, true))?
    }

    /// The lesson of these fields.
    fn of_fields(
        ticket: &Ticket,
        options: &Options,
        counts: impl Fn(Field) -> bool,
        standing: bool,
    ) -> Option<Self> {
        let of = |field| counts(field).then(|| label(ticket, field, standing, options))?;
        let lesson = Self {
            labels: Field::ALL.map(of),
        };
        lesson.labels.iter().any(Option::is_some).then_some(lesson)
    }

    /// The same with what a ticket taught before of fields about which this lesson says nothing.
    #[must_use]
    pub fn beside(mut self, before: [Option<&str>; Field::ALL.len()]) -> Self {
        for (label, before) in self.labels.iter_mut().zip(before) {
            if label.is_none() {
                *label = before.map(str::to_owned);
            }
        }
        self
    }

    /// The lesson with its text, for the analyzer. `id` is the ticket's.
    pub fn example<'a>(&'a self, id: &'a str, ticket: &'a Ticket) -> Example<'a> {
        Example {
            id,
            title: &ticket.title,
            description: &ticket.description,
            labels: Field::ALL.map(|field| self.label(field)),
        }
    }

    /// The label of a field.
    pub fn label(&self, field: Field) -> Option<&str> {
        let mut labels = Field::ALL.iter().zip(&self.labels);
        labels.find_map(|(other, label)| label.as_deref().filter(|_| *other == field))
    }
}

/// The name of a field on the wire of tickets.
pub fn wire_name(field: Field) -> &'static str {
    match field {
        Field::Skill => "relatedSkills",
        Field::Category | Field::Priority | Field::Type => field.as_str(),
    }
}

fn label(ticket: &Ticket, field: Field, standing: bool, options: &Options) -> Option<String> {
    if !(ticket.set_by_human.has(field) || standing && is_standing(ticket, field)) {
        return None;
    }
    let listed = |value: &str| option_named(options.of(field), value).map(|one| one.name.clone());
    match field {
        Field::Category => listed(&ticket.category),
        Field::Priority => Some(ticket.priority.as_str().to_owned()),
        Field::Type => listed(ticket.kind.as_deref()?),
        Field::Skill => ticket.required_skills.first().map(name_of),
    }
}

/// Whether the value is that of a reading which counted, and stands.
fn is_standing(ticket: &Ticket, field: Field) -> bool {
    let Some(found) = ticket.triage.as_ref().map(|triage| &triage.found) else {
        return false;
    };
    let stands = match field {
        Field::Category => found.category.as_ref() == Some(&ticket.category),
        Field::Priority => found.priority == Some(ticket.priority),
        Field::Type => found.kind.is_some() && found.kind == ticket.kind,
        Field::Skill => ticket
            .required_skills
            .iter()
            .map(|skill| &skill.id)
            .eq(&found.skills),
    };
    stands && found.applied.contains(&field)
}

fn name_of(skill: &Skill) -> String {
    match skill.name.is_empty() {
        true => skill.id.clone(),
        false => skill.name.clone(),
    }
}
