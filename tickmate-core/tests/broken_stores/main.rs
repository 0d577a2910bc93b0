//! Stores that break the contract are caught by the cases of the suite, and one that uses what it allows is not.
#![cfg(feature = "testing")]
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stand outside of test functions"
)]

use std::{collections::HashSet, sync::Mutex};

use tickmate_core::{
    backend::store::{
        EventStore, SeatBound, SeatMove, StoreError, TicketStore, TicketWrite, TicketWritten,
    },
    conformance::{fixtures::Fixtures, store},
    delegate_store,
    domain::{
        event::{Event, EventKind},
        id::TicketId,
        ticket::Ticket,
    },
    memory::MemoryStore,
};

/// How a store breaks the contract.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// A claim without room is written, and undone before it is refused.
    UndoneClaims,
    /// A claim without room is written and refused.
    LeftClaims,
    /// A claim without room is written.
    UnboundedClaims,
    /// The events of a ticket come in the reverse order of its versions.
    ReverseEvents,
}

/// A store in memory with a fault.
struct BrokenStore {
    inner: MemoryStore,
    fault: Fault,
    make: Mutex<Fixtures>,
    /// The tickets whose claims are written and not undone yet.
    overbooked: Mutex<HashSet<TicketId>>,
}

impl BrokenStore {
    fn new(fault: Fault) -> Self {
        Self {
            inner: MemoryStore::yielding(),
            fault,
            make: Mutex::new(Fixtures::new(999)),
            overbooked: Mutex::default(),
        }
    }

    /// Returns a ticket once its claim is undone, so that no other write comes between the claim and its undoing.
    async fn settled_ticket(&self, id: TicketId) -> Result<Option<Ticket>, StoreError> {
        loop {
            let ticket = self.inner.ticket(id).await?;
            if !self.overbooked.lock().unwrap().contains(&id) {
                return Ok(ticket);
            }
            tokio::task::yield_now().await;
        }
    }

    async fn write_or_overbook(&self, write: &TicketWrite) -> Result<TicketWritten, StoreError> {
        let answer = self.inner.write_ticket(write).await?;
        if answer != TicketWritten::SeatTaken || self.fault == Fault::ReverseEvents {
            return Ok(answer);
        }
        let id = write.ticket.id;
        if !self.overbooked.lock().unwrap().insert(id) {
            return Ok(answer);
        }
        let answer = self.overbook(write).await;
        self.overbooked.lock().unwrap().remove(&id);
        answer
    }

    /// Writes a claim without room.
    async fn overbook(&self, write: &TicketWrite) -> Result<TicketWritten, StoreError> {
        let unbounded = TicketWrite {
            seat: SeatMove::Take(SeatBound::Unbounded),
            ..write.clone()
        };
        let ticket = match self.inner.write_ticket(&unbounded).await? {
            TicketWritten::Written(ticket) => ticket,
            refused => return Ok(refused),
        };
        match self.fault {
            Fault::UndoneClaims => {
                tokio::task::yield_now().await;
                self.undo(&ticket).await?;
                Ok(TicketWritten::SeatTaken)
            }
            Fault::LeftClaims => Ok(TicketWritten::SeatTaken),
            Fault::UnboundedClaims | Fault::ReverseEvents => Ok(TicketWritten::Written(ticket)),
        }
    }

    async fn undo(&self, claimed: &Ticket) -> Result<(), StoreError> {
        let mut undo = self
            .make
            .lock()
            .unwrap()
            .ticket_write(claimed, |ticket| ticket.assignment = None);
        undo.event.kind = EventKind::Unassigned;
        undo.seat = SeatMove::Free;
        let undone = self.inner.write_ticket(&undo).await?;
        assert!(matches!(undone, TicketWritten::Written(_)), "{undone:?}");
        Ok(())
    }

    /// Returns events, with the `seq`s of each other where the fault is that.
    async fn ordered_events(&self, seq: u64, limit: u32) -> Result<Vec<Event>, StoreError> {
        let mut events = self.inner.events_after(seq, limit).await?;
        if self.fault == Fault::ReverseEvents {
            let seqs: Vec<u64> = events.iter().map(|event| event.seq).collect();
            events.reverse();
            for (event, seq) in events.iter_mut().zip(seqs) {
                event.seq = seq;
            }
        }
        Ok(events)
    }
}

delegate_store! {
    BrokenStore => inner;
    replace {
        ticket => settled_ticket,
        write_ticket => write_or_overbook,
        events_after => ordered_events,
    }
}

/// Makes a test that a case passes, or panics with these words, on a store with a fault.
macro_rules! cases {
    ($($test:ident: $case:ident($fault:ident) $(panics $words:literal)?;)+) => {$(
        #[tokio::test]
        $(#[should_panic(expected = $words)])?
        async fn $test() {
            store::$case(&BrokenStore::new(Fault::$fault)).await.unwrap();
        }
    )+};
}

cases! {
    undone_claims_among_other_writes_are_allowed:
        a_crowd_that_forces_and_returns_claims_within_capacity(UndoneClaims);
    undone_claims_among_claims_are_caught:
        a_crowd_that_claims_stays_within_capacity(UndoneClaims) panics "more than 3 seats";
    undone_claims_beyond_what_lies_ahead_are_caught:
        claims_at_once_stay_within_what_lies_ahead(UndoneClaims) panics "more than 1 seats";
    undone_claims_that_no_other_overlaps_are_caught:
        an_automatic_claim_stops_at_the_capacity(UndoneClaims) panics "left == right";
    refused_claims_that_stay_are_caught:
        a_crowd_that_forces_and_returns_claims_within_capacity(LeftClaims)
        panics "an event of a write that was refused";
    claims_above_the_capacity_are_caught:
        a_crowd_that_forces_and_returns_claims_within_capacity(UnboundedClaims)
        panics "an automatic claim took";
    events_in_another_order_than_versions_are_caught:
        a_tickets_events_follow_its_versions(ReverseEvents)
        panics "versions in the order of the events";
}
