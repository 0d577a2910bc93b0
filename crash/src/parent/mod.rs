//! The parent: survives every kill, and checks the result.

mod accounts;
mod bound;
mod check;
mod clients;
mod drain;
mod kills;
mod log;
mod peer;
mod process;
mod report;
mod scene;
mod self_test;
mod wire;

use crate::{args::RunArgs, failure::Failure};

use self::{kills::Killer, report::Report, scene::Scene};

/// Runs the requested mode. Returns whether it found no violation.
pub(crate) async fn run(args: RunArgs) -> Result<bool, Failure> {
    if args.bound {
        return bound::prove(&args).await;
    }
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..));
    report::print_line(&format!("seed           {seed}"));
    if args.self_test {
        return self_test::run(&args, seed).await;
    }
    let started = tokio::time::Instant::now();
    let scene = Scene::create(seed, &args, args.sabotage).await?;
    let mut killer = Killer::new(&scene, seed);
    killer.kill(args.kills).await?;
    let violations = killer.drain_and_check().await?;
    let report = Report {
        tally: killer.tally(),
        acknowledged: scene.log.acknowledged(),
        retried: scene.log.entries().retried,
        violations,
        seconds: started.elapsed().as_secs(),
    };
    report.print();
    scene.clean_up();
    Ok(report.violations.is_clean())
}
