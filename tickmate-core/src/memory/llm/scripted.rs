//! A model with scripted answers.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;

use crate::backend::llm::{Completion, Llm, LlmError, ModelId, Prompt, StopReason, Usage};

/// Returns scripted answers, one for each question, and records the questions.
///
/// A question without a scripted answer is refused ([`LlmError::Rejected`]).
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
    default_answer: Option<String>,
    prompts: Vec<Prompt>,
}

impl ScriptedLlm {
    /// Creates a model without answers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a model that gives this answer if the script has none left.
    pub fn always(text: impl Into<String>) -> Self {
        let llm = Self::new();
        llm.script().default_answer = Some(text.into());
        llm
    }

    /// Adds an answer to the script: this text, complete, without cost.
    pub fn answer(&self, text: impl Into<String>) {
        self.complete_with(completion(text.into()));
    }

    /// Adds a complete answer to the script, with usage and latency.
    pub fn complete_with(&self, completion: Completion) {
        self.script().answers.push_back(Ok(completion));
    }

    /// Adds an error to the script.
    pub fn fail(&self, error: LlmError) {
        self.script().answers.push_back(Err(error));
    }

    /// Removes the answers that are left in the script.
    pub fn forget(&self) {
        self.script().answers.clear();
    }

    /// Returns the questions so far, oldest first.
    pub fn prompts(&self) -> Vec<Prompt> {
        self.script().prompts.clone()
    }

    /// Locks the script. Each step leaves the script consistent, so it is usable after a panic.
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
        match (script.answers.pop_front(), &script.default_answer) {
            (Some(answer), _) => answer,
            (None, Some(text)) => Ok(completion(text.clone())),
            (None, None) => Err(LlmError::Rejected("the script has no answer left".into())),
        }
    }
}

/// Shows the numbers of answers and questions, and no texts.
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
    async fn answers_are_returned_in_order_and_questions_are_recorded() {
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
    async fn a_default_answer_is_repeated() {
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
