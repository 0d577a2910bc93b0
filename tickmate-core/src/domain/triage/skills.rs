//! The required skills of a ticket, from the skills that its text names and the learned ones.

use crate::domain::{
    analysis::MAX_SKILLS,
    lexical::{Lexicon, mentions::Mention},
    skill::{Skill, Vocabulary, key},
};

/// The confidence of a skill that the title names.
const NAMED_IN_TITLE: f64 = 0.9;
/// The confidence of a skill that only the description names.
const NAMED: f64 = 0.7;

/// Returns whether the text names the skill.
pub(super) fn is_named(mentions: &[Mention], skill: &Skill) -> bool {
    mentions.iter().any(|one| one.skill.same(skill))
}

/// Returns the confidence of the first of `skills`: by where the text names it, otherwise that of the category whose
/// general skill it is.
pub(super) fn confidence_of(mentions: &[Mention], skills: &[Skill], category: f64) -> f64 {
    let Some(first) = skills.first() else {
        return 0.0;
    };
    match mentions.iter().find(|one| one.skill.same(first)) {
        None => category,
        Some(one) if one.in_title => NAMED_IN_TITLE,
        Some(_) => NAMED,
    }
}

/// Returns the skills that a ticket needs: those that it names, most frequent first. If staff holds none of them and
/// not the learned one either, the general skill of the category is added. The learned skill itself is added by
/// [`with_learned`].
pub(super) fn choose(
    lexicon: &Lexicon,
    vocabulary: &Vocabulary,
    staff_skills: &[Skill],
    mentions: &[Mention],
    category: Option<usize>,
    learned: Option<&Skill>,
) -> Vec<Skill> {
    let mut named_skills: Vec<&Mention> = mentions.iter().filter(|one| !one.is_topic).collect();
    named_skills.sort_by_key(|one| std::cmp::Reverse(one.count));
    let general = general_skill(lexicon, vocabulary, staff_skills, mentions, category);
    let is_held = |skill: &Skill| Skill::has(staff_skills, &skill.id);
    let general_in_title = mentions.iter().any(|one| {
        one.in_title
            && general
                .as_ref()
                .is_some_and(|general| general.same(&one.skill))
    });
    let none_in_title = named_skills.iter().all(|one| !one.in_title);
    let general_helps = general.as_ref().is_some_and(is_held);
    let none_held = named_skills.iter().all(|one| !one.is_held) && !learned.is_some_and(is_held);
    let wants_general = (named_skills.is_empty() && learned.is_none())
        || (general_helps && (none_held || (general_in_title && none_in_title)));
    let mut skills: Vec<Skill> = named_skills.iter().map(|one| one.skill.clone()).collect();
    if let Some(general) = general.filter(|_| wants_general) {
        let place = match none_in_title {
            true => 0,
            false => skills.len().min(MAX_SKILLS - 1),
        };
        skills.insert(place, general);
    }
    skills.truncate(MAX_SKILLS);
    skills
}

/// Adds the learned skill: first if it has more confidence than the first one, otherwise after the named ones.
pub(super) fn with_learned(
    mut skills: Vec<Skill>,
    learned: Option<Skill>,
    is_more_confident: bool,
) -> Vec<Skill> {
    let Some(learned) = learned else {
        return skills;
    };
    let position = skills.iter().position(|skill| skill.same(&learned));
    match (position, is_more_confident) {
        (Some(_), false) => return skills,
        (Some(place), true) => {
            skills.remove(place);
            skills.insert(0, learned);
        }
        (None, true) => skills.insert(0, learned),
        (None, false) => skills.insert(skills.len().min(MAX_SKILLS - 1), learned),
    }
    skills.truncate(MAX_SKILLS);
    skills
}

/// Returns the skill of this name from staff or vocabulary, if either knows it.
pub(super) fn find_known(
    vocabulary: &Vocabulary,
    staff_skills: &[Skill],
    name: &str,
) -> Option<Skill> {
    let name_key = key(name);
    let staff_skill = staff_skills
        .iter()
        .find(|skill| skill.id == name || (!name_key.is_empty() && key(&skill.name) == name_key));
    staff_skill.map(|skill| skill.clone().at(None)).or_else(|| {
        let resolved = vocabulary.resolve(name);
        let is_known =
            Skill::has(staff_skills, &resolved.id) || vocabulary.entry(&resolved.id).is_some();
        is_known.then_some(resolved)
    })
}

/// Returns the general skill of the category, otherwise the general skill that the text names most often.
fn general_skill(
    lexicon: &Lexicon,
    vocabulary: &Vocabulary,
    staff_skills: &[Skill],
    mentions: &[Mention],
    category: Option<usize>,
) -> Option<Skill> {
    let of_category = category
        .and_then(|index| lexicon.categories()[index].skill.as_deref())
        .and_then(|id| {
            let staff_skill = staff_skills.iter().find(|skill| skill.id == id);
            let staff_skill = staff_skill.map(|skill| skill.clone().at(None));
            staff_skill.or_else(|| vocabulary.find_key(&key(id)).filter(|skill| skill.id == id))
        });
    of_category.or_else(|| {
        let topics = mentions.iter().filter(|one| one.is_topic);
        topics
            .max_by_key(|one| one.count)
            .map(|one| one.skill.clone())
    })
}
