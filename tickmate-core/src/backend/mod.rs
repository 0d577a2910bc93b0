//! The four seams: `Store`, `Llm`, `Mailer` and `JobQueue`. They are what other crates implement, so they are small
//! and change the least.

#[cfg(any(feature = "mock", feature = "testing"))]
#[doc(hidden)]
pub mod delegation;
mod into_arc;
pub mod llm;
pub mod mailer;
pub mod queue;
pub mod store;
pub mod stored;

pub use into_arc::IntoArc;

/// An error of a driver, kept as the source of one of ours.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Returns an error and its sources on one line.
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
