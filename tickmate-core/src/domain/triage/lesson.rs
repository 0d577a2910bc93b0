//! Lessons: what people made of a ticket, which is what the analyser learns and what readings are measured against.

use crate::domain::{
    event::{ActorId, Event, EventKind},
    learn::{Example, Field, Options},
    skill::Skill,
    ticket::Ticket,
    triage::option_named,
};

/// A label of each field, in the order of [`Field::ALL`]; none where nobody said or confirmed one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lesson {
    labels: [Option<String>; Field::ALL.len()],
}

impl Lesson {
    /// What an event teaches about its ticket as it is now, where it teaches something: what staff said of a field counts
    /// at once; what was left standing counts once a ticket that somebody worked on is resolved. What the analyser is
    /// not sure of, and nobody confirmed, is never learnt, and nobody teaches it by a ticket of the own alone.
    pub fn of(event: &Event, ticket: &Ticket, options: &Options) -> Option<Self> {
        let by_others = matches!(event.by, ActorId::User(id) if id != ticket.requester);
        let is_resolved =
            event.kind == EventKind::Resolved && (by_others || ticket.begun_at.is_some());
        let fields = ["category", "priority", "type", "relatedSkills", "reviewed"];
        let is_correction = matches!(
            event.kind,
            EventKind::Edited | EventKind::TextEdited | EventKind::Reviewed
        ) && fields.iter().any(|field| event.became(field).is_some());
        if !(is_resolved || by_others && is_correction) || ticket.deleted_at.is_some() {
            return None;
        }
        let lesson = Self {
            labels: Field::ALL.map(|field| label(ticket, field, is_resolved, options)),
        };
        lesson.labels.iter().any(Option::is_some).then_some(lesson)
    }

    /// What a ticket taught before: the labels of [`Analyser::labels_of`](crate::domain::learn::Analyser::labels_of).
    pub fn of_labels(labels: [Option<&str>; Field::ALL.len()]) -> Self {
        Self {
            labels: labels.map(|label| label.map(str::to_owned)),
        }
    }

    /// What a ticket that is over teaches, where somebody had it.
    pub fn of_resolved(ticket: &Ticket, options: &Options) -> Option<Self> {
        ticket.assignment.as_ref()?;
        let lesson = Self {
            labels: Field::ALL.map(|field| label(ticket, field, true, options)),
        };
        lesson.labels.iter().any(Option::is_some).then_some(lesson)
    }

    /// The lesson with its text, for the analyser. `id` is the ticket's.
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

fn label(ticket: &Ticket, field: Field, standing: bool, options: &Options) -> Option<String> {
    if !(is_set_by_human(ticket, field) || standing && is_standing(ticket, field)) {
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

/// Whether a human set a field.
pub(super) const fn is_set_by_human(ticket: &Ticket, field: Field) -> bool {
    let human = ticket.set_by_human;
    match field {
        Field::Category => human.category,
        Field::Priority => human.priority,
        Field::Type => human.kind,
        Field::Skill => human.skills,
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
