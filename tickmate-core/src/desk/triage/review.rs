//! Reviews of an analysis: staff accepts or corrects its values in one call.

use crate::{
    desk::{
        DeskError, TicketDetail, TicketPatch, TicketTarget, TriageDesk, authorize::demand,
        writes::Expected,
    },
    domain::{
        access::{Actor, Operation},
        analysis::Triage,
        changed_fields,
        event::{Change, EventKind},
        field::Field,
        lifecycle::Next,
        seat::SeatMove,
        skill::{Skill, Vocabulary},
        text::{FieldError, MAX_SKILLS},
        ticket::Ticket,
        time::Timestamp,
        triage::wire_name,
    },
};

/// A review of an analysis. Each named field counts as set by a user from then on. If the reviewer is not the
/// requester, the analyzer learns from the review: values of the desk's lists, and the first skill.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Review {
    /// The fields in which the analysis is right: its suggestion if there is one, or else the current value of the
    /// ticket.
    pub accept: Vec<Field>,
    /// The right values of other fields: category, kind, priority and skills. Title, description and deadline are not
    /// allowed.
    pub correct: TicketPatch,
}

impl TriageDesk<'_> {
    /// Accepts or corrects the values of an analysis. The review conflicts with a user's concurrent change of a field
    /// that it accepts, or corrects to another value.
    ///
    /// # Errors
    /// [`DeskError::NotFound`], [`DeskError::Forbidden`]; [`DeskError::Invalid`] names the invalid values, such as
    /// `accept` for a field that is corrected as well, or for an empty review; [`DeskError::Stale`]; then a conflict
    /// `not_read` for a ticket without an analysis.
    pub async fn review(
        self,
        actor: &Actor,
        ticket: impl Into<TicketTarget> + Send,
        review: &Review,
        expected: Option<u64>,
    ) -> Result<TicketDetail, DeskError> {
        let ticket = self.desk.visible_with_replies(actor, ticket.into()).await?;
        ticket.demand(actor, Operation::EditTriage)?;
        let vocabulary = self.desk.vocabulary().await?;
        let review = review.checked(&vocabulary)?;
        let touched = |ticket: &Ticket| review.touched(ticket, &vocabulary);
        let expected = Expected::new(expected, &touched);
        let changed = self.desk.change(actor, ticket, expected, |ticket, now| {
            demand(actor, Operation::EditTriage, ticket)?;
            reviewed(ticket, &review, &vocabulary, now)
        });
        self.desk.detail(actor, changed.await?).await
    }
}

impl Review {
    /// Returns the fields that the review accepts or changes.
    fn touched(&self, ticket: &Ticket, vocabulary: &Vocabulary) -> Vec<&'static str> {
        let mut after = ticket.clone();
        self.correct.put_on(&mut after, vocabulary);
        let mut touched = changed_fields::of_ticket(ticket, &after);
        touched.extend(self.accept.iter().map(|field| wire_name(*field)));
        touched
    }

    fn checked(&self, vocabulary: &Vocabulary) -> Result<Self, DeskError> {
        let correct = self.correct.checked(vocabulary)?;
        let mut errors: Vec<FieldError> = Vec::new();
        for field in &self.accept {
            if corrects(&correct, *field) {
                let message = format!("{} is accepted and corrected", wire_name(*field));
                errors.push(FieldError::new("accept", message));
            }
        }
        let corrects_some = Field::ALL.iter().any(|field| corrects(&correct, *field));
        if self.accept.is_empty() && !corrects_some {
            let message = "names no field, and none is corrected";
            errors.push(FieldError::new("accept", message));
        }
        match errors.is_empty() {
            true => Ok(Self {
                accept: self.accept.clone(),
                correct: TicketPatch {
                    title: None,
                    description: None,
                    deadline: None,
                    ..correct
                },
            }),
            false => Err(errors.into()),
        }
    }
}

const fn corrects(patch: &TicketPatch, field: Field) -> bool {
    match field {
        Field::Category => patch.category.is_some(),
        Field::Priority => patch.priority.is_some(),
        Field::Type => patch.kind.is_some(),
        Field::Skill => patch.skills.is_some(),
    }
}

fn reviewed(
    ticket: &Ticket,
    review: &Review,
    vocabulary: &Vocabulary,
    now: Timestamp,
) -> Result<Option<Next>, DeskError> {
    let Some(triage) = &ticket.triage else {
        return Err(DeskError::conflict(
            "not_read",
            "this ticket was not read yet",
        ));
    };
    let mut after = ticket.clone();
    for field in &review.accept {
        if !says_something(ticket, *field, triage) {
            let message = format!("there is no {} to accept", wire_name(*field));
            return Err(DeskError::field("accept", message));
        }
        accept(&mut after, *field, triage, vocabulary);
    }
    review.correct.put_on(&mut after, vocabulary);
    let mut fields: Vec<Field> = Vec::new();
    for field in Field::ALL {
        if review.accept.contains(&field) || corrects(&review.correct, field) {
            fields.push(field);
            if let Some(triage) = &mut after.triage {
                clear_suggestion(triage, field);
            }
        }
    }
    if let Some(triage) = &mut after.triage {
        triage.needs_review = false;
    }
    if after == *ticket {
        return Ok(None);
    }
    let names: Vec<&str> = fields.iter().copied().map(wire_name).collect();
    let mut next = Next::new(ticket, after, SeatMove::Keep, EventKind::Reviewed, now);
    next.changes
        .extend(Change::of("reviewed", None::<&str>, names));
    next.facts.stated_fields.extend(fields);
    Ok(Some(next))
}

/// Returns whether there is a value that can be accepted.
const fn says_something(ticket: &Ticket, field: Field, triage: &Triage) -> bool {
    match field {
        Field::Category | Field::Priority => true,
        Field::Type => triage.suggestions.kind.is_some() || ticket.kind.is_some(),
        Field::Skill => !triage.suggestions.skills.is_empty() || !ticket.required_skills.is_empty(),
    }
}

/// Applies the suggestion, if there is one, and marks the field as set by a user.
fn accept(after: &mut Ticket, field: Field, triage: &Triage, vocabulary: &Vocabulary) {
    let suggested = &triage.suggestions;
    match field {
        Field::Category => {
            if let Some(category) = &suggested.category {
                after.category.clone_from(category);
            }
            after.set_by_human.category = true;
        }
        Field::Priority => {
            after.priority = suggested.priority.unwrap_or(after.priority);
            after.set_by_human.priority = true;
        }
        Field::Type => {
            if suggested.kind.is_some() {
                after.kind.clone_from(&suggested.kind);
            }
            after.set_by_human.kind = true;
        }
        Field::Skill => {
            for name in &suggested.skills {
                let skill = vocabulary.resolve(name);
                let is_new = !Skill::has(&after.required_skills, &skill.id);
                if is_new && after.required_skills.len() < MAX_SKILLS {
                    after.required_skills.push(skill);
                }
            }
            after.set_by_human.skills = true;
        }
    }
}

/// Removes the suggestion for the field.
fn clear_suggestion(triage: &mut Triage, field: Field) {
    match field {
        Field::Category => triage.suggestions.category = None,
        Field::Priority => triage.suggestions.priority = None,
        Field::Type => triage.suggestions.kind = None,
        Field::Skill => triage.suggestions.skills.clear(),
    }
}
