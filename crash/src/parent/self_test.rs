//! The test of the harness itself: each sabotage must be caught.

use std::time::Duration;

use clap::ValueEnum;

use super::{
    kills::Killer,
    report::{Violations, say},
    scene::Scene,
};
use crate::{args::RunArgs, failure::Failure, sabotage::Sabotage};

/// After so many kills the desk is looked at.
const ROUND: u32 = 10;
/// A sabotaged desk may never come to rest.
const REST: Duration = Duration::from_secs(15);

/// Tries every sabotage. Answers whether each was caught.
pub(crate) async fn run(args: &RunArgs, seed: u64) -> Result<bool, Failure> {
    let mut all = true;
    for sabotage in Sabotage::value_variants() {
        all &= is_caught(*sabotage, args, seed).await?;
    }
    Ok(all)
}

async fn is_caught(sabotage: Sabotage, args: &RunArgs, seed: u64) -> Result<bool, Failure> {
    let scene = Scene::set(seed, args, Some(sabotage)).await?;
    let mut killer = Killer::new(&scene, seed);
    killer.drain_limit = REST;
    let mut found = Violations::default();
    while found.is_clean() && killer.tally().kills() < args.kills {
        let left = args.kills - killer.tally().kills();
        killer.kill(ROUND.min(left)).await?;
        found = killer.settle_and_check().await?;
    }
    let kills = killer.tally().kills();
    let name = sabotage.name();
    match found.is_clean() {
        true => say(&format!("{name:<18} NOT caught within {kills} kills")),
        false => {
            let figures: Vec<String> = found
                .figures()
                .iter()
                .filter(|(_, sentences)| !sentences.is_empty())
                .map(|(figure, sentences)| format!("{figure} {}", sentences.len()))
                .collect();
            say(&format!(
                "{name:<18} caught within {kills} kills: {}",
                figures.join(", ")
            ));
        }
    }
    scene.leave();
    Ok(!found.is_clean())
}
