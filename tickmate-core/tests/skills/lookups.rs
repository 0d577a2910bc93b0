//! Look-ups on the shipped vocabulary, one row a name.

use tickmate_core::domain::skill::{MAX_NAME, Skill};

use crate::{SHIPPED, ids};

#[test]
fn a_name_finds_its_skill_and_no_other() {
    for (name, id) in [
        ("C", "c"),
        ("c", "c"),
        ("C++", "cpp"),
        ("c plus plus", "cpp"),
        ("C#", "csharp"),
        ("c sharp", "csharp"),
        ("C-Sharp", "csharp"),
        (".NET", "dotnet"),
        ("dot net", "dotnet"),
        ("net", "x:net"),
        ("Go", "go"),
        ("golang", "go"),
        ("Go language", "go"),
        ("Go.js", "x:gojs"),
        ("R", "r"),
        ("R.js", "x:rjs"),
        ("Java", "java"),
        ("JavaScript", "javascript"),
        ("java script", "javascript"),
        ("Java-Script", "javascript"),
        ("JS", "javascript"),
        ("F#", "fsharp"),
        ("F", "x:f"),
        ("F*", "x:fstar"),
        ("Objective-C", "objective-c"),
        ("Objective-C++", "x:objectivecpp"),
        ("Q#", "qsharp"),
        ("Q", "x:q"),
        ("J#", "jsharp"),
        ("node.js", "nodejs"),
        ("Node JS", "nodejs"),
        ("reactjs", "react"),
        ("python 3.11", "python"),
        ("Python 3.x", "python"),
        ("python3.11", "python"),
        ("java 17", "java"),
        ("Java17", "java"),
        ("vue v3", "vue"),
        ("angular 2+", "angular"),
        ("PostgreSQL v16.2", "postgresql"),
        ("k8s", "kubernetes"),
        ("k8", "kubernetes"),
        ("s3", "aws"),
        ("ec2", "aws"),
        ("h2", "x:h2"),
        ("c3", "x:c3"),
        ("PostgreSQL administration", "postgresql"),
        ("postgres admin", "postgresql"),
        ("c++ development", "cpp"),
        ("C development", "c"),
        ("R programming", "r"),
        ("Printer issues", "printers"),
        ("python developer 3.11", "python"),
        ("xdevelopment", "x:xdevelopment"),
        ("rissue", "x:rissue"),
        ("ＰＯＳＴＧＲＥＳ", "postgresql"),
        ("Überwachung", "monitoring"),
        ("u\u{308}berwachung", "monitoring"),
        ("R\u{fc}ckerstattung", "refunds"),
        ("PostgreSQl\n", "postgresql"),
        ("pyhton", "x:pyhton"),
        ("postgressql", "x:postgressql"),
    ] {
        assert_eq!(SHIPPED.resolve(name).id, id, "{name}");
    }
}

#[test]
fn signs_and_blanks_are_names_of_nothing() {
    for (name, id) in [
        ("", "x:"),
        ("   ", "x:"),
        ("\t\n", "x:"),
        (".*", "x:dot"),
        ("C(", "c"),
        ("[", "x:["),
        ("(", "x:("),
        ("%", "x:%"),
        ("_", "x:_"),
        ("\\", "x:\\"),
        ("*", "x:*"),
        ("?", "x:?"),
        ("^$", "x:^$"),
        ("|", "x:|"),
        ("+", "x:plus"),
        ("#", "x:sharp"),
        ("a|b", "x:ab"),
        (".", "x:dot"),
        ("SQL%", "sql"),
        ("\0", "x:\0"),
        ("SQL\0", "sql"),
        ("🔥", "x:🔥"),
        ("שלום", "x:שלום"),
        ("\u{202e}SQL", "sql"),
        ("مرحبا", "x:مرحبا"),
        ("3.11", "x:311"),
        ("v3", "x:v3"),
        ("development", "programming"),
    ] {
        assert_eq!(SHIPPED.resolve(name).id, id, "{name:?}");
    }
}

#[test]
fn a_long_name_is_cut() {
    let long = SHIPPED.resolve(&"a".repeat(10_240));
    assert_eq!(
        long,
        Skill::new(format!("x:{}", "a".repeat(MAX_NAME)), "a".repeat(MAX_NAME))
    );
    let nothing = SHIPPED.resolve(&"%".repeat(10_240));
    assert_eq!(nothing.id, format!("x:{}", "%".repeat(MAX_NAME)));
    let padded = format!("{}SQL{}", " ".repeat(10_240), " ".repeat(10_240));
    assert_eq!(SHIPPED.resolve(&padded).id, "sql");
}

#[test]
fn an_unknown_name_is_kept_as_it_was_written() {
    assert_eq!(
        SHIPPED.resolve("  Flux Capacitor "),
        Skill::new("x:fluxcapacitor", "Flux Capacitor")
    );
    assert_eq!(SHIPPED.resolve("flux-capacitor").id, "x:fluxcapacitor");
    assert!(SHIPPED.resolve("flux").is_unknown() && !SHIPPED.resolve("SQL").is_unknown());
}

#[test]
fn each_skill_is_listed_once_and_blanks_are_not() {
    assert!(SHIPPED.resolve_all([]).is_empty());
    assert!(SHIPPED.resolve_all(["", " ", "\n"]).is_empty());
    let skills = SHIPPED.resolve_all(["js", "", "JavaScript", "ZZ-1", "zz 1", "%", "%"]);
    assert_eq!(ids(&skills), ["javascript", "x:zz1", "x:%"]);
    assert_eq!(skills[1].name, "ZZ-1");
}
