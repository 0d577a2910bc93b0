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
use utoipa::ToSchema;

use crate::requests::{FieldWord, Moment};

use super::{moment, rules};

/// The rules of triage, and how it goes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneTriage {
    triage: Triage,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TriageRules)]
struct Triage {
    version: u64,
    #[serde(flatten)]
    set: Lists,
    #[schema(value_type = rules::Apply)]
    apply: Apply,
    options: Lists,
    models: Vec<Model>,
    #[schema(value_type = rules::Budget)]
    budget: Budget,
    #[serde(rename = "learnt")]
    learned: LearnerStatus,
    accuracy: Vec<Accuracy>,
}

/// What a reading chooses from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TriageChoices)]
struct Lists {
    #[schema(value_type = Vec<rules::FieldOption>)]
    categories: Vec<FieldOption>,
    #[schema(value_type = Vec<rules::FieldOption>)]
    types: Vec<FieldOption>,
    #[schema(value_type = Vec<rules::FieldOption>)]
    priorities: Vec<FieldOption>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ModelState)]
struct Model {
    provider: String,
    model: String,
    #[schema(required, value_type = Option<Moment>)]
    resting_until: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LearnerStatus {
    lessons: u32,
    #[schema(value_type = BTreeMap<String, u32>)]
    by_field: BTreeMap<&'static str, u32>,
    trainings: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReaderAccuracy)]
struct Accuracy {
    month: String,
    reader: String,
    #[schema(value_type = FieldWord)]
    field: &'static str,
    #[serde(flatten)]
    #[schema(value_type = rules::Tally)]
    tally: Tally,
    #[schema(required)]
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
