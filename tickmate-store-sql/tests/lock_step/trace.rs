//! Seeded traces: a small team with skills of the shipped dictionary, a few hours of tickets, and people who come
//! and go.

use tickmate_core::domain::{
    presence::Availability,
    priority::Priority,
    skill::{SkillEntry, Vocabulary},
    time::{Span, Timestamp, from_micros},
};

use crate::support::Random;

/// A team and what happens to it. People are named by their place.
pub(crate) struct Trace {
    pub(crate) people: Vec<Person>,
    pub(crate) changes: Vec<(Timestamp, usize, Availability)>,
    pub(crate) tickets: Vec<Asked>,
}

/// A moderator.
pub(crate) struct Person {
    pub(crate) skills: Vec<String>,
    pub(crate) capacity: u32,
    pub(crate) availability: Availability,
}

/// A ticket.
pub(crate) struct Asked {
    pub(crate) written: Timestamp,
    pub(crate) priority: Priority,
    pub(crate) skills: Vec<String>,
    /// One of the team, or somebody else.
    pub(crate) requester: Result<usize, usize>,
    pub(crate) work: Span,
}

/// How many people ask at most.
pub(crate) const REQUESTERS: usize = 25;
/// How many skills the team has among them.
const SKILLS: usize = 14;

/// The shipped dictionary, and two special fields for each of a dozen of its skills.
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
    /// The trace of this seed. In a `real` one people come and go, and staff asks, too. No more than [`REQUESTERS`] ask.
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
        let people: Vec<Person> = (0..12 + random.below(9))
            .map(|_| {
                let mut own: Vec<String> = (0..2 + random.below(4))
                    .map(|_| match random.below(10) {
                        0 => parent(random.pick(&skills)),
                        _ => name(random.pick(&skills)),
                    })
                    .collect();
                own.sort();
                own.dedup();
                Person {
                    skills: own,
                    capacity: 2 + u32::try_from(random.below(5)).unwrap(),
                    availability: match real && random.below(3) == 0 {
                        true => Availability::Offline,
                        false => Availability::Online,
                    },
                }
            })
            .collect();

        // Three times what the team can do, at 13 minutes a ticket, so that much waits.
        let team = u64::try_from(people.len()).unwrap();
        let gap = 4 * 60 / team;
        let mut written = start();
        let mut asked = Vec::new();
        for _ in 0..tickets {
            let gap = random.below(usize::try_from(2 * gap).unwrap());
            written += Span::seconds(i64::try_from(gap).unwrap());
            let needs = match random.below(20) {
                0 => vec!["Ye Olde Portal".to_owned()],
                1 => vec![name(random.pick(&skills)), name(random.pick(&skills))],
                2 | 3 => vec![parent(random.pick(&skills))],
                4..=8 => {
                    let own = &random.pick(&(0..people.len()).collect::<Vec<_>>());
                    people[*own].skills.iter().take(2).cloned().collect()
                }
                _ => {
                    let whose = random.below(people.len());
                    vec![random.pick(&people[whose].skills)]
                }
            };
            asked.push(Asked {
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
                    true => Ok(random.below(people.len())),
                    false => Err(random.below(requesters)),
                },
                work: Span::minutes(i64::try_from(2 + random.below(23)).unwrap()),
            });
        }
        let changes = match real {
            true => changes(&mut random, &people, written),
            false => Vec::new(),
        };
        Self {
            people,
            changes,
            tickets: asked,
        }
    }
}

/// People work, have breaks and go home, whole minutes each, until a while after the last ticket.
fn changes(
    random: &mut Random,
    people: &[Person],
    last: Timestamp,
) -> Vec<(Timestamp, usize, Availability)> {
    let end = last + Span::minutes(90);
    let mut changes = Vec::new();
    for (person, one) in people.iter().enumerate() {
        let mut at = start();
        let mut is = one.availability;
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
            if is != Availability::Online {
                changes.push((online, person, Availability::Online));
            }
            is = Availability::Offline;
            changes.push((away, person, Availability::Away));
            changes.push((back, person, Availability::Online));
            changes.push((gone, person, Availability::Offline));
            if gone > end {
                break;
            }
        }
        changes.push((at + Span::minutes(1), person, Availability::Online));
    }
    changes
}
