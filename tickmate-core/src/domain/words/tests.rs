//! Tables of texts and queries, and properties of every text.

use std::collections::HashSet;

use proptest::prelude::*;
use unicode_script::{Script, UnicodeScript};

use super::{
    Form, MAX_QUERY_WORDS, MAX_TICKET_WORDS, MAX_WORD_CHARS, StemLanguage, TicketTerms, Tokenizer,
    normalize::{fold_diacritics, normalize},
    stem::stems,
};

fn form(text: &str, query: &str) -> Option<Form> {
    form_with(&Tokenizer::default(), text, query)
}

fn form_with(tokenizer: &Tokenizer, text: &str, query: &str) -> Option<Form> {
    let terms = tokenizer.terms([text]);
    let terms: HashSet<&str> = terms.as_slice().iter().map(String::as_str).collect();
    let query = tokenizer.query(query);
    assert!(!query.is_empty());
    query.best_form(|term| terms.contains(term))
}

fn terms(text: &str) -> Vec<String> {
    let terms = Tokenizer::new([]).terms([text]);
    terms.as_slice().to_vec()
}

#[test]
fn texts_are_split_into_terms() {
    for (text, expected) in [
        ("", &[][..]),
        (" \0 -- \u{301} .+#~^\"", &[]),
        ("VPN down, vpn DOWN.", &["vpn", "down"]),
        ("1,000 toner,drum", &["1", "000", "toner", "drum"]),
        ("don't 50%_off", &["don", "t", "50", "off"]),
        ("up-to-date a/b", &["up", "to", "date", "a", "b"]),
        ("C++ C# F#, C++17", &["c++", "~c", "c#", "f#", "~f", "17"]),
        (
            "a+b ctrl+c 5+ user+tag",
            &["a", "b", "ctrl", "c", "5", "user", "tag"],
        ),
        (".NET ...and 3.5", &[".net", "~net", "and", "3", "5"]),
        ("example.org", &["example", ".org", "~org"]),
        ("VPNに接続", &["vpn", "に接", "接続", "に", "接", "続"]),
        ("2024年", &["2024", "年"]),
        ("サーバー", &["サー", "ーバ", "バー", "サ", "ー", "バ"]),
        ("Excel이 않아", &["excel", "이", "않아", "않", "아"]),
        ("Pru\u{308}fung", &["prüfung", "~prufung"]),
        ("İş ISI", &["i̇ş", "~is", "isi"]),
        ("GRÖẞE straße", &["grösse", "~grosse", "strasse"]),
        ("ΣΊΣΥΦΟΣ", &["σίσυφοσ", "~σισυφοσ"]),
        ("ＶＰＮ ﬁle", &["ｖｐｎ", "~vpn", "file"]),
        ("co\u{AD}operate a\u{200D}b", &["cooperate", "ab"]),
        ("हिन्दी", &["हिन्दी"]),
        ("\u{1F525}fire\u{1F525}", &["fire"]),
        ("vpnпринтер", &["vpn", "принтер"]),
    ] {
        assert_eq!(terms(text), expected, "{text}");
    }
}

#[test]
fn words_are_found_by_the_best_form() {
    use Form::{Exact, Folded, Stem};
    for (text, query, expected) in [
        ("VPN is down", "vpn", Some(Exact)),
        ("VPN is down", "DOWN vpn", Some(Exact)),
        ("VPN is down", "vpn missing", None),
        ("Müller", "müller", Some(Exact)),
        ("Müller", "Mu\u{308}ller", Some(Exact)),
        ("Müller", "Muller", Some(Folded)),
        ("Muller", "Müller", Some(Folded)),
        ("Müller Printers", "Muller printer", Some(Stem)),
        ("Printers", "printer", Some(Stem)),
        ("printer", "Printers", Some(Stem)),
        ("Die Drucker", "Druckern", Some(Stem)),
        ("café", "cafes", Some(Stem)),
        ("İstanbul", "İstanbul", Some(Exact)),
        ("İstanbul", "istanbul", Some(Folded)),
        ("istanbul", "İSTANBUL", Some(Folded)),
        ("yazıcı", "YAZICI", Some(Folded)),
        ("C++ build", "c++", Some(Exact)),
        ("C++ build", "C", Some(Folded)),
        ("C++ build", "C#", None),
        ("C# build", "c#", Some(Exact)),
        ("C build", "C#", None),
        (".NET runtime", ".net", Some(Exact)),
        (".NET runtime", "net", Some(Folded)),
        ("the net", ".NET", None),
        ("ASP.NET", ".net", Some(Exact)),
        ("report.pdf", "pdf", Some(Folded)),
        ("report.pdf", "report.pdf", Some(Exact)),
        ("VPNに接続できません", "VPN", Some(Exact)),
        ("VPNに接続できません", "接続", Some(Exact)),
        ("VPNに接続できません", "続", Some(Exact)),
        ("VPNに接続できません", "接で", None),
        ("打印机坏了", "打印机", Some(Exact)),
        ("打印机坏了", "机", Some(Exact)),
        ("Excel이 열리지 않아요", "Excel", Some(Exact)),
        ("Excel이 열리지 않아요", "열리지", Some(Exact)),
        ("Größe", "GROSSE", Some(Folded)),
        ("Größe", "grösse", Some(Exact)),
        ("Ёлка", "елка", Some(Folded)),
    ] {
        assert_eq!(form(text, query), expected, "{query} in {text}");
    }
}

#[test]
fn stems_are_those_of_the_configured_languages() {
    let none = Tokenizer::new([]);
    assert_eq!(form_with(&none, "printers", "printer"), None);
    let russian = Tokenizer::new([StemLanguage::Russian]);
    assert_eq!(form_with(&russian, "printers", "printer"), None);
    let found = form_with(&russian, "принтеры", "принтера");
    assert_eq!(found, Some(Form::Stem));
}

#[test]
fn languages_have_codes() {
    for language in StemLanguage::ALL {
        assert_eq!(language.code().parse(), Ok(language));
    }
    assert_eq!("DE".parse(), Ok(StemLanguage::German));
    assert!("xx".parse::<StemLanguage>().is_err());
}

#[test]
fn queries_and_words_have_a_limit() {
    let tokenizer = Tokenizer::default();
    let many: Vec<String> = (0..100).map(|n| format!("w{n} w{n}")).collect();
    let query = tokenizer.query(&many.join(" "));
    assert_eq!(query.words().len(), MAX_QUERY_WORDS);
    let long = "x".repeat(10_000);
    assert_eq!(terms(&long), ["x".repeat(MAX_WORD_CHARS)]);
    assert_eq!(form(&long, &"x".repeat(MAX_WORD_CHARS)), Some(Form::Exact));
    assert!(tokenizer.query(" \0 -- ").is_empty());
}

#[test]
fn the_first_words_of_a_ticket_count() {
    let tokenizer = Tokenizer::new([]);
    let words = |range: std::ops::Range<usize>| {
        let words: Vec<String> = range.map(|n| format!("w{n}")).collect();
        tokenizer.terms([words.join(" ").as_str()])
    };
    let most = MAX_TICKET_WORDS;
    assert_eq!(words(0..most + 5).as_slice().len(), most);
    let ticket = TicketTerms {
        text: words(0..10),
        replies: words(0..0),
    };
    let ticket = ticket
        .with_reply(&words(5..most))
        .with_reply(&words(most..most + 9));
    let found = ticket.found_by();
    assert_eq!(found.as_slice().len(), most);
    assert!(found.contains(&format!("w{}", most - 1)));
    assert!(!found.contains(&format!("w{most}")));
    let edited = TicketTerms {
        text: words(0..1),
        ..ticket
    };
    assert!(!edited.found_by().contains("w4"));
    assert!(edited.found_by().contains(&format!("w{most}")));
}

#[test]
fn only_exact_forms_count_against_the_limit() {
    let tokenizer = Tokenizer::default();
    let words: Vec<String> = (0..MAX_TICKET_WORDS + 1).map(|n| format!("é{n}")).collect();
    let terms = tokenizer.terms([words.join(" ").as_str()]);
    assert_eq!(terms.words().count(), MAX_TICKET_WORDS);
    assert_eq!(terms.as_slice().len(), 2 * MAX_TICKET_WORDS);
    let last = MAX_TICKET_WORDS - 1;
    assert!(terms.contains(&format!("~e{last}")));
    assert!(!terms.contains(&format!("~e{}", last + 1)));
}

#[test]
fn terms_survive_joining() {
    let terms = Tokenizer::default().terms(["C++ für Müllers ...NET VPNに接続"]);
    assert_eq!(super::Terms::from_joined(&terms.joined()), terms);
    assert!(super::Terms::from_joined("").is_empty());
}

/// Generates texts of characters with a special treatment, and arbitrary texts.
fn texts() -> impl Strategy<Value = String> {
    let marks = "[ .+#,'~^\"\u{300}-\u{345}\u{AD}\u{200C}\u{200D}\u{FE0F}a-zA-Z0-9İıßẞÄÖÜäöüéﬁµΣς一-三あ-うア-ウー가-각]{0,60}";
    prop_oneof![marks.prop_map(String::from), any::<String>()]
}

proptest! {
    #[test]
    fn normalizing_twice_changes_nothing(text in texts()) {
        let once = normalize(&text);
        prop_assert_eq!(normalize(&once), once);
    }

    #[test]
    fn folding_twice_changes_nothing(text in texts()) {
        let once = fold_diacritics(&normalize(&text));
        prop_assert_eq!(fold_diacritics(&once), once);
    }

    #[test]
    fn every_exact_term_of_a_text_finds_it(text in texts()) {
        for term in terms(&text) {
            if !term.starts_with(['~', '^']) {
                prop_assert_eq!(form(&text, &term), Some(Form::Exact), "{}", term);
            }
        }
    }

    #[test]
    fn a_text_finds_itself(text in prop_oneof![texts(), Just("\u{16ff0}".to_owned()), "[\\p{Han}\\p{M}]{0,6}"]) {
        let tokenizer = Tokenizer::default();
        let terms = tokenizer.terms([text.as_str()]);
        let query = tokenizer.query(&text);
        prop_assert_eq!(query.best_form(|term| terms.contains(term)), Some(Form::Exact));
    }

    #[test]
    fn terms_are_safe_to_join_and_to_quote(text in texts()) {
        let is_safe = |c: char| c.is_alphanumeric() || "+#.~^".contains(c) || unicode_normalization::char::is_combining_mark(c);
        for term in Tokenizer::new(StemLanguage::ALL).terms([text.as_str()]).as_slice() {
            prop_assert!(!term.is_empty() && term.chars().all(is_safe), "{:?}", term);
        }
    }

    /// A character adds at most itself, a pair and the forms of a word, which bounds the number of terms.
    #[test]
    fn terms_are_linear_in_the_text(text in texts(), times in 1..20_usize) {
        let long = text.repeat(times);
        let count = Tokenizer::default().terms([long.as_str()]).as_slice().len();
        prop_assert!(count <= 5 * normalize(&long).chars().count());
    }

    #[test]
    fn no_stemmer_panics(text in texts(), word in "[a-zäöüßéèçñøåþšžıışğ]{1,20}|[а-яё]{1,20}|[α-ωά-ώϊϋ]{1,20}|[ء-ي\u{64B}-\u{652}]{1,20}|[\u{B83}-\u{BCD}]{1,20}") {
        for text in [normalize(&text), normalize(&word)] {
            for script in [Script::Latin, Script::Greek, Script::Cyrillic, Script::Arabic, Script::Tamil] {
                let letters: String = text.chars().filter(|c| c.script() == script).collect();
                stems(&letters, Some(script), &StemLanguage::ALL);
                stems(&text, Some(script), &StemLanguage::ALL);
            }
        }
    }
}
