//! Imports tickets from a file, and waits until each is triaged and assigned or in the backlog.

mod flow;
mod line;
mod report;
mod take;

use std::{fs::File, io, path::Path, process::ExitCode, sync::Arc, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

pub(crate) use self::report::reason;
use self::take::Taker;
use crate::{
    cli::ImportArgs,
    demo,
    failure::{Context, Failure},
    print,
    serve::stop_on_signals,
    settings::Settings,
    wire::{App, prepare_mail},
};

/// How often to look how many tickets need triage.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How often a store that does not answer is asked, and the pause between two tries.
const TRIES: u32 = 20;
const AGAIN_AFTER: Duration = Duration::from_millis(500);
/// The exit code where some lines were refused.
const SOME_REFUSED: u8 = 2;
/// The exit code of a process that was interrupted.
const INTERRUPTED: u8 = 130;

/// Imports the file, and prints the result.
///
/// # Errors
/// The file can't be read, or the database can't be written.
pub(crate) async fn import(settings: &Settings, args: &ImportArgs) -> Result<ExitCode, Failure> {
    let requester = args.requester.as_deref().map(str::parse).transpose();
    let requester = requester.map_err(|_| Failure::new("--requester must be an e-mail address"))?;
    let (file, length) = open(&args.file).context(args.file.display())?;
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    prepare_mail(settings).await?;
    let app = App::open(settings, settings.configured_app_url()).await?;
    let stop = stop_on_signals()?;
    let done = async {
        if args.demo_team {
            demo::install_team(&app).await?;
            print::line("");
        }
        let taker = Arc::new(Taker::new(Arc::clone(&app.desk), requester, args.notify));
        run(&app, &stop, taker, file, length).await
    }
    .await;
    let closed = app.close().await;
    let code = done?;
    closed?;
    Ok(code)
}

fn open(path: &Path) -> io::Result<(File, u64)> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    match metadata.is_dir() {
        true => Err(io::ErrorKind::IsADirectory.into()),
        false => Ok((file, metadata.len())),
    }
}

async fn run(
    app: &App,
    stop: &CancellationToken,
    taker: Arc<Taker>,
    file: File,
    length: u64,
) -> Result<ExitCode, Failure> {
    let end_of_work = stop.child_token();
    let worker = app.worker()?.run(end_of_work.clone().cancelled_owned());
    let worker = tokio::spawn(worker);
    let started = Instant::now();
    let imported = async {
        let bar = bar(length, "{bar:30} {bytes} of {total_bytes} read");
        let counts = flow::take_all(app, taker, file, &bar, stop).await?;
        bar.finish_and_clear();
        settle(app, stop).await?;
        Ok(counts)
    }
    .await;
    let took = started.elapsed();
    end_of_work.cancel();
    let worked = worker.await;
    let counts = imported?;
    worked.context("the worker failed")?;
    report::print_counts(counts, took);
    report::print_desk(app).await?;
    let left = app.jobs_left().await?;
    if left > 0 {
        print::line(format_args!(
            "{left} mails or other jobs are left to do; a server on this database does them."
        ));
    }
    if stop.is_cancelled() {
        print::line("Stopped before the end; the same command goes on from there.");
        return Ok(ExitCode::from(INTERRUPTED));
    }
    Ok(match counts.refused {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(SOME_REFUSED),
    })
}

/// Waits until the desk has triaged every ticket, and assigned it or put it into the backlog.
async fn settle(app: &App, stop: &CancellationToken) -> Result<(), Failure> {
    let all = needing_triage(app).await?;
    let bar = bar(all, "{bar:30} {pos} of {len} read and routed, {per_sec}");
    let settled = async {
        loop {
            let left = needing_triage(app).await?;
            bar.set_position(all.saturating_sub(left));
            if left == 0 {
                return Ok(());
            }
            sleep(LOOK_EVERY).await;
        }
    };
    let settled = stop.run_until_cancelled(settled).await;
    bar.finish_and_clear();
    settled.unwrap_or(Ok(()))
}

/// Counts the tickets that need triage. A store that does not answer is asked again for a while.
async fn needing_triage(app: &App) -> Result<u64, Failure> {
    let mut tries = 0;
    loop {
        tries += 1;
        match app.desk.tickets().count_needing_triage().await {
            Ok(count) => return Ok(count),
            Err(error) if error.is_transient() && tries < TRIES => sleep(AGAIN_AFTER).await,
            Err(error) => return Err(Failure::because("the database can't be read", &error)),
        }
    }
}

/// Creates a progress bar on standard error; it is hidden where that is no terminal.
fn bar(length: u64, template: &str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    // A template that does not parse would leave the usual look.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
