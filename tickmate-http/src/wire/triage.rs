//! The rules of triage, and how triage goes.

use std::collections::BTreeMap;

use serde::Serialize;
use tickmate_core::{
    desk,
    domain::{
        field::Field,
        models::Budget,
        options::{FieldOption, Options},
        triage::{Apply, Figure, Tally, wire_name},
    },
};

use super::moment;

/// The rules of triage, and how it goes.
#[derive(Debug, Serialize)]
pub(crate) struct OneTriage {
    triage: Triage,
}

#[derive(Debug, Serialize)]
struct Triage {
    version: u64,
    #[serde(flatten)]
    set: Lists,
    apply: Apply,
    options: Lists,
    models: Vec<Model>,
    budget: Budget,
    #[serde(rename = "learnt")]
    learned: LearnerStatus,
    accuracy: Vec<Accuracy>,
}

/// What a reading chooses from.
#[derive(Debug, Serialize)]
struct Lists {
    categories: Vec<FieldOption>,
    types: Vec<FieldOption>,
    priorities: Vec<FieldOption>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Model {
    provider: String,
    model: String,
    resting_until: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LearnerStatus {
    lessons: u32,
    by_field: BTreeMap<&'static str, u32>,
    trainings: u64,
}

#[derive(Debug, Serialize)]
struct Accuracy {
    month: String,
    reader: String,
    field: &'static str,
    #[serde(flatten)]
    tally: Tally,
    accuracy: Option<f64>,
}

impl OneTriage {
    pub(crate) fn new(view: desk::TriageView, overview: desk::TriageOverview) -> Self {
        let Options {
            categories,
            types,
            priorities,
            skills: _,
        } = view.options;
        let models = overview.models.into_iter();
        let triage = Triage {
            version: view.version,
            set: Lists {
                categories: view.rules.categories,
                types: view.rules.types,
                priorities: view.rules.priorities,
            },
            apply: view.rules.apply,
            options: Lists {
                categories,
                types,
                priorities,
            },
            models: models.map(Model::new).collect(),
            budget: overview.budget,
            learned: LearnerStatus::new(&overview.learned),
            accuracy: overview.accuracy.into_iter().map(Accuracy::new).collect(),
        };
        Self { triage }
    }
}

impl Model {
    fn new(state: desk::ModelState) -> Self {
        Self {
            provider: state.id.provider,
            model: state.id.model,
            resting_until: state.resting_until.map(moment),
        }
    }
}

impl LearnerStatus {
    fn new(learned: &desk::LearnerStatus) -> Self {
        let fields = Field::ALL.map(wire_name).into_iter();
        Self {
            lessons: learned.lessons,
            by_field: fields.zip(learned.by_field).collect(),
            trainings: learned.trainings,
        }
    }
}

impl Accuracy {
    fn new(figure: Figure) -> Self {
        Self {
            month: figure.month,
            reader: figure.reader,
            field: wire_name(figure.field),
            accuracy: figure.tally.accuracy(),
            tally: figure.tally,
        }
    }
}
