//! Commands on the desk's rules.

use super::{Machine, call_both, select_one};
use crate::domain::desk_rules::RulesKind;

const TEXTS: [&str; 4] = ["{}", "", "{\"a\": \"\u{1F525}'\\\"\"}", "null"];

impl Machine<'_> {
    /// Changes the rules of one kind: mostly to the next version, otherwise to a stale one, or with the event of an earlier
    /// change.
    pub(super) async fn write_rules(&mut self, a: u8, b: u8, c: u8) -> Result<(), String> {
        let kind = select_one(RulesKind::ALL, a);
        let stored = call_both!(self, store => store.rules(kind)).ok().flatten();
        let next = stored.map_or(1, |record| record.version + 1);
        let version = match c % 8 {
            0 => next - 1,
            1 => next + 1,
            2 => u64::MAX,
            _ => next,
        };
        let mut write = self.make.rules_write(kind, version, select_one(TEXTS, b));
        if c % 8 == 3
            && let Some(id) = self.rules_event
        {
            write.event.id = id;
        }
        call_both!(self, store => store.write_rules(&write)).ok();
        self.rules_event = Some(write.event.id);
        call_both!(self, store => store.event(write.event.id)).ok();
        self.compare_rules().await
    }

    pub(super) async fn compare_rules(&self) -> Result<(), String> {
        for kind in RulesKind::ALL {
            call_both!(self, store => store.rules(kind)).ok();
        }
        Ok(())
    }
}
