//! Mentions: the skills that a text names.

use std::collections::{BTreeMap, HashMap};

use super::{
    lexicon::{Ambiguity, Lexicon},
    phrases::{longest, longest_matching, singular},
    token::{Gap, Tokens},
};
use crate::domain::skill::{Skill, Vocabulary, key};

/// The number of words on either side that are searched for the context of an ambiguous name.
const NEAR: usize = 8;
/// The maximum number of ambiguous names that are resolved per text.
const MAX_AMBIGUOUS: usize = 256;
/// The factor of a mention in the title.
const TITLE: u32 = 4;
/// The maximum number of mentions in the description that count.
const MAX_COUNT: u32 = 3;

/// A skill that a text names.
#[derive(Debug)]
pub(in crate::domain) struct Mention {
    pub(in crate::domain) skill: Skill,
    pub(in crate::domain) in_title: bool,
    pub(in crate::domain) count: u32,
    /// Whether it is the general skill of a category.
    pub(in crate::domain) is_topic: bool,
    pub(in crate::domain) is_held: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum SkillRef {
    Known(usize),
    Staff(usize),
}

/// The number of mentions of a skill, and the first one.
struct Count {
    skill_ref: SkillRef,
    first: (usize, usize),
    title: u32,
    body: u32,
}

struct AmbiguousName {
    skill_ref: SkillRef,
    part: usize,
    at: usize,
    ambiguity: usize,
}

/// Returns the skills that title and description name, in the order of first mention.
pub(in crate::domain) fn find(
    lexicon: &Lexicon,
    vocabulary: &Vocabulary,
    staff_skills: &[Skill],
    parts: &[Tokens<'_>; 2],
) -> Vec<Mention> {
    let staff_names = unknown_names(vocabulary, staff_skills);
    let mut counts: Vec<Count> = Vec::new();
    let mut places: HashMap<SkillRef, usize> = HashMap::new();
    let mut add = |skill_ref: SkillRef, part: usize, at: usize| {
        let place = *places.entry(skill_ref).or_insert_with(|| {
            counts.push(Count {
                skill_ref,
                first: (part, at),
                title: 0,
                body: 0,
            });
            counts.len() - 1
        });
        let count = &mut counts[place];
        count.first = count.first.min((part, at));
        match part {
            0 => count.title += 1,
            _ => count.body += 1,
        }
    };
    let mut certain: Vec<usize> = Vec::new();
    let mut ambiguous_names = Vec::new();
    let mut buffer = String::new();
    for (part, tokens) in parts.iter().enumerate() {
        let mut at = 0;
        while at < tokens.len() {
            if tokens.list()[at].opens_sentence
                && let Some((words, ())) = lexicon.greetings.longest(tokens, at, &mut buffer)
            {
                at = after_clause(tokens, at + words);
                continue;
            }
            let is_candidate = |name: &str| !lexicon.never_skills.contains(name);
            let in_vocabulary =
                longest_matching(vocabulary.keys(), is_candidate, tokens, at, &mut buffer);
            let in_vocabulary =
                in_vocabulary.map(|(words, place)| (words, SkillRef::Known(*place)));
            let in_staff_names = longest(&staff_names, tokens, at, &mut buffer);
            let in_staff_names =
                in_staff_names.map(|(words, place)| (words, SkillRef::Staff(*place)));
            let longer = match (in_vocabulary, in_staff_names) {
                (Some(known), Some(own)) if own.0 > known.0 => Some(own),
                (known, own) => known.or(own),
            };
            let Some((words, skill_ref)) = longer else {
                at += 1;
                continue;
            };
            let word = match words {
                1 => Some(tokens.key(at)),
                _ => None,
            };
            // The plural of an ambiguous name is always the everyday word.
            let is_plural = word
                .and_then(singular)
                .is_some_and(|word| lexicon.ambiguous.contains_key(word));
            match word.and_then(|word| lexicon.ambiguous.get(word)) {
                None if is_plural => {}
                None => {
                    add(skill_ref, part, at);
                    if let SkillRef::Known(place) = skill_ref {
                        certain.push(place);
                    }
                }
                Some(&ambiguity) if ambiguous_names.len() < MAX_AMBIGUOUS => {
                    ambiguous_names.push(AmbiguousName {
                        skill_ref,
                        part,
                        at,
                        ambiguity,
                    })
                }
                Some(_) => {}
            }
            at += words;
        }
    }
    certain.sort_unstable();
    certain.dedup();
    for name in ambiguous_names {
        let ambiguity = &lexicon.ambiguities[name.ambiguity];
        let is_indicated = |place: &usize| {
            let id = &vocabulary.entries()[*place].id;
            ambiguity.near_skills.contains(id)
        };
        let means_skill = is_clear(ambiguity, &parts[name.part], &name, || {
            certain.iter().any(is_indicated)
        });
        if means_skill {
            add(name.skill_ref, name.part, name.at);
        }
    }
    counts.sort_by_key(|count| count.first);
    let topics: Vec<&str> = topics(lexicon).collect();
    counts
        .into_iter()
        .map(|count| {
            let skill = match count.skill_ref {
                SkillRef::Known(place) => {
                    let entry = &vocabulary.entries()[place];
                    Skill::known(entry)
                }
                SkillRef::Staff(place) => staff_skills[place].clone().at(None),
            };
            Mention {
                in_title: count.title > 0,
                count: TITLE * count.title.min(1) + count.body.min(MAX_COUNT),
                is_topic: topics.contains(&skill.id.as_str()),
                is_held: Skill::has(staff_skills, &skill.id),
                skill,
            }
        })
        .collect()
}

/// Returns the end of the clause: a name in a greeting does not belong to the topic.
fn after_clause(tokens: &Tokens<'_>, from: usize) -> usize {
    let rest = tokens.list().iter().skip(from);
    from + rest.take_while(|token| token.gap != Gap::Break).count()
}

/// Returns the names of skills that staff holds but the vocabulary does not contain.
fn unknown_names(vocabulary: &Vocabulary, staff_skills: &[Skill]) -> BTreeMap<String, usize> {
    let mut names = BTreeMap::new();
    for (place, skill) in staff_skills.iter().enumerate() {
        let name = key(&skill.name);
        if name.chars().count() > 1 && !vocabulary.keys().contains_key(&name) {
            names.entry(name).or_insert(place);
        }
    }
    names
}

fn topics(lexicon: &Lexicon) -> impl Iterator<Item = &str> {
    let categories = lexicon.categories().iter();
    categories.filter_map(|category| category.skill.as_deref())
}

/// Returns whether an ambiguous name means the skill.
fn is_clear(
    ambiguity: &Ambiguity,
    tokens: &Tokens<'_>,
    name: &AmbiguousName,
    names_a_neighbor: impl FnOnce() -> bool,
) -> bool {
    let at = name.at;
    let list = tokens.list();
    let behind = at + 1;
    let joined_before = list[at].gap == Gap::Tight;
    let joined_behind = list.get(behind).is_some_and(|next| next.gap == Gap::Tight);
    let is_letter = tokens.key(at).len() == 1;
    // `C/C++` names C; `USB-C` and `R.txt` name no skill.
    let is_part_of_word = (joined_before || joined_behind)
        && is_letter
        && !tokens.text[list[at].end..].starts_with('/')
        && !tokens.text[..list[at].start].ends_with('/');
    let before = at.checked_sub(1).filter(|_| list[at].gap != Gap::Break);
    let after = list.get(behind).filter(|next| next.gap != Gap::Break);
    let is_excluded = before.is_some_and(|i| ambiguity.not_after.contains(tokens.key(i)))
        || after.is_some_and(|_| ambiguity.not_before.contains(tokens.key(behind)));
    let is_small_letter = is_letter && !list[at].is_capital;
    let names_a_drive = is_letter && tokens.text[list[at].end..].starts_with(':');
    if is_part_of_word || is_excluded || is_small_letter || names_a_drive {
        return false;
    }
    let has_capital = ambiguity.capital_is_enough
        && name.part == 1
        && list[at].is_capital
        && !list[at].opens_sentence;
    // `Spring 3`, `Rust 1.95`; but a year is not a version.
    let has_version = !is_letter
        && after.is_some()
        && tokens.key(behind).len() <= 2
        && tokens.key(behind).starts_with(|c: char| c.is_ascii_digit());
    let around = at.saturating_sub(NEAR)..tokens.len().min(at + NEAR + 1);
    has_capital
        || has_version
        || around
            .filter(|&index| index != at)
            .any(|index| ambiguity.near.contains(tokens.key(index)))
        || names_a_neighbor()
}
