//! What `--help` says.

use super::support::{folder, run, stdout};

#[test]
fn help_is_at_most_80_columns_wide() {
    let folder = folder();
    for command in ["", "route", "triage", "eval", "mail"] {
        let arguments: Vec<&str> = [command, "--help"]
            .into_iter()
            .filter(|one| !one.is_empty())
            .collect();
        for columns in ["80", "200"] {
            let output = run(folder.path(), &[("COLUMNS", columns)], &arguments);
            assert!(output.status.success(), "{}", stdout(&output));
            for line in stdout(&output).lines() {
                assert!(line.chars().count() <= 80, "{command}: {line}");
            }
        }
    }
}

#[test]
fn help_lists_the_commands_and_the_variables_of_models() {
    let folder = folder();
    let output = run(folder.path(), &[("GEMINI_API_KEY", "CANARY")], &["--help"]);
    let help = stdout(&output);
    for word in [
        "route",
        "triage",
        "eval",
        "mail",
        "GEMINI_API_KEY",
        "RUST_LOG",
    ] {
        assert!(help.contains(word), "{word} in {help}");
    }
    assert!(!help.contains("CANARY"), "{help}");
}
