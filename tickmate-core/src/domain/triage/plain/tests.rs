//! Tests of plain text: what is removed or defused, and what remains.

use proptest::prelude::{any, proptest};

use super::*;

#[test]
fn invisible_characters_are_removed() {
    for (text, expected) in [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\u{0}b\u{1b}[31mc\td", "abc d"),
        ("\u{1b}[2J\u{1b}[1;31mred\u{1b}[0m\u{9b}2K", "red"),
        (
            "\u{1b}]8;;https://evil.example\u{7}here\u{1b}]8;;\u{1b}\\",
            "here",
        ),
        ("\u{1b}]no end", "]no end"),
        ("\u{1b}[9\nm \u{1b}(B", "[9\nm (B"),
        ("\u{1b}", ""),
        ("p\u{200b}a\u{2060}s\u{feff}s", "pass"),
        ("p\u{fe01}\u{e0101}a\u{3164}ss", "pass"),
        ("\u{202e}abc\u{2066}", "abc"),
        ("x\u{e0041}\u{e007f}y", "xy"),
        ("ä 🔥 中文", "ä 🔥 中文"),
    ] {
        assert_eq!(clean(text), expected, "{text:?}");
    }
}

#[test]
fn links_and_markup_are_defused() {
    for (text, expected) in [
        ("see https://evil.example/?q=1 now", "see [link] now"),
        ("![x](https://evil.example/p.png)", "[link]"),
        ("[x](//evil.example)", "[link]"),
        ("[x](///evil.example)", "[link]"),
        ("[x](/\\evil.example)", "[link]"),
        ("http:\\\\evil.example", "[link]"),
        ("https:evil.example", "[link]"),
        ("http://[::1]/x", "[link]"),
        ("[x](java\u{200b}script:alert(1))", "[link]"),
        ("javascript:/**/alert(1)", "[link]"),
        ("ms-msdt:/id", "[link]"),
        ("\\\\evil.example\\share", "[link]"),
        ("\\\\fileserver", "[link]"),
        ("www.evil.example", "[link]"),
        ("data:text/html;base64,xx", "[link]"),
        ("[1]: //evil.example", "[1]: [link]"),
        ("(evil.example/x)", "[link]"),
        ("evil.example:8080/x", "[link]"),
        ("evil.example?d=secret", "[link]"),
        ("evil.com./x", "[link]"),
        ("169.254.169.254/latest", "[link]"),
        ("<script>x</script>", "‹script›x‹/script›"),
        ("<<b>script>", "‹‹b›script›"),
        ("![alt] [text](path)", "! [alt] [text] (path)"),
        ("!![alt](path)", "!! [alt] (path)"),
        ("```rm``` ~~~ ````", "rm"),
        ("java```script:alert(1)", "java script:alert(1)"),
        ("/```/evil.example", "/ /evil[.]example"),
    ] {
        assert_eq!(neutral_line(text, 200), expected, "{text}");
    }
    assert_eq!(neutral("\n\na\n\n\n\nb  c\n", 200), "a\n\nb c");
    assert_eq!(neutral("a\n```sh\nls\n```\nb", 200), "a\nsh\nls\n\nb");
}

#[test]
fn hosts_are_defused() {
    for (text, expected) in [
        ("example.com", "example[.]com"),
        ("(evil.example), b", "(evil[.]example), b"),
        ("a.b.co.uk.", "a[.]b[.]co[.]uk."),
        ("x@y.example", "x@y[.]example"),
        ("evil。com evil．com", "evil[.]com evil[.]com"),
        ("bücher.де", "bücher[.]де"),
        ("evil.xn--p1ai", "evil[.]xn--p1ai"),
        ("wait...evil.com", "wait...evil[.]com"),
        ("setup.zip", "setup[.]zip"),
        ("evil.Com", "evil. Com"),
        ("done.Then", "done. Then"),
    ] {
        assert_eq!(neutral_line(text, 200), expected, "{text}");
    }
}

#[test]
fn ordinary_words_remain() {
    for text in [
        "the data: all of it",
        "metadata:x",
        "a // b",
        "a && c, 3 * 4",
        "e.g. z.B. i.e. U.S.",
        "Node.js and ASP.NET 4.8, .NET 8",
        "v1.2.3 2.0.0-rc1 10.0.0.1 10.0.0.0/8 192.168.1.0/24, 10:30",
        "error 0x80070005 in app.config and report.xlsx",
        "java.lang.NullPointerException",
        "C:\\Users\\ann and C:\\\\Users",
        "run `rm -rf` and/or ~home",
        "wait... what",
        "ms-dos is old",
        "[address] [secret]",
        "50 % – “quoted”",
    ] {
        assert_eq!(neutral_line(text, 200), text);
    }
}

#[test]
fn long_texts_are_truncated_between_words() {
    assert_eq!(truncate("one two three", 13), "one two three");
    assert_eq!(truncate("one two three", 12), "one two…");
    assert_eq!(truncate("onetwothree", 4), "one…");
    assert_eq!(truncate("abc", 1), "…");
    assert_eq!(truncate("abc", 0), "");
}

#[test]
fn truncation_creates_no_host() {
    assert_eq!(neutral_line("evil.config", 20), "evil.config");
    assert_eq!(neutral_line("evil.config", 8), "…");
    assert_eq!(neutral_line("see my evil.config", 15), "see my…");
}

fn assert_plain(line: &str) {
    assert!(!line.contains(['<', '>', '\u{0}', '\u{1b}', '\u{202e}']));
    assert!(!line.contains("](") && !line.contains("![") && !line.contains("```"));
    for word in line.split_whitespace() {
        assert!(!is_link(word), "{word}");
        assert_eq!(defuse_hosts(word), word);
    }
}

proptest! {
    #[test]
    fn lengths_are_limited_and_markup_is_removed(text in any::<String>(), max in 0_usize..60) {
        let line = neutral_line(&text, max);
        assert!(line.chars().count() <= max && !line.contains('\n'));
        assert_plain(&line);
        let lines = neutral(&text, max);
        assert!(lines.chars().count() <= max);
        assert_plain(&lines);
    }

    #[test]
    fn parts_of_links_never_form_a_link(
        parts in proptest::collection::vec(
            "(http|https|:|/|//|```|java|script|\\\\|www|\\.|com|evil|config|@|javascript|data|ms-|\\[|\\]|\\(|!|`|~|<|>| |\n|\u{1b}|\u{200b}|A|b|1|-|_)",
            0..24,
        ),
        max in 0_usize..60,
    ) {
        let text = parts.concat();
        assert_plain(&neutral_line(&text, max));
        assert_plain(&neutral(&text, max));
    }
}
