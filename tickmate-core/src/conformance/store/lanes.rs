//! The backlog: its lanes, their order, and their lengths.

use crate::{
    backend::store::Store,
    conformance::{
        Outcome,
        failure::expect_some,
        fixtures::{AUTOMATIC, queue, skills},
        scene::Scene,
    },
    domain::{
        decision::QueueReason,
        id::UserId,
        priority::Priority,
        query::{BacklogHead, BacklogLane},
        status::Status,
        ticket::{Queued, Ticket},
        time::Span,
    },
};

async fn create_queued(
    scene: &mut Scene<'_>,
    requester: UserId,
    needs: &[&str],
    priority: Priority,
) -> Outcome<Ticket> {
    let ticket = scene.ticket_with(requester, |ticket| {
        queue(ticket);
        ticket.required_skills = skills(needs);
        ticket.priority = priority;
    });
    ticket.await
}

/// Returns the heads in the order of their numbers.
async fn heads(store: &dyn Store) -> Outcome<Vec<BacklogHead>> {
    let mut heads = store.backlog_heads().await?;
    heads.sort_by_key(|head| head.number);
    Ok(heads)
}

/// Tickets that require the same skills, in any order, and have the same priority are in one lane; its head is the oldest.
pub async fn each_lane_has_its_oldest_ticket_as_head(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let mut expected = Vec::new();
    for (needs, priority, first) in [
        (&["b", "a"][..], Priority::High, true),
        (&["a", "b"], Priority::High, false),
        (&["a", "b"], Priority::Low, true),
        (&["a"], Priority::High, true),
        (&[], Priority::High, true),
        (&[], Priority::High, false),
        (&["b", "a"], Priority::Low, false),
    ] {
        let ticket = create_queued(&mut scene, ann, needs, priority).await?;
        if first {
            expected.push(BacklogHead {
                ticket: ticket.id,
                number: ticket.number,
                lane: ticket.backlog_lane(),
                priority,
                requester: ann,
                created_at: ticket.created_at,
            });
        }
    }
    assert_eq!(heads(store).await?, expected);
    assert_eq!(backlog_length(store).await?, 7);
    Ok(())
}

async fn backlog_length(store: &dyn Store) -> Outcome<u64> {
    let lanes = store.backlog_lanes().await?;
    Ok(lanes.iter().map(|lane| lane.length).sum())
}

/// After a ticket of a lane comes the next one of the same lane, by number, until there is none.
pub async fn a_lane_is_in_the_order_of_numbers(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let mut line = Vec::new();
    for number in 0..4 {
        line.push(
            create_queued(&mut scene, ann, &["b", "a"], Priority::High)
                .await?
                .id,
        );
        create_queued(&mut scene, ann, &["a"], Priority::High).await?;
        create_queued(&mut scene, ann, &["a", "b"], Priority::ALL[number % 2]).await?;
    }
    let mut head = heads(store).await?.into_iter().next();
    for id in line {
        let present_head = expect_some(head);
        assert_eq!(
            (present_head.ticket, present_head.lane.as_str()),
            (id, "a,b")
        );
        head = store.backlog_next(&present_head).await?;
    }
    assert_eq!(head, None);
    Ok(())
}

/// Only unassigned tickets that the router has looked at and that are open or in progress are in the backlog.
pub async fn only_tickets_of_the_backlog_are_in_lanes(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(9).await?.id;
    let unseen = scene.ticket(ann).await?;
    scene.assign(&unseen, max, AUTOMATIC).await?;
    scene.ticket(ann).await?;
    for status in [Status::Waiting, Status::Resolved, Status::Closed] {
        let finished = scene.ticket_with(ann, |ticket| {
            queue(ticket);
            ticket.status = status;
        });
        finished.await?;
    }
    let deleted = scene.ticket_with(ann, |ticket| {
        queue(ticket);
        ticket.deleted_at = Some(ticket.created_at);
    });
    deleted.await?;
    assert!(store.backlog_heads().await?.is_empty());
    assert_eq!(backlog_length(store).await?, 0);
    let begun = scene.ticket_with(ann, |ticket| {
        queue(ticket);
        ticket.status = Status::InProgress;
    });
    let begun = begun.await?;
    assert_eq!(heads(store).await?[0].ticket, begun.id);
    assert_eq!(backlog_length(store).await?, 1);
    Ok(())
}

/// A ticket leaves its lane when it is assigned, and changes lanes when its skills change; the next one becomes the head.
pub async fn lanes_follow_their_tickets(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(9).await?.id;
    let first = create_queued(&mut scene, ann, &["a"], Priority::High).await?;
    let second = create_queued(&mut scene, ann, &["a"], Priority::High).await?;
    let third = create_queued(&mut scene, ann, &["a"], Priority::High).await?;
    scene.assign(&first, max, AUTOMATIC).await?;
    let line = heads(store).await?;
    assert_eq!(line.len(), 1);
    assert_eq!(line[0].ticket, second.id);
    scene
        .change(&second, |ticket| ticket.required_skills = skills(&["b"]))
        .await?;
    let line = heads(store).await?;
    let found: Vec<_> = line
        .iter()
        .map(|head| (head.ticket, head.lane.as_str()))
        .collect();
    assert_eq!(found, [(second.id, "b"), (third.id, "a")]);
    assert_eq!(store.backlog_next(&line[0]).await?, None);
    assert_eq!(backlog_length(store).await?, 2);
    Ok(())
}

/// Returns the lanes ordered by skills and priority.
async fn sorted_lanes(store: &dyn Store) -> Outcome<Vec<BacklogLane>> {
    let mut lines = store.backlog_lanes().await?;
    lines.sort_by(|a, b| (&a.lane, a.priority).cmp(&(&b.lane, b.priority)));
    Ok(lines)
}

/// Each lane shows how many tickets it has, when the oldest was created, independent of its number, and how many wait
/// because no user could take them.
pub async fn lanes_are_counted(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    assert!(store.backlog_lanes().await?.is_empty());
    let start = scene.make.now();
    for (needs, priority, minutes, reason) in [
        (&["b", "a"][..], Priority::High, 3, QueueReason::Full),
        (&["a", "b"], Priority::High, 1, QueueReason::Nobody),
        (&["a", "b"], Priority::High, 2, QueueReason::Nobody),
        (&["a", "b"], Priority::Low, 9, QueueReason::Nobody),
        (&["a"], Priority::High, 7, QueueReason::Full),
        (&[], Priority::Urgent, 8, QueueReason::Full),
    ] {
        let ticket = scene.ticket_with(ann, |ticket| {
            ticket.required_skills = skills(needs);
            ticket.priority = priority;
            ticket.created_at = start + Span::minutes(minutes);
            let since = ticket.updated_at;
            ticket.queued = Some(Queued { since, reason });
        });
        ticket.await?;
    }
    scene.ticket(ann).await?;
    let line = |lane: &str, priority, length, minutes, nobody| BacklogLane {
        lane: lane.to_owned(),
        priority,
        length,
        oldest: start + Span::minutes(minutes),
        nobody,
    };
    let expected = [
        line("", Priority::Urgent, 1, 8, 0),
        line("a", Priority::High, 1, 7, 0),
        line("a,b", Priority::Low, 1, 9, 1),
        line("a,b", Priority::High, 3, 1, 2),
    ];
    assert_eq!(sorted_lanes(store).await?, expected);
    Ok(())
}

/// A ticket is counted in its present lane: it leaves with its assignment, and changes lanes and reasons with its changes.
pub async fn counts_follow_their_tickets(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(9).await?.id;
    let first = create_queued(&mut scene, ann, &["a"], Priority::High).await?;
    let second = create_queued(&mut scene, ann, &["a"], Priority::High).await?;
    let third = create_queued(&mut scene, ann, &["a"], Priority::High).await?;
    scene.assign(&first, max, AUTOMATIC).await?;
    let line = |lane: &str, length, oldest: &Ticket, nobody| BacklogLane {
        lane: lane.to_owned(),
        priority: Priority::High,
        length,
        oldest: oldest.created_at,
        nobody,
    };
    assert_eq!(sorted_lanes(store).await?, [line("a", 2, &second, 0)]);
    let moved = scene.change(&second, |ticket| {
        ticket.required_skills = skills(&["b"]);
        let since = ticket.updated_at;
        let reason = QueueReason::Nobody;
        ticket.queued = Some(Queued { since, reason });
    });
    moved.await?;
    let both = [line("a", 1, &third, 0), line("b", 1, &second, 1)];
    assert_eq!(sorted_lanes(store).await?, both);
    scene.assign(&third, max, AUTOMATIC).await?;
    assert_eq!(sorted_lanes(store).await?, both[1..]);
    Ok(())
}
