//! Tests of sentiment and complexity, in several languages.

use super::UNTRAINED;
use crate::domain::{
    analysis::{Complexity, Sentiment},
    lexical::{Lexicon, LexiconData, token::Tokens},
};

#[test]
fn sentiments_are_recognized_in_several_languages() {
    for (title, description, expected) in [
        (
            "VPN is down",
            "I cannot connect since this morning.",
            Sentiment::Neutral,
        ),
        (
            "Printer",
            "It prints no color. Thanks in advance!",
            Sentiment::Neutral,
        ),
        (
            "Printer",
            "It prints no color.\nThank you\nAnn",
            Sentiment::Neutral,
        ),
        (
            "Question",
            "I would appreciate your help, happy to call.",
            Sentiment::Neutral,
        ),
        (
            "Laptop",
            "The sick leave form can't be opened!",
            Sentiment::Neutral,
        ),
        ("", "", Sentiment::Neutral),
        (
            "",
            "This is the third time I report it, and I am still waiting.",
            Sentiment::Negative,
        ),
        (
            "",
            "I am not happy with the new laptop.",
            Sentiment::Negative,
        ),
        ("", "We are not at all satisfied.", Sentiment::Negative),
        ("", "I'm really disappointed.", Sentiment::Negative),
        (
            "Again",
            "This is absolutely unacceptable.",
            Sentiment::Angry,
        ),
        (
            "NOTHING WORKS HERE",
            "STILL NO ANSWER FROM ANYBODY!!! I am so frustrated!!!",
            Sentiment::Angry,
        ),
        (
            "",
            "I am not angry, it is only a question.",
            Sentiment::Neutral,
        ),
        (
            "",
            "No inconvenience at all, I am not disappointed.",
            Sentiment::Neutral,
        ),
        (
            "Great work",
            "Everything works perfectly now, I am delighted!!!",
            Sentiment::Positive,
        ),
        (
            "",
            "Thanks for the quick answer, excellent support!",
            Sentiment::Positive,
        ),
        (
            "",
            "Ich bin sehr enttäuscht, das ist schon der dritte Ausfall.",
            Sentiment::Negative,
        ),
        (
            "",
            "Ich bin mit dem Gerät nicht zufrieden.",
            Sentiment::Negative,
        ),
        (
            "",
            "Das ist eine Frechheit, so kann man nicht arbeiten!",
            Sentiment::Angry,
        ),
        (
            "",
            "Der Drucker geht nicht. Vielen Dank im Voraus!",
            Sentiment::Neutral,
        ),
        (
            "",
            "Danke für die schnelle Hilfe, ich bin begeistert.",
            Sentiment::Positive,
        ),
        (
            "",
            "Je ne suis pas satisfait du service.",
            Sentiment::Negative,
        ),
        ("", "C'est inadmissible, je suis furieux.", Sentiment::Angry),
        (
            "",
            "L'imprimante ne marche plus. Merci d'avance.",
            Sentiment::Neutral,
        ),
        ("", "Bravo, je suis ravie du résultat.", Sentiment::Positive),
        (
            "",
            "Es la tercera vez que escribo, estoy cansada de esperar.",
            Sentiment::Negative,
        ),
        (
            "",
            "Esto es inaceptable, estoy harto de esperar.",
            Sentiment::Angry,
        ),
        (
            "",
            "No puedo entrar. Gracias de antemano.",
            Sentiment::Neutral,
        ),
        ("", "Sono molto deluso dal servizio.", Sentiment::Negative),
        ("", "È inaccettabile, una vergogna.", Sentiment::Angry),
        ("", "Complimenti, ottimo lavoro!", Sentiment::Positive),
        (
            "",
            "Ik ben teleurgesteld, dit is de derde keer.",
            Sentiment::Negative,
        ),
        ("", "Dit is belachelijk en onacceptabel.", Sentiment::Angry),
        (
            "",
            "De printer werkt niet, alvast bedankt.",
            Sentiment::Neutral,
        ),
        (
            "",
            "Estou insatisfeito, é a terceira vez.",
            Sentiment::Negative,
        ),
        ("", "Isto é inaceitável.", Sentiment::Angry),
        ("", "Parabéns, bom trabalho!", Sentiment::Positive),
    ] {
        let analysis = UNTRAINED.read(title, description);
        assert_eq!(analysis.sentiment, Some(expected), "{title} {description}");
    }
}

#[test]
fn loudness_alone_is_not_anger() {
    for (title, description, expected) in [
        ("HELP", "Please!!!", Sentiment::Neutral),
        (
            "OUTLOOK AND VPN",
            "Both are slow on my laptop since the update, what can be done?",
            Sentiment::Neutral,
        ),
        (
            "PLEASE HELP WITH PRINTER",
            "IT DOES NOT PRINT ANYTHING!!",
            Sentiment::Negative,
        ),
    ] {
        let analysis = UNTRAINED.read(title, description);
        assert_eq!(analysis.sentiment, Some(expected), "{title}");
    }
}

#[test]
fn more_evidence_gives_more_confidence() {
    let confidence = |text| UNTRAINED.read("", text).confidence["sentiment"];
    assert!(
        confidence("This is unacceptable, ridiculous and outrageous.")
            > confidence("I am disappointed.")
    );
    assert!(confidence("The router blinks.") > confidence(""));
}

#[test]
fn complexity_is_estimated_in_several_languages() {
    let steps =
        "- open the app\n- choose a file\n- wait\n- it hangs\n- close it\n- the file is gone";
    for (title, description, expected) in [
        ("Forgot my password", "", Complexity::Simple),
        ("How do I change my signature?", "", Complexity::Simple),
        ("Toner is empty", "Second floor.", Complexity::Simple),
        ("Monitor stays black", "", Complexity::Simple),
        ("Passwort vergessen", "", Complexity::Simple),
        ("Mot de passe oublié", "", Complexity::Simple),
        ("¿Cómo puedo cambiar la firma?", "", Complexity::Simple),
        ("Wachtwoord vergeten", "", Complexity::Simple),
        ("Come posso stampare?", "", Complexity::Simple),
        ("Esqueci a senha", "", Complexity::Simple),
        (
            "Wi-Fi is slow",
            "On my laptop it is slow, and the sync of files takes an hour. Other people have no trouble with the same access point, and a cable helps.",
            Complexity::Moderate,
        ),
        ("The app loses files", steps, Complexity::Moderate),
        (
            "Migration of all mailboxes to another provider",
            "",
            Complexity::Complex,
        ),
        (
            "Umstellung der Schnittstelle",
            "Die Integration mit SAP schlägt sporadisch fehl.",
            Complexity::Complex,
        ),
        (
            "Erreurs intermittentes",
            "Parfois le serveur ne répond pas, la cause racine est inconnue.",
            Complexity::Complex,
        ),
        (
            "Migración a PostgreSQL",
            "De Oracle a PostgreSQL, con integración de SAP.",
            Complexity::Complex,
        ),
        ("", "", Complexity::Moderate),
    ] {
        let analysis = UNTRAINED.read(title, description);
        assert_eq!(analysis.complexity, Some(expected), "{title} {description}");
        assert!((0.1..=0.7).contains(&analysis.confidence["complexity"]));
    }
}

#[test]
fn an_owner_can_define_terms() {
    let json = r#"{"categories": [],
        "sentiments": {"angry": {"blimey": 3}, "neutral": {"blimey charlie": 1}},
        "complexities": {"complex": {"flux*": 5}}}"#;
    let own = Lexicon::new(serde_json::from_str(json).unwrap()).unwrap();
    let sentiment_of = |text| super::super::sentiment(&own, &[Tokens::of(text), Tokens::of("")]).0;
    assert_eq!(sentiment_of("Blimey, it broke"), Sentiment::Angry);
    assert_eq!(sentiment_of("Blimey Charlie, it broke"), Sentiment::Neutral);
    assert_eq!(sentiment_of("unacceptable"), Sentiment::Neutral);
    let unknown_sentiment = r#"{"categories": [], "sentiments": {"furious": {"x": 1}}}"#;
    assert!(serde_json::from_str::<LexiconData>(unknown_sentiment).is_err());
    let weightless = r#"{"categories": [], "complexities": {"complex": {"x": 0}}}"#;
    assert!(Lexicon::new(serde_json::from_str(weightless).unwrap()).is_err());
}
