//! Generates seeded traces: a small team with skills of the shipped dictionary, a few hours of tickets, and changes
//! of presence.

use tickmate_core::domain::{
    presence::Availability,
    priority::Priority,
    skill::{SkillEntry, Vocabulary},
    time::{Span, Timestamp, from_micros},
};

use crate::support::Random;

/// A team with its tickets and changes of presence. Moderators are named by their index.
pub(crate) struct Trace {
    pub(crate) moderators: Vec<PlannedModerator>,
    pub(crate) changes: Vec<(Timestamp, usize, Availability)>,
    pub(crate) tickets: Vec<PlannedTicket>,
}

/// A moderator of a trace.
pub(crate) struct PlannedModerator {
    pub(crate) skills: Vec<String>,
    pub(crate) capacity: u32,
    pub(crate) availability: Availability,
}

/// A ticket of a trace.
pub(crate) struct PlannedTicket {
    pub(crate) written: Timestamp,
    pub(crate) priority: Priority,
    pub(crate) skills: Vec<String>,
    /// The index of a moderator, or of a requester outside the team.
    pub(crate) requester: Result<usize, usize>,
    pub(crate) work: Span,
}

/// The largest number of requesters outside the team.
pub(crate) const REQUESTERS: usize = 25;
/// The number of different skills in the team.
const SKILLS: usize = 14;

/// Returns the shipped dictionary with two more special skills for each of a dozen of its entries.
pub(crate) fn vocabulary() -> Vocabulary {
    let shipped = Vocabulary::shipped();
    let general = shipped.entries().iter().step_by(9).take(12);
    let special = general.flat_map(|entry| {
        ["archaeology", "prophecy"].map(|field| SkillEntry {
            id: format!("{field}-{}", entry.id),
            name: format!("{field} of {}", entry.id),
            aliases: Vec::new(),
            parents: vec![entry.id.clone()],
        })
    });
    shipped.extended(special.collect()).unwrap()
}

pub(crate) fn start() -> Timestamp {
    from_micros(1_760_000_000_000_000)
}

impl Trace {
    /// Generates the trace of a seed, with at most [`REQUESTERS`] requesters. In a `real` trace, presence changes and
    /// staff also writes tickets.
    pub(crate) fn new(seed: u64, tickets: u64, requesters: usize, real: bool) -> Self {
        let mut random = Random::new(seed);
        let vocabulary = vocabulary();
        let special: Vec<usize> = (0..vocabulary.entries().len())
            .filter(|place| !vocabulary.entries()[*place].parents.is_empty())
            .collect();
        let mut skills: Vec<usize> = Vec::new();
        while skills.len() < SKILLS {
            let place = random.pick(&special);
            if !skills.contains(&place) {
                skills.push(place);
            }
        }
        let name = |place: usize| vocabulary.entries()[place].name.clone();
        let parent = |place: usize| {
            let id = &vocabulary.entries()[place].parents[0];
            vocabulary.entry(id).unwrap().name.clone()
        };
        let moderators: Vec<PlannedModerator> = (0..12 + random.below(9))
            .map(|_| {
                let mut own: Vec<String> = (0..2 + random.below(4))
                    .map(|_| match random.below(10) {
                        0 => parent(random.pick(&skills)),
                        _ => name(random.pick(&skills)),
                    })
                    .collect();
                own.sort();
                own.dedup();
                PlannedModerator {
                    skills: own,
                    capacity: 2 + u32::try_from(random.below(5)).unwrap(),
                    availability: match real && random.below(3) == 0 {
                        true => Availability::Offline,
                        false => Availability::Online,
                    },
                }
            })
            .collect();

        // Tickets arrive three times as fast as the team can resolve them, at 13 minutes a ticket, so many of them
        // wait.
        let team = u64::try_from(moderators.len()).unwrap();
        let gap = 4 * 60 / team;
        let mut written = start();
        let mut planned = Vec::new();
        for _ in 0..tickets {
            let gap = random.below(usize::try_from(2 * gap).unwrap());
            written += Span::seconds(i64::try_from(gap).unwrap());
            let needs = match random.below(20) {
                0 => vec!["Ye Olde Portal".to_owned()],
                1 => vec![name(random.pick(&skills)), name(random.pick(&skills))],
                2 | 3 => vec![parent(random.pick(&skills))],
                4..=8 => {
                    let own = &random.pick(&(0..moderators.len()).collect::<Vec<_>>());
                    moderators[*own].skills.iter().take(2).cloned().collect()
                }
                _ => {
                    let whose = random.below(moderators.len());
                    vec![random.pick(&moderators[whose].skills)]
                }
            };
            planned.push(PlannedTicket {
                written,
                priority: random.pick(&[
                    Priority::Low,
                    Priority::Medium,
                    Priority::Medium,
                    Priority::High,
                    Priority::Urgent,
                ]),
                skills: needs,
                requester: match real && random.below(10) == 0 {
                    true => Ok(random.below(moderators.len())),
                    false => Err(random.below(requesters)),
                },
                work: Span::minutes(i64::try_from(2 + random.below(23)).unwrap()),
            });
        }
        let changes = match real {
            true => presence_changes(&mut random, &moderators, written),
            false => Vec::new(),
        };
        Self {
            moderators,
            changes,
            tickets: planned,
        }
    }
}

/// Generates changes of presence: moderators work, take breaks and go home, for whole minutes each, until some time
/// after the last ticket.
fn presence_changes(
    random: &mut Random,
    moderators: &[PlannedModerator],
    last: Timestamp,
) -> Vec<(Timestamp, usize, Availability)> {
    let end = last + Span::minutes(90);
    let mut changes = Vec::new();
    for (index, moderator) in moderators.iter().enumerate() {
        let mut at = start();
        let mut current = moderator.availability;
        loop {
            let mut pass = |from: usize, to: usize| {
                let minutes = from + random.below(to - from);
                at += Span::minutes(i64::try_from(minutes).unwrap());
                at
            };
            let online = pass(1, 40);
            let away = pass(20, 90);
            let back = pass(3, 45);
            let gone = pass(20, 60);
            if current != Availability::Online {
                changes.push((online, index, Availability::Online));
            }
            current = Availability::Offline;
            changes.push((away, index, Availability::Away));
            changes.push((back, index, Availability::Online));
            changes.push((gone, index, Availability::Offline));
            if gone > end {
                break;
            }
        }
        changes.push((at + Span::minutes(1), index, Availability::Online));
    }
    changes
}
