//! Tests model calls: many are deleted in several units of work, and an unknown word is reported with its column.
#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "a test that ends here has failed")]

mod support;

use futures_util::future::join_all;
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
use support::Desk;
use tickmate_core::{
    backend::store::{ModelStore, StoreError, SystemStore},
    domain::{
        id::CallId,
        models::{Budget, CallEnd, CallOutcome, CallQuery, ModelCall, Task, Usage},
        time::{Timestamp, from_micros},
    },
};

const ALL_CALLS: CallQuery = CallQuery {
    from: None,
    to: None,
    after: None,
    limit: 10_000,
};

/// Returns an answered call that began this many microseconds after 1970.
fn call(micros: u32) -> ModelCall {
    let mut random = [0; 10];
    random[..4].copy_from_slice(&micros.to_be_bytes());
    ModelCall {
        id: CallId::new(at(micros), random),
        task: Task::Triage,
        ticket: None,
        provider: "gemini".to_owned(),
        model: "model-1".to_owned(),
        key: "a5".to_owned(),
        begun_at: at(micros),
        reserved_tokens: 100,
        end: Some(CallEnd {
            outcome: CallOutcome::Answered,
            usage: Usage::default(),
            micros: 1,
            cache_hit: false,
            answer: Some("{}".to_owned()),
        }),
    }
}

fn at(micros: u32) -> Timestamp {
    from_micros(micros.into())
}

async fn begin_calls(desk: &Desk, calls: &[ModelCall]) {
    for chunk in calls.chunks(500) {
        let begin = |call| async move {
            let any = Budget::default();
            assert!(
                desk.store
                    .begin_call(call, &any, at(0).date_naive())
                    .await
                    .unwrap()
            );
        };
        join_all(chunk.iter().map(begin)).await;
    }
}

#[tokio::test]
async fn any_number_of_calls_and_answers_is_deleted() {
    let desk = Desk::new().await;
    let calls: Vec<ModelCall> = (0..8_100).map(call).collect();
    begin_calls(&desk, &calls).await;
    let forgotten = desk.store.forget_calls(at(8_050), at(4_001)).await.unwrap();
    assert_eq!(forgotten, 4_001);
    let left = desk.store.model_calls(&ALL_CALLS).await.unwrap();
    assert_eq!(left.len(), 8_100 - 4_001);
    for stored in left {
        let answer = stored.end.unwrap().answer;
        assert_eq!(answer.is_some(), stored.begun_at >= at(8_050));
    }
}

#[tokio::test]
async fn an_unknown_word_is_reported_with_its_column() {
    let desk = Desk::new().await;
    begin_calls(&desk, &[call(1)]).await;
    for (column, statement) in [
        (
            "model_calls.outcome",
            "UPDATE model_calls SET outcome = 'exploded'",
        ),
        (
            "model_calls.task",
            "UPDATE model_calls SET outcome = 'answered', task = 'Triage'",
        ),
    ] {
        let options = SqliteConnectOptions::new().filename(&desk.path);
        let mut connection = options.connect().await.unwrap();
        let done = sqlx::query(statement).execute(&mut connection).await;
        assert_eq!(done.unwrap().rows_affected(), 1);
        let error = desk.store.answered_call("a5").await.unwrap_err();
        assert!(
            matches!(&error, StoreError::Corrupt { what, .. } if what == column),
            "{error:?}"
        );
        assert!(desk.store.model_calls(&ALL_CALLS).await.unwrap().is_empty());
        assert_eq!(desk.store.unreadable_records(), 1);
    }
    let lines = desk.store.model_usage(at(0), at(2)).await.unwrap();
    assert_eq!(lines[0].outcome, Some(CallOutcome::Answered));
}
