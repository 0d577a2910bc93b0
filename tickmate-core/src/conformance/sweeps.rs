//! Sweeps may be done in part: cases call them until they report no removed record.

use super::{Failure, Outcome};
use crate::{
    backend::store::{Cleaned, Store},
    domain::time::Timestamp,
};

/// The most calls until a sweep reports no removed record. No case leaves as many records to remove.
const MOST_CALLS: u32 = 100;

/// Calls a sweep until it reports no removed record, and returns how many records it removed.
pub(super) async fn sweep_all<E>(sweep: impl AsyncFn() -> Result<u64, E>) -> Outcome<u64>
where
    Failure: From<E>,
{
    let mut removed = 0;
    for _ in 0..MOST_CALLS {
        match sweep().await? {
            0 => return Ok(removed),
            some => removed += some,
        }
    }
    panic!("a sweep reports records after {MOST_CALLS} calls, {removed} in all")
}

/// Cleans a store until nothing is left to remove, and returns how many records were removed.
pub(super) async fn clean_all(
    store: &dyn Store,
    now: Timestamp,
    idle_before: Timestamp,
    keys_before: Timestamp,
    attempts_before: Timestamp,
) -> Outcome<Cleaned> {
    let mut all = Cleaned::default();
    for _ in 0..MOST_CALLS {
        let some = store
            .clean(now, idle_before, keys_before, attempts_before)
            .await?;
        if some == Cleaned::default() {
            return Ok(all);
        }
        all.sessions += some.sessions;
        all.request_keys += some.request_keys;
        all.attempts += some.attempts;
    }
    panic!("cleaning reports records after {MOST_CALLS} calls, {all:?} in all")
}
