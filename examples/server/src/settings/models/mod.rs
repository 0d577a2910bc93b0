//! Which models read tickets, in which order, and within which bounds.

mod provider;
#[cfg(test)]
mod tests;

use std::{ops::RangeInclusive, time::Duration};

use tickmate::domain::models::Budget;
use tickmate_ai_http::Timeouts;

pub use self::provider::{Model, Provider};
use super::{Problem, keep, keep_all, variables::Values};

const CHAIN: &str = "AI_CHAIN";
const CALLS: &str = "AI_DAILY_CALLS";
const TOKENS: &str = "AI_DAILY_TOKENS";
const CONCURRENCY: &str = "AI_CONCURRENCY";
const TIMEOUT: &str = "AI_TIMEOUT_SECONDS";
const BOUNDS: [&str; 4] = [CALLS, TOKENS, CONCURRENCY, TIMEOUT];
/// The fewest tokens that a day may have: one question with what is reserved for its answer takes up to some ten thousand.
const FEWEST_TOKENS: u64 = 20_000;
/// The most that a day may have of anything.
const MOST: u64 = 1_000_000_000_000;

/// Which models read tickets.
#[derive(Debug)]
pub(crate) struct Models {
    /// Who is asked, in this order; the embedded analyzer comes after them all.
    pub(crate) chain: Vec<Model>,
    /// The variables that chose them.
    pub(crate) by: Vec<&'static str>,
    /// The variables that set the bounds.
    pub(crate) bounded_by: Vec<&'static str>,
    /// What a day's calls may come to.
    pub(crate) budget: Budget,
    /// How many questions are under way at most.
    pub(crate) concurrency: u32,
}

/// Reads which models are asked.
pub(super) fn models(values: &Values) -> Result<Models, Vec<Problem>> {
    let mut problems = Vec::new();
    let timeouts = keep(&mut problems, timeouts(values)).unwrap_or_default();
    let mut set_up = Vec::new();
    for provider in Provider::ALL {
        set_up.extend(keep_all(&mut problems, provider.model(values, timeouts)).flatten());
    }
    let concurrency = keep(
        &mut problems,
        number(values, CONCURRENCY, 1..=12, "from 1 to 12"),
    );
    let budget = keep_all(&mut problems, budget(values));
    let order = keep(&mut problems, order(values));
    let (Some(budget), Some(concurrency), Some(order), true) =
        (budget, concurrency, order, problems.is_empty())
    else {
        return Err(problems);
    };
    let mut chain = Vec::new();
    for provider in order.as_deref().unwrap_or(&Provider::ALL) {
        let place = set_up.iter().position(|one| one.provider() == *provider);
        match place {
            Some(place) => chain.push(set_up.swap_remove(place)),
            None if order.is_some() => {
                let what = format!("names {}, but {}", provider.as_str(), provider.missing());
                problems.push(Problem::new(CHAIN, what));
            }
            None => {}
        }
    }
    let mut by: Vec<_> = chain.iter().map(|one| one.chosen_by(values)).collect();
    by.extend(order.is_some().then_some(CHAIN));
    match problems.is_empty() {
        true => Ok(Models {
            chain,
            by,
            bounded_by: set(values, &BOUNDS).collect(),
            budget,
            concurrency: u32::try_from(concurrency.unwrap_or(4)).unwrap_or(4),
        }),
        false => Err(problems),
    }
}

/// Reads how the model of one provider is reached, whether the chain names it or not.
///
/// # Errors
/// Every value that can't be taken, and the variable that is missing.
pub fn model(values: &Values, provider: Provider) -> Result<Model, Vec<Problem>> {
    let timeouts = timeouts(values).map_err(|problem| vec![problem])?;
    let model = provider.model(values, timeouts)?;
    model.ok_or_else(|| vec![provider.demanded()])
}

/// What is set and has no effect.
pub(super) fn unused(values: &Values, models: &Models) -> Vec<String> {
    let mut lines = Vec::new();
    for provider in Provider::ALL {
        if models.chain.iter().any(|one| one.provider() == provider) {
            continue;
        }
        let why = match provider.is_set_up(values) {
            true => format!("{CHAIN} does not name {}", provider.as_str()),
            false => provider.missing(),
        };
        lines.extend(no_effect(values, &provider.variables(), &why));
    }
    if models.chain.is_empty() {
        lines.extend(no_effect(values, &BOUNDS, "no model is set up"));
    }
    lines
}

fn no_effect(values: &Values, names: &[&'static str], why: &str) -> Vec<String> {
    set(values, names)
        .map(|name| format!("{name} is set, but has no effect: {why}"))
        .collect()
}

fn set(values: &Values, names: &[&'static str]) -> impl Iterator<Item = &'static str> {
    let names = names.iter().copied();
    names.filter(|name| values.get(name).is_some())
}

/// The order that is asked for, each provider once.
fn order(values: &Values) -> Result<Option<Vec<Provider>>, Problem> {
    let Some(text) = values.get(CHAIN) else {
        return Ok(None);
    };
    let mut order = Vec::new();
    for word in text.split(',').map(str::trim) {
        let named = Provider::ALL
            .into_iter()
            .find(|one| one.as_str().eq_ignore_ascii_case(word));
        match named {
            Some(provider) if !order.contains(&provider) => order.push(provider),
            Some(provider) => {
                let what = format!("names {} twice", provider.as_str());
                return Err(Problem::new(CHAIN, what));
            }
            None => {
                return Err(Problem::new(
                    CHAIN,
                    "must be gemini, openai, or both with a comma between",
                ));
            }
        }
    }
    Ok(Some(order))
}

fn timeouts(values: &Values) -> Result<Timeouts, Problem> {
    let seconds = number(values, TIMEOUT, 1..=30, "from 1 to 30")?;
    let total = Duration::from_secs(seconds.unwrap_or(20));
    Ok(Timeouts {
        connect: Timeouts::default().connect.min(total),
        total,
    })
}

fn budget(values: &Values) -> Result<Budget, Vec<Problem>> {
    let calls = number(
        values,
        CALLS,
        1..=MOST,
        "from 1 on; without it there is no bound",
    );
    let tokens = number(
        values,
        TOKENS,
        FEWEST_TOKENS..=MOST,
        "from 20000 on, as one question takes up to some ten thousand; without it there is no bound",
    );
    match (calls, tokens) {
        (Ok(calls), Ok(tokens)) => Ok(Budget { calls, tokens }),
        (calls, tokens) => Err([calls.err(), tokens.err()].into_iter().flatten().collect()),
    }
}

fn number(
    values: &Values,
    name: &'static str,
    range: RangeInclusive<u64>,
    words: &str,
) -> Result<Option<u64>, Problem> {
    match values.get(name).map(str::parse) {
        None => Ok(None),
        Some(Ok(number)) if range.contains(&number) => Ok(Some(number)),
        Some(_) => Err(Problem::new(name, format!("must be a number {words}"))),
    }
}
