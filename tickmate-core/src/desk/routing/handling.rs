//! Handling times of tickets as far as they were recorded, with an estimate for the others.

use std::collections::BTreeMap;

use crate::domain::{
    priority::Priority,
    routing::replay::ReplayTicket,
    ticket::Ticket,
    time::{Span, Timestamp},
};

/// The minimum handling time.
const SHORTEST: Span = Span::minutes(1);
/// The maximum handling time: nights and weekends between start and resolution are not work.
const LONGEST: Span = Span::hours(8);
/// The handling time of a ticket if none is known of similar tickets.
const USUAL: Span = Span::minutes(30);

/// Tickets with their handling times, if known.
#[derive(Debug, Default)]
pub(super) struct Handled(Vec<(ReplayTicket, bool)>);

impl Handled {
    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn add(&mut self, ticket: Ticket) {
        let known = took(&ticket);
        let replayed = ReplayTicket {
            number: ticket.number,
            priority: ticket.priority,
            requester: ticket.requester,
            skills: ticket.required_skills,
            written: ticket.created_at,
            work: known.unwrap_or(USUAL),
        };
        self.0.push((replayed, known.is_some()));
    }

    /// Returns the tickets, with the median of their priority for unknown handling times, and the number of those.
    pub(super) fn into_tickets(self) -> (Vec<ReplayTicket>, u64) {
        let mut known: BTreeMap<Priority, Vec<Span>> = BTreeMap::new();
        for (ticket, _) in self.0.iter().filter(|(_, is_known)| *is_known) {
            known.entry(ticket.priority).or_default().push(ticket.work);
        }
        let usual: BTreeMap<Priority, Span> = known
            .into_iter()
            .filter_map(|(priority, spans)| Some((priority, median(spans)?)))
            .collect();
        let mut estimated = 0;
        let tickets = self.0.into_iter().map(|(mut ticket, is_known)| {
            if !is_known {
                estimated += 1;
                ticket.work = usual.get(&ticket.priority).copied().unwrap_or(USUAL);
            }
            ticket
        });
        (tickets.collect(), estimated)
    }
}

/// Returns the time from the start of the work, or else from the assignment, to the resolution.
fn took(ticket: &Ticket) -> Option<Span> {
    let given = |ticket: &Ticket| -> Option<Timestamp> {
        ticket.assignment.as_ref().map(|assignment| assignment.at)
    };
    let begun = ticket.begun_at.or_else(|| given(ticket))?;
    let took = ticket.resolved_at? - begun;
    Some(took.clamp(SHORTEST, LONGEST))
}

/// Returns the median; the lower one for an even number of values.
fn median(mut spans: Vec<Span>) -> Option<Span> {
    spans.sort_unstable();
    spans.get(spans.len().saturating_sub(1) / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{id::UserId, skill::Skill, time::from_micros};

    fn handled(rows: &[(Priority, Option<i64>)]) -> Handled {
        let requester = UserId::new(from_micros(0), [1; 10]);
        let rows = (1..).zip(rows).map(|(number, (priority, minutes))| {
            let ticket = ReplayTicket {
                number,
                priority: *priority,
                requester,
                skills: vec![Skill::new("linux", "Linux")],
                written: from_micros(0),
                work: minutes.map_or(USUAL, Span::minutes),
            };
            (ticket, minutes.is_some())
        });
        Handled(rows.collect())
    }

    #[test]
    fn what_is_not_known_takes_as_long_as_its_like() {
        use Priority::{High, Low, Urgent};
        let table = [
            (Low, Some(10)),
            (Low, Some(2)),
            (Low, Some(100)),
            (Low, Some(20)),
            (Low, None),
            (High, Some(7)),
            (High, None),
            (Urgent, None),
        ];
        let (tickets, estimated) = handled(&table).into_tickets();
        let minutes: Vec<i64> = tickets.iter().map(|one| one.work.num_minutes()).collect();
        assert_eq!(minutes, [10, 2, 100, 20, 10, 7, 7, 30]);
        assert_eq!(estimated, 3);
        assert_eq!(median(Vec::new()), None);
    }
}
