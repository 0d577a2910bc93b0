//! What of a reading counts: what it is sure enough of, in fields that no human set. The rest is kept as suggestions.

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

/// An analysis, and who made it.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) analysis: Analysis,
    pub(super) source: TriageSource,
    /// Which model; none for the embedded analyzer.
    pub(super) model: Option<String>,
    /// Whether somebody else was to read it.
    pub(super) is_stand_in: bool,
}

impl Reading {
    /// The title as the summary, and nothing else.
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

    /// The ticket with this reading.
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
        // What is over stays as people left it.
        let is_over = matches!(ticket.status, Status::Resolved | Status::Closed);
        // Whether the reading's own value counts; where it does not it is a suggestion, if it says something new.
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
        // What another text needed is not needed for this one.
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
                // What people left standing is still what the reading of before says.
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

    /// What was found, of the desk's lists alone.
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

/// What waited for long was raised by the desk, and no reading lowers it again.
fn not_lowered(ticket: &Ticket, priority: Priority) -> Priority {
    match ticket.escalated_at {
        Some(_) => priority.max(ticket.priority),
        None => priority,
    }
}
