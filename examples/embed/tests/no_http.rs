//! The library with no HTTP at all: a desk, a worker, and calls.

use std::time::Duration;

use tickmate::{
    desk::{Identified, ReplyDraft, TicketDraft, TicketRef},
    domain::{reply::Visibility, status::Status, user::Role},
};

fn person(name: &str, role: Role) -> Identified {
    let email = format!("{name}@example.org");
    Identified {
        subject: name.to_owned(),
        email,
        role,
        name: Some(name.to_owned()),
    }
}

#[tokio::test]
async fn a_ticket_is_written_assigned_answered_and_resolved() {
    let folder = tempfile::tempdir().unwrap();
    let (desk, worker) = tickmate_embed::desk(folder.path()).await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let worker = tokio::spawn(worker.run(async {
        let _stopped = stopped.await;
    }));
    let ann = desk
        .users()
        .upsert_host_user(&person("ann", Role::User))
        .await
        .unwrap()
        .actor()
        .unwrap();
    let root = desk
        .users()
        .upsert_host_user(&person("root", Role::Admin))
        .await
        .unwrap()
        .actor()
        .unwrap();

    let draft = TicketDraft {
        title: "The door is locked".to_owned(),
        description: "My card does not open it any more.".to_owned(),
        ..TicketDraft::default()
    };
    let ticket = desk
        .tickets()
        .create(&ann, &draft, None)
        .await
        .unwrap()
        .outcome
        .ticket;
    let of = TicketRef::Number(ticket.number);
    let assigned = async {
        while desk
            .tickets()
            .get(&ann, of)
            .await
            .unwrap()
            .view
            .assignee
            .is_none()
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), assigned)
        .await
        .unwrap();
    let reply = ReplyDraft {
        message: "Try again, please.".to_owned(),
        visibility: Visibility::Public,
    };
    desk.tickets().reply(&root, of, &reply, None).await.unwrap();
    desk.tickets()
        .set_status(&root, of, Status::Resolved, None)
        .await
        .unwrap();
    let (history, _) = desk.tickets().history(&ann, of, None, 20).await.unwrap();
    let kinds: Vec<_> = history
        .iter()
        .map(|entry| entry.event.kind.as_str())
        .collect();
    assert_eq!(
        kinds,
        ["created", "triaged", "assigned", "replied", "resolved"]
    );
    let resolved = folder.path().join("resolved");
    let handled = async {
        while std::fs::read_dir(&resolved).unwrap().count() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), handled)
        .await
        .unwrap();
    stop.send(()).unwrap();
    worker.await.unwrap();
    assert!(
        std::fs::read_dir(folder.path().join("mail"))
            .unwrap()
            .count()
            >= 3
    );
}
