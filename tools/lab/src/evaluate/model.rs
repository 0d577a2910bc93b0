//! What a model makes of the tickets, and what that takes: calls, tokens, time and money.

use std::{pin::pin, process::ExitCode, sync::Arc, time::Duration};

use futures_util::StreamExt;
use tickmate::{
    backend::llm::Usage,
    domain::{
        field::Field,
        learn::{Dictionary, LabelOutcome},
        options::Options,
    },
};
use tickmate_server::{Failure, print, settings::Provider};

use super::score::{FIGURES, figures};
use crate::{
    ask::{self, Asked, Asker},
    cli::EvalArgs,
    triage::{Answer, StandIn, rows::Row},
};

/// What tokens cost, in USD a million.
pub(super) struct Prices {
    question: f64,
    answer: f64,
}

/// Asks a model about the tickets that were held back, and prints figures of what `triage` would write: where the model
/// gave no value the embedded analyzer's guess counts. To the model the others only give their labels, for lists that
/// have none.
pub(super) fn eval(
    args: &EvalArgs,
    provider: Provider,
    dictionary: &Arc<Dictionary>,
    options: Options,
    learned: &[Row],
    held: &[Row],
) -> Result<ExitCode, Failure> {
    if args.curve {
        return Err(Failure::new(
            "--curve is for the embedded analyzer: models don't learn",
        ));
    }
    let asker = Asker::new(provider, &args.reading)?;
    let stand_in = StandIn::new(dictionary, options, learned);
    let asked = ask::run(async {
        let mut all = pin!(asker.ask_all(stand_in.lists(), dictionary.vocabulary(), held));
        let mut asked = Vec::new();
        while let Some(one) = all.next().await {
            asked.push(one?);
        }
        Ok(asked)
    })?;
    let model = asker.id().to_string();
    let answers: Vec<Answer> = held
        .iter()
        .zip(&asked)
        .map(|(row, one)| stand_in.answer(row, &model, one.analysis.as_ref()))
        .collect();
    print::line(format_args!("{model}, {} tickets to read", held.len()));
    print::table(&table(held, &answers));
    spent(args, &asked);
    Ok(ExitCode::SUCCESS)
}

fn table(held: &[Row], answers: &[Answer]) -> Vec<Vec<String>> {
    let mut table = vec![FIGURES.map(str::to_owned).to_vec()];
    for field in Field::ALL {
        let outcomes: Vec<LabelOutcome<'_>> = held
            .iter()
            .zip(answers)
            .filter_map(|(row, answer)| {
                let told = answer.told(field);
                Some(LabelOutcome {
                    right: row.label(field)?,
                    guess: told.label.as_deref(),
                    confidence: told.confidence,
                    abstains: told.abstains,
                })
            })
            .collect();
        table.extend(figures(field, &outcomes).map(Vec::from));
    }
    table
}

/// Prints what all that took.
fn spent(args: &EvalArgs, asked: &[Asked]) {
    let mut all = Asked::default();
    for one in asked {
        all.and(one);
    }
    let unanswered = asked.iter().filter(|one| one.analysis.is_none());
    let why = unanswered.clone().next_back().map(|one| one.why.as_str());
    let usage = all.usage;
    print::line(format_args!(
        "calls: {}; {} tickets got no answer and count as the embedded analyzer reads them",
        all.calls,
        unanswered.count()
    ));
    print::line(format_args!(
        "tokens: {} of questions ({} of them cached), {} of answers",
        usage.prompt_tokens, usage.cached_tokens, usage.output_tokens
    ));
    print::line(latency(all.latencies));
    if let Some(prices) = Prices::of(args) {
        print::line(prices.words(usage, asked.len()));
    }
    if let Some(why) = why {
        eprintln!("the last ticket without an answer: {why}");
    }
}

/// The mean, and the time within which 95 of 100 answers came.
fn latency(mut latencies: Vec<Duration>) -> String {
    latencies.sort_unstable();
    let count = u32::try_from(latencies.len()).unwrap_or(u32::MAX);
    let place = (latencies.len() * 95).div_ceil(100).saturating_sub(1);
    match (
        latencies.get(place),
        latencies.iter().sum::<Duration>().checked_div(count),
    ) {
        (Some(most), Some(mean)) => {
            let (mean, most) = (mean.as_millis(), most.as_millis());
            format!("latency: {mean} ms on average, {most} ms for 95 of 100 at most")
        }
        _ => "latency: unknown, there was no answer".to_owned(),
    }
}

impl Prices {
    /// Those of the command line.
    pub(super) fn of(args: &EvalArgs) -> Option<Self> {
        Some(Self {
            question: args.price_in?,
            answer: args.price_out?,
        })
    }

    /// What this cost, and what so many would have cost each a thousand times. Cached tokens cost as much as others.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of tokens and tickets, of which money is made"
    )]
    pub(super) fn words(&self, usage: Usage, tickets: usize) -> String {
        let of = |tokens: u64, price: f64| tokens as f64 * price / 1e6;
        let all = of(usage.prompt_tokens, self.question) + of(usage.output_tokens, self.answer);
        let each = all / tickets.max(1) as f64;
        format!(
            "cost: {all:.6} USD, {:.4} USD for 1,000 tickets",
            each * 1e3
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_those_of_ranks() {
        let of = |millis: &[u64]| {
            let latencies = millis.iter().copied().map(Duration::from_millis);
            latency(latencies.collect())
        };
        let hundred: Vec<u64> = (1..=100).rev().collect();
        assert_eq!(
            of(&hundred),
            "latency: 50 ms on average, 95 ms for 95 of 100 at most"
        );
        assert_eq!(
            of(&[7]),
            "latency: 7 ms on average, 7 ms for 95 of 100 at most"
        );
        assert_eq!(of(&[]), "latency: unknown, there was no answer");
    }

    #[test]
    fn tokens_cost_what_they_cost() {
        let prices = Prices {
            question: 0.25,
            answer: 2.0,
        };
        let usage = Usage {
            prompt_tokens: 1_000_000,
            cached_tokens: 500_000,
            output_tokens: 250_000,
        };
        assert_eq!(
            prices.words(usage, 500),
            "cost: 0.750000 USD, 1.5000 USD for 1,000 tickets"
        );
        assert_eq!(
            prices.words(Usage::default(), 0),
            "cost: 0.000000 USD, 0.0000 USD for 1,000 tickets"
        );
    }
}
