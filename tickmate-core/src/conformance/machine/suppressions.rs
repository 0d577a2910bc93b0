//! Commands on the suppression list.

use super::{Machine, both, one, picked};
use crate::{
    conformance::fixtures::parsed,
    domain::{event::ActorId, suppression::Suppression},
};

/// Addresses whose order by bytes differs from the order of their words.
const ADDRESSES: [&str; 5] = [
    "ann@example.org",
    "ann.b@example.org",
    "ann-b@example.org",
    "ann_b@example.org",
    "bob@b.example",
];

impl Machine<'_> {
    /// Puts an address on the list, or takes it off.
    pub(super) async fn suppression(&mut self, a: u8, b: u8, c: u8) -> Result<(), String> {
        let address = parsed(one(ADDRESSES, a));
        if b.is_multiple_of(3) {
            both!(self, store => store.unsuppress(&address)).ok();
            return Ok(());
        }
        let admin = picked(&self.users, c).copied().map(ActorId::User);
        let suppression = Suppression {
            address,
            reason: format!("reason {b}"),
            since: self.make.now(),
            by: admin
                .filter(|_| c.is_multiple_of(2))
                .unwrap_or(ActorId::System),
        };
        both!(self, store => store.suppress(&suppression)).ok();
        Ok(())
    }

    /// Compares every entry and every page of the list, and the page after each address, on the list or not.
    pub(super) async fn compare_suppressions(&self, a: u8) -> Result<(), String> {
        let limit = 1 + u32::from(a % 3);
        for address in ADDRESSES.map(parsed) {
            both!(self, store => store.suppression(&address)).ok();
            both!(self, store => store.suppressions(Some(address.clone()), limit)).ok();
        }
        let mut after = None;
        loop {
            let page = both!(self, store => store.suppressions(after.clone(), limit));
            let Ok(page) = page else { return Ok(()) };
            let Some(last) = page.items.last().filter(|_| page.more) else {
                return Ok(());
            };
            after = Some(last.address.clone());
        }
    }
}
