//! The live feed: the events that a user may see, as they happen.

mod changes;
mod cursor;
mod page;
mod sight;

pub use changes::Changes;
pub(super) use changes::Listeners;
pub(super) use cursor::CursorKey;
pub use page::{FeedEntry, FeedPage};
