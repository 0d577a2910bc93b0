//! Why a stored ticket is where it is, from the command line.

use serde_json::json;

use super::support::{Server, eventually, folder, run, stderr, stdout};

#[test]
fn it_says_who_has_a_ticket_and_why_beside_a_running_server() {
    let folder = folder();
    let server = Server::start(folder.path());
    let admin = server.admin();
    let mia = server.moderator(&admin, "mia@example.org", &["Linux"]);
    server.moderator(&admin, "ben@example.org", &["Linux", "Windows"]);
    let body = json!({
        "title": "Disk full",
        "description": "The disk of the Linux machine is full.",
        "relatedSkills": ["Linux"],
    });
    let (status, answer) = admin.post("/api/tickets", &body);
    assert_eq!(status, 201, "{answer}");
    let id = answer["ticket"]["id"].as_str().unwrap();
    eventually("somebody has it", || {
        let (_, list) = mia.get("/api/tickets/assigned");
        list["tickets"].as_array()?.first()?.as_object().map(|_| ())
    });
    for ticket in ["1", id] {
        let output = run(folder.path(), &[], &["route", "--explain", ticket]);
        assert!(output.status.success(), "{}", stderr(&output));
        let told = stdout(&output);
        let lines: Vec<&str> = told.lines().collect();
        let first = "Ticket #1: mia has it: covers the required skill; 0 of 10 places taken, first of 2 who fit; before ben because";
        assert!(lines[0].starts_with(first), "{told}");
        assert_eq!(lines[1], "It needs Linux.");
        assert!(lines[2].starts_with("Decided under policy direct, version 0;"));
        assert!(
            lines[3].starts_with("Moderators who cover all that it needs, 2 in all"),
            "{told}"
        );
        let columns = |line: &str| -> Vec<String> {
            line.split("  ")
                .map(str::trim)
                .filter(|cell| !cell.is_empty())
                .map(str::to_owned)
                .collect()
        };
        assert_eq!(
            columns(lines[4]),
            ["who", "state", "open", "versatility", "last given"]
        );
        assert_eq!(columns(lines[5])[..3], ["ben", "free", "0 of 10"]);
        assert_eq!(columns(lines[6])[..3], ["mia", "free", "1 of 10"]);
        assert_eq!(lines.len(), 7);
    }
    let fresh = run(folder.path(), &[], &["route", "--explain", "9"]);
    assert_eq!(stderr(&fresh), "error: there is no ticket 9\n");
    let odd = run(folder.path(), &[], &["route", "--explain", "x"]);
    assert_eq!(odd.status.code(), Some(1));
    assert_eq!(stderr(&odd).lines().count(), 1);
}
