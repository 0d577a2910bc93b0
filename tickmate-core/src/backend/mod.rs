//! The four seams: `Store`, `Llm`, `Mailer` and `JobQueue`. What is implemented here by others is small, and
//! changes least.

#[cfg(any(feature = "mock", feature = "testing"))]
#[doc(hidden)]
pub mod delegation;
pub mod llm;
pub mod mailer;
pub mod queue;
pub mod store;
pub mod stored;

/// An error of a driver, kept as the source of ours.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// An error and its causes on one line.
pub fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}
