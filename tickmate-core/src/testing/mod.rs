//! A desk in memory for tests of applications that embed one: [`desk`] builds it, with a clock that the test sets, ids
//! that are the same in each run, users of each role, and worker steps.
//!
//! ```
//! use tickmate_core::{desk::TicketDraft, domain::time::Span, testing};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let test = testing::desk();
//! let ann = test.requester("ann").await?;
//! let mia = test.moderator("mia", &["Printers"]).await?;
//!
//! let draft = TicketDraft {
//!     title: "The printer jams".to_owned(),
//!     description: "Every second page since this morning.".to_owned(),
//!     skills: vec!["Printers".into()],
//!     ..TicketDraft::default()
//! };
//! let ticket = test.desk.tickets().create(&ann, &draft, None).await?.outcome.ticket;
//! test.run_due().await?;
//!
//! let ticket = test.desk.tickets().get(&mia, ticket.id).await?.view.ticket;
//! assert_eq!(ticket.assignee(), mia.id());
//! assert_eq!(test.mails_to("mia@example.org").len(), 1);
//! test.host.advance(Span::hours(1));
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```

mod host;
mod test_desk;

pub use host::{TestHost, seeded_random};
pub use test_desk::{TestDesk, TestError, desk, secret};
