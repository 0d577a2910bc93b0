//! The lines of a model, and those of the embedded analyzer where no model answered.

use std::{
    io::{self, Write},
    pin::pin,
    sync::Arc,
};

use futures_util::StreamExt;
use tickmate::domain::{learn::Dictionary, options::Options};
use tickmate_server::Failure;

use super::{heard, rows::Row, stand_in::StandIn};
use crate::ask::{self, Asker};

/// Asks a model about the tickets, and writes a line for each as soon as it and those before it are read.
pub(super) fn triage(
    asker: &Asker,
    dictionary: &Arc<Dictionary>,
    options: Options,
    settled: &[Row],
    tickets: &[Row],
) -> Result<(), Failure> {
    let stand_in = StandIn::new(dictionary, options, settled);
    ask::run(written(asker, dictionary, &stand_in, tickets))
}

async fn written(
    asker: &Asker,
    dictionary: &Dictionary,
    stand_in: &StandIn<'_>,
    tickets: &[Row],
) -> Result<(), Failure> {
    let model = asker.id().to_string();
    let mut all = pin!(asker.ask_all(stand_in.lists(), dictionary.vocabulary(), tickets));
    let (mut unanswered, mut why) = (0_usize, String::new());
    let (mut calls, mut tokens) = (0, [0; 3]);
    for ticket in tickets {
        let Some(asked) = all.next().await else { break };
        let asked = asked?;
        calls += asked.calls;
        let usage = asked.usage;
        let used = [
            usage.prompt_tokens,
            usage.cached_tokens,
            usage.output_tokens,
        ];
        for (all, used) in tokens.iter_mut().zip(used) {
            *all += used;
        }
        let answer = stand_in.answer(ticket, &model, asked.analysis.as_ref());
        if asked.analysis.is_none() {
            unanswered += 1;
            why = asked.why;
        }
        let line = answer.line(ticket);
        let mut output = io::stdout().lock();
        if !heard(writeln!(output, "{line}").and_then(|()| output.flush()))? {
            break;
        }
    }
    let [questions, cached, answers] = tokens;
    eprintln!(
        "{calls} calls; tokens: {questions} of questions ({cached} of them cached), {answers} of answers"
    );
    if unanswered > 0 {
        let all = tickets.len();
        eprintln!(
            "{unanswered} of {all} tickets were read by the embedded analyzer; the last: {why}"
        );
    }
    Ok(())
}
