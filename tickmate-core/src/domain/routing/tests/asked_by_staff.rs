//! A ticket that only its requester could take goes to the admins, whether or not the requester is present.

use std::sync::Arc;

use crate::domain::{
    id::UserId,
    presence::Presence,
    priority::Priority,
    routing::{Board, BoardTicket, Index, Move, Policy, Staff},
    skill::{Skill, Vocabulary},
    time::{Span, from_micros},
    user::Role,
};

fn staff(n: u8, role: Role, presence: Presence) -> Staff {
    Staff {
        id: UserId::new(from_micros(0), [n; 10]),
        role,
        skills: vec![Skill::new("sap", "SAP")],
        capacity: 1,
        active: 0,
        presence,
        shift_ends: None,
        last_assignment: 0,
    }
}

#[test]
fn a_ticket_that_only_its_requester_covers_goes_to_the_admins() {
    for presence in [Presence::Present, Presence::Away, Presence::Offline] {
        let now = from_micros(1_000_000);
        let index = Index::new(Policy::default(), 0, Arc::new(Vocabulary::shipped()));
        let mia = staff(1, Role::Moderator, presence);
        let root = staff(2, Role::Admin, Presence::Present);
        let staff = vec![mia.clone(), root.clone()];
        let mut board = Board::new(index, staff, Span::minutes(20), now);
        let ticket = BoardTicket {
            number: 1,
            priority: Priority::Medium,
            requester: mia.id,
            skills: mia.skills,
            written: now,
        };
        let moves = board.write(ticket, now);
        let [Move::Assign { to, .. }] = moves.as_slice() else {
            panic!("{presence:?}: {moves:?}");
        };
        assert_eq!(*to, root.id, "{presence:?}");
    }
}
