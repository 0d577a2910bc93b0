//! Hierarchy: which skills are more general than which.

use std::collections::{BTreeMap, BTreeSet};

use super::{Skill, entry::SkillEntry, vocabulary::Vocabulary};

/// The most skills that are more general than one: it bounds the room that the closure takes.
pub const MAX_ANCESTORS: usize = 200;

/// Why the parents of some entries can't be used.
pub(super) struct Broken {
    /// The places of the entries that may be to blame.
    pub(super) entries: Vec<usize>,
    /// Which field of theirs.
    pub(super) field: String,
    pub(super) message: String,
}

/// For each entry the ids of all more general ones, sorted.
pub(super) fn ancestors(
    entries: &[SkillEntry],
    by_id: &BTreeMap<String, usize>,
) -> Result<Vec<Vec<String>>, Broken> {
    let mut parents: Vec<Vec<usize>> = Vec::with_capacity(entries.len());
    for (place, entry) in entries.iter().enumerate() {
        let mut above = Vec::with_capacity(entry.parents.len());
        for (index, id) in entry.parents.iter().enumerate() {
            above.push(*by_id.get(id).ok_or_else(|| Broken {
                entries: vec![place],
                field: format!("parents[{index}]"),
                message: "is the id of no skill".to_owned(),
            })?);
        }
        parents.push(above);
    }
    let mut closed: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); entries.len()];
    for place in parents_first(&parents)? {
        let mut all: BTreeSet<usize> = parents[place].iter().copied().collect();
        for above in &parents[place] {
            all.extend(&closed[*above]);
        }
        if all.len() > MAX_ANCESTORS {
            return Err(Broken {
                entries: [place].into_iter().chain(all).collect(),
                field: "parents".to_owned(),
                message: format!("more than {MAX_ANCESTORS} skills are more general"),
            });
        }
        closed[place] = all;
    }
    let ids = |places: BTreeSet<usize>| {
        let mut ids: Vec<String> = places
            .iter()
            .map(|place| entries[*place].id.clone())
            .collect();
        ids.sort_unstable();
        ids
    };
    Ok(closed.into_iter().map(ids).collect())
}

/// The places in an order in which parents come before their children.
fn parents_first(parents: &[Vec<usize>]) -> Result<Vec<usize>, Broken> {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); parents.len()];
    for (place, above) in parents.iter().enumerate() {
        for parent in above {
            children[*parent].push(place);
        }
    }
    let mut waits_for: Vec<usize> = parents.iter().map(Vec::len).collect();
    let mut order: Vec<usize> = (0..parents.len())
        .filter(|place| waits_for[*place] == 0)
        .collect();
    let mut next = 0;
    while let Some(&place) = order.get(next) {
        next += 1;
        for child in &children[place] {
            waits_for[*child] -= 1;
            if waits_for[*child] == 0 {
                order.push(*child);
            }
        }
    }
    let Some(stuck) = waits_for.iter().position(|count| *count > 0) else {
        return Ok(order);
    };
    // Upwards from an entry that waits there is always one more that waits, so that this ends in the cycle.
    let mut way = vec![stuck];
    let cycle = loop {
        let last = way[way.len() - 1];
        let Some(&up) = parents[last].iter().find(|parent| waits_for[**parent] > 0) else {
            break &way[..];
        };
        match way.iter().position(|place| *place == up) {
            Some(start) => break &way[start..],
            None => way.push(up),
        }
    };
    Err(Broken {
        entries: cycle.to_vec(),
        field: "parents".to_owned(),
        message: "make a circle: the skill is more general than itself".to_owned(),
    })
}

impl Vocabulary {
    /// The ids of the next more general skills, as the entry has them; none for an id that is not there.
    pub fn parents(&self, id: &str) -> &[String] {
        self.entry(id).map_or(&[], |entry| &entry.parents)
    }

    /// The ids of all more general skills, sorted, without the skill itself; none for an id that is not there.
    pub fn ancestors(&self, id: &str) -> &[String] {
        self.place_of(id).map_or(&[], |place| self.closed(place))
    }

    /// What a ticket needs of these skills, in their order: each once, at the highest of its levels, and none that
    /// whoever has another of the list has anyway. A more general skill stays where it is needed at a higher level.
    pub fn reduce(&self, skills: &[Skill]) -> Vec<Skill> {
        let mut once: Vec<Skill> = Vec::with_capacity(skills.len());
        for skill in skills {
            match once.iter_mut().find(|other| other.same(skill)) {
                Some(other) if other.least_level() < skill.least_level() => {
                    other.level = skill.level;
                }
                Some(_) => {}
                None => once.push(skill.clone()),
            }
        }
        let is_implied = |skill: &Skill| {
            once.iter().any(|other| {
                other.least_level() >= skill.least_level()
                    && self.ancestors(&other.id).binary_search(&skill.id).is_ok()
            })
        };
        once.iter()
            .filter(|skill| !is_implied(skill))
            .cloned()
            .collect()
    }
}
