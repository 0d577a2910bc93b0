//! How often a model is asked, with what waits, and what is asked again once a recording goes on.

use std::{fs, sync::Arc};

use tickmate::{
    backend::llm::{Completion, LlmError},
    domain::{learn::Dictionary, options::Options},
    memory::{Cassette, CassetteLlm, ScriptedLlm},
};
use tokio::time::Instant;

use super::{source::Recording, *};

const GOOD: &str = r#"{"summary": "s", "category": "network"}"#;
const BAD: &str = "I can't say";

/// What a model says, in turn.
#[derive(Clone, Copy)]
enum Say {
    Good,
    Bad,
    Cut(&'static str),
    Stopped,
    Blocked,
    Unavailable(Option<u64>),
    Garbled,
    Rejected,
    Exhausted,
    Misconfigured,
}

fn model(says: &[Say]) -> Arc<ScriptedLlm> {
    let llm = ScriptedLlm::new();
    for say in says {
        let with = |text: &str, stop| {
            llm.complete_with(Completion {
                text: text.to_owned(),
                model: "scripted".to_owned(),
                usage: Usage::default(),
                latency: Duration::ZERO,
                stop,
            });
        };
        match *say {
            Say::Good => with(GOOD, StopReason::Done),
            Say::Bad => with(BAD, StopReason::Done),
            Say::Cut(text) => with(text, StopReason::Length),
            Say::Stopped => with("", StopReason::Other),
            Say::Blocked => with(GOOD, StopReason::Blocked),
            Say::Unavailable(seconds) => llm.fail(LlmError::Unavailable {
                retry_after: seconds.map(Duration::from_secs),
                source: "busy".into(),
            }),
            Say::Garbled => llm.fail(LlmError::Garbled("half".into())),
            Say::Rejected => llm.fail(LlmError::Rejected("no".into())),
            Say::Exhausted => llm.fail(LlmError::Exhausted {
                retry_after: None,
                source: "spent".into(),
            }),
            Say::Misconfigured => llm.fail(LlmError::Misconfigured("key".into())),
        }
    }
    Arc::new(llm)
}

fn rows(count: usize) -> Vec<Row> {
    let row = |number: usize| Row {
        id: number.to_string(),
        description: format!("The VPN drops, case {number}"),
        ..Row::default()
    };
    (0..count).map(row).collect()
}

/// What comes of asking about so many tickets, and how long was waited in all.
async fn asked(source: Source, tickets: usize) -> (Vec<Asked>, Duration) {
    let dictionary = Dictionary::shipped();
    let lists = Lists::new(&dictionary, Options::default(), &[]);
    let (asker, rows, began) = (Asker::of(source, 1), rows(tickets), Instant::now());
    let all = asker.ask_all(&lists, dictionary.vocabulary(), &rows);
    let all: Vec<Result<Asked, Failure>> = all.collect().await;
    let asked = all.into_iter().map(Result::unwrap).collect();
    (asked, began.elapsed())
}

fn is_read(asked: &[Asked]) -> Vec<bool> {
    asked.iter().map(|one| one.analysis.is_some()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_ticket_is_asked_about_as_the_desk_would() {
    use Say::*;
    for (says, calls, is_read, waited) in [
        (&[Good][..], 1, true, 0),
        (&[Bad, Good], 2, true, 0),
        (&[Bad, Bad, Good], 2, false, 0),
        (&[Stopped, Good], 2, true, 0),
        (&[Cut(GOOD), Good], 2, true, 0),
        (&[Cut(GOOD), Cut(GOOD), Good], 2, true, 0),
        (&[Cut("{"), Cut("{"), Good], 2, false, 0),
        (&[Blocked, Good], 1, false, 0),
        (&[Rejected, Good], 1, false, 0),
        (&[Exhausted, Good], 1, false, 0),
        (&[Misconfigured, Good], 1, false, 0),
        (&[Unavailable(None), Good], 2, true, 2),
        (&[Unavailable(Some(7)), Garbled, Good], 3, true, 9),
        (&[Garbled, Garbled, Garbled, Good], 3, false, 4),
        (&[Unavailable(Some(60)), Good], 2, true, 60),
        (&[Unavailable(Some(61)), Good], 1, false, 0),
        // Each round has its two answers.
        (&[Bad, Garbled, Bad, Good], 4, true, 2),
        (&[Garbled, Bad, Bad, Good], 3, false, 2),
    ] {
        let llm = model(says);
        let (asked, time) = asked(Source::Network(Arc::clone(&llm) as _), 1).await;
        let one = &asked[0];
        assert_eq!((one.calls, one.analysis.is_some()), (calls, is_read));
        assert!(is_read || !one.why.is_empty());
        assert_eq!(time.as_secs(), waited);
        let prompts = llm.prompts();
        assert_eq!(prompts.len() as u64, calls);
        let room = prompts.last().unwrap().max_output_tokens / prompts[0].max_output_tokens;
        assert_eq!(room, if matches!(says[0], Cut(_)) { 2 } else { 1 });
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_will_not_answer_anybody_is_asked_nothing_more() {
    for last in [Say::Exhausted, Say::Misconfigured] {
        let llm = model(&[Say::Good, last]);
        let (asked, _) = asked(Source::Network(Arc::clone(&llm) as _), 4).await;
        assert_eq!(is_read(&asked), [true, false, false, false]);
        assert_eq!(llm.prompts().len(), 2);
        assert_eq!(asked[3].calls, 0);
        assert!(!asked[1].why.is_empty() && asked[3].why == asked[1].why);
    }
    let llm = model(&[Say::Rejected, Say::Good]);
    let (asked, _) = asked(Source::Network(llm), 2).await;
    assert_eq!(is_read(&asked), [false, true]);
}

/// Records these answers about so many tickets. Answers which were read, and how often somebody was asked.
async fn record(path: &std::path::Path, says: &[Say], tickets: usize) -> (Vec<bool>, usize) {
    let llm = model(says);
    let recording = Recording::open(Arc::clone(&llm) as _, path).unwrap();
    let (asked, _) = asked(Source::Recording(recording), tickets).await;
    (is_read(&asked), llm.prompts().len())
}

/// Which tickets are read where nobody is asked.
async fn play(path: &std::path::Path, tickets: usize) -> (Vec<bool>, Duration) {
    let cassette = Cassette::from_lines(&fs::read_to_string(path).unwrap()).unwrap();
    let id = cassette.models()[0].clone();
    let source = Source::Cassette(CassetteLlm::replaying(id, cassette));
    let (asked, waited) = asked(source, tickets).await;
    (is_read(&asked), waited)
}

#[tokio::test(start_paused = true)]
async fn a_recording_that_was_finished_later_is_played_to_its_end() {
    use Say::*;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cassette.jsonl");
    let says = [
        Good,
        Garbled,
        Garbled,
        Garbled,
        Cut(GOOD),
        Garbled,
        Cut(GOOD),
        Exhausted,
    ];
    let first = record(&path, &says, 4).await;
    assert_eq!(first, (vec![true, false, false, false], 8));
    assert_eq!(play(&path, 4).await.0, first.0);
    let before = fs::read_to_string(&path).unwrap();

    // What was answered is not asked again, not even what was cut. What comes next is.
    let second = record(&path, &[Good, Good, Good], 4).await;
    assert_eq!(second, (vec![true; 4], 3));
    let after = fs::read_to_string(&path).unwrap();
    let new = after.strip_prefix(&before).unwrap();
    assert_eq!(new.lines().count(), 3);
    assert_eq!(play(&path, 4).await, (vec![true; 4], Duration::ZERO));

    let third = record(&path, &[], 4).await;
    assert_eq!(third, (vec![true; 4], 0));
    assert_eq!(fs::read_to_string(&path).unwrap(), after);
}

#[tokio::test(start_paused = true)]
async fn what_the_cassette_holds_is_answered_although_the_provider_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cassette.jsonl");
    let says = [Say::Rejected, Say::Good];
    assert_eq!(record(&path, &says, 2).await.0, [false, true]);
    let again = record(&path, &[Say::Misconfigured], 3).await;
    assert_eq!(again, (vec![false, true, false], 1));
}

#[tokio::test]
async fn a_damaged_cassette_is_named_by_line_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cassette.jsonl");
    record(&path, &[Say::Good], 1).await;
    let good = fs::read(&path).unwrap();
    let cut = &good[..good.len() / 2];
    for (damaged, part) in [
        ([&good[..], cut].concat(), "line 2 is no recorded exchange"),
        ([&good[..], b"\n\xff\n"].concat(), "line 3 is not UTF-8"),
    ] {
        fs::write(&path, &damaged).unwrap();
        let said = Recording::open(model(&[]), &path)
            .err()
            .unwrap()
            .to_string();
        assert!(
            said.contains("cassette.jsonl: ") && said.contains(part),
            "{said}"
        );
        assert_eq!(fs::read(&path).unwrap(), damaged);
    }
    // A last line without its end is whole.
    fs::write(&path, good.trim_ascii_end()).unwrap();
    assert_eq!(record(&path, &[Say::Good], 2).await, (vec![true; 2], 1));
    assert_eq!(play(&path, 2).await.0, [true; 2]);
}
