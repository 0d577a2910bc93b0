//! Taking over tickets from a file.

use std::{fs, path::Path};

use super::support::{Server, files, folder, run, stderr, stdout};

/// Ten good lines and five that can't be taken.
fn write(path: &Path) {
    let mut lines: Vec<String> = (0..6)
        .map(|n| {
            format!(r#"{{"id":{n},"subject":"VPN is down","body":"I can't reach the VPN. {n}"}}"#)
        })
        .collect();
    lines.push(
        r#"{"title":"","description":"The   printer\n jams","requester":"karl@example.org"}"#
            .to_owned(),
    );
    lines.push(r#"{"text":"An invoice was charged twice","labels":["x"]}"#.to_owned());
    lines.push("{\"text\":".to_owned());
    lines.push(r#"{"title":"no text"}"#.to_owned());
    lines.push(String::new());
    lines.push(r#"{"text":"who","requester":"nobody"}"#.to_owned());
    lines.push(r#"{"text":"bell \u0007"}"#.to_owned());
    lines.push(format!(r#"{{"text":"{}"}}"#, "x".repeat(20_001)));
    lines.push(r#"{"id":"0","title":"known by its id","body":"whatever"}"#.to_owned());
    lines.push(r#"{"text":"The last one"}"#.to_owned());
    fs::write(path, lines.join("\n")).unwrap();
}

fn import(folder: &Path, more: &[&str]) -> std::process::Output {
    let mut arguments = vec![
        "import-tickets",
        "lines.jsonl",
        "--requester",
        "someone@example.org",
    ];
    arguments.extend(more);
    run(folder, &[], &arguments)
}

#[test]
fn every_line_is_taken_once_for_good() {
    let folder = folder();
    write(&folder.path().join("lines.jsonl"));
    let output = import(folder.path(), &["--demo-team"]);
    let (text, errors) = (stdout(&output), stderr(&output));
    assert_eq!(output.status.code(), Some(2), "{text}{errors}");
    assert!(
        text.contains("15 lines read: 9 taken, 1 known already, 5 refused"),
        "{text}"
    );
    assert!(text.contains("tickets a second"), "{text}");
    assert!(text.contains("moderator  nadia@example.org"), "{text}");
    assert!(text.contains("Nadia Network   moderator  5 of 5"), "{text}");
    assert!(text.contains("1 ticket in the queue"), "{text}");
    assert!(
        text.contains("everybody who could take it is full"),
        "{text}"
    );
    for (number, reason) in [
        (9, "is not a JSON object"),
        (10, "description is missing"),
        (12, "requester must be an e-mail address"),
        (13, "description "),
        (14, "description "),
    ] {
        let line = format!("line {number}: {reason}");
        assert!(errors.contains(&line), "{line} in {errors}");
    }
    let to_requesters = files(&folder.path().join("mail"), ".eml")
        .into_iter()
        .filter(|path| {
            fs::read_to_string(path)
                .unwrap()
                .contains("To: someone@example.org")
        });
    assert_eq!(
        to_requesters.count(),
        0,
        "requesters are mailed with --notify alone"
    );

    let output = import(folder.path(), &["--demo-team"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(
        text.contains("15 lines read: 0 taken, 10 known already, 5 refused"),
        "{text}"
    );
    assert!(text.contains("9 of 9 were there already"), "{text}");
    assert!(!text.contains("moderator  nadia@example.org"), "{text}");
}

#[test]
fn it_works_beside_a_running_server() {
    let folder = folder();
    let lines: Vec<String> = (0..200)
        .map(|n| format!(r#"{{"body":"Ticket number {n} about a printer"}}"#))
        .collect();
    fs::write(folder.path().join("lines.jsonl"), lines.join("\n")).unwrap();
    let server = Server::start(folder.path());
    let admin = server.admin();
    let output = import(folder.path(), &[]);
    let text = stdout(&output);
    assert!(output.status.success(), "{text}{}", stderr(&output));
    assert!(text.contains("200 lines read: 200 taken"), "{text}");
    assert!(
        text.contains("190 tickets in the queue"),
        "the admin has 10 places: {text}"
    );
    assert!(text.contains("10 of 10"), "{text}");
    let ticket = admin.ticket(1);
    assert!(!ticket["summary"].is_null(), "{ticket}");
    let output = import(folder.path(), &[]);
    assert!(output.status.success());
    assert!(
        stdout(&output).contains("0 taken, 200 known already"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn what_can_not_be_read_is_one_line() {
    let folder = folder();
    for (file, requester, part) in [
        ("none.jsonl", "a@example.org", "none.jsonl"),
        (".", "a@example.org", "directory"),
        (
            "none.jsonl",
            "nobody",
            "--requester must be an e-mail address",
        ),
    ] {
        let arguments = ["import-tickets", file, "--requester", requester];
        let output = run(folder.path(), &[], &arguments);
        assert_eq!(output.status.code(), Some(1));
        let lines = stderr(&output);
        assert_eq!(lines.lines().count(), 1, "{lines}");
        assert!(lines.contains(part), "{lines}");
    }
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "nothing was opened"
    );
}
