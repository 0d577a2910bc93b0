//! Names of programming languages: the shortest and strangest names that people give to skills stay apart.

use std::collections::HashMap;

use tickmate_core::domain::skill::key;

use crate::SHIPPED;

/// One name each of languages that are not the same.
const LANGUAGES: &[&str] = &[
    "A#",
    "A+",
    "ABAP",
    "ActionScript",
    "Ada",
    "Agda",
    "ALGOL",
    "Apex",
    "APL",
    "AppleScript",
    "Arc",
    "AspectJ",
    "Assembly",
    "ATS",
    "AutoHotkey",
    "AutoIt",
    "Awk",
    "B",
    "Bash",
    "BASIC",
    "BCPL",
    "Befunge",
    "Boo",
    "Brainfuck",
    "C",
    "C#",
    "C++",
    "C3",
    "Ceylon",
    "Chapel",
    "Clean",
    "Clojure",
    "COBOL",
    "CoffeeScript",
    "ColdFusion",
    "Common Lisp",
    "Component Pascal",
    "Cool",
    "Coq",
    "Crystal",
    "CUDA",
    "Cython",
    "D",
    "Dafny",
    "Dart",
    "Delphi",
    "Dylan",
    "E",
    "ECL",
    "Eiffel",
    "Elixir",
    "Elm",
    "Emacs Lisp",
    "Erlang",
    "Euphoria",
    "F",
    "F#",
    "F*",
    "Factor",
    "Fantom",
    "Forth",
    "Fortran",
    "FreeBasic",
    "G-code",
    "GAP",
    "GDScript",
    "Genie",
    "GLSL",
    "Go",
    "Golo",
    "Gosu",
    "Groovy",
    "Hack",
    "Haskell",
    "Haxe",
    "HCL",
    "HLSL",
    "HTML",
    "Hy",
    "HyPhy",
    "Icon",
    "IDL",
    "Idris",
    "INTERCAL",
    "Io",
    "Ioke",
    "J",
    "J#",
    "J++",
    "Janet",
    "Java",
    "JavaScript",
    "JOVIAL",
    "Joy",
    "Julia",
    "K",
    "Kotlin",
    "Lean",
    "Limbo",
    "Lisp",
    "LiveScript",
    "Logo",
    "LOLCODE",
    "Lua",
    "M",
    "M4",
    "Maple",
    "Mathematica",
    "MATLAB",
    "Mercury",
    "ML",
    "Modula-2",
    "Modula-3",
    "Mojo",
    "MoonScript",
    "Nemerle",
    "Nim",
    "Nix",
    "NXC",
    "Oberon",
    "Objective-C",
    "Objective-C++",
    "Objective-J",
    "OCaml",
    "Odin",
    "Opa",
    "OpenCL",
    "Oz",
    "P4",
    "Pascal",
    "Perl",
    "PHP",
    "Pike",
    "PL/I",
    "PL/SQL",
    "PostScript",
    "PowerShell",
    "Processing",
    "Prolog",
    "Pure",
    "PureScript",
    "Python",
    "Q",
    "Q#",
    "QML",
    "R",
    "Racket",
    "Raku",
    "Reason",
    "Rebol",
    "Red",
    "Rexx",
    "Ruby",
    "Rust",
    "S",
    "S+",
    "SAS",
    "Scala",
    "Scheme",
    "Scratch",
    "sed",
    "Self",
    "Simula",
    "Smalltalk",
    "SML#",
    "Solidity",
    "SPARK",
    "SQL",
    "Standard ML",
    "Swift",
    "Tcl",
    "TypeScript",
    "V",
    "Vala",
    "VBA",
    "Verilog",
    "VHDL",
    "Visual Basic",
    "Visual Basic .NET",
    "X10",
    "Xojo",
    "XQuery",
    "XSLT",
    "Z",
    "Z++",
    "Zig",
];

#[test]
fn no_two_languages_are_taken_for_one() {
    let mut by_key: HashMap<String, &str> = HashMap::new();
    for name in LANGUAGES {
        let key = key(name);
        assert!(!key.is_empty(), "{name}");
        assert_eq!(by_key.insert(key, name), None, "{name}");
    }
    assert!(LANGUAGES.len() >= 150, "{}", LANGUAGES.len());
}

#[test]
fn languages_share_a_skill_only_where_they_are_one_matter() {
    let mut by_skill: HashMap<String, Vec<&str>> = HashMap::new();
    for name in LANGUAGES {
        by_skill
            .entry(SHIPPED.resolve(name).id)
            .or_default()
            .push(name);
    }
    let mut shared: Vec<_> = by_skill
        .into_iter()
        .filter(|(_, names)| names.len() > 1)
        .collect();
    shared.sort();
    let expected = [
        ("bash", vec!["Awk", "Bash", "sed"]),
        ("lisp", vec!["Common Lisp", "Emacs Lisp", "Lisp"]),
        ("vbnet", vec!["Visual Basic", "Visual Basic .NET"]),
    ];
    assert_eq!(shared, expected.map(|(id, names)| (id.to_owned(), names)));
}

#[test]
fn case_marks_and_width_make_no_difference() {
    for (one, other) in [
        ("Q", "q"),
        ("OCaml", "ocaml"),
        ("Ｃ＃", "C#"),
        ("Ｃ＋＋", "C++"),
        ("Ro\u{308}da", "R\u{f6}da"),
        ("Roda", "R\u{f6}da"),
    ] {
        assert_eq!(key(one), key(other), "{one} {other}");
    }
}
