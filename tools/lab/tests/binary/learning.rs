//! Reading tickets and measuring the embedded analyzer, without any settings.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::support::{folder, run, stderr, stdout};

/// Tickets of two matters, each with its label.
fn write(path: &Path, count: usize) {
    let lines: Vec<String> = (0..count)
        .map(|number| {
            let (label, what) = match number % 2 {
                0 => ("Boats", "the mast of the yacht is torn"),
                _ => ("Kites", "a string came loose in the wind"),
            };
            let text =
                format!("{what} a{number} b{number} c{number} d{number} e{number} f{number}");
            json!({"id": number, "text": text, "category": label}).to_string()
        })
        .collect();
    fs::write(path, lines.join("\n")).unwrap();
}

#[test]
fn an_analysis_a_line_with_names_as_they_are_spelled() {
    let folder = folder();
    write(&folder.path().join("settled.jsonl"), 40);
    fs::write(
        folder.path().join("options.json"),
        r#"{"category": ["BOATS", "kites"], "skills": ["svn"]}"#,
    )
    .unwrap();
    fs::write(
        folder.path().join("new.jsonl"),
        "{\"id\": \"x\", \"subject\": \"mast\", \"body\": \"the yacht is torn\"}\n\n{\"id\": 2, \"text\": \"\"}",
    )
    .unwrap();
    let all = "triage --jsonl new.jsonl --options options.json --train settled.jsonl";
    let arguments: Vec<&str> = all.split(' ').collect();
    let output = run(folder.path(), &[], &arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    let lines: Vec<Value> = stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(
        (&lines[0]["id"], &lines[1]["id"]),
        (&json!("x"), &json!("2"))
    );
    assert_eq!(lines[0]["category"], "BOATS");
    assert_eq!(lines[0]["abstains"]["category"], false);
    assert_eq!(lines[0]["skills"], json!(["svn"]));
    assert_eq!(lines[0]["source"], "embedded");
    assert_eq!(lines[0]["type"], Value::Null);
    assert_eq!(lines[0]["model"], Value::Null);
    assert_eq!(lines[0]["sentiment"], "neutral");
    assert_eq!(lines[0]["complexity"], "simple");
    assert!(lines[0]["tags"].is_array() && lines[0]["firstSteps"].is_array());
    let notes = lines[0]["notes"].as_str().unwrap();
    assert!(notes.contains("Priority: "), "{notes}");
    assert!(notes.contains("\nSettled tickets like it: "), "{notes}");
    assert!(lines[1]["confidence"]["category"].is_f64());
    assert!(["BOATS", "kites"].contains(&lines[1]["category"].as_str().unwrap()));
}

#[test]
fn a_measure_says_what_was_learned() {
    let folder = folder();
    write(&folder.path().join("data.jsonl"), 300);
    let output = run(
        folder.path(),
        &[],
        &["eval", "--data", "data.jsonl", "--curve"],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    let last = text.lines().last().unwrap();
    let cells: Vec<&str> = last.split_whitespace().collect();
    assert_eq!(&cells[1..2], ["category"]);
    assert_eq!(&cells[3..6], ["2", "1.000", "1.000"], "{text}");
}

#[test]
fn a_bad_line_is_named_by_line_and_field() {
    let folder = folder();
    let file = folder.path().join("bad.jsonl");
    fs::write(
        &file,
        "{\"id\": 1, \"text\": \"a\"}\n{\"id\": 2, \"text\": \"b\", \"type\": 3}",
    )
    .unwrap();
    for arguments in [
        ["triage", "--jsonl", "bad.jsonl"],
        ["eval", "--data", "bad.jsonl"],
    ] {
        let output = run(folder.path(), &[], &arguments);
        assert!(!output.status.success());
        assert_eq!(
            stderr(&output).trim(),
            "error: bad.jsonl: line 2: type must be text"
        );
    }
}
