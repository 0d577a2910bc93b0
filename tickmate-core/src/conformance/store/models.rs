//! Calls of models: their fields, their ends, and how their answers are found.

use crate::{
    backend::store::{Store, StoreError, Unique},
    conformance::{Outcome, fixtures::Fixtures, random::Random},
    domain::{
        id::{CallId, TicketId},
        models::{Budget, CallEnd, CallOutcome, CallQuery, ModelCall, Task, Usage},
        time::Timestamp,
    },
};

/// A budget without limits.
pub(super) const ANY: Budget = Budget {
    calls: None,
    tokens: None,
};

/// Creates calls, each a second after the one before.
pub(super) struct Calls {
    make: Fixtures,
    random: Random,
}

impl Calls {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            make: Fixtures::new(seed),
            random: Random::new(seed),
        }
    }

    pub(super) fn now(&mut self) -> Timestamp {
        self.make.now()
    }

    /// Creates a running call with a unique key.
    pub(super) fn call(&mut self) -> ModelCall {
        let begun_at = self.make.now();
        let id = CallId::new(begun_at, self.random.bytes());
        ModelCall {
            id,
            task: Task::Triage,
            ticket: None,
            provider: "gemini".to_owned(),
            model: "model-1".to_owned(),
            key: id.as_uuid().simple().to_string(),
            begun_at,
            reserved_tokens: 100,
            end: None,
        }
    }

    /// Creates a call that is recorded together with this answer.
    pub(super) fn ended_call(&mut self, answer: &str) -> ModelCall {
        ModelCall {
            end: Some(answered_end(answer)),
            ..self.call()
        }
    }
}

/// Creates an end that used 11 tokens.
pub(super) fn answered_end(answer: &str) -> CallEnd {
    CallEnd {
        outcome: CallOutcome::Answered,
        usage: Usage {
            prompt_tokens: 8,
            cached_tokens: 5,
            output_tokens: 3,
        },
        micros: 1_250_000,
        cache_hit: false,
        answer: Some(answer.to_owned()),
    }
}

/// Records that a call begins, without a limit.
pub(super) async fn begin_unlimited(store: &dyn Store, call: &ModelCall) -> Outcome {
    let begins = store
        .begin_call(call, &ANY, call.begun_at.date_naive())
        .await?;
    assert!(begins, "{call:?}");
    Ok(())
}

/// Returns all calls, the newest first.
pub(super) async fn all(store: &dyn Store) -> Outcome<Vec<ModelCall>> {
    Ok(store.model_calls(&query(None, 1_000)).await?)
}

/// Creates a query for a page of all calls.
pub(super) const fn query(after: Option<CallId>, limit: u32) -> CallQuery {
    CallQuery {
        from: None,
        to: None,
        after,
        limit,
    }
}

/// Every field round-trips, whether the end is recorded with the call or later, and long answers byte by byte.
pub async fn every_field_of_a_call_round_trips(store: &dyn Store) -> Outcome {
    let mut calls = Calls::new(1);
    let odd = " \t\u{FEFF}ä a\u{308} \u{1F468}\u{200D}\u{1F469} \u{202E}עברית\r\n'\"\\%_$1?:x \u{1}\u{7F}\u{FFFD} ";
    let mut call = calls.call();
    call.ticket = Some(TicketId::new(call.begun_at, [7; 10]));
    call.provider = format!("größer{odd}");
    call.model = format!("{odd}model-1");
    call.key = "5f".repeat(32);
    call.reserved_tokens = (1 << 62) + 1;
    begin_unlimited(store, &call).await?;
    assert_eq!(all(store).await?, [call.clone()]);
    call.end = Some(CallEnd {
        outcome: CallOutcome::Truncated,
        usage: Usage {
            prompt_tokens: (1 << 60) + 1,
            cached_tokens: (1 << 59) + 1,
            output_tokens: (1 << 58) + 1,
        },
        micros: (1 << 57) + 1,
        cache_hit: true,
        answer: Some(odd.repeat(65_536 / odd.len() + 1)),
    });
    store.end_call(&call).await?;
    assert!(all(store).await? == [call.clone()]);
    assert!(store.answered_call(&call.key).await? == Some(call.clone()));
    let mut empty = calls.ended_call("");
    (empty.provider, empty.model) = (String::new(), String::new());
    begin_unlimited(store, &empty).await?;
    assert!(all(store).await? == [empty.clone(), call]);
    assert_eq!(store.answered_call(&empty.key).await?, Some(empty));
    Ok(())
}

/// Every task and every outcome round-trips, with an answer and without.
pub async fn every_enum_value_of_a_call_round_trips(store: &dyn Store) -> Outcome {
    let mut calls = Calls::new(1);
    for task in Task::ALL {
        for &outcome in CallOutcome::ALL {
            for answer in [None, Some("{}".to_owned())] {
                let mut call = calls.call();
                call.task = task;
                begin_unlimited(store, &call).await?;
                call.end = Some(CallEnd {
                    outcome,
                    answer,
                    ..answered_end("")
                });
                store.end_call(&call).await?;
                let stored = store.model_calls(&query(None, 1)).await?;
                assert_eq!(stored, [call]);
            }
        }
    }
    Ok(())
}

/// A call whose process died stays without an end and without an answer.
pub async fn a_call_may_never_end(store: &dyn Store) -> Outcome {
    let mut calls = Calls::new(1);
    let lost = calls.call();
    begin_unlimited(store, &lost).await?;
    let other = calls.ended_call("other");
    begin_unlimited(store, &other).await?;
    assert_eq!(store.answered_call(&lost.key).await?, None);
    let still = calls.call();
    store
        .end_call(&ModelCall {
            id: lost.id,
            ..still
        })
        .await?;
    assert_eq!(all(store).await?, [other, lost]);
    Ok(())
}

/// An id is taken once, with any other fields; the id of a refused call is free.
pub async fn a_call_id_is_taken_once(store: &dyn Store) -> Outcome {
    let mut calls = Calls::new(1);
    let first = calls.call();
    let none = Budget {
        calls: Some(0),
        tokens: None,
    };
    assert!(
        !store
            .begin_call(&first, &none, first.begun_at.date_naive())
            .await?
    );
    assert!(all(store).await?.is_empty());
    begin_unlimited(store, &first).await?;
    let again = [calls.call(), calls.ended_call("again"), first.clone()];
    for again in again {
        let again = ModelCall {
            id: first.id,
            ..again
        };
        for budget in [ANY, none] {
            let answer = store
                .begin_call(&again, &budget, again.begun_at.date_naive())
                .await;
            let taken = matches!(answer, Err(StoreError::Taken(Unique::Call)));
            assert!(taken, "{answer:?}");
        }
    }
    assert_eq!(all(store).await?, [first]);
    Ok(())
}

/// The first end stays, only the end is written, and the end of a call that does not exist changes nothing.
pub async fn a_call_ends_once(store: &dyn Store) -> Outcome {
    let mut calls = Calls::new(1);
    let mut late = calls.call();
    let at_once = calls.ended_call("at once");
    begin_unlimited(store, &late).await?;
    begin_unlimited(store, &at_once).await?;
    late.end = Some(answered_end("first"));
    let changed = ModelCall {
        end: late.end.clone(),
        id: late.id,
        ticket: Some(TicketId::new(late.begun_at, [7; 10])),
        provider: "other".to_owned(),
        model: "other".to_owned(),
        reserved_tokens: 1,
        ..calls.call()
    };
    store.end_call(&changed).await?;
    for call in [&late, &at_once] {
        for end in [None, Some(answered_end("second"))] {
            let again = ModelCall {
                end,
                ..call.clone()
            };
            store.end_call(&again).await?;
        }
    }
    store.end_call(&calls.ended_call("unknown")).await?;
    assert_eq!(all(store).await?, [at_once, late]);
    Ok(())
}

/// Of the calls of a key, the newest one with an answer is found, by moment and then by id.
pub async fn the_newest_answer_is_found(store: &dyn Store) -> Outcome {
    let mut calls = Calls::new(1);
    let mut of_key = |key: &str, end: Option<CallEnd>| ModelCall {
        key: key.to_owned(),
        end,
        ..calls.call()
    };
    let old = of_key("a5", Some(answered_end("old")));
    let newest = of_key("a5", Some(answered_end("newest")));
    let twin = ModelCall {
        id: CallId::from_uuid(uuid::Uuid::nil()),
        end: Some(answered_end("twin")),
        ..newest.clone()
    };
    let without = CallEnd {
        answer: None,
        ..answered_end("")
    };
    let others = of_key("A5", Some(answered_end("others")));
    let lost = of_key("a5", None);
    let unanswered = of_key("a5", Some(without));
    for call in [&newest, &twin, &unanswered, &others, &lost, &old] {
        begin_unlimited(store, call).await?;
    }
    assert_eq!(store.answered_call("a5").await?, Some(newest));
    assert_eq!(store.answered_call("A5").await?, Some(others));
    for key in ["", "a", "a5 ", "%"] {
        assert_eq!(store.answered_call(key).await?, None, "{key}");
    }
    let mut late = lost;
    late.end = Some(answered_end("late"));
    store.end_call(&late).await?;
    assert_eq!(store.answered_call("a5").await?, Some(late));
    Ok(())
}
