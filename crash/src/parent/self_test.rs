//! The self-test of the harness: each sabotage must be caught.

use std::time::Duration;

use clap::ValueEnum;

use super::{
    kills::Killer,
    report::{Violations, print_line},
    scene::Scene,
};
use crate::{args::RunArgs, failure::Failure, sabotage::Sabotage};

/// The number of kills after which the desk is checked.
const KILLS_PER_CHECK: u32 = 10;
/// How long a desk may take to finish its work. A sabotaged desk may never finish it.
const DRAIN_LIMIT: Duration = Duration::from_secs(15);

/// Tries every sabotage. Returns whether each was caught.
pub(crate) async fn run(args: &RunArgs, seed: u64) -> Result<bool, Failure> {
    let mut all_caught = true;
    for sabotage in Sabotage::value_variants() {
        all_caught &= is_caught(*sabotage, args, seed).await?;
    }
    Ok(all_caught)
}

async fn is_caught(sabotage: Sabotage, args: &RunArgs, seed: u64) -> Result<bool, Failure> {
    let scene = Scene::create(seed, args, Some(sabotage)).await?;
    let mut killer = Killer::new(&scene, seed);
    killer.drain_limit = DRAIN_LIMIT;
    let mut violations = Violations::default();
    while violations.is_clean() && killer.tally().kills() < args.kills {
        let remaining = args.kills - killer.tally().kills();
        killer.kill(KILLS_PER_CHECK.min(remaining)).await?;
        violations = killer.drain_and_check().await?;
    }
    let kills = killer.tally().kills();
    let name = sabotage.name();
    match violations.is_clean() {
        true => print_line(&format!("{name:<18} NOT caught within {kills} kills")),
        false => {
            let figures: Vec<String> = violations
                .figures()
                .iter()
                .filter(|(_, sentences)| !sentences.is_empty())
                .map(|(figure, sentences)| format!("{figure} {}", sentences.len()))
                .collect();
            print_line(&format!(
                "{name:<18} caught within {kills} kills: {}",
                figures.join(", ")
            ));
        }
    }
    scene.clean_up();
    Ok(!violations.is_clean())
}
