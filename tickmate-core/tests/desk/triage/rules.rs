//! The desk's own lists: described by an admin, offered to models, and the only values that a reading can give.

use std::sync::Arc;

use tickmate_core::{
    desk::{ApplyPatch, DeskError, DeskSettings, TriagePatch},
    domain::{
        access::Actor,
        job::Job,
        options::FieldOption,
        triage::{ExtraField, PromptTexts},
        user::Role,
    },
    memory::ScriptedLlm,
};

use super::super::world::World;

fn choice(name: &str, description: &str) -> FieldOption {
    FieldOption {
        name: name.to_owned(),
        description: description.to_owned(),
    }
}

fn boats() -> TriagePatch {
    TriagePatch {
        categories: Some(vec![
            choice("Sails", "sails, masts, rigging"),
            choice("Engines", "engines, propellers, fuel"),
        ]),
        types: Some(vec![choice("Repair", "something broke")]),
        priorities: Some(vec![choice("urgent", "the boat takes on water")]),
        apply: ApplyPatch::default(),
    }
}

#[tokio::test]
async fn an_admin_s_words_go_into_the_question_and_only_listed_values_come_back() {
    let llm = Arc::new(ScriptedLlm::new());
    llm.answer(r#"{"summary":"a","category":"engines","type":"REPAIR","confidence":{"category":1,"type":1}}"#);
    llm.answer(r#"{"summary":"b","category":"network","type":"incident","confidence":{"category":1,"type":1}}"#);
    let world = World::with(DeskSettings::default(), Some(Arc::clone(&llm) as _));
    let root = Actor::person(&world.staff("root", Role::Admin, &[], 50).await);
    let view = world
        .desk
        .triage()
        .set_rules(&root, boats(), Some(0))
        .await
        .unwrap();
    assert_eq!(view.version, 1);
    let ann = world.requester("ann").await;
    let first = world.ticket(&ann, "one", &[]).await;
    world.run_until_idle().await;
    let second = world.ticket(&ann, "two", &[]).await;
    world.run_until_idle().await;
    let prompts = llm.prompts();
    for words in [
        "sails, masts, rigging",
        "something broke",
        "the boat takes on water",
    ] {
        assert!(prompts[0].system.contains(words), "{words}");
    }
    assert!(!prompts[0].system.contains("payroll"));
    let first = world.stored(&first).await;
    assert_eq!(
        (first.category.as_str(), first.kind.as_deref()),
        ("Engines", Some("Repair"))
    );
    let second = world.stored(&second).await;
    assert_eq!((second.category.as_str(), second.kind), ("general", None));
    assert_eq!(second.triage.unwrap().suggestions.category, None);
}

#[tokio::test]
async fn the_embedded_analyzer_keeps_to_the_lists_too() {
    let world = World::new();
    let root = Actor::person(&world.staff("root", Role::Admin, &[], 50).await);
    let mut rules = boats();
    rules.apply.category = Some(0.0);
    world
        .desk
        .triage()
        .set_rules(&root, rules, None)
        .await
        .unwrap();
    let ann = world.requester("ann").await;
    let ticket = world
        .ticket(&ann, "The propeller lost its fuel engine", &[])
        .await;
    world.run_until_idle().await;
    assert_eq!(world.stored(&ticket).await.category, "Engines");
}

#[tokio::test]
async fn admins_change_the_rules_and_never_overwrite_each_other() {
    let world = World::new();
    let root = Actor::person(&world.staff("root", Role::Admin, &[], 50).await);
    let mia = Actor::person(&world.staff("mia", Role::Moderator, &[], 50).await);
    assert!(matches!(
        world.desk.triage().set_rules(&mia, boats(), None).await,
        Err(DeskError::Forbidden(_))
    ));
    world
        .desk
        .triage()
        .set_rules(&root, boats(), None)
        .await
        .unwrap();
    assert!(matches!(
        world
            .desk
            .triage()
            .set_rules(
                &root,
                TriagePatch {
                    types: Some(vec![]),
                    ..TriagePatch::default()
                },
                Some(0)
            )
            .await,
        Err(DeskError::Stale { current: 1, .. })
    ));
    // The same again is no change, and what is left out stays.
    let same = world
        .desk
        .triage()
        .set_rules(&root, boats(), Some(1))
        .await
        .unwrap();
    assert_eq!(same.version, 1);
    let peer = World::sharing(&world);
    let patch = TriagePatch {
        types: Some(vec![]),
        ..TriagePatch::default()
    };
    let changed = peer
        .desk
        .triage()
        .set_rules(&root, patch, None)
        .await
        .unwrap();
    assert_eq!((changed.version, changed.rules.categories.len()), (2, 2));
    assert!(changed.options.types.len() >= 3, "those that ship");
    assert_eq!(world.desk.triage().rules(&root).await.unwrap(), changed);
    let bad = TriagePatch {
        categories: Some(vec![choice("", "")]),
        ..TriagePatch::default()
    };
    match world.desk.triage().set_rules(&root, bad, None).await {
        Err(DeskError::Invalid(errors)) => assert_eq!(errors[0].field, "categories[0].name"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_host_adds_fields_and_words_of_its_own() {
    let llm = Arc::new(ScriptedLlm::always(
        r#"{"summary":"a","extra":{"building":"b 2","site":"Basel","other":"x"}}"#,
    ));
    let world = World::new();
    let fields = [
        ExtraField::text("building", "Which building it is about.").unwrap(),
        ExtraField::one_of("site", "Where it is.", ["Basel", "Bern"]).unwrap(),
    ];
    let desk = world
        .builder()
        .llm(Arc::clone(&llm))
        .extra_fields(fields)
        .prompt_texts(PromptTexts {
            task: "You read the tickets of a hospital.".to_owned(),
            guidance: "Patients come first.".to_owned(),
        })
        .build()
        .unwrap();
    let ann = world.requester("ann").await;
    let ticket = world.ticket(&ann, "The lift is stuck", &[]).await;
    let job = Job::Triage {
        ticket: ticket.ticket.id,
    };
    desk.jobs().run(&job, 0).await.unwrap();
    let asked = llm.prompts().remove(0);
    for words in [
        "You read the tickets of a hospital.",
        "Patients come first.",
        "Which building it is about.",
        "BEGIN TICKET",
    ] {
        assert!(asked.system.contains(words), "{words}");
    }
    let extra = world.stored(&ticket).await.triage.unwrap().extra;
    let said: Vec<(&str, &str)> = extra
        .iter()
        .map(|(name, said)| (name.as_str(), said.as_str()))
        .collect();
    assert_eq!(said, [("building", "b 2"), ("site", "Basel")]);
}
