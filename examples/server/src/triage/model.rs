//! The lines of a model, and those of the embedded analyser where no model answered.

use std::{
    io::{self, Write},
    pin::pin,
    sync::Arc,
};

use futures_util::StreamExt;
use serde_json::{Value, json};
use tickmate::domain::{
    learn::{Analyser, Dictionary, Field, Options},
    triage::{Analysis, Embedded},
};

use super::{
    answer::{answer, rounded},
    heard,
    rows::Row,
    trained,
};
use crate::{
    ask::{self, Asker, Lists},
    failure::Failure,
};

/// Asks a model about the tickets, and writes a line for each as soon as it and those before it are read.
pub(super) fn triage(
    asker: &Asker,
    dictionary: &Arc<Dictionary>,
    options: Options,
    settled: &[Row],
    tickets: &[Row],
) -> Result<(), Failure> {
    let stand_in = StandIn {
        dictionary,
        options: options.clone(),
        settled,
        analyser: None,
    };
    let lists = Lists::new(dictionary, options, settled);
    ask::run(written(asker, &lists, stand_in, tickets))
}

async fn written(
    asker: &Asker,
    lists: &Lists,
    mut stand_in: StandIn<'_>,
    tickets: &[Row],
) -> Result<(), Failure> {
    let model = asker.id().to_string();
    let vocabulary = stand_in.dictionary.vocabulary();
    let mut all = pin!(asker.ask_all(lists, vocabulary, tickets));
    let (mut unanswered, mut why) = (0_usize, String::new());
    for ticket in tickets {
        let Some(asked) = all.next().await else { break };
        let asked = asked?;
        let line = match &asked.analysis {
            Some(analysis) => line(ticket, &model, lists, analysis),
            None => {
                unanswered += 1;
                why = asked.why;
                stand_in.line(lists, ticket)
            }
        };
        let mut output = io::stdout().lock();
        if !heard(writeln!(output, "{line}").and_then(|()| output.flush()))? {
            break;
        }
    }
    if unanswered > 0 {
        let all = tickets.len();
        eprintln!(
            "{unanswered} of {all} tickets were read by the embedded analyser; the last: {why}"
        );
    }
    Ok(())
}

/// The analysis of a model as JSON on one line.
fn line(ticket: &Row, model: &str, lists: &Lists, analysis: &Analysis) -> Value {
    let of = |field| lists.told(field, analysis);
    let names = Field::ALL
        .map(|field| (field.as_str(), field))
        .into_iter()
        .chain([("skills", Field::Skill)]);
    let confidence = names
        .clone()
        .map(|(name, field)| (name.to_owned(), json!(rounded(of(field).confidence))));
    let abstains = names.map(|(name, field)| (name.to_owned(), json!(of(field).abstains)));
    let mut line = json!({
        "id": ticket.id,
        "category": of(Field::Category).label,
        "priority": of(Field::Priority).label,
        "type": of(Field::Type).label,
        "skill": of(Field::Skill).label,
        "skills": lists.skills(analysis),
        "confidence": Value::Object(confidence.collect()),
        "abstains": Value::Object(abstains.collect()),
        "source": "model",
        "model": model,
        "summary": analysis.summary,
        "notes": analysis.notes,
    });
    add_grades(&mut line, analysis);
    line
}

/// What staff is told beside the fields that are learnt.
fn add_grades(line: &mut Value, analysis: &Analysis) {
    line["sentiment"] = json!(analysis.sentiment);
    line["complexity"] = json!(analysis.complexity);
    line["tags"] = json!(analysis.tags);
    line["firstSteps"] = json!(analysis.first_steps);
}

/// The embedded analyser, which learns only once it is needed.
struct StandIn<'a> {
    dictionary: &'a Arc<Dictionary>,
    options: Options,
    settled: &'a [Row],
    analyser: Option<Analyser>,
}

impl StandIn<'_> {
    fn line(&mut self, lists: &Lists, ticket: &Row) -> Value {
        let (dictionary, options, settled) = (self.dictionary, &self.options, self.settled);
        let analyser = self
            .analyser
            .get_or_insert_with(|| trained(dictionary, options, settled));
        let embedded = Embedded {
            lexicon: dictionary.lexicon(),
            vocabulary: dictionary.vocabulary(),
            analyser,
            staff_skills: lists.staff(),
        };
        let mut line = answer(dictionary, lists.staff(), analyser, ticket);
        let analysis = embedded.read(&ticket.title, &ticket.description, &[]);
        add_grades(&mut line, &analysis);
        line
    }
}
