//! Tests of redaction: what is redacted, and what remains. All secrets are invented.

use proptest::prelude::{any, proptest};

use super::redact;

fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(redact(text), *expected, "{text}");
    }
}

/// Joins the parts of a key, which are separate to keep secret scanners from reporting this file.
fn key(prefix: &str, rest: &str) -> String {
    format!("{prefix}{rest}")
}

#[test]
fn addresses_are_redacted() {
    check(&[
        ("write to ann.b+c@mail.example.com.", "write to [address]."),
        (
            "<ann@example.com>, bob@example.org",
            "<[address]>, [address]",
        ),
        (
            "mailto:ann@example.com?subject=x",
            "mailto:[address]?subject=x",
        ),
        ("jörg@bücher.example", "[address]"),
        ("'ann@example.com'", "'[address]'"),
        ("\"ann b\"@example.com", "[address]"),
        ("ann@[10.0.0.1]", "[address]"),
        ("ann＠example.com", "[address]"),
        ("git@github.com:org/repo.git", "[address]:org/repo.git"),
        ("a@b@c.example", "a@[address]"),
        ("@ann please look @ this", "@ann please look @ this"),
        (
            "react@18.2.0 and @angular/core",
            "react@18.2.0 and @angular/core",
        ),
        ("root@server1:~#", "root@server1:~#"),
        ("3 pieces @ 4.50", "3 pieces @ 4.50"),
    ]);
}

#[test]
fn user_names_in_urls_are_redacted() {
    check(&[
        (
            "https://ann:pw@example.com/x",
            "https://[secret]@example.com/x",
        ),
        (
            "postgres://app:p@ss@db:5432/app",
            "postgres://[secret]@db:5432/app",
        ),
        ("amqp://app:a/b?c@mq/x", "amqp://[secret]@mq/x"),
        ("https://abc123@host/x", "https://[secret]@host/x"),
        ("http://host:8080/a@b", "http://host:8080/a@b"),
        ("http://[::1]:80/a@b", "http://[::1]:80/a@b"),
        ("https://example.com/@ann", "https://example.com/@ann"),
        (
            "see https://example.com/a?b=c now",
            "see https://example.com/a?b=c now",
        ),
        ("// a comment", "// a comment"),
    ]);
}

#[test]
fn keys_with_known_forms_are_redacted() {
    let letters = "A1b2C3d4E5f6G7h8J9k0L1m2N3p4Q5r6S7t";
    for prefix in [
        "AIza",
        "sk-",
        "sk-proj-",
        "ghp_",
        "gho_",
        "github_pat_",
        "glpat-",
        "xoxb-",
        "xoxp-1234-",
        "sk_live_",
        "rk_live_",
        "whsec_",
        "npm_",
        "ya29.",
        "hf_",
    ] {
        let key = key(prefix, letters);
        check(&[
            (&format!("my {key} works"), "my [secret] works"),
            (&format!("\"{key}\","), "\"[secret]\","),
            (&format!("x/{key}."), "x/[secret]."),
        ]);
    }
    let aws = key("AKIA", "ABCDEFGH12345678");
    let jwt = key("eyJhbGciOiJIUzI1NiJ9", ".eyJzdWIiOiIxIn0.c2lnbmF0dXJl");
    let sealed = key("eyJhbGciOiJIUzI1NiJ9", "..aXY.dGV4dA.dGFn");
    check(&[
        (&format!("id {aws}"), "id [secret]"),
        (&format!("{jwt}. Next"), "[secret]. Next"),
        (&format!("a={sealed}"), "a=[secret]"),
        ("Bearer abcdef0123456789abcdef", "Bearer [secret]"),
        (
            "curl -H 'bearer abc.def-012345678'",
            "curl -H 'bearer [secret]'",
        ),
        ("a bearer of news", "a bearer of news"),
        (
            "sk-learn and scikit-learn-contrib-extra-tools",
            "sk-learn and scikit-learn-contrib-extra-tools",
        ),
        ("eyJ is how tokens begin", "eyJ is how tokens begin"),
        ("AKIAxyz AIza ghp_ xoxb-", "AKIAxyz AIza ghp_ xoxb-"),
        ("task-0123456789012345678901", "task-0123456789012345678901"),
        (
            "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
            "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        ),
    ]);
}

#[test]
fn private_keys_are_redacted() {
    let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC";
    let begin = key("-----BEGIN RSA ", "PRIVATE KEY-----");
    let end = key("-----END RSA ", "PRIVATE KEY-----");
    check(&[
        (
            &format!("a\n{begin}\n{line}\n{line}\nxy==\n{end}\nb"),
            "a\n[secret]\nb",
        ),
        (
            &format!("{begin}\n{line}\n{line}\n\nDear team"),
            "[secret]\n\nDear team",
        ),
        (
            &format!("{begin}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n{line}"),
            "[secret]",
        ),
        (&format!("{begin}\\n{line}\\n{end}\\n\""), "[secret]\\n\""),
        (
            &format!("{begin} was not found in the file"),
            "[secret] was not found in the file",
        ),
        (&format!("{begin}{end}{begin}{line}"), "[secret][secret]"),
        (
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        ),
    ]);
}

#[test]
fn values_after_labels_are_redacted() {
    check(&[
        ("password: x", "password: [secret]"),
        ("Passwort: Geheim!1, danke", "Passwort: [secret] danke"),
        ("pwd=x;Server=db", "pwd=[secret]"),
        (
            "DB_PASSWORD=hunter2\nDB_HOST=db",
            "DB_PASSWORD=[secret]\nDB_HOST=db",
        ),
        (
            "{\"password\": \"a \\\"b\", \"user\": \"x\"}",
            "{\"password\": \"[secret]\", \"user\": \"x\"}",
        ),
        ("'client_secret' => 'abc'", "'client_secret' => '[secret]'"),
        ("password -> abc", "password -> [secret]"),
        ("<password>abc</password>", "<password>[secret]</password>"),
        ("GET /x?token=abc&a=b now", "GET /x?token=[secret] now"),
        ("api_key: 12ab", "api_key: [secret]"),
        ("API key: 12ab", "API key: [secret]"),
        ("**Password:** abc", "**Password:** [secret]"),
        ("password: `a b`", "password: `[secret]`"),
        (
            "New password (again): abc def",
            "New password (again): [secret] def",
        ),
        ("Mot de passe : abc", "Mot de passe : [secret]"),
        ("Kennwort：abc", "Kennwort：[secret]"),
        ("Password:\nhunter2\nBye", "Password:\n[secret]\nBye"),
        ("password: password: abc", "password: password: [secret]"),
        ("my password is hunter2.", "my password is [secret]."),
        (
            "Das Passwort lautet \"Sommer2024\"",
            "Das Passwort lautet \"[secret]\"",
        ),
        ("PIN: 1234", "PIN: [secret]"),
        ("pw: abc1", "pw: [secret]"),
        (
            "Authorization: Basic dXNlcjpwYXNz\nHost: x",
            "Authorization: [secret]\nHost: x",
        ),
        ("Set-Cookie: sid=1; Secure", "Set-Cookie: [secret]"),
        ("password: ann@example.com", "password: [secret]"),
        ("password: pa@ss.word!", "password: [secret]"),
    ]);
}

#[test]
fn card_account_and_phone_numbers_are_redacted() {
    check(&[
        ("card 4111 1111 1111 1111 was", "card [card] was"),
        ("4111111111111111", "[card]"),
        ("5555-5555-5555-4444.", "[card]."),
        ("3782 822463 10005", "[card]"),
        ("378282246310005", "[card]"),
        ("4111 1111 1111 1112", "4111 1111 1111 1112"),
        ("DE89 3704 0044 0532 0130 00 is mine", "[account] is mine"),
        ("gb29nwbk60161331926819", "[account]"),
        ("CH9300762011623852957", "[account]"),
        ("NO93 8601 1117 947", "[account]"),
        ("DE88 3704 0044 0532 0130 00", "DE88 3704 0044 0532 0130 00"),
        ("call +49 (0) 30 1234567 today", "call [phone] today"),
        ("Tel.:+41 44 668 18 00,", "Tel.:[phone],"),
        ("+4930123456789", "[phone]"),
        ("0049 30 1234567", "[phone]"),
        ("+1-800-555-0199", "[phone]"),
        ("+49 30 1234567 2024-01-01", "[phone] 2024-01-01"),
    ]);
}

#[test]
fn ordinary_text_remains() {
    for text in [
        "password reset does not work",
        "token expired",
        "The password is wrong and the token is invalid.",
        "password is 8 characters long",
        "my password was changed on 2024-01-01",
        "Passwort vergessen: Link geht nicht",
        "token: null, secret = none, password: expired",
        "Unexpected token: '<' in JSON at position 0",
        "max_tokens=4096 tokens: 12",
        "tests pass: 12, fail: 3",
        "Cookie: is it needed? authorization: it fails",
        "pin the tab, spin: 1234",
        "version 1.2.3, 10.0.19045.3803, 2.0.0+20231115123456",
        "10.0.0.1, 192.168.178.20:8080, 10.0.0.0/8, fe80::1",
        "2024-11-21T10:00:00+01:00 and 21.11.2024 10:00:00 +0100",
        "+2024-11-21 10:00:00 added",
        "error 0x80070005, 0xc000021a, ORA-12154, HTTP 503, 500000",
        "TICKET-20241121-0012, #0012345678, INC0012345678, order 001234567890",
        "00112233-4455-6677-8899-aabbccddeeff",
        "MAC 00:15:5D:01:02:03 or 00-15-5D-01-02-03",
        "1700000000000 and 0.4111111111111111 and 356938035643809",
        "row 4000 1200 3000",
        "It is not on the list. No 12 Be 5 At 8",
        "+5 points, +100 %, C++ and a+b",
        "key: value, id: 12, user = ann",
    ] {
        assert_eq!(redact(text), text);
    }
}

/// Inputs for which a scanner with unbounded lookahead would take minutes.
#[test]
fn hostile_repetition_is_scanned() {
    let long = |piece: &str| piece.repeat(20_000 / piece.chars().count());
    for piece in [
        "password:",
        "password: ",
        "password:\n",
        "pass:",
        "@",
        "a@",
        "\"@",
        "eyJ",
        "eyJ-",
        "eyJ.",
        "eyJhbGci.",
        "sk-",
        "AIza",
        "ghp_",
        "AKIA",
        "//",
        "//a:b",
        "//a:",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN ",
        "4111 ",
        "4",
        "1-",
        "+1",
        "+1 ",
        "00",
        "001 ",
        "DE89 ",
        "DE",
        "<password>",
        "password is ",
        "=",
        ":",
        ">",
        "\"",
        "password=\"",
        "bearer ",
        "(",
        ")",
        "password()",
        " ",
        "\n",
        "ä@ä.",
        "token=[secret]",
    ] {
        let text = long(piece);
        let result = redact(&text);
        assert!(result.len() <= text.len() * 9, "{piece}");
        redact(&format!("password{text}"));
        redact(&format!("+1{text}"));
    }
}

proptest! {
    #[test]
    fn any_text_is_scanned(text in any::<String>()) {
        redact(&text);
    }

    #[test]
    fn secrets_are_redacted_in_any_text(
        before in "[a-zA-Z0-9äß.,;:!? \n=@/+-]{0,40}",
        after in "[a-zA-Z0-9äß.,;:!? \n=@/+-]{0,40}",
    ) {
        for (secret, visible) in [
            ("ann.other@mail.example", "ann.other"),
            ("https://u:Pl4in@host.example/", "Pl4in"),
            ("DE89 3704 0044 0532 0130 00", "0044 0532"),
            ("password=Pl4in", "Pl4in"),
            ("sk-abcdefghijklmnopqrstuvwxyz012345", "mnopqrstu"),
        ] {
            let text = format!("{before}\n{secret}\n{after}");
            assert!(!redact(&text).contains(visible), "{text:?}");
        }
    }

    #[test]
    fn parts_of_secrets_are_scanned(
        parts in proptest::collection::vec(
            "(password|token|:|=|>|<|@|\\.|com|//|-|eyJ|AIza|sk-|-----BEGIN |PRIVATE KEY|-----|-----END |\\+|00|49|4111|1111| |\n|\"|DE89|is|ä|\\(|\\))",
            0..40,
        ),
    ) {
        redact(&parts.concat());
    }
}
