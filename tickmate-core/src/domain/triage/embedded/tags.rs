//! Tags: words by which a ticket can be found.

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

/// The minimum length of a word that becomes a tag in letters, and its maximum length in bytes.
const MIN_LETTERS: usize = 3;
const MAX_WORD: usize = 4 * MAX_TAG;
/// The maximum number of words of each text that count.
const MAX_WORDS: usize = 2_000;
/// The factor of a word in the title, and the maximum number of occurrences in the description that count.
const TITLE: u32 = 3;
const MAX_COUNT: u32 = 3;
/// The additional weight of a word that indicates a category.
const CATEGORY_BONUS: u32 = 2;
/// The maximum number of skills among the tags, which leaves room for words.
const MAX_SKILLS: usize = 4;
/// The maximum number of words among the tags, apart from skills and phrases.
const MAX_PLAIN: usize = 5;
/// The confidence of tags with skills, with phrases, and with words only.
const WITH_SKILLS: f64 = 0.7;
const WITH_PHRASES: f64 = 0.6;
const WORDS_ONLY: f64 = 0.4;

/// Returns the tags of a ticket, best first, and their confidence: the named skills, the phrases that indicate its
/// category, and the most significant words.
pub(super) fn tags(
    lexicon: &Lexicon,
    parts: &[Tokens<'_>; 2],
    named: &[&Skill],
    categories: &Categories<'_>,
    category: Option<usize>,
) -> (Vec<String>, f64) {
    let mut tags = Tags::default();
    for skill in named.iter().take(MAX_SKILLS) {
        tags.add(&skill.name);
    }
    let skills = tags.list.len();
    let phrases = category
        .into_iter()
        .flat_map(|index| categories.terms_of(index));
    for phrase in phrases.filter(|hit| hit.count > 1 && !hit.is_negated) {
        tags.add(phrase.words);
    }
    let phrases = tags.list.len();
    let mut word_count = 0;
    for word in significant_words(lexicon, parts, categories) {
        if word_count < MAX_PLAIN && tags.add(word) {
            word_count += 1;
        }
    }
    let confidence = match (skills, phrases, word_count) {
        (0, 0, 0) => 0.0,
        (0, 0, _) => WORDS_ONLY,
        (0, ..) => WITH_PHRASES,
        _ => WITH_SKILLS,
    };
    (tags.list, confidence)
}

#[derive(Default)]
struct Tags {
    list: Vec<String>,
    /// The keys of the tags and of their words.
    taken: HashSet<String>,
}

impl Tags {
    /// Adds a tag, unless there are enough or it exists already, alone or within another.
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

/// Returns the most significant words of both texts, as first written. Names in greetings are skipped.
fn significant_words<'t>(
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
        let mut is_greeting = false;
        for (index, token) in tokens.list().iter().enumerate().take(MAX_WORDS) {
            let opens = token.opens_sentence;
            if opens || token.gap == Gap::Break {
                is_greeting = opens
                    && lexicon
                        .greetings
                        .longest(tokens, index, &mut buffer)
                        .is_some();
            }
            let word = tokens.key(index);
            let written = without_article(&tokens.text[token.start..token.end]);
            if is_greeting || !is_significant(lexicon, word, written, *token) {
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
        let is_term = u32::from(terms.contains(word.written));
        TITLE * word.title + word.body.min(MAX_COUNT) + CATEGORY_BONUS * is_term
    };
    // The sort is stable: of words with equal weight the first comes first.
    words.sort_by_cached_key(|word| std::cmp::Reverse(weight(word)));
    words.into_iter().map(|word| word.written).collect()
}

/// Removes an elided article, as in `l'imprimante`.
fn without_article(written: &str) -> &str {
    match written.split_once(['\'', '\u{2019}']) {
        Some((article, word)) if article.len() == 1 && word.len() >= MIN_LETTERS => word,
        _ => written,
    }
}

/// Returns whether a word may be a tag. Words with digits may not: they may be numbers or passwords.
fn is_significant(lexicon: &Lexicon, word: &str, written: &str, token: Token) -> bool {
    written.len() <= MAX_WORD
        && !token.has_dot
        && !written.contains(char::is_numeric)
        && written.chars().filter(|c| c.is_alphabetic()).count() >= MIN_LETTERS
        && !lexicon.stop_words.contains(word)
        && !lexicon.negations.contains(word)
}
