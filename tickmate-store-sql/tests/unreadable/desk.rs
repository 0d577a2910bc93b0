//! Lists of the desk skip damaged records: suppressed addresses, groups of blobs, and due shifts.

use tickmate_core::{
    backend::store::{SuppressionStore, SystemStore, UserStore},
    conformance::fixtures::Fixtures,
    domain::{
        email::Email,
        event::ActorId,
        id::UserId,
        shift::Shift,
        suppression::Suppression,
        time::{Span, Timestamp, from_micros},
        user::Role,
    },
};

use crate::{damage, support::Desk};

#[tokio::test]
async fn suppressions_are_listed_without_damaged_ones() {
    let desk = Desk::new().await;
    let address = |number: u8| -> Email { format!("a{number}@example.org").parse().unwrap() };
    for number in 1..=9 {
        let suppression = Suppression {
            address: address(number),
            reason: "bounced".to_owned(),
            since: from_micros(1),
            by: ActorId::System,
        };
        desk.store.suppress(&suppression).await.unwrap();
    }
    // Damages an id, a time out of the calendar's range, and an address.
    for (number, assignment) in [
        (1, "person = x'07'"),
        (4, "since = 9223372036854775807"),
        (5, "address = 'a5'"),
        (6, "person = x'07'"),
        (9, "since = 9223372036854775807"),
    ] {
        let row = address(number);
        let statement = format!("UPDATE suppressions SET {assignment} WHERE address = '{row}'");
        damage(&desk, &statement).await;
    }
    let readable = [2, 3, 7, 8].map(address);
    for limit in 1..=5 {
        let mut listed: Vec<Email> = Vec::new();
        loop {
            let page = desk.store.suppressions(listed.last().cloned(), limit);
            let page = page.await.unwrap();
            listed.extend(
                page.items
                    .into_iter()
                    .map(|suppression| suppression.address),
            );
            if !page.more {
                break;
            }
        }
        assert_eq!(listed, readable, "by {limit}");
    }
    assert_eq!(desk.store.unreadable_records(), 5);
}

#[tokio::test]
async fn groups_of_blobs_are_listed_without_damaged_ones() {
    let desk = Desk::new().await;
    for name in ["a", "b", "c"] {
        let put = desk.store.put_blob(name, 0, b"bytes", from_micros(1));
        put.await.unwrap();
    }
    damage(
        &desk,
        "UPDATE blobs SET put_at = 9223372036854775807 WHERE name = 'b'",
    )
    .await;
    let groups = desk.store.blob_groups().await.unwrap();
    let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names, ["a", "c"]);
    assert_eq!(desk.store.unreadable_records(), 1);
}

#[tokio::test]
async fn due_shifts_are_listed_without_damaged_ones() {
    let desk = Desk::new().await;
    let mut make = Fixtures::new(6);
    let mut moderators: Vec<UserId> = Vec::new();
    for number in 0..8_i64 {
        let user = desk.create_user(&mut make, Role::Moderator).await;
        let write = make.user_write(&user, |user| {
            user.shift = Shift {
                on: true,
                since: from_micros(0),
                until: Some(from_micros(0) + Span::seconds(number)),
            };
        });
        desk.store.write_user(&write).await.unwrap();
        moderators.push(user.id);
    }
    for number in [0, 2, 3, 4, 7] {
        let id = moderators[number].as_uuid().simple();
        let statement = format!("UPDATE users SET skills = '?' WHERE id = x'{id}'");
        damage(&desk, &statement).await;
    }
    let readable = [moderators[1], moderators[5], moderators[6]];
    let now = from_micros(0) + Span::days(1);
    for limit in 1..=4 {
        for (now, ahead) in [(now, Timestamp::MAX_UTC), (now, from_micros(-1))] {
            let due = desk.store.due_shifts(now, ahead, limit).await.unwrap();
            let due: Vec<UserId> = due.iter().map(|user| user.id).collect();
            assert_eq!(
                due,
                readable[..readable.len().min(limit as usize)],
                "by {limit}"
            );
        }
    }
    assert_eq!(desk.store.unreadable_records(), 5);
}
