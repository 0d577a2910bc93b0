//! Tests the harness as a program: an intact desk passes, a sabotaged desk fails, and the limit of crashes holds.

use std::process::{Command, Output};

fn harness(args: &[&str]) -> std::io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_tickmate-crash"))
        .args(args)
        .output()
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn a_short_run_finds_no_violation() {
    assert_passes(&["--seed", "7", "--kills", "12"]);
}

#[test]
fn a_short_run_with_the_keys_engine_finds_no_violation() {
    assert_passes(&["--seed", "7", "--kills", "12", "--engine", "keys"]);
}

/// Runs the harness with 12 kills, and checks that nothing was lost, done twice or left undone.
fn assert_passes(args: &[&str]) {
    let output = harness(args).unwrap_or_else(|error| panic!("{error}"));
    let text = text(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("kills          12"), "{text}");
    for figure in [
        "lost",
        "never assigned",
        "assigned twice",
        "mailed twice",
        "stuck",
    ] {
        assert!(text.contains(&format!("{figure:<14} 0\n")), "{text}");
    }
    assert!(!text.contains("acknowledged   0\n"), "{text}");
}

#[test]
fn a_sabotage_is_caught() {
    let output = harness(&[
        "--sabotage",
        "ack-before-commit",
        "--seed",
        "7",
        "--kills",
        "24",
    ])
    .unwrap();
    let text = text(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("! lost: "), "{text}");
}

#[test]
fn a_job_that_kills_its_process_ends_as_a_dead_job() {
    let output = harness(&["--bound"]).unwrap();
    let text = text(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("deaths         5\n"), "{text}");
}
