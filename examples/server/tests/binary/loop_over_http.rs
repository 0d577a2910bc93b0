//! The whole loop over real HTTP: from the first admin to a ticket that is resolved, with every mail.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    time::{Duration, Instant},
};

use serde_json::json;

use super::support::{Server, eventually, files, folder, parse};

/// How many mails of this kind lie in the folder.
fn mails(folder: &Path, kind: &str) -> usize {
    let mails = files(&folder.join("mail"), ".eml");
    mails
        .iter()
        .filter(|path| path.to_string_lossy().contains(&format!("-{kind}-")))
        .count()
}

#[test]
fn a_ticket_is_read_given_answered_and_resolved() {
    let folder = folder();
    let server = Server::start(folder.path());
    let admin = server.admin();
    let moderator = server.moderator(&admin, "nora@example.org", &["VPN", "Network"]);
    let user = server.user("ann@example.org", &[]);

    let created = Instant::now();
    let number = user.create(
        "VPN drops every few minutes",
        "Since this morning the VPN connection is cut every five minutes.",
    );
    let ticket = eventually("the ticket is assigned", || {
        let ticket = user.ticket(number);
        (!ticket["assignedTo"].is_null()).then_some(ticket)
    });
    assert!(
        created.elapsed() < Duration::from_secs(2),
        "{:?}",
        created.elapsed()
    );
    assert_eq!(ticket["assignedTo"]["email"], "nora@example.org");
    assert!(
        ticket["summary"]
            .as_str()
            .is_some_and(|summary| !summary.is_empty())
    );
    assert!(
        ticket["relatedSkills"]
            .as_array()
            .unwrap()
            .contains(&json!("VPN")),
        "{ticket}"
    );
    assert!(ticket["priority"].is_string() && ticket["category"].is_string());
    assert!(
        ticket.get("helpfulNotes").is_none(),
        "notes are for staff: {ticket}"
    );
    let seen = moderator.ticket(number);
    assert!(
        seen["helpfulNotes"]
            .as_str()
            .is_some_and(|notes| !notes.is_empty()),
        "{seen}"
    );

    let replies = format!("/api/tickets/{number}/replies");
    let (status, answer) = moderator.post(&replies, &json!({"message": "Please try again now."}));
    assert_eq!(status, 201, "{answer}");
    let path = format!("/api/tickets/{number}/status");
    let (status, answer) = moderator.patch(&path, &json!({"status": "resolved"}));
    assert_eq!(status, 200, "{answer}");

    for (kind, count) in [
        ("received", 1),
        ("assigned", 1),
        ("assigned_requester", 1),
        ("reply", 1),
        ("resolved", 1),
    ] {
        eventually(kind, || (mails(folder.path(), kind) == count).then_some(()));
    }
    let (status, history) = user.get(&format!("/api/tickets/{number}/history"));
    assert_eq!(status, 200, "{history}");
    let kinds: Vec<&str> = history["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect();
    for kind in ["created", "triaged", "assigned", "replied", "resolved"] {
        assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
    }
    let mail = files(&folder.path().join("mail"), ".eml")
        .into_iter()
        .find(|path| path.to_string_lossy().contains("-received-"));
    let mail = fs::read_to_string(mail.unwrap()).unwrap();
    assert!(
        mail.contains(&format!("[#{number}] VPN drops every few minutes")),
        "{mail}"
    );
    assert!(
        mail.contains(&format!("http://localhost:{}", server.address.port())),
        "{mail}"
    );
}

#[test]
fn the_code_works_once() {
    let folder = folder();
    let server = Server::start(folder.path());
    let code = server.first_admin_code();
    let admin = |code: &str, email: &str| {
        let password = super::support::PASSWORD;
        let body = json!({"code": code, "email": email, "password": password});
        server.client().post("/api/auth/first-admin", &body).0
    };
    assert_eq!(admin("wrong", "a@example.org"), 400);
    assert_eq!(admin(&code, "a@example.org"), 201);
    assert_eq!(admin(&code, "b@example.org"), 404);
    drop(server);
    let server = Server::start(folder.path());
    server
        .client()
        .login("a@example.org", super::support::PASSWORD);
    assert!(!server.log().contains(&code), "the code is in no log");
}

#[test]
fn the_demo_shows_who_got_what_and_is_added_once() {
    let folder = folder();
    let server = Server::start_with(folder.path(), &[], &["--demo"]);
    let admin = server.line("ada@example.org");
    let password = admin.split_whitespace().last().unwrap();
    for number in 1..=6 {
        let line = server.line(&format!("  #{number} "));
        assert!(
            line.contains("covers") || line.contains("an admin"),
            "{line}"
        );
    }
    let admin = server.client().login("ada@example.org", password);
    let (_, tickets) = admin.get("/api/tickets");
    assert_eq!(tickets["tickets"].as_array().unwrap().len(), 6);
    drop(server);

    let server = Server::start_with(folder.path(), &[], &["serve", "--demo"]);
    server.line("9 of 9 were there already");
    server.line("  #6 ");
    let admin = server.client().login("ada@example.org", password);
    let (_, tickets) = admin.get("/api/tickets");
    assert_eq!(tickets["tickets"].as_array().unwrap().len(), 6);
}

#[test]
fn a_connection_that_says_nothing_is_closed_and_others_are_served() {
    let folder = folder();
    let server = Server::start(folder.path());
    let connect = || {
        let stream = TcpStream::connect(server.address).unwrap();
        let patience = Duration::from_secs(20);
        stream.set_read_timeout(Some(patience)).unwrap();
        stream
    };
    let mut silent = connect();
    let mut half = connect();
    half.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ")
        .unwrap();
    let mut idle = connect();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    let mut many: Vec<TcpStream> = (0..50).map(|_| connect()).collect();
    assert_eq!(server.client().get("/healthz").0, 200);

    let began = Instant::now();
    let mut heard = Vec::new();
    assert_eq!(silent.read_to_end(&mut heard).unwrap(), 0);
    assert!(began.elapsed() < Duration::from_secs(10));
    for stream in &mut many {
        assert_eq!(stream.read_to_end(&mut heard).unwrap(), 0);
    }
    half.read_to_end(&mut heard).unwrap();
    let mut answer = String::new();
    idle.read_to_string(&mut answer).unwrap();
    assert_eq!(parse(&answer).0, 200);
    assert!(began.elapsed() < Duration::from_secs(15));
    assert_eq!(server.client().get("/healthz").0, 200);
}
