//! An intelligent ticket desk to put into your application.
//!
//! A ticket comes in; a model (or, with no key, an embedded analyzer) reads it; the router gives it to the person
//! who fits and has room; everyone concerned hears of it; nothing is ever lost.
//!
//! [`Host`] lends a desk what it needs of the operating system, and [`SecretFile`] keeps its secret. The rest of this
//! package are parts behind features:
//!
//! | feature | what it adds | default |
//! | --- | --- | --- |
//! | `sqlite` | [`sqlite`]: everything in one file | yes |
//! | `jobs` | [`jobs`]: the embedded job engine | yes |
//! | `files` | [`mail`]: mails as `.eml` files in a folder | yes |
//! | `smtp` | [`mail`]: mails by SMTP | |
//! | `gemini` | [`gemini`]: Google Gemini reads the tickets | |
//! | `openai` | [`openai`]: OpenAI, Ollama or another compatible server reads them | |
//! | `axum` | [`http`]: the REST API as a router, and a server for it | |
//! | `testing` | [`testing`]: a desk in memory for your tests; [`conformance`]: the cases that every back end must pass | |
//! | `mock` | [`mock`]: mocks of the four seams | |

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "jobs")]
mod host;
mod secret_file;

#[cfg(feature = "jobs")]
pub use host::Host;
pub use secret_file::{SecretFile, SecretFileError};

pub use tickmate_core::{backend, desk, domain, memory};

#[cfg(feature = "gemini")]
pub use tickmate_ai_gemini as gemini;
#[cfg(feature = "openai")]
pub use tickmate_ai_openai as openai;
#[cfg(feature = "mock")]
pub use tickmate_core::mock;
#[cfg(feature = "testing")]
pub use tickmate_core::{
    conformance, lease_conformance, queue_conformance, store_conformance, testing,
};
#[cfg(any(feature = "mock", feature = "testing"))]
pub use tickmate_core::{delegate_queue, delegate_store};
#[cfg(feature = "axum")]
pub use tickmate_http as http;
#[cfg(feature = "jobs")]
pub use tickmate_jobs as jobs;
#[cfg(any(feature = "files", feature = "smtp"))]
pub use tickmate_mail as mail;
#[cfg(feature = "sqlite")]
pub use tickmate_store_sql as sqlite;
