//! What an assignee keeps, and which tickets are unattended.
#![cfg(feature = "testing")]

use tickmate_core::{
    backend::store::SeatBound,
    conformance::fixtures::{AUTOMATIC, Fixtures},
    domain::{
        presence::Availability,
        status::Status,
        ticket::Ticket,
        time::{Span, Timestamp},
        unattended::{Keeps, is_assigned_by_human, is_unattended},
        user::{Role, User},
    },
};

const LIMIT: Span = Span::minutes(20);

fn keeps(limit: Option<Span>, absent_for: Span, change: impl FnOnce(&mut User)) -> Keeps {
    let mut user = Fixtures::new(1).person(Role::Moderator);
    let now = user.created_at + Span::days(9);
    (user.available_since, user.shift.since) = (now - absent_for, now - absent_for);
    change(&mut user);
    Keeps::of(Some(&user), now, limit)
}

#[test]
fn active_staff_that_takes_work_keeps_everything() {
    assert_eq!(keeps(Some(LIMIT), Span::days(1), |_| {}), Keeps::Everything);
}

#[test]
fn users_who_are_no_active_staff_keep_nothing() {
    let changes: [fn(&mut User); 2] = [|user| user.active = false, |user| user.role = Role::User];
    for change in changes {
        for limit in [None, Some(LIMIT)] {
            assert_eq!(keeps(limit, Span::zero(), change), Keeps::Nothing);
        }
    }
    let now = Timestamp::UNIX_EPOCH;
    assert_eq!(Keeps::of(None, now, None), Keeps::Nothing);
}

#[test]
fn staff_that_is_absent_for_the_limit_keeps_what_is_bound() {
    let offline: fn(&mut User) = |user| user.availability = Availability::Offline;
    let away: fn(&mut User) = |user| user.availability = Availability::Away;
    let off_shift: fn(&mut User) = |user| user.shift.on = false;
    let short = LIMIT - Span::microseconds(1);
    for (change, absent_for, expected) in [
        (offline, Span::zero(), Keeps::Bound),
        (away, short, Keeps::Everything),
        (away, LIMIT, Keeps::Bound),
        (off_shift, short, Keeps::Everything),
        (off_shift, LIMIT, Keeps::Bound),
    ] {
        assert_eq!(keeps(Some(LIMIT), absent_for, change), expected);
        assert_eq!(keeps(None, absent_for, change), Keeps::Everything);
    }
    // The end of the shift long ago counts for nothing while the user is away.
    let away_off_shift = |user: &mut User| {
        user.shift.on = false;
        user.shift.since -= Span::days(1);
        user.availability = Availability::Away;
    };
    assert_eq!(keeps(Some(LIMIT), short, away_off_shift), Keeps::Everything);
}

#[test]
fn what_an_assignee_keeps_decides_by_status_and_assignment() {
    let mut make = Fixtures::new(1);
    let (ann, max) = (make.person(Role::User), make.person(Role::Moderator));
    let ticket = make.ticket(ann.id);
    let by_router = make.assign(&ticket, max.id, AUTOMATIC).ticket;
    let by_human = make.assign(&ticket, max.id, SeatBound::Unbounded).ticket;
    let is_lost = |ticket: &Ticket, keeps| is_unattended(ticket, keeps);
    for status in Status::ALL {
        let is_over = matches!(status, Status::Resolved | Status::Closed);
        for ticket in [&by_router, &by_human] {
            let ticket = Ticket {
                status,
                ..ticket.clone()
            };
            let is_free = status == Status::Open && !is_assigned_by_human(&ticket);
            assert!(!is_lost(&ticket, Keeps::Everything));
            assert_eq!(is_lost(&ticket, Keeps::Bound), is_free, "{status:?}");
            assert_eq!(is_lost(&ticket, Keeps::Nothing), !is_over, "{status:?}");
            let deleted_at = Some(ticket.updated_at);
            let deleted = Ticket {
                deleted_at,
                ..ticket
            };
            assert!(!is_lost(&deleted, Keeps::Nothing));
        }
    }
    assert!(!is_lost(&ticket, Keeps::Nothing));
}
