//! Dispatch of the backlog: which ticket is assigned next, and to whom, as a state machine. The desk performs its
//! steps against the store, the [`Board`](super::Board) in memory.

use std::{cmp::Ordering, collections::BinaryHeap};

use super::{AssigneeRequest, Index, Pressure};
use crate::domain::{
    decision::{AssigneeChoice, Decision, NotAssigned},
    id::UserId,
    priority::Priority,
    skill::Skill,
    time::Timestamp,
};

/// The limits of one run.
#[derive(Debug, Clone, Copy)]
pub struct DispatchLimits {
    /// The maximum number of tickets it assigns.
    pub assigned: usize,
    /// The maximum number of tickets it loads.
    pub loaded: usize,
    /// The maximum number of failed tickets it skips. More failures mean that the store fails, and abort the run.
    pub failed: usize,
    /// The maximum number of attempts to assign one ticket.
    pub tries: u32,
}

impl DispatchLimits {
    /// No limits.
    pub const NONE: Self = Self {
        assigned: usize::MAX,
        loaded: usize::MAX,
        failed: usize::MAX,
        tries: u32::MAX,
    };
}

/// The first ticket of a lane that the run has not tried yet.
#[derive(Debug, Clone, Copy)]
pub struct LaneHead<'a> {
    /// The ticket's number: the smaller, the older.
    pub number: u64,
    /// The ticket's priority.
    pub priority: Priority,
    /// The requester.
    pub requester: UserId,
    /// When the ticket was created.
    pub created_at: Timestamp,
    /// The required skills.
    pub skills: &'a [Skill],
    /// Whether to try the ticket even if nobody has a free seat for its lane, because the ticket excludes a user.
    pub is_apart: bool,
    /// Whether the caller waits for the result: the reason for not assigning the ticket is recorded, and a failure
    /// ends the run.
    pub is_awaited: bool,
}

/// The next action of the caller. `T` is the caller's handle of a ticket.
#[derive(Debug)]
pub enum DispatchStep<T> {
    /// Load the current ticket, and report [`DispatchReport::Loaded`].
    Load(T),
    /// Assign the ticket as chosen if neither ticket nor assignee changed, and report [`DispatchReport::Claimed`] or
    /// [`DispatchReport::LostRace`].
    Claim(T, AssigneeChoice),
    /// Read the ticket that follows in the lane, and report [`DispatchReport::Following`].
    ReadFollowing(T),
    /// End the run with the last failure or, without one, because too many races were lost.
    Abort,
    /// End the run.
    Done,
}

/// The result of the last step.
#[derive(Debug)]
pub enum DispatchReport<'a, T> {
    /// No step was taken yet.
    Started,
    /// The needs of the loaded ticket; `None` if it must not be assigned any more.
    Loaded(Option<AssigneeRequest<'a>>),
    /// The ticket is assigned.
    Claimed,
    /// A concurrent write changed the ticket or the assignee; the index reflects the change.
    LostRace,
    /// Loading or assigning the ticket failed.
    Failed,
    /// The ticket that follows in the lane, if there is one.
    Following(Option<(T, LaneHead<'a>)>),
}

/// One run over the backlog: the most urgent lane first, until no lane is left whose tickets anybody could take.
#[derive(Debug)]
pub struct Dispatch<T> {
    limits: DispatchLimits,
    now: Timestamp,
    lanes: BinaryHeap<Lane<T>>,
    current: Option<Lane<T>>,
    tries: u32,
    assigned: usize,
    loaded: usize,
    failed: usize,
    not_assigned: Vec<(T, NotAssigned)>,
}

/// A lane, represented by its first ticket and ordered by urgency.
#[derive(Debug)]
struct Lane<T> {
    pressure: Pressure,
    head: T,
    is_awaited: bool,
    /// Whether the ticket is not in the backlog yet and no other ticket follows it.
    is_single: bool,
}

impl<T> PartialEq for Lane<T> {
    fn eq(&self, other: &Self) -> bool {
        self.pressure == other.pressure
    }
}

impl<T> Eq for Lane<T> {}

impl<T> Ord for Lane<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.pressure.cmp(&other.pressure)
    }
}

impl<T> PartialOrd for Lane<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Clone> Dispatch<T> {
    /// Creates a run without lanes.
    pub const fn new(limits: DispatchLimits, now: Timestamp) -> Self {
        Self {
            limits,
            now,
            lanes: BinaryHeap::new(),
            current: None,
            tries: 0,
            assigned: 0,
            loaded: 0,
            failed: 0,
            not_assigned: Vec::new(),
        }
    }

    /// Adds a lane of the backlog by its first ticket, unless nobody could take the ticket.
    pub fn add_lane(&mut self, index: &mut Index, ticket: T, head: &LaneHead<'_>) {
        let policy = index.policy();
        let relaxed = policy.is_relaxed(head.priority, head.created_at, self.now);
        if head.is_apart || index.is_open(head.skills, head.requester, relaxed) {
            self.add(index, ticket, head, false);
        }
    }

    /// Adds a ticket that is not in the backlog yet. It is tried even if nobody could take it.
    pub fn add_single(&mut self, index: &mut Index, ticket: T, head: &LaneHead<'_>) {
        self.add(index, ticket, head, true);
    }

    fn add(&mut self, index: &mut Index, ticket: T, head: &LaneHead<'_>, is_single: bool) {
        let coverers = index.coverers(head.skills);
        let pressure = Pressure::new(
            &index.policy().weights,
            head.priority,
            head.created_at,
            head.number,
            coverers,
            self.now,
        );
        self.lanes.push(Lane {
            pressure,
            head: ticket,
            is_awaited: head.is_awaited,
            is_single,
        });
    }

    /// Processes the result of the last step and returns the next step.
    pub fn advance(&mut self, index: &mut Index, report: DispatchReport<'_, T>) -> DispatchStep<T> {
        let lane = match (report, self.current.take()) {
            (DispatchReport::Following(Some((ticket, head))), _) => {
                self.add_lane(index, ticket, &head);
                return self.next_lane();
            }
            (DispatchReport::Started | DispatchReport::Following(None), _) | (_, None) => {
                return self.next_lane();
            }
            (DispatchReport::Loaded(Some(request)), Some(lane)) => {
                match index.decide_by_age(&request) {
                    Decision::Assign(choice) => {
                        let step = DispatchStep::Claim(lane.head.clone(), choice);
                        self.current = Some(lane);
                        return step;
                    }
                    Decision::Wait(hold) => {
                        // The other tickets of the lane would wait, too, unless this one excludes a user who fits.
                        let lane_goes_on = hold.why.skipped.excluded > 0;
                        if lane.is_awaited {
                            self.not_assigned.push((lane.head.clone(), hold));
                        }
                        if !lane_goes_on {
                            return self.next_lane();
                        }
                    }
                }
                lane
            }
            (DispatchReport::Loaded(None), Some(lane)) => lane,
            (DispatchReport::Claimed, Some(lane)) => {
                self.assigned += 1;
                lane
            }
            (DispatchReport::LostRace, Some(lane)) if self.tries < self.limits.tries => {
                return self.load(lane);
            }
            // The failure of one ticket does not keep other tickets from being assigned.
            (DispatchReport::LostRace | DispatchReport::Failed, Some(lane)) => {
                if lane.is_awaited || self.failed >= self.limits.failed {
                    return DispatchStep::Abort;
                }
                self.failed += 1;
                lane
            }
        };
        match lane.is_single {
            true => self.next_lane(),
            false => DispatchStep::ReadFollowing(lane.head),
        }
    }

    /// Returns the awaited tickets that nobody can take, with the reason.
    pub fn into_not_assigned(self) -> Vec<(T, NotAssigned)> {
        self.not_assigned
    }

    fn next_lane(&mut self) -> DispatchStep<T> {
        if self.assigned >= self.limits.assigned || self.loaded >= self.limits.loaded {
            return DispatchStep::Done;
        }
        let Some(lane) = self.lanes.pop() else {
            return DispatchStep::Done;
        };
        self.loaded += 1;
        self.tries = 0;
        self.load(lane)
    }

    fn load(&mut self, lane: Lane<T>) -> DispatchStep<T> {
        self.tries += 1;
        let step = DispatchStep::Load(lane.head.clone());
        self.current = Some(lane);
        step
    }
}
