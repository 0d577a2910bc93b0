//! What is held, in lines of tickets that need the same and press alike, and serving it.

use std::collections::BinaryHeap;

use super::Board;
use crate::domain::{
    decision::{AssigneeChoice, Decision},
    priority::Priority,
    routing::Pressure,
};

/// Tickets that need the same and press alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    needs: Vec<(String, u8)>,
    priority: Priority,
}

impl Board {
    pub(super) fn line_up(&mut self, number: u64) {
        if let Some(line) = self.line_of(number) {
            self.lines.entry(line).or_default().insert(number);
        }
    }

    pub(super) fn leave_line(&mut self, number: u64) {
        let Some(line) = self.line_of(number) else {
            return;
        };
        if let Some(tickets) = self.lines.get_mut(&line) {
            tickets.remove(&number);
            if tickets.is_empty() {
                self.lines.remove(&line);
            }
        }
    }

    fn line_of(&self, number: u64) -> Option<Line> {
        let ticket = &self.tickets.get(&number)?.ticket;
        let mut needs: Vec<(String, u8)> = ticket
            .skills
            .iter()
            .map(|skill| (skill.id.clone(), skill.least_level().as_u8()))
            .collect();
        needs.sort_unstable();
        needs.dedup();
        Some(Line {
            needs,
            priority: ticket.priority,
        })
    }

    /// Gives what waits to whoever has room for it, the line that presses most first.
    pub(super) fn serve(&mut self) {
        let firsts: Vec<u64> = self
            .lines
            .values()
            .filter_map(|tickets| tickets.first().copied())
            .collect();
        let mut waiting: BinaryHeap<(Pressure, u64)> = firsts
            .into_iter()
            .filter_map(|number| self.pressure(number))
            .collect();
        while let Some((_, number)) = waiting.pop() {
            let next = self.next_in_line(number);
            if let Some(choice) = self.choice_for(number) {
                self.assign(number, choice);
            }
            waiting.extend(next.and_then(|next| self.pressure(next)));
        }
    }

    /// How much a ticket presses, if there is anybody who could be given it now.
    fn pressure(&mut self, number: u64) -> Option<(Pressure, u64)> {
        let ticket = &self.tickets.get(&number)?.ticket;
        let policy = self.index.policy();
        let relaxed = policy.is_relaxed(ticket.priority, ticket.written, self.now);
        if !self
            .index
            .is_open(&ticket.skills, ticket.requester, relaxed)
        {
            return None;
        }
        let coverers = self.index.coverers(&ticket.skills);
        let weights = &self.index.policy().weights;
        let pressure = Pressure::new(
            weights,
            ticket.priority,
            ticket.written,
            number,
            coverers,
            self.now,
        );
        Some((pressure, number))
    }

    fn next_in_line(&self, number: u64) -> Option<u64> {
        let line = self.lines.get(&self.line_of(number)?)?;
        line.range(number + 1..).next().copied()
    }

    pub(super) fn choice_for(&mut self, number: u64) -> Option<AssigneeChoice> {
        let ticket = &self.tickets.get(&number)?.ticket;
        let needs = ticket.needs(self.acquainted.of(ticket, self.now), self.now);
        let decision = match self.index.decide(&needs) {
            Decision::Wait(_)
                if self
                    .index
                    .policy()
                    .is_relaxed(ticket.priority, ticket.written, self.now) =>
            {
                self.index.decide_relaxed(&needs)
            }
            decision => decision,
        };
        match decision {
            Decision::Assign(choice) => Some(choice),
            Decision::Wait(_) => None,
        }
    }

    /// Raises what waited for long by one priority.
    pub(super) fn escalate(&mut self) {
        let waiting: Vec<u64> = self.lines.values().flatten().copied().collect();
        for number in waiting {
            let Some(kept) = self.tickets.get(&number) else {
                continue;
            };
            let priority = kept.ticket.priority;
            let since = kept.escalated_at.unwrap_or(kept.ticket.written);
            let raised = self.index.policy().escalated(priority, since, self.now);
            if raised != priority {
                self.leave_line(number);
                if let Some(kept) = self.tickets.get_mut(&number) {
                    kept.ticket.priority = raised;
                    kept.escalated_at = Some(self.now);
                }
                self.line_up(number);
            }
        }
    }
}
