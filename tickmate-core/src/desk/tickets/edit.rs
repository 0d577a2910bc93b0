//! Changes the fields of a ticket.

use super::{
    super::{
        DeskError, Tickets,
        accounts::ok_or_collect,
        authorize::{TicketTarget, demand},
        writes::Expected,
    },
    TicketDetail,
};
use crate::domain::{
    access::{Actor, Operation},
    changed_fields,
    event::EventKind,
    lifecycle::Next,
    priority::Priority,
    seat::SeatMove,
    skill::{SkillInput, Vocabulary},
    text::{self, FieldError},
    ticket::Ticket,
    time::Timestamp,
};

/// A change to a ticket; fields that are `None` stay unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TicketPatch {
    /// The title.
    pub title: Option<String>,
    /// The description of the problem.
    pub description: Option<String>,
    /// The category.
    pub category: Option<String>,
    /// The kind of the ticket.
    pub kind: Option<String>,
    /// The priority.
    pub priority: Option<Priority>,
    /// When the requester needs an answer; `Some(None)` removes it.
    pub deadline: Option<Option<Timestamp>>,
    /// The required skills.
    pub skills: Option<Vec<SkillInput>>,
}

impl TicketPatch {
    /// Returns the operations that the actor must be allowed to perform.
    fn operations(&self) -> Vec<Operation> {
        let text = self.title.is_some()
            || self.description.is_some()
            || self.category.is_some()
            || self.kind.is_some()
            || self.deadline.is_some();
        let triage = self.priority.is_some() || self.skills.is_some();
        let wanted = [(text, Operation::EditText), (triage, Operation::EditTriage)];
        wanted
            .into_iter()
            .filter(|(asked, _)| *asked)
            .map(|(_, operation)| operation)
            .collect()
    }

    /// Validates and normalizes the patch.
    pub(in crate::desk) fn checked(&self, vocabulary: &Vocabulary) -> Result<Self, DeskError> {
        let mut errors: Vec<FieldError> = Vec::new();
        let mut check = |rule: text::TextRule, field: &str, text: &Option<String>| {
            text.as_deref()
                .and_then(|text| ok_or_collect(&mut errors, rule.check(field, text)))
        };
        let title = check(text::TITLE, "title", &self.title);
        let description = check(text::BODY, "description", &self.description);
        let category = check(text::CATEGORY, "category", &self.category);
        let kind = check(text::CATEGORY, "type", &self.kind);
        if let Some(skills) = &self.skills {
            ok_or_collect(
                &mut errors,
                vocabulary.check_inputs("relatedSkills", skills),
            );
        }
        match errors.is_empty() {
            true => Ok(Self {
                title,
                description,
                category,
                kind,
                ..self.clone()
            }),
            false => Err(errors.into()),
        }
    }
}

impl TicketPatch {
    /// Applies the values to a ticket, and marks the triaged fields among them as set by a user.
    pub(in crate::desk) fn put_on(&self, ticket: &mut Ticket, vocabulary: &Vocabulary) {
        if let Some(title) = &self.title {
            ticket.title.clone_from(title);
        }
        if let Some(description) = &self.description {
            ticket.description.clone_from(description);
        }
        if let Some(category) = &self.category {
            ticket.category.clone_from(category);
            ticket.set_by_human.category = true;
        }
        if let Some(kind) = &self.kind {
            ticket.kind = Some(kind.clone());
            ticket.set_by_human.kind = true;
        }
        if let Some(priority) = self.priority {
            ticket.priority = priority;
            ticket.set_by_human.priority = true;
        }
        if let Some(deadline) = self.deadline {
            ticket.deadline = deadline;
        }
        if let Some(skills) = &self.skills {
            ticket.required_skills = vocabulary.resolve_inputs(skills, &ticket.required_skills);
            ticket.set_by_human.skills = true;
        }
    }
}

impl Tickets<'_> {
    /// Changes fields of a ticket. A changed text is triaged again; values that a user set stay. The update conflicts
    /// with a user's concurrent change of a field whose value it would change.
    ///
    /// # Errors
    /// [`DeskError::NotFound`], [`DeskError::Forbidden`], [`DeskError::Invalid`], [`DeskError::Stale`], in this order.
    pub async fn edit(
        self,
        actor: &Actor,
        ticket: impl Into<TicketTarget> + Send,
        patch: &TicketPatch,
        expected: Option<u64>,
    ) -> Result<TicketDetail, DeskError> {
        let ticket = self.desk.visible_with_replies(actor, ticket.into()).await?;
        for operation in patch.operations() {
            ticket.demand(actor, operation)?;
        }
        let vocabulary = self.desk.vocabulary().await?;
        let patch = patch.checked(&vocabulary)?;
        let touched = |ticket: &Ticket| {
            let mut after = ticket.clone();
            patch.put_on(&mut after, &vocabulary);
            changed_fields::of_ticket(ticket, &after)
        };
        let expected = Expected::new(expected, &touched);
        let changed = self.desk.change(actor, ticket, expected, |ticket, now| {
            for operation in patch.operations() {
                demand(actor, operation, ticket)?;
            }
            Ok(patched(ticket, &patch, &vocabulary, now))
        });
        self.desk.detail(actor, changed.await?).await
    }
}

/// Returns the ticket with the changes of the patch.
fn patched(
    ticket: &Ticket,
    patch: &TicketPatch,
    vocabulary: &Vocabulary,
    now: Timestamp,
) -> Option<Next> {
    let mut after = ticket.clone();
    patch.put_on(&mut after, vocabulary);
    if after == *ticket {
        return None;
    }
    let text_changed = (&after.title, &after.description) != (&ticket.title, &ticket.description);
    let kind = if text_changed {
        EventKind::TextEdited
    } else {
        EventKind::Edited
    };
    Some(Next::new(ticket, after, SeatMove::Keep, kind, now))
}
