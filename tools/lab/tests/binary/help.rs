//! What `--help` says.

use super::support::{folder, run, stdout};

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
