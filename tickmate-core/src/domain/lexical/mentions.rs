//! Skills that a text names, and which of them its ticket needs.

use std::collections::{BTreeMap, HashMap};

use super::{
    lexicon::{Ambiguity, Lexicon},
    phrases::{longest, longest_of, singular},
    token::{Gap, Tokens},
};
use crate::domain::skill::{Skill, Vocabulary, key};

/// How many words to either side speak for an ambiguous name.
const NEAR: usize = 8;
/// How many ambiguous names of one text are looked into.
const MAX_DOUBTS: usize = 256;
/// How many times as much a mention in the title counts.
const TITLE: u32 = 4;
/// The most mentions in the description that count.
const MAX_COUNT: u32 = 3;

/// A skill that a text names.
#[derive(Debug)]
pub(in crate::domain) struct Mention {
    pub(in crate::domain) skill: Skill,
    pub(in crate::domain) in_title: bool,
    pub(in crate::domain) count: u32,
    /// Whether it is a category's own, general skill.
    pub(in crate::domain) is_topic: bool,
    pub(in crate::domain) is_held: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Which {
    Known(usize),
    Staff(usize),
}

/// How often a text names a skill, and where first.
struct Count {
    which: Which,
    first: (usize, usize),
    title: u32,
    body: u32,
}

struct Doubt {
    which: Which,
    part: usize,
    at: usize,
    ambiguity: usize,
}

/// The skills that title and description name, in the order of first mention.
pub(in crate::domain) fn find(
    lexicon: &Lexicon,
    vocabulary: &Vocabulary,
    staff_skills: &[Skill],
    parts: &[Tokens<'_>; 2],
) -> Vec<Mention> {
    let own = unknown_names(vocabulary, staff_skills);
    let mut found: Vec<Count> = Vec::new();
    let mut places: HashMap<Which, usize> = HashMap::new();
    let mut add = |which: Which, part: usize, at: usize| {
        let place = *places.entry(which).or_insert_with(|| {
            found.push(Count {
                which,
                first: (part, at),
                title: 0,
                body: 0,
            });
            found.len() - 1
        });
        let count = &mut found[place];
        count.first = count.first.min((part, at));
        match part {
            0 => count.title += 1,
            _ => count.body += 1,
        }
    };
    let mut sure: Vec<usize> = Vec::new();
    let mut doubts = Vec::new();
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
            let counts = |name: &str| !lexicon.silent.contains(name);
            let known = longest_of(vocabulary.keys(), counts, tokens, at, &mut buffer);
            let known = known.map(|(words, place)| (words, Which::Known(*place)));
            let own = longest(&own, tokens, at, &mut buffer);
            let own = own.map(|(words, place)| (words, Which::Staff(*place)));
            let longer = match (known, own) {
                (Some(known), Some(own)) if own.0 > known.0 => Some(own),
                (known, own) => known.or(own),
            };
            let Some((words, which)) = longer else {
                at += 1;
                continue;
            };
            let word = match words {
                1 => Some(tokens.key(at)),
                _ => None,
            };
            // The plural of such a name is always the everyday word.
            let is_plural = word
                .and_then(singular)
                .is_some_and(|word| lexicon.ambiguous.contains_key(word));
            match word.and_then(|word| lexicon.ambiguous.get(word)) {
                None if is_plural => {}
                None => {
                    add(which, part, at);
                    if let Which::Known(place) = which {
                        sure.push(place);
                    }
                }
                Some(&ambiguity) if doubts.len() < MAX_DOUBTS => doubts.push(Doubt {
                    which,
                    part,
                    at,
                    ambiguity,
                }),
                Some(_) => {}
            }
            at += words;
        }
    }
    sure.sort_unstable();
    sure.dedup();
    for doubt in doubts {
        let ambiguity = &lexicon.ambiguities[doubt.ambiguity];
        let speaks = |place: &usize| {
            let id = &vocabulary.entries()[*place].id;
            ambiguity.near_skills.contains(id)
        };
        let means_it = is_clear(ambiguity, &parts[doubt.part], &doubt, || {
            sure.iter().any(speaks)
        });
        if means_it {
            add(doubt.which, doubt.part, doubt.at);
        }
    }
    found.sort_by_key(|count| count.first);
    let topics: Vec<&str> = topics(lexicon).collect();
    found
        .into_iter()
        .map(|count| {
            let skill = match count.which {
                Which::Known(place) => {
                    let entry = &vocabulary.entries()[place];
                    Skill::known(entry)
                }
                Which::Staff(place) => staff_skills[place].clone().at(None),
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

/// Returns where the clause ends: the name in a greeting is no part of the matter.
fn after_clause(tokens: &Tokens<'_>, from: usize) -> usize {
    let rest = tokens.list().iter().skip(from);
    from + rest.take_while(|token| token.gap != Gap::Break).count()
}

/// The names of skills that staff holds but the vocabulary does not know.
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

/// Whether a name that is an everyday word too means the skill.
fn is_clear(
    ambiguity: &Ambiguity,
    tokens: &Tokens<'_>,
    doubt: &Doubt,
    names_a_neighbor: impl FnOnce() -> bool,
) -> bool {
    let at = doubt.at;
    let list = tokens.list();
    let behind = at + 1;
    let joined_before = list[at].gap == Gap::Tight;
    let joined_behind = list.get(behind).is_some_and(|next| next.gap == Gap::Tight);
    let is_letter = tokens.key(at).len() == 1;
    // `C/C++` names C; `USB-C` and `R.txt` name nothing.
    let part_of_a_word = (joined_before || joined_behind)
        && is_letter
        && !tokens.text[list[at].end..].starts_with('/')
        && !tokens.text[..list[at].start].ends_with('/');
    let before = at.checked_sub(1).filter(|_| list[at].gap != Gap::Break);
    let after = list.get(behind).filter(|next| next.gap != Gap::Break);
    let spoken_against = before.is_some_and(|i| ambiguity.not_after.contains(tokens.key(i)))
        || after.is_some_and(|_| ambiguity.not_before.contains(tokens.key(behind)));
    let single_small = is_letter && !list[at].is_capital;
    let names_a_drive = is_letter && tokens.text[list[at].end..].starts_with(':');
    if part_of_a_word || spoken_against || single_small || names_a_drive {
        return false;
    }
    let capital = ambiguity.capital_is_enough
        && doubt.part == 1
        && list[at].is_capital
        && !list[at].opens_sentence;
    // `Spring 3`, `Rust 1.95`; but a year says nothing.
    let has_version = !is_letter
        && after.is_some()
        && tokens.key(behind).len() <= 2
        && tokens.key(behind).starts_with(|c: char| c.is_ascii_digit());
    let around = at.saturating_sub(NEAR)..tokens.len().min(at + NEAR + 1);
    capital
        || has_version
        || around
            .filter(|&index| index != at)
            .any(|index| ambiguity.near.contains(tokens.key(index)))
        || names_a_neighbor()
}
