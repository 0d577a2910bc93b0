//! Triage: analyzes the text of a ticket, by a model or by the embedded analyzer.

mod answer;
mod embedded;
mod extra;
mod figures;
mod lesson;
mod plain;
mod prompt;
mod redact;
mod rules;
mod skills;
mod summary;

#[cfg(test)]
mod tests;

pub use self::{
    answer::{AnswerError, MAX_ANSWER, read_answer},
    embedded::{Embedded, Similar},
    extra::{ExtraField, ExtraFieldError},
    figures::{Figure, Tally, TriageFigures},
    lesson::{Lesson, wire_name},
    prompt::{MAX_OFFERED, Offer, Prompt, PromptTexts, TicketText, build_prompt},
    rules::{Apply, TriageRules},
};
