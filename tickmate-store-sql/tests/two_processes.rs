//! Tests several processes on one file: they open it concurrently where there is none, and write concurrently without
//! starving each other.
#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "a test that ends here has failed")]

mod support;

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use support::{create, integrity, open, tickets, unknown_requester};
use tickmate_core::{
    backend::store::{EventStore, TicketStore},
    conformance::fixtures::Fixtures,
};
use tokio::time::Instant;

const FILE: &str = "TICKMATE_TEST_FILE";
const SECONDS: &str = "TICKMATE_TEST_SECONDS";
const SEED: &str = "TICKMATE_TEST_SEED";

#[expect(
    clippy::disallowed_methods,
    reason = "a child process takes its task from its environment"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Starts a child process of this test that writes into a file.
fn start(path: &Path, seed: u64, seconds: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "writes_into_the_file_of_its_parent",
            "--exact",
            "--ignored",
            "--nocapture",
        ])
        .env(FILE, path)
        .env(SEED, seed.to_string())
        .env(SECONDS, seconds.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

/// Waits for a child and returns the number of tickets that it wrote, and the longest time of a write in
/// milliseconds.
fn wait_for_report(child: Child) -> (u64, u64) {
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let numbers = text
        .split("written ")
        .nth(1)
        .unwrap_or_else(|| panic!("{text}"));
    let mut numbers = numbers
        .split_whitespace()
        .map(|number| number.parse().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap())
}

/// The main function of a child process: writes with eight clients until its time is over. Any error ends it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs as a process of the other tests"]
async fn writes_into_the_file_of_its_parent() {
    let (Some(path), Some(seed), Some(seconds)) =
        (variable(FILE), variable(SEED), variable(SECONDS))
    else {
        println!("skipped: started by hand");
        return;
    };
    let store = open(Path::new(&path)).await;
    let seed: u64 = seed.parse().unwrap();
    let end = Instant::now() + Duration::from_secs(seconds.parse().unwrap());
    let mut clients = Vec::new();
    for client in 0..8 {
        let (store, mut make) = (store.clone(), Fixtures::new(seed * 8 + client));
        clients.push(tokio::spawn(async move {
            let ann = unknown_requester();
            let (mut count, mut longest) = (0, Duration::ZERO);
            while count < 5 || Instant::now() < end {
                let new = tickets(&mut make, ann, 1).remove(0);
                let begun = Instant::now();
                create(&store, &new).await.unwrap();
                longest = longest.max(begun.elapsed());
                count += 1;
            }
            (count, longest)
        }));
    }
    let (mut count, mut longest) = (0_u64, Duration::ZERO);
    for client in clients {
        let (client_count, client_longest) = client.await.unwrap();
        count += client_count;
        longest = longest.max(client_longest);
    }
    store.close().await.unwrap();
    println!("\nwritten {count} {}", longest.as_millis());
}

#[tokio::test]
async fn processes_that_create_one_file_concurrently_all_work() {
    for round in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.db");
        let children: Vec<Child> = (1..=3).map(|seed| start(&path, seed, 0)).collect();
        let total: u64 = children
            .into_iter()
            .map(|child| wait_for_report(child).0)
            .sum();
        let store = open(&path).await;
        assert!(
            store.ticket_by_number(total).await.unwrap().is_some(),
            "round {round}"
        );
        assert!(store.ticket_by_number(total + 1).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn two_processes_under_load_do_not_starve_each_other() {
    let seconds = match variable("TICKMATE_TEST_LONG").as_deref() {
        Some("1") => 20,
        _ => 3,
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let children: Vec<Child> = (1..=2).map(|seed| start(&path, seed, seconds)).collect();
    let written: Vec<(u64, u64)> = children.into_iter().map(wait_for_report).collect();
    println!("tickets and the longest wait in ms: {written:?}");
    let (fewest, most) = (
        written[0].0.min(written[1].0),
        written[0].0.max(written[1].0),
    );
    assert!(fewest * 10 >= most, "one process starved: {written:?}");
    let store = open(&path).await;
    let mut seq = 0;
    let mut events = 0;
    loop {
        let page = store.events_after(seq, 1_000).await.unwrap();
        let Some(last) = page.last() else { break };
        assert_eq!(last.seq, seq + page.len() as u64, "a gap in the order");
        seq = last.seq;
        events += page.len() as u64;
    }
    assert_eq!(events, written[0].0 + written[1].0);
    assert_eq!(integrity(&path).await, "ok");
}
