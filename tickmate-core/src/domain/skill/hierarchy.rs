//! Hierarchy: the more general skills of each skill.

use std::collections::{BTreeMap, BTreeSet};

use super::{Skill, entry::SkillEntry, vocabulary::Vocabulary};

/// The most skills that are more general than one. It bounds the memory of the closure.
pub const MAX_ANCESTORS: usize = 200;

/// Why the hierarchy of some entries is invalid.
pub(super) struct InvalidHierarchy {
    /// The indexes of the entries that may be the cause.
    pub(super) entries: Vec<usize>,
    /// The field of these entries.
    pub(super) field: String,
    pub(super) message: String,
}

/// Returns the sorted ids of all more general skills, for each entry.
pub(super) fn ancestors(
    entries: &[SkillEntry],
    by_id: &BTreeMap<String, usize>,
) -> Result<Vec<Vec<String>>, InvalidHierarchy> {
    let mut parents: Vec<Vec<usize>> = Vec::with_capacity(entries.len());
    for (place, entry) in entries.iter().enumerate() {
        let mut above = Vec::with_capacity(entry.parents.len());
        for (index, id) in entry.parents.iter().enumerate() {
            above.push(*by_id.get(id).ok_or_else(|| InvalidHierarchy {
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
            return Err(InvalidHierarchy {
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

/// Returns the indexes in an order in which parents come before their children.
fn parents_first(parents: &[Vec<usize>]) -> Result<Vec<usize>, InvalidHierarchy> {
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
    // Each entry that waits has a parent that waits, so this ends in the cycle.
    let mut path = vec![stuck];
    let cycle = loop {
        let last = path[path.len() - 1];
        let Some(&up) = parents[last].iter().find(|parent| waits_for[**parent] > 0) else {
            break &path[..];
        };
        match path.iter().position(|place| *place == up) {
            Some(start) => break &path[start..],
            None => path.push(up),
        }
    };
    Err(InvalidHierarchy {
        entries: cycle.to_vec(),
        field: "parents".to_owned(),
        message: "form a cycle: the skill is more general than itself".to_owned(),
    })
}

impl Vocabulary {
    /// Returns the ids of the next more general skills, as in the entry; empty for an unknown id.
    pub fn parents(&self, id: &str) -> &[String] {
        self.entry(id).map_or(&[], |entry| &entry.parents)
    }

    /// Returns the sorted ids of all more general skills, without the skill itself; empty for an unknown id.
    pub fn ancestors(&self, id: &str) -> &[String] {
        self.place_of(id)
            .map_or(&[], |place| self.ancestors_at(place))
    }

    /// Reduces these skills to those that a ticket must name, in their order: each once, at its highest level, without skills
    /// that another one implies. A more general skill stays if it is required at a higher level.
    pub fn reduce(&self, skills: &[Skill]) -> Vec<Skill> {
        let mut distinct: Vec<Skill> = Vec::with_capacity(skills.len());
        for skill in skills {
            match distinct.iter_mut().find(|other| other.same(skill)) {
                Some(other) if other.least_level() < skill.least_level() => {
                    other.level = skill.level;
                }
                Some(_) => {}
                None => distinct.push(skill.clone()),
            }
        }
        let is_implied = |skill: &Skill| {
            distinct.iter().any(|other| {
                other.least_level() >= skill.least_level()
                    && self.ancestors(&other.id).binary_search(&skill.id).is_ok()
            })
        };
        distinct
            .iter()
            .filter(|skill| !is_implied(skill))
            .cloned()
            .collect()
    }
}
