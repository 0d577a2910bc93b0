//! Tests of learning as a whole, on synthetic desks.

mod desk;
mod limits;
mod untrained;

use desk::{Desk, analyzer, share_right};

use super::{Analyzer, LabelOutcome, Model, StateError, Thresholds, calibration_error};
use crate::domain::{field::Field, options::Options};

#[test]
fn more_tickets_improve_predictions() {
    let desk = Desk::new(1);
    let (settled, held_out) = (desk.tickets(900, 0.0), Desk::new(2).tickets(300, 0.0));
    let right = |count: usize| {
        let mut trained = analyzer(&Options::default());
        trained.train(settled.iter().take(count).map(desk::Ticket::example));
        share_right(&trained, &held_out)
    };
    let (few, many, all) = (right(12), right(100), right(900));
    assert!(few < many && many < all, "{few} {many} {all}");
    assert!(all > 0.9, "{all}");
}

#[test]
fn learning_one_by_one_is_nearly_as_good_as_a_training() {
    let settled = Desk::new(1).tickets(400, 0.0);
    let held_out = Desk::new(2).tickets(300, 0.0);
    let mut trained = analyzer(&Options::default());
    trained.train(settled.iter().map(desk::Ticket::example));
    let mut learned = analyzer(&Options::default());
    for ticket in &settled {
        learned.learn(&ticket.example());
    }
    let (at_once, one_by_one) = (
        share_right(&trained, &held_out),
        share_right(&learned, &held_out),
    );
    assert!(one_by_one > at_once - 0.1, "{one_by_one} {at_once}");
    assert!(one_by_one > 0.75, "{one_by_one}");
    assert_eq!(learned.model().texts(), 400);
    assert!(learned.wants_training() && !trained.wants_training());
}

#[test]
fn a_learned_ticket_takes_effect_at_once() {
    let mut analyzer = analyzer(&Options::default());
    analyzer.train(
        Desk::new(1)
            .tickets(200, 0.0)
            .iter()
            .map(desk::Ticket::example),
    );
    let text = "the flux capacitor of the hovercraft leaks plasma";
    let before = analyzer.read("", text, &Thresholds::default());
    assert_ne!(before.guess(Field::Category).unwrap().label, "Vehicles");
    for id in ["one", "two"] {
        analyzer.learn(&super::Example {
            id,
            description: text,
            labels: [Some("Vehicles"), None, None, None],
            ..super::Example::default()
        });
    }
    let after = analyzer.read("", "our hovercraft leaks plasma", &Thresholds::default());
    assert_eq!(after.guess(Field::Category).unwrap().label, "Vehicles");
    let similar = analyzer.neighbors("", text, 3);
    assert_eq!(
        (similar[0].id.as_str(), similar[1].id.as_str()),
        ("two", "one")
    );
    assert!(similar[1].likeness > 0.9, "{similar:?}");
    let other = analyzer.neighbors("", "a leaking hovercraft", 3);
    assert!(other[0].likeness < 0.7, "{other:?}");
}

#[test]
fn confidence_says_how_often_a_guess_is_right() {
    // Three labels in ten are wrong. Therefore no guess can be certain.
    let settled = Desk::new(1).tickets(1_500, 0.3);
    let held_out = Desk::new(2).tickets(1_500, 0.3);
    let mut analyzer = analyzer(&Options::default());
    analyzer.train(settled.iter().map(desk::Ticket::example));
    let predictions: Vec<_> = held_out
        .iter()
        .map(|one| analyzer.read(&one.title, &one.text, &Thresholds::default()))
        .collect();
    let outcomes: Vec<LabelOutcome<'_>> = held_out
        .iter()
        .zip(&predictions)
        .map(|(ticket, prediction)| {
            let guess = prediction.guess(Field::Category).unwrap();
            LabelOutcome {
                right: ticket.label,
                guess: Some(&guess.label),
                confidence: guess.confidence,
                abstains: guess.abstains,
            }
        })
        .collect();
    let error = calibration_error(&outcomes);
    assert!(error < 0.06, "{error}");
    let overconfident: Vec<LabelOutcome<'_>> = outcomes
        .iter()
        .map(|one| LabelOutcome {
            confidence: 1.0,
            ..*one
        })
        .collect();
    assert!(calibration_error(&overconfident) > 0.2);
}

#[test]
fn the_same_tickets_give_the_same_state() {
    let settled = Desk::new(1).tickets(150, 0.1);
    let state = || {
        let mut analyzer = analyzer(&Options::default());
        analyzer.train(settled[..100].iter().map(desk::Ticket::example));
        for ticket in &settled[100..] {
            analyzer.learn(&ticket.example());
        }
        analyzer.model().to_bytes()
    };
    assert_eq!(state(), state());
}

fn trained_analyzer() -> Analyzer {
    let mut analyzer = analyzer(&Options::default());
    let settled = Desk::new(1).tickets(80, 0.1);
    analyzer.train(settled[..60].iter().map(desk::Ticket::example));
    for ticket in &settled[60..] {
        analyzer.learn(&ticket.example());
    }
    analyzer
}

#[test]
fn a_state_restores_the_model_exactly() {
    let analyzer = trained_analyzer();
    let bytes = analyzer.model().to_bytes();
    let model = Model::from_bytes(&bytes).unwrap();
    assert_eq!(&model, analyzer.model());
    assert_eq!(model.to_bytes(), bytes);
    let (mut again, mut once) = (desk::with_model(model), analyzer);
    for ticket in Desk::new(3).tickets(5, 0.0) {
        let read = |one: &Analyzer| one.read(&ticket.title, &ticket.text, &Thresholds::default());
        assert_eq!(read(&again), read(&once));
        again.learn(&ticket.example());
        once.learn(&ticket.example());
    }
    assert_eq!(again.model().to_bytes(), once.model().to_bytes());
    let empty = Model::default();
    assert_eq!(Model::from_bytes(&empty.to_bytes()), Ok(empty));
}

#[test]
fn damaged_states_are_rejected() {
    let bytes = trained_analyzer().model().to_bytes();
    assert_eq!(Model::from_bytes(b""), Err(StateError::NotAState));
    assert_eq!(Model::from_bytes(b"{\"a\": 1}"), Err(StateError::NotAState));
    let mut other_version = bytes.clone();
    other_version[4] = 9;
    assert_eq!(
        Model::from_bytes(&other_version),
        Err(StateError::Version(9))
    );
    for place in (6..bytes.len()).step_by(bytes.len() / 97) {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        let refused = Model::from_bytes(&changed);
        assert!(matches!(refused, Err(StateError::Damaged(_))), "{place}");
        let refused = Model::from_bytes(&bytes[..place]);
        assert!(matches!(refused, Err(StateError::Damaged(_))), "{place}");
    }
}
