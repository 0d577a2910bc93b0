//! Why a stored ticket is where it is, from the command line.

use std::{path::Path, time::Duration};

use tickmate::{
    desk::{Identified, NewPerson, Registration, TicketDraft, TicketRef},
    domain::user::Role,
};
use tickmate_server::{
    App,
    settings::{Settings, Values},
};

use super::support::{folder, run, stderr, stdout};

/// The settings of a desk in this folder.
fn settings(folder: &Path) -> Settings {
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let values = [
        ("DATABASE_URL", format!("sqlite:{}", path("tickmate.db"))),
        ("MAIL_DIR", path("mail")),
    ];
    let values = values.map(|(name, value)| (name.to_owned(), value.into()));
    Settings::read(&Values::new(values, Vec::new())).unwrap()
}

async fn add_moderator(app: &App, name: &str, skills: &[&str]) {
    let person = NewPerson {
        registration: Registration {
            email: format!("{name}@example.org"),
            password: "violet tractor 47 moons".to_owned(),
            name: None,
            username: None,
            skills: skills.iter().map(|&skill| skill.into()).collect(),
        },
        role: Role::Moderator,
        capacity: Some(10),
    };
    app.desk.users().install(person).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_says_who_has_a_ticket_and_why_beside_a_running_desk() {
    let folder = folder();
    let settings = settings(folder.path());
    let app = App::open(&settings, settings.configured_app_url())
        .await
        .unwrap();
    let worker = app.worker().unwrap();
    let worker = tokio::spawn(worker.run(std::future::pending()));
    add_moderator(&app, "mia", &["Linux"]).await;
    add_moderator(&app, "ben", &["Linux", "Windows"]).await;
    let root = Identified {
        subject: "root".to_owned(),
        email: "root@example.org".to_owned(),
        role: Role::Admin,
        name: None,
    };
    let root = app.desk.users().upsert_host_user(&root).await.unwrap();
    let root = root.actor().unwrap();
    let draft = TicketDraft {
        title: "Disk full".to_owned(),
        description: "The disk of the Linux machine is full.".to_owned(),
        skills: vec!["Linux".into()],
        ..TicketDraft::default()
    };
    let ticket = app
        .desk
        .tickets()
        .create(&root, &draft, None)
        .await
        .unwrap();
    let ticket = ticket.outcome.ticket;
    let number = TicketRef::Number(ticket.number);
    let assigned = async {
        while app
            .desk
            .tickets()
            .get(&root, number)
            .await
            .unwrap()
            .view
            .assignee
            .is_none()
        {
            tokio::task::yield_now().await;
        }
    };
    let assigned = tokio::time::timeout(Duration::from_secs(20), assigned).await;
    assert!(assigned.is_ok(), "nobody has the ticket after 20 s");
    let id = ticket.id.to_string();
    for ticket in ["1", id.as_str()] {
        let output = run(folder.path(), &[], &["route", "--explain", ticket]);
        assert!(output.status.success(), "{}", stderr(&output));
        let text = stdout(&output);
        let lines: Vec<&str> = text.lines().collect();
        let first = "Ticket #1: mia has it: covers the required skill; 0 of 10 places taken, first of 2 who fit; before ben because";
        assert!(lines[0].starts_with(first), "{text}");
        assert_eq!(lines[1], "It needs Linux.");
        assert!(lines[2].starts_with("Decided under policy direct, version 0;"));
        assert!(
            lines[3].starts_with("Moderators who cover all that it needs, 2 in all"),
            "{text}"
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
    worker.abort();
}
