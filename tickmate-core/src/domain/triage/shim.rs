//! Temporary.
use super::*;
use crate::domain::skill::Vocabulary;
#[derive(Debug, Default)]
pub struct Lexicon;
impl Lexicon {
    pub fn shipped() -> Self {
        Self
    }
}
impl Vocabulary {
    pub fn shipped() -> Self {
        Self::default()
    }
}
pub struct TicketText(String);
impl TicketText {
    pub fn new(a: &str, b: &str) -> Self {
        Self(format!("{a}{b}"))
    }
}
pub fn analyse(_: &Lexicon, _: &Vocabulary, _: &[Skill], t: &str, _: &str) -> Analysis {
    Analysis {
        summary: t.to_owned(),
        ..Default::default()
    }
}
pub fn build_prompt(_: &Lexicon, _: &[Skill], _: &TicketText, _: &str, n: u32) -> Prompt {
    Prompt {
        system: String::new(),
        user: String::new(),
        schema: serde_json::Value::Null,
        max_output_tokens: n,
    }
}
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct AnswerError;
pub fn read_answer(
    _: &Lexicon,
    _: &Vocabulary,
    _: &[Skill],
    _: &str,
) -> Result<Analysis, AnswerError> {
    Err(AnswerError)
}
