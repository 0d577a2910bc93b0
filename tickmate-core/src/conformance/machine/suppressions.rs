//! Commands on the suppression list.

use super::{Machine, call_both, select, select_one};
use crate::{
    conformance::fixtures::parse_email,
    domain::{event::ActorId, suppression::Suppression},
};

/// Addresses whose order by bytes differs from their alphabetical order.
const ADDRESSES: [&str; 5] = [
    "ann@example.org",
    "ann.b@example.org",
    "ann-b@example.org",
    "ann_b@example.org",
    "bob@b.example",
];

impl Machine<'_> {
    /// Inserts an address into the list, or removes it.
    pub(super) async fn suppression(&mut self, a: u8, b: u8, c: u8) -> Result<(), String> {
        let address = parse_email(select_one(ADDRESSES, a));
        if b.is_multiple_of(3) {
            call_both!(self, store => store.unsuppress(&address)).ok();
            return Ok(());
        }
        let admin = select(&self.users, c).copied().map(ActorId::User);
        let suppression = Suppression {
            address,
            reason: format!("reason {b}"),
            since: self.make.now(),
            by: admin
                .filter(|_| c.is_multiple_of(2))
                .unwrap_or(ActorId::System),
        };
        call_both!(self, store => store.suppress(&suppression)).ok();
        Ok(())
    }

    /// Compares every entry and every page of the list, and the page after each address, whether it is on the list or not.
    pub(super) async fn compare_suppressions(&self, a: u8) -> Result<(), String> {
        let limit = 1 + u32::from(a % 3);
        for address in ADDRESSES.map(parse_email) {
            call_both!(self, store => store.suppression(&address)).ok();
            call_both!(self, store => store.suppressions(Some(address.clone()), limit)).ok();
        }
        let mut after = None;
        loop {
            let page = call_both!(self, store => store.suppressions(after.clone(), limit));
            let Ok(page) = page else { return Ok(()) };
            let Some(last) = page.items.last().filter(|_| page.more) else {
                return Ok(());
            };
            after = Some(last.address.clone());
        }
    }
}
