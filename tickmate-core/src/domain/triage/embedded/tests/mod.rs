//! Tests of the embedded analyzer, before and after training.

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

/// Built once, because it is slow.
static DICTIONARY: LazyLock<Arc<Dictionary>> = LazyLock::new(|| Arc::new(Dictionary::shipped()));

/// An analyzer and the skills of the staff.
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

    /// Creates an untrained reader with the shipped lists.
    fn untrained() -> Self {
        Self::of(&TriageRules::default().options(DICTIONARY.lexicon()))
    }

    fn with_staff(mut self, names: &[&str]) -> Self {
        self.staff = DICTIONARY.vocabulary().resolve_all(names.iter().copied());
        self
    }

    /// Trains the reader with tickets.
    fn trained_with(mut self, tickets: &[Lesson]) -> Self {
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

    fn read_with_similar(&self, title: &str, description: &str, similar: &[Similar]) -> Analysis {
        let embedded = Embedded {
            analyzer: &self.analyzer,
            staff_skills: &self.staff,
        };
        embedded.read(title, description, similar)
    }

    fn read(&self, title: &str, description: &str) -> Analysis {
        self.read_with_similar(title, description, &[])
    }
}

/// Title, description and the labels of category, priority, type and skill.
type Lesson = (&'static str, &'static str, [Option<&'static str>; 4]);

static UNTRAINED: LazyLock<Reader> = LazyLock::new(|| {
    Reader::untrained().with_staff(&["Network", "Hardware", "Billing", "Accounts", "Databases"])
});

fn ids(analysis: &Analysis) -> Vec<&str> {
    let skills = analysis.skills.iter();
    skills.map(|skill| skill.id.as_str()).collect()
}

fn lexicon() -> &'static Lexicon {
    DICTIONARY.lexicon()
}
