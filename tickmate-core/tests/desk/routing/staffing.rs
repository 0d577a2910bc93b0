//! Where the staff is thin.

use tickmate_core::{
    desk::DeskError,
    domain::{time::Span, user::Role},
};

use super::admin;
use crate::desk::world::World;

#[tokio::test]
async fn it_counts_what_people_have_and_what_waits_for_whom() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let mia = world
        .staff("mia", Role::Moderator, &["Linux", "Windows"], 1)
        .await;
    world.staff("ben", Role::Moderator, &["Linux"], 1).await;
    world.staff("root", Role::Admin, &[], 0).await;
    let root = world.login("root").await.actor().unwrap();
    for (title, skills) in [
        ("a", &["Windows"][..]),
        ("b", &["Windows"]),
        ("c", &["Windows"]),
        ("d", &["Linux"]),
        ("e", &["Linux", "Quantum Foam"]),
        ("f", &["Quantum Foam"]),
        ("g", &["Windows", "Kubernetes"]),
    ] {
        world.ticket(&ann, title, skills).await;
        world.run_until_idle().await;
    }
    let staffing = world.desk.routing().staffing(&root).await.unwrap();
    assert_eq!(
        (
            staffing.open.people,
            staffing.open.total,
            staffing.open.busiest
        ),
        (2, 2, 1)
    );
    assert!(staffing.open.gini.abs() < 1e-9);
    assert_eq!((staffing.given.total, staffing.given.busiest), (2, 1));
    let alone: Vec<_> = staffing
        .alone
        .items
        .iter()
        .map(|one| one.skill.name.as_str())
        .collect();
    assert_eq!((alone, staffing.alone.total), (vec!["Windows"], 1));
    assert_eq!(staffing.alone.items[0].person.id, mia.id);

    let queue = staffing.queue;
    assert_eq!((queue.depth, queue.uncovered_tickets), (5, 2));
    assert!(queue.oldest.is_some());
    let lines: Vec<(Vec<&str>, u64)> = queue
        .lanes
        .items
        .iter()
        .map(|line| {
            let names = line.skills.iter().map(|skill| skill.name.as_str());
            (names.collect(), line.length)
        })
        .collect();
    assert_eq!(lines[0], (vec!["Windows"], 2), "the longest first");
    assert_eq!((lines.len(), queue.lanes.total), (4, 4));
    let mut uncovered: Vec<Vec<&str>> = Vec::new();
    for one in &queue.uncovered.items {
        assert_eq!(one.tickets, 1);
        uncovered.push(one.skills.iter().map(|skill| skill.name.as_str()).collect());
    }
    uncovered.sort();
    assert_eq!(
        uncovered,
        [vec!["Kubernetes", "Windows"], vec!["quantumfoam"]]
    );
    let mut missing: Vec<(&str, u64)> = queue
        .missing
        .items
        .iter()
        .map(|one| (one.skill.name.as_str(), one.tickets))
        .collect();
    missing.sort_unstable();
    assert_eq!(missing, [("Kubernetes", 1), ("quantumfoam", 2)]);

    let scraped = world.desk.routing().backlog_figures().await.unwrap();
    assert_eq!((scraped.waiting, scraped.uncovered), (5, 2));
    assert_eq!((scraped.covered_alone, scraped.load.total), (1, 2));

    world.pass(Span::days(8));
    let later = world.desk.routing().staffing_figures().await.unwrap();
    assert_eq!(
        (later.open.total, later.given.total),
        (2, 0),
        "a week is over"
    );
}

#[tokio::test]
async fn an_empty_desk_is_even_and_admins_alone_may_look() {
    let world = World::new();
    let root = admin(&world).await;
    let staffing = world.desk.routing().staffing(&root).await.unwrap();
    assert_eq!(
        (
            staffing.open.people,
            staffing.queue.depth,
            staffing.queue.oldest
        ),
        (0, 0, None)
    );
    assert_eq!((staffing.open.gini, staffing.open.jain), (0.0, 1.0));
    let mia = world.person("mia", Role::Moderator).await.actor().unwrap();
    let refused = world.desk.routing().staffing(&mia).await;
    assert!(matches!(refused, Err(DeskError::Forbidden(_))));
}
