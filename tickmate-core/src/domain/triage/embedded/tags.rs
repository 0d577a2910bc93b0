//! Tags: words to find a ticket by.

use std::collections::{HashMap, HashSet};

use crate::domain::{
    analysis::{MAX_TAG, MAX_TAGS},
    lexical::{
        Lexicon,
        phrases::singular,
        token::{Gap, Token, Tokens},
        weigh::Categories,
    },
    skill::{Skill, key},
    triage::plain::neutral_line,
};

/// The fewest letters of a word that is a tag, and its most bytes.
const MIN_LETTERS: usize = 3;
const MAX_WORD: usize = 4 * MAX_TAG;
/// How many words of each text are looked at.
const MAX_WORDS: usize = 2_000;
/// How many times as much a word of the title counts, and how often one of the description does.
const TITLE: u32 = 3;
const MAX_COUNT: u32 = 3;
/// What a word has before others that speaks for a category.
const TELLING: u32 = 2;
/// How many skills are tags, so that there is room for words.
const MOST_SKILLS: usize = 4;
/// How many words beside skills and phrases are tags.
const MAX_PLAIN: usize = 5;
/// How sure tags are that are skills, phrases of the matter, and mere words.
const SKILLS: f64 = 0.7;
const PHRASES: f64 = 0.6;
const WORDS: f64 = 0.4;

/// Words to find a ticket by, best first, and how sure they are: the named skills, what else is said in several words
/// for its category, and the most telling words.
pub(super) fn tags(
    lexicon: &Lexicon,
    parts: &[Tokens<'_>; 2],
    named: &[&Skill],
    categories: &Categories<'_>,
    category: Option<usize>,
) -> (Vec<String>, f64) {
    let mut tags = Tags::default();
    for skill in named.iter().take(MOST_SKILLS) {
        tags.add(&skill.name);
    }
    let skills = tags.list.len();
    let phrases = category.into_iter().flat_map(|index| categories.of(index));
    for phrase in phrases.filter(|hit| hit.count > 1 && !hit.is_negated) {
        tags.add(phrase.words);
    }
    let phrases = tags.list.len();
    let mut plain = 0;
    for word in telling(lexicon, parts, categories) {
        if plain < MAX_PLAIN && tags.add(word) {
            plain += 1;
        }
    }
    let sure = match (skills, phrases, plain) {
        (0, 0, 0) => 0.0,
        (0, 0, _) => WORDS,
        (0, ..) => PHRASES,
        _ => SKILLS,
    };
    (tags.list, sure)
}

#[derive(Default)]
struct Tags {
    list: Vec<String>,
    /// The keys of the tags and of their words.
    taken: HashSet<String>,
}

impl Tags {
    /// Takes a tag, unless there are enough or it is there already, alone or within another.
    fn add(&mut self, text: &str) -> bool {
        if self.list.len() >= MAX_TAGS {
            return false;
        }
        let tag = neutral_line(&text.to_lowercase(), MAX_TAG);
        let name = base(&key(&tag)).to_owned();
        let is_whole = !tag.ends_with('…');
        let is_new = is_whole && !name.is_empty() && !self.taken.contains(&name);
        if !is_new {
            return false;
        }
        let words = tag.split(|c: char| !c.is_alphanumeric());
        self.taken
            .extend(words.map(|word| base(&key(word)).to_owned()));
        self.taken.insert(name);
        self.list.push(tag);
        true
    }
}

fn base(key: &str) -> &str {
    singular(key).unwrap_or(key)
}

/// The words of both texts that say most, as they are written first. Whom somebody greets is not among them.
fn telling<'t>(
    lexicon: &Lexicon,
    parts: &[Tokens<'t>; 2],
    categories: &Categories<'_>,
) -> Vec<&'t str> {
    struct Word<'t> {
        written: &'t str,
        title: u32,
        body: u32,
    }
    let mut words: Vec<Word<'t>> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut buffer = String::new();
    for (part, tokens) in parts.iter().enumerate() {
        let mut greets = false;
        for (index, token) in tokens.list().iter().enumerate().take(MAX_WORDS) {
            let opens = token.opens_sentence;
            if opens || token.gap == Gap::Break {
                greets = opens
                    && lexicon
                        .greetings
                        .longest(tokens, index, &mut buffer)
                        .is_some();
            }
            let word = tokens.key(index);
            let written = without_article(&tokens.text[token.start..token.end]);
            if greets || !is_telling(lexicon, word, written, *token) {
                continue;
            }
            let place = *places.entry(base(word)).or_insert_with(|| {
                words.push(Word {
                    written,
                    title: 0,
                    body: 0,
                });
                words.len() - 1
            });
            match part {
                0 => words[place].title = 1,
                _ => words[place].body += 1,
            }
        }
    }
    let terms = categories.words();
    let weight = |word: &Word<'_>| {
        let telling = u32::from(terms.contains(word.written));
        TITLE * word.title + word.body.min(MAX_COUNT) + TELLING * telling
    };
    // Of words that weigh alike the first counts.
    words.sort_by_cached_key(|word| std::cmp::Reverse(weight(word)));
    words.into_iter().map(|word| word.written).collect()
}

/// The word without the article that is joined to it, as in `l'imprimante`.
fn without_article(written: &str) -> &str {
    match written.split_once(['\'', '\u{2019}']) {
        Some((article, word)) if article.len() == 1 && word.len() >= MIN_LETTERS => word,
        _ => written,
    }
}

/// Whether a word may be a tag. One with digits is none: it may be a number, or a password.
fn is_telling(lexicon: &Lexicon, word: &str, written: &str, token: Token) -> bool {
    written.len() <= MAX_WORD
        && !token.has_dot
        && !written.contains(char::is_numeric)
        && written.chars().filter(|c| c.is_alphabetic()).count() >= MIN_LETTERS
        && !lexicon.stop_words.contains(word)
        && !lexicon.negations.contains(word)
}
