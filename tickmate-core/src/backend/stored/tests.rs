//! Every record round-trips through its storage form, and other documents are refused.

use std::{collections::BTreeMap, fmt::Debug};

use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::domain::{
    analysis::{Findings, Suggestions, Triage, TriageSource},
    decision::{
        Cause, DecidedBy, DecisionRecord, QueueReason, RankingKey, RunnerUp, SkippedStaff, Tier,
    },
    delivery::{Delivery, DeliveryReport},
    desk_rules::RulesKind,
    event::{ActorId, Change, EventFacts, EventKind, Parties, Subject},
    field::Field,
    field_versions::FieldVersions,
    hours::WorkingHours,
    id::{EventId, ReplyId, SessionId, TicketId, TokenId, UserId},
    job::JobKey,
    mail::{MailKey, MailKind, MailStatus},
    presence::Availability,
    priority::Priority,
    reply::Visibility,
    shift::Shift,
    skill::{Level, Skill},
    status::Status,
    ticket::{Assignment, HumanFields, Queued},
    time::{Timestamp, from_micros},
    token::{OneTimeToken, TokenPurpose},
    user::{PasswordHash, Role},
};

fn moment() -> impl Strategy<Value = Timestamp> {
    // The whole range of chrono.
    (-8_334_601_228_800_000_000..=8_210_266_876_799_999_999_i64).prop_map(from_micros)
}

fn id<T: Debug>(wrap: fn(Uuid) -> T) -> impl Strategy<Value = T> {
    any::<u128>().prop_map(move |bits| wrap(Uuid::from_u128(bits)))
}

fn user_id() -> impl Strategy<Value = UserId> {
    id(UserId::from_uuid)
}

fn ticket_id() -> impl Strategy<Value = TicketId> {
    id(TicketId::from_uuid)
}

// Boxed, like those below: a ticket's whole strategy by value is too large for the stack of a test.
fn text() -> BoxedStrategy<String> {
    prop_oneof!["\\PC{0,20}", any::<String>()].boxed()
}

fn maybe<T: Debug + 'static>(of: impl Strategy<Value = T> + 'static) -> BoxedStrategy<Option<T>> {
    prop::option::of(of).boxed()
}

fn list<T: Debug + 'static>(of: impl Strategy<Value = T> + 'static) -> BoxedStrategy<Vec<T>> {
    prop::collection::vec(of, 0..4).boxed()
}

fn one_of<T: Debug + Clone + 'static>(values: &[T]) -> impl Strategy<Value = T> + use<T> {
    prop::sample::select(values.to_vec())
}

fn skill() -> impl Strategy<Value = Skill> {
    (text(), text(), maybe(one_of(&Level::ALL)))
        .prop_map(|(id, name, level)| Skill::new(id, name).at(level))
}

fn field_versions() -> impl Strategy<Value = FieldVersions> {
    list((one_of(&["title", "skills"]), any::<u64>())).prop_map(|changes| {
        let mut versions = FieldVersions::default();
        for (field, version) in changes {
            versions.record([field], version);
        }
        versions
    })
}

prop_compose! {
    fn assignment()(
        to in user_id(), seat in any::<Option<u32>>(), by_human: bool,
        tier in maybe(one_of(&[Tier::Full, Tier::Partial, Tier::Admins])),
        at in moment(), reason in maybe(text()),
    ) -> Assignment {
        Assignment { to, seat, by_human, tier, at, reason }
    }
}

prop_compose! {
    fn queued()(
        since in moment(), reason in one_of(&[QueueReason::Full, QueueReason::Nobody]),
    ) -> Queued {
        Queued { since, reason }
    }
}

prop_compose! {
    fn compared()(
        active: u32, limit: u32, versatility: i32, last_assignment: u64,
    ) -> RankingKey {
        RankingKey { active, limit, versatility, last_assignment }
    }
}

prop_compose! {
    fn decided()(
        policy in text(), version: u64, counts in any::<[u32; 9]>(),
        cause in one_of(&[Cause::Turn, Cause::Relaxed, Cause::HandOver, Cause::Rebalance]),
        tier in one_of(&[Tier::Full, Tier::Partial, Tier::Admins]),
        chosen in maybe(compared()),
        runner_up in maybe((user_id(), compared())),
    ) -> DecisionRecord {
        let [required, covered, candidates, full, away, off_shift, offline, shift_ends, excluded] =
            counts;
        DecisionRecord {
            policy, version, cause, tier, required, covered, candidates, chosen,
            skipped: SkippedStaff { full, away, off_shift, offline, shift_ends, excluded },
            runner_up: runner_up.map(|(id, compared)| RunnerUp {
                id, compared, decided_by: DecidedBy::Load,
            }),
        }
    }
}

prop_compose! {
    fn triage()(
        texts in prop::array::uniform4(text()), first_steps in list(text()), tags in list(text()),
        extra in prop::collection::btree_map(text(), text(), 0..3),
        confidence in prop::collection::btree_map(text(), 0.0..=1.0, 0..5),
        source in one_of(&[TriageSource::Model, TriageSource::Embedded, TriageSource::Unread]),
        model in maybe(text()), priority in maybe(one_of(&Priority::ALL)),
        flags in any::<[bool; 2]>(), round: u32, at in moment(),
    ) -> Triage {
        let [summary, notes, category, text_hash] = texts;
        let [needs_review, outdated] = flags;
        Triage {
            suggestions: Suggestions {
                category: Some(category.clone()), priority, kind: None, skills: tags.clone(),
            },
            found: Findings {
                category: Some(category), priority, kind: model.clone(), skills: tags.clone(),
                applied: vec![Field::Category], settled: vec![Field::Skill],
            },
            summary, notes, first_steps, sentiment: None, complexity: None, tags, extra, source,
            model, confidence, needs_review, outdated, round, text_hash, at,
        }
    }
}

prop_compose! {
    fn ticket()(
        (id, requester) in (ticket_id(), user_id()), number: u64, version: u64,
        texts in prop::array::uniform3(text()), maybes in prop::array::uniform2(maybe(text())),
        moments in prop::array::uniform2(moment()),
        later in prop::array::uniform5(maybe(moment())).boxed(),
        status in one_of(&Status::ALL), priority in one_of(&Priority::ALL),
        flags in any::<[bool; 6]>(), required_skills in list(skill()),
        (triage, decision) in (maybe(triage()), maybe(decided())),
        (assignment, queued) in (maybe(assignment()), maybe(queued())),
        declined_by in list(user_id()), changed_by_person in field_versions(),
    ) -> Ticket {
        let [title, description, category] = texts;
        let [kind, origin] = maybes;
        let [created_at, updated_at] = moments;
        let [deadline, escalated_at, begun_at, resolved_at, deleted_at] = later;
        let [priority_set, category_set, kind_set, skills_set, rebalanced, notify_requester] = flags;
        Ticket {
            set_by_human: HumanFields {
                priority: priority_set, category: category_set, kind: kind_set, skills: skills_set,
            },
            id, number, title, description, status, priority, category, kind, deadline,
            changed_by_person, required_skills, triage, requester, assignment, queued, decision, rebalanced,
            escalated_at, declined_by, notify_requester, origin, version, created_at, updated_at,
            begun_at, resolved_at, deleted_at,
        }
    }
}

/// Working hours, as a user would enter them.
fn hours() -> WorkingHours {
    WorkingHours::parse(&json!({
        "zone": "Europe/Berlin",
        "week": {"mon": [["09:00", "17:00"]]},
    }))
    .unwrap()
}

prop_compose! {
    fn user()(
        id in user_id(), address in "[a-z]{1,9}@[a-z]{1,9}\\.org",
        name in text(), maybes in prop::array::uniform3(maybe(text())),
        role in one_of(&Role::ALL), availability in one_of(&Availability::ALL),
        skills in list(skill()), counts in any::<[u32; 2]>(), flags in any::<[bool; 4]>(),
        moments in prop::array::uniform4(moment()), later in prop::array::uniform2(maybe(moment())),
        tokens in list((id(TokenId::from_uuid), text(), moment())),
        verification_mails in list(moment()), version: u64, changed_by_person in field_versions(),
    ) -> User {
        let [username, password, subject] = maybes;
        let [capacity, capacity_bound] = counts;
        let [has_hours, on, active, email_verified] = flags;
        let [available_since, since, created_at, updated_at] = moments;
        let [until, taken_notice_at] = later;
        User {
            email: address.parse().unwrap(),
            hours: has_hours.then(hours),
            shift: Shift { on, since, until },
            password: password.map(PasswordHash::new),
            tokens: tokens.into_iter().map(|(id, hash, expires_at)| OneTimeToken {
                id, purpose: TokenPurpose::VerifyEmail, hash, expires_at,
            }).collect(),
            id, name, username, role, skills, capacity, capacity_bound, availability,
            available_since, active, email_verified, subject, verification_mails,
            taken_notice_at, created_at, updated_at, version, changed_by_person,
        }
    }
}

prop_compose! {
    fn reply()(
        id in id(ReplyId::from_uuid), ticket in ticket_id(), author in user_id(),
        visibility in one_of(&[Visibility::Public, Visibility::Internal]),
        message in text(), created_at in moment(),
    ) -> Reply {
        Reply { id, ticket, author, visibility, message, created_at }
    }
}

prop_compose! {
    fn session()(
        id in id(SessionId::from_uuid), user in user_id(), moments in prop::array::uniform3(moment()),
    ) -> Session {
        let [created_at, last_used_at, expires_at] = moments;
        Session { id, user, created_at, last_used_at, expires_at }
    }
}

fn subject() -> impl Strategy<Value = Subject> {
    prop_oneof![
        ticket_id().prop_map(Subject::Ticket),
        user_id().prop_map(Subject::User),
        Just(Subject::Desk),
    ]
}

prop_compose! {
    fn facts()(
        previous_assignee in maybe(user_id()),
        reply_visibility in maybe(one_of(&[Visibility::Public, Visibility::Internal])),
        status in maybe(one_of(&Status::ALL)), [skills_changed, fields_changed] in any::<[bool; 2]>(),
        is_active in maybe(any::<bool>()),
        stated_fields in list(one_of(&Field::ALL)), role in maybe(one_of(&Role::ALL)),
        rules in maybe(one_of(&[RulesKind::Routing, RulesKind::Triage])), must_reapply: bool, is_imported: bool,
        offered in prop::array::uniform2(list(text())), was_deleted: bool,
    ) -> EventFacts {
        let [offered_before, offered_after] = offered;
        EventFacts {
            offered_before, offered_after, was_deleted,
            stated_fields: stated_fields.into_iter().collect(),
            previous_assignee, reply_visibility, status, skills_changed, fields_changed, role, rules,
            is_active, is_imported, must_reapply,
        }
    }
}

fn kind() -> impl Strategy<Value = EventKind> {
    prop_oneof![
        one_of(EventKind::KNOWN),
        // A kind of another version.
        "[a-z]{9}_later".prop_map(EventKind::Unknown),
    ]
}

prop_compose! {
    fn event()(
        id in id(EventId::from_uuid), seq: u64, version: u64, subject in subject(), kind in kind(),
        by in maybe(user_id()), at in moment(), changes in list((text(), text(), any::<i64>())),
        requester in maybe(user_id()), assignee in maybe(user_id()), notify_requester: bool,
        reply in maybe(id(ReplyId::from_uuid)), facts in facts(),
    ) -> Event {
        let change = |(field, from, to)| Change { field, from: json!(from), to: json!([to, null]) };
        Event {
            id, seq, subject, version, kind, at, reply, facts,
            by: by.map_or(ActorId::System, ActorId::User),
            changes: changes.into_iter().map(change).collect(),
            parties: Parties { requester, assignee, notify_requester },
        }
    }
}

prop_compose! {
    fn mail_key()(
        event in id(EventId::from_uuid), kind in one_of(MailKind::ALL), to in user_id(),
    ) -> MailKey {
        MailKey { event, kind, to }
    }
}

prop_compose! {
    fn delivery_report()(
        delivery in one_of(&Delivery::ALL), reason in maybe(text()), at in moment(),
    ) -> DeliveryReport {
        DeliveryReport { delivery, reason, at }
    }
}

prop_compose! {
    fn suppression()(
        address in "[a-z]{1,9}@[a-z]{1,9}\\.org", reason in text(), since in moment(), by in maybe(user_id()),
    ) -> Suppression {
        Suppression {
            address: address.parse().unwrap(),
            reason,
            since,
            by: by.map_or(ActorId::System, ActorId::User),
        }
    }
}

prop_compose! {
    fn mail()(
        key in mail_key(), address in "[a-z]{1,9}@[a-z]{1,9}\\.org",
        texts in prop::array::uniform4(text()), ticket in maybe(ticket_id()),
        references in list(mail_key()), token in maybe(id(TokenId::from_uuid)),
        status in one_of(&MailStatus::ALL), unanswered_since in maybe(moment()), reference in maybe(text()),
        reason in maybe(text()), delivery in maybe(delivery_report()), retries: u32,
        moments in prop::array::uniform3(moment()),
    ) -> Mail {
        let [to_name, subject, text, html] = texts;
        let [created_at, queued_at, updated_at] = moments;
        Mail {
            to: address.parse().unwrap(),
            token: token.map(|id| (id, TokenPurpose::VerifyEmail)),
            key, to_name, subject, text, html, ticket, references, status, unanswered_since,
            reference, reason, delivery, retries, created_at, queued_at, updated_at,
        }
    }
}

fn job() -> impl Strategy<Value = Job> {
    prop_oneof![
        ticket_id().prop_map(|ticket| Job::Triage { ticket }),
        (ticket_id(), any::<u32>()).prop_map(|(ticket, attempt)| Job::Refine { ticket, attempt }),
        any::<u64>().prop_map(|version| Job::Train { version }),
        maybe(user_id()).prop_map(|freed| Job::DispatchBacklog { freed }),
        user_id().prop_map(|user| Job::RequeueUnattended { user }),
        (mail_key(), any::<u32>()).prop_map(|(mail, retry)| Job::Mail { mail, retry }),
        (id(EventId::from_uuid), "[a-z0-9_-]{1,60}", ".{1,20}").prop_map(
            |(event, handler, target)| {
                Job::HandleEvent {
                    event,
                    handler,
                    target,
                }
            }
        ),
        (any::<u64>(), maybe(user_id()), any::<bool>()).prop_map(|(version, after, again)| {
            Job::ReapplyToUsers {
                version,
                after,
                again,
            }
        }),
    ]
}

fn new_job() -> impl Strategy<Value = NewJob> {
    let key = text().prop_map(JobKey::new);
    (key, job(), moment()).prop_map(|(key, job, run_at)| NewJob::new(key, job, run_at))
}

const TICKET: &str = "assignment begun_at category changed_by_person created_at deadline decision declined_by deleted_at description \
    escalated_at id kind notify_requester number origin priority queued rebalanced requester required_skills \
    resolved_at set_by_human status title triage updated_at v version";
const USER: &str = "active availability available_since capacity capacity_bound changed_by_person created_at email email_verified \
    hours id name password role shift skills subject taken_notice_at tokens updated_at username v \
    verification_mails version";
const EVENT: &str = "at by changes facts id kind parties reply seq subject v version";
const MAIL: &str = "created_at delivery html key queued_at reason reference references retries status subject text ticket to \
    to_name token unanswered_since updated_at v";

/// Returns the names of a document's fields. Existing stores rely on them.
fn field_names<T: Stored>(record: &T) -> String {
    let document = to_value(record).unwrap();
    let fields: BTreeMap<String, Value> = serde_json::from_value(document).unwrap();
    fields.into_keys().collect::<Vec<_>>().join(" ")
}

/// Writes a record and reads it back: whole, without the empty fields, and with a field of a later release.
fn check_round_trip<T: Stored + PartialEq + Debug>(record: &T) -> Result<(), TestCaseError> {
    let document = to_value(record).unwrap();
    prop_assert_eq!(&document["v"], &json!(T::FORM));
    prop_assert_eq!(&from_value::<T>(document.clone()).unwrap(), record);
    prop_assert_eq!(&from_json::<T>(&to_json(record).unwrap()).unwrap(), record);
    let mut sparse = document.clone();
    let fields = sparse.as_object_mut().unwrap();
    fields.retain(|_, value| !value.is_null() && *value != json!([]));
    fields.insert("of_a_later_release".to_owned(), json!({"a": 1}));
    prop_assert_eq!(&from_value::<T>(sparse).unwrap(), record);
    for form in [json!(T::FORM + 1), json!(null), json!("1"), json!(-1)] {
        let mut other = document.clone();
        other["v"] = form;
        prop_assert!(is_refused(from_value::<T>(other)));
    }
    Ok(())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the result is made for the check"
)]
fn is_refused<T>(read: Result<T, StoreError>) -> bool {
    matches!(read, Err(StoreError::Corrupt { .. }))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn tickets_round_trip(ticket in ticket()) {
        check_round_trip(&ticket)?;
        prop_assert_eq!(field_names(&ticket), TICKET);
    }

    #[test]
    fn users_round_trip(user in user()) {
        check_round_trip(&user)?;
        prop_assert_eq!(field_names(&user), USER);
    }

    #[test]
    fn replies_and_sessions_round_trip(reply in reply(), session in session()) {
        check_round_trip(&reply)?;
        check_round_trip(&session)?;
    }

    #[test]
    fn events_round_trip(event in event()) {
        check_round_trip(&event)?;
        prop_assert_eq!(field_names(&event), EVENT);
    }

    #[test]
    fn mails_and_suppressions_round_trip(mail in mail(), suppression in suppression()) {
        check_round_trip(&mail)?;
        check_round_trip(&suppression)?;
        prop_assert_eq!(field_names(&mail), MAIL);
    }

    #[test]
    fn jobs_round_trip(new in new_job()) {
        check_round_trip(&new.job)?;
        check_round_trip(&new)?;
    }

    /// Any text and any JSON is read or refused, without a panic.
    #[test]
    fn any_document_is_read_or_refused(text in any::<String>(), number: u64, word in text()) {
        prop_assert!(is_refused(from_json::<Ticket>(&text)));
        for document in [json!(number), json!([word]), json!({"v": 1}), json!({"v": 1, "id": word})] {
            prop_assert!(is_refused(from_value::<Ticket>(document.clone())));
            prop_assert!(is_refused(from_value::<User>(document.clone())));
            prop_assert!(is_refused(from_value::<Event>(document)));
        }
    }
}

#[test]
fn errors_omit_the_content() {
    let error = from_value::<Reply>(json!({"v": 1, "message": "secret", "author": "secret"}));
    let message = crate::backend::with_causes(&error.unwrap_err());
    assert_eq!(
        message,
        "stored data can't be read: reply: a field is damaged"
    );
}

/// Existing stores rely on these names.
#[test]
fn a_reply_has_these_field_names() {
    let nil = Uuid::nil();
    let reply = Reply {
        id: ReplyId::from_uuid(nil),
        ticket: TicketId::from_uuid(nil),
        author: UserId::from_uuid(nil),
        visibility: Visibility::Internal,
        message: "Hello".to_owned(),
        created_at: from_micros(12),
    };
    assert_eq!(
        to_value(&reply).unwrap(),
        json!({
            "v": 1, "id": nil, "ticket": nil, "author": nil, "visibility": "internal",
            "message": "Hello", "created_at": 12,
        })
    );
}
