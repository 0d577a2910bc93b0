//! Applies a reading: values of sufficient confidence, in fields that no user set. The rest is stored as suggestions.

use crate::domain::{
    analysis::{Analysis, Findings, Suggestions, Triage, TriageSource, text_hash},
    event::EventKind,
    field::Field,
    lifecycle::Next,
    options::{Options, option_named},
    priority::Priority,
    seat::SeatMove,
    skill::Skill,
    status::Status,
    ticket::Ticket,
    time::Timestamp,
    triage::{Apply, wire_name},
};

/// An analysis and its author.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) analysis: Analysis,
    pub(super) source: TriageSource,
    /// The model; `None` for the embedded analyzer.
    pub(super) model: Option<String>,
    /// Whether the embedded analyzer read the ticket in place of a model.
    pub(super) is_stand_in: bool,
}

impl Reading {
    /// Makes an analysis that uses the title as the summary and holds nothing else.
    pub(super) fn unread(ticket: &Ticket) -> Self {
        Self {
            analysis: Analysis {
                summary: ticket.title.clone(),
                ..Analysis::default()
            },
            source: TriageSource::Unread,
            model: None,
            is_stand_in: true,
        }
    }

    /// Returns the ticket with this reading applied.
    pub(super) fn on(
        &self,
        ticket: &Ticket,
        options: &Options,
        apply: &Apply,
        now: Timestamp,
    ) -> Next {
        let found = self.found(options);
        let mut after = ticket.clone();
        let mut suggestions = Suggestions {
            skills: self.analysis.suggested_skills.clone(),
            ..Suggestions::default()
        };
        let mut applied = Vec::new();
        let human = ticket.set_by_human;
        // The values of a finished ticket stay as users left them.
        let is_over = matches!(ticket.status, Status::Resolved | Status::Closed);
        // Returns whether the reading's value is applied; otherwise it becomes a suggestion if it differs from the
        // current value.
        let mut counts = |field: Field| {
            let is_sure = self.confidence(field) >= apply.of(field);
            let counts = is_sure && !human.has(field) && !is_over;
            applied.extend(counts.then_some(field));
            counts
        };
        if let Some(category) = &found.category {
            match counts(Field::Category) {
                true => after.category.clone_from(category),
                false => {
                    suggestions.category =
                        Some(category).filter(|c| **c != ticket.category).cloned()
                }
            }
        }
        if let Some(kind) = &found.kind {
            match counts(Field::Type) {
                true => after.kind = Some(kind.clone()),
                false => {
                    suggestions.kind = Some(kind)
                        .filter(|k| ticket.kind.as_ref() != Some(*k))
                        .cloned()
                }
            }
        }
        if let Some(priority) = found.priority {
            match counts(Field::Priority) {
                true => after.priority = not_lowered(ticket, priority),
                false => suggestions.priority = Some(priority).filter(|p| *p != ticket.priority),
            }
        }
        if !self.analysis.skills.is_empty() {
            match counts(Field::Skill) {
                true => after.required_skills.clone_from(&self.analysis.skills),
                false => {
                    let has = |skill: &&Skill| Skill::has(&ticket.required_skills, &skill.id);
                    let left_out = self.analysis.skills.iter().filter(|skill| !has(skill));
                    suggestions
                        .skills
                        .extend(left_out.map(|skill| skill.name.clone()));
                }
            }
        }
        let hash = text_hash(&ticket.title, &ticket.description);
        let before = ticket.triage.as_ref();
        let is_other_text = before.is_some_and(|before| before.text_hash != hash);
        // The required skills of an earlier text do not apply to a new one.
        if self.analysis.skills.is_empty() && is_other_text && !human.skills && !is_over {
            after.required_skills.clear();
        }
        let analysis = self.analysis.clone();
        after.triage = Some(Triage {
            summary: analysis.summary,
            notes: analysis.notes,
            first_steps: analysis.first_steps,
            sentiment: analysis.sentiment,
            complexity: analysis.complexity,
            tags: analysis.tags,
            extra: analysis.extra,
            model: self.model.clone(),
            confidence: analysis.confidence,
            suggestions,
            found: match before {
                // Values that users left unchanged are still those of the earlier reading.
                Some(before) if is_over => before.found.clone(),
                _ => Findings {
                    applied,
                    settled: Field::ALL
                        .into_iter()
                        .filter(|field| human.has(*field))
                        .collect(),
                    ..found
                },
            },
            needs_review: self.is_stand_in,
            round: before.map_or(0, |before| before.round),
            ..Triage::empty(self.source, hash, now)
        });
        Next::new(ticket, after, SeatMove::Keep, EventKind::Triaged, now)
    }

    /// Returns the findings that are in the desk's lists.
    fn found(&self, options: &Options) -> Findings {
        let listed = |field: Field, value: &Option<String>| {
            let value = value.as_deref()?;
            option_named(options.of(field), value).map(|option| option.name.clone())
        };
        let skills = self.analysis.skills.iter();
        Findings {
            category: listed(Field::Category, &self.analysis.category),
            priority: self.analysis.priority,
            kind: listed(Field::Type, &self.analysis.kind),
            skills: skills.map(|skill| skill.id.clone()).collect(),
            ..Findings::default()
        }
    }

    fn confidence(&self, field: Field) -> f64 {
        let of = |name: &str| self.analysis.confidence.get(name).copied();
        of(wire_name(field)).unwrap_or_default()
    }
}

/// Returns the higher priority: a reading must not lower a priority that the desk escalated.
fn not_lowered(ticket: &Ticket, priority: Priority) -> Priority {
    match ticket.escalated_at {
        Some(_) => priority.max(ticket.priority),
        None => priority,
    }
}
