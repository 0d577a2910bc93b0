//! A model that says what it was told to say.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;

use crate::backend::llm::{Completion, Llm, LlmError, ModelId, Prompt, StopReason, Usage};

/// Gives answers that were laid down in advance, one a question, and keeps the questions.
///
/// A question for which there is no answer is refused ([`LlmError::Rejected`]).
///
/// ```
/// use tickmate_core::memory::ScriptedLlm;
///
/// let llm = ScriptedLlm::new();
/// llm.answer(r#"{"summary": "The printer is on fire"}"#);
/// assert!(llm.prompts().is_empty());
/// ```
#[derive(Default)]
pub struct ScriptedLlm {
    script: Mutex<Script>,
}

#[derive(Default)]
struct Script {
    answers: VecDeque<Result<Completion, LlmError>>,
    otherwise: Option<String>,
    prompts: Vec<Prompt>,
}

impl ScriptedLlm {
    /// A model with nothing to say.
    pub fn new() -> Self {
        Self::default()
    }

    /// A model that gives this answer whenever nothing else was laid down.
    pub fn always(text: impl Into<String>) -> Self {
        let llm = Self::new();
        llm.script().otherwise = Some(text.into());
        llm
    }

    /// Lays down the next answer: this text, complete, at no cost.
    pub fn answer(&self, text: impl Into<String>) {
        self.complete_with(completion(text.into()));
    }

    /// Lays down the next answer with all that a provider says of it.
    pub fn complete_with(&self, completion: Completion) {
        self.script().answers.push_back(Ok(completion));
    }

    /// Lays down an error in place of the next answer.
    pub fn fail(&self, error: LlmError) {
        self.script().answers.push_back(Err(error));
    }

    /// Takes back what was laid down and not said yet.
    pub fn forget(&self) {
        self.script().answers.clear();
    }

    /// The questions so far, oldest first.
    pub fn prompts(&self) -> Vec<Prompt> {
        self.script().prompts.clone()
    }

    /// A script is whole after each step, so one that a panic interrupted may be read on.
    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn completion(text: String) -> Completion {
    Completion {
        text,
        model: "scripted".to_owned(),
        usage: Usage::default(),
        latency: Duration::ZERO,
        stop: StopReason::Done,
    }
}

#[async_trait]
impl Llm for ScriptedLlm {
    fn identity(&self) -> ModelId {
        ModelId {
            provider: "memory".to_owned(),
            model: "scripted".to_owned(),
        }
    }

    async fn complete(&self, prompt: &Prompt) -> Result<Completion, LlmError> {
        let mut script = self.script();
        script.prompts.push(prompt.clone());
        match (script.answers.pop_front(), &script.otherwise) {
            (Some(answer), _) => answer,
            (None, Some(text)) => Ok(completion(text.clone())),
            (None, None) => Err(LlmError::Rejected("the script has no answer left".into())),
        }
    }
}

/// Shows how much there is, and no texts.
impl fmt::Debug for ScriptedLlm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let script = self.script();
        f.debug_struct("ScriptedLlm")
            .field("answers", &script.answers.len())
            .field("prompts", &script.prompts.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(user: &str) -> Prompt {
        Prompt {
            system: "Read the ticket.".to_owned(),
            user: user.to_owned(),
            schema: serde_json::json!({"type": "object"}),
            max_output_tokens: 100,
        }
    }

    #[tokio::test]
    async fn answers_come_in_order_and_questions_are_kept() {
        let llm = ScriptedLlm::new();
        llm.answer("one");
        llm.fail(LlmError::Unavailable {
            retry_after: None,
            source: "busy".into(),
        });
        let first = llm.complete(&prompt("a")).await;
        assert_eq!(
            first.map(|completion| completion.text).ok().as_deref(),
            Some("one")
        );
        assert!(
            llm.complete(&prompt("b"))
                .await
                .is_err_and(|e| e.is_transient())
        );
        assert!(
            llm.complete(&prompt("c"))
                .await
                .is_err_and(|e| !e.is_transient())
        );
        assert_eq!(llm.prompts(), ["a", "b", "c"].map(prompt));
    }

    #[tokio::test]
    async fn one_answer_can_serve_for_all() {
        let llm = ScriptedLlm::always("same");
        llm.answer("first");
        for text in ["first", "same", "same"] {
            let answer = llm.complete(&prompt("x")).await;
            assert_eq!(
                answer.map(|completion| completion.text).ok().as_deref(),
                Some(text)
            );
        }
    }
}
