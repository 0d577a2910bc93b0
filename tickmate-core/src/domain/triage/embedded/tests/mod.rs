//! What the embedded analyzer makes of tickets, before and after it learned.

mod bounds;
mod grades;
mod similar;
mod taught;
mod untrained;

use std::sync::{Arc, LazyLock};

use super::{Embedded, Similar};
use crate::domain::{
    analysis::Analysis,
    learn::{Analyzer, Dictionary, Example, Model},
    lexical::Lexicon,
    options::Options,
    skill::Skill,
    triage::TriageRules,
};

/// Made once: it takes its time.
static DICTIONARY: LazyLock<Arc<Dictionary>> = LazyLock::new(|| Arc::new(Dictionary::shipped()));

/// An analyzer with the staff that it reads for.
struct Reader {
    analyzer: Analyzer,
    staff: Vec<Skill>,
}

impl Reader {
    fn of(options: &Options) -> Self {
        Self {
            analyzer: Analyzer::new(Arc::clone(&DICTIONARY), options, Model::default()),
            staff: Vec::new(),
        }
    }

    /// One that learned nothing, with the lists that ship.
    fn fresh() -> Self {
        Self::of(&TriageRules::default().options(DICTIONARY.lexicon()))
    }

    fn with_staff(mut self, names: &[&str]) -> Self {
        self.staff = DICTIONARY.vocabulary().resolve_all(names.iter().copied());
        self
    }

    /// The same after tickets of title, description and labels.
    fn taught(mut self, tickets: &[Lesson]) -> Self {
        let ids: Vec<String> = (0..tickets.len()).map(|id| id.to_string()).collect();
        let examples = tickets.iter().zip(&ids);
        self.analyzer
            .train(examples.map(|((title, description, labels), id)| Example {
                id,
                title,
                description,
                labels: *labels,
            }));
        self
    }

    fn read_beside(&self, title: &str, description: &str, similar: &[Similar]) -> Analysis {
        let embedded = Embedded {
            analyzer: &self.analyzer,
            staff_skills: &self.staff,
        };
        embedded.read(title, description, similar)
    }

    fn read(&self, title: &str, description: &str) -> Analysis {
        self.read_beside(title, description, &[])
    }
}

/// Title, description and the labels of category, priority, type and skill.
type Lesson = (&'static str, &'static str, [Option<&'static str>; 4]);

static FRESH: LazyLock<Reader> = LazyLock::new(|| {
    Reader::fresh().with_staff(&["Network", "Hardware", "Billing", "Accounts", "Databases"])
});

fn ids(analysis: &Analysis) -> Vec<&str> {
    let skills = analysis.skills.iter();
    skills.map(|skill| skill.id.as_str()).collect()
}

fn lexicon() -> &'static Lexicon {
    DICTIONARY.lexicon()
}
