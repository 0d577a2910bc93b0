//! Which settings come of which variables.

mod secrecy;

use std::path::Path;

use tickmate::{domain::words::StemLanguage, mail::Security};

use super::{variables::name_of, *};

const GOOD_SECRET: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

const GOOD_TOKEN: &str = "a1b2c3d4e5f6a7b8";

fn read(values: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
    let values = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.into()));
    Settings::read(&Values::new(values, Vec::new()))
        .map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

/// Reads the settings with an `EMAIL_FROM` that relays accept.
fn read_with_sender(values: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
    let mut values = values.to_vec();
    values.push(("EMAIL_FROM", "desk@example.org"));
    read(&values)
}

#[test]
fn every_setting_has_a_default() {
    let settings = read(&[]).unwrap();
    assert_eq!(settings.listen.value.to_string(), "127.0.0.1:5000");
    assert!(settings.listen.by.is_empty());
    assert_eq!(settings.app_url(5001), "http://localhost:5001");
    assert_eq!(settings.database.value, Path::new("./tickmate.db"));
    assert!(
        matches!(&settings.secret, Secret::File(path) if path == Path::new("./tickmate.secret"))
    );
    assert!(matches!(&settings.mail.value, Mail::Folder(path) if path == Path::new("./mail")));
    assert!(!settings.require_verified_email);
    assert_eq!(settings.default_capacity, 10);
    assert_eq!(settings.search, SearchSettings::default());
    assert!(settings.metrics_token.is_none());
    assert_eq!(
        (settings.logs.json, settings.logs.filter.as_str()),
        (false, "info")
    );
    assert!(settings.warnings.is_empty(), "{:?}", settings.warnings);
}

#[test]
fn empty_values_are_unset() {
    let all = help::all();
    let names: Vec<(&str, &str)> = all.get_arguments().map(|one| (name_of(one), " ")).collect();
    let settings = read(&names).unwrap();
    assert!(settings.listen.by.is_empty());
    assert!(settings.warnings.is_empty());
}

#[test]
fn everything_can_be_set() {
    let settings = read(&[
        ("HOST", "0.0.0.0"),
        ("PORT", "8080"),
        ("APP_URL", "https://desk.example.org/help/"),
        ("NODE_ENV", "production"),
        ("DATABASE_URL", "sqlite:/var/lib/desk.db"),
        ("JWT_SECRET", GOOD_SECRET),
        ("DEFAULT_CAPACITY", "3"),
        ("SEARCH_LANGUAGES", "FR, ru"),
        ("EMAIL_FROM", "\"The desk\" <desk@example.org>"),
        ("SMTP_URL", "smtps://u:p@relay.example.org"),
        ("REQUIRE_VERIFIED_EMAIL", "false"),
        ("METRICS_TOKEN", GOOD_TOKEN),
        ("LOG_FORMAT", "json"),
        ("LOG_LEVEL", "DEBUG"),
    ])
    .unwrap();
    assert_eq!(settings.listen.value.to_string(), "0.0.0.0:8080");
    assert_eq!(settings.listen.by, ["HOST", "PORT"]);
    assert_eq!(settings.app_url(1), "https://desk.example.org/help");
    assert_eq!(settings.database.value, Path::new("/var/lib/desk.db"));
    assert_eq!(settings.database.by, ["DATABASE_URL"]);
    assert!(matches!(settings.secret, Secret::Given(_)));
    let from = settings.mail_from.as_ref().unwrap();
    assert_eq!(
        (from.name.as_str(), from.email.as_str()),
        ("The desk", "desk@example.org")
    );
    assert!(settings.mail.value.leaves() && !settings.require_verified_email);
    assert_eq!(settings.default_capacity, 3);
    let languages = [StemLanguage::French, StemLanguage::Russian];
    assert_eq!(settings.search.languages, languages);
    assert_eq!(
        (settings.logs.json, settings.logs.filter.as_str()),
        (true, "debug")
    );
    assert!(settings.warnings.is_empty(), "{:?}", settings.warnings);
    assert!(settings.metrics_token.is_some());
    let shown = format!("{settings:?}");
    assert!(!shown.contains(GOOD_SECRET) && !shown.contains(GOOD_TOKEN));
}

#[test]
fn a_wrong_value_is_one_line_that_names_it_and_does_not_show_it() {
    for (name, value, line) in [
        (
            "METRICS_TOKEN",
            "hunter2",
            "METRICS_TOKEN must be 16 or more visible ASCII characters (openssl rand -hex 32)",
        ),
        (
            "METRICS_TOKEN",
            "hunter2 hunter2 hunter2",
            "METRICS_TOKEN must be 16 or more visible ASCII characters (openssl rand -hex 32)",
        ),
        ("PORT", "hunter2", "PORT must be a number from 0 to 65535"),
        ("PORT", "65536", "PORT must be a number from 0 to 65535"),
        (
            "HOST",
            "desk.example.org",
            "HOST must be an IP address, or localhost",
        ),
        (
            "APP_URL",
            "desk.example.org",
            "APP_URL must be a URL that begins with http:// or https://",
        ),
        (
            "APP_URL",
            "ftp://hunter2",
            "APP_URL must be a URL that begins with http:// or https://",
        ),
        (
            "APP_URL",
            "https://u:hunter2@x.org",
            "APP_URL must have no user, no password, no ? and no # in it",
        ),
        (
            "TICKMATE_ENV",
            "live",
            "TICKMATE_ENV must be production, development or test",
        ),
        (
            "DATABASE_URL",
            "postgres://u:hunter2@db/desk",
            "DATABASE_URL must be of the form sqlite:PATH: SQLite is the only database built in",
        ),
        (
            "DATABASE_URL",
            "sqlite:",
            "DATABASE_URL is not the path of a database file (`sqlite:PATH`)",
        ),
        (
            "DATABASE_URL",
            "sqlite::memory:",
            "DATABASE_URL must name a file: a database in memory is not supported",
        ),
        (
            "DEFAULT_CAPACITY",
            "0",
            "DEFAULT_CAPACITY must be a number from 1 to 1000",
        ),
        (
            "DEFAULT_CAPACITY",
            "many",
            "DEFAULT_CAPACITY must be a number from 1 to 1000",
        ),
        (
            "SEARCH_LANGUAGES",
            "en,xx",
            "SEARCH_LANGUAGES must be codes with commas between them: ar, da, nl, en, fi, fr, de, el, hu, it, no, pt, ro, \
             ru, es, sv, ta, tr",
        ),
        (
            "EMAIL_FROM",
            "desk",
            "EMAIL_FROM must be of the form a@b.c or Name <a@b.c>",
        ),
        (
            "EMAIL_FROM",
            "desk@example.org>",
            "EMAIL_FROM must be of the form a@b.c or Name <a@b.c>",
        ),
        (
            "EMAIL_FROM",
            "A\nBcc: b@c.de <a@b.c>",
            "EMAIL_FROM must be of the form a@b.c or Name <a@b.c>",
        ),
        (
            "SMTP_URL",
            "http://hunter2",
            "SMTP_URL must begin with smtp:// or smtps://",
        ),
        (
            "SMTP_URL",
            "smtp://u@relay",
            "SMTP_URL must have both a user and a password, or neither",
        ),
        (
            "MAILTRAP_SMTP_USER",
            "hunter2",
            "MAILTRAP_SMTP_PASS is missing: MAILTRAP_SMTP_USER is set",
        ),
        (
            "MAILTRAP_PASS",
            "hunter2",
            "MAILTRAP_SMTP_USER is missing: MAILTRAP_PASS is set",
        ),
        (
            "MAILTRAP_SMTP_PORT",
            "587",
            "MAILTRAP_SMTP_USER and MAILTRAP_SMTP_PASS are missing: MAILTRAP_SMTP_PORT is set",
        ),
        (
            "REQUIRE_VERIFIED_EMAIL",
            "yes",
            "REQUIRE_VERIFIED_EMAIL must be true or false",
        ),
        ("LOG_FORMAT", "xml", "LOG_FORMAT must be human or json"),
        (
            "LOG_LEVEL",
            "loud",
            "LOG_LEVEL must be off, error, warn, info, debug or trace",
        ),
        (
            "RUST_LOG",
            "a=b=c",
            "RUST_LOG must be of the form info,tickmate_jobs=debug",
        ),
        (
            "MONGO_URI",
            "mongodb://u:hunter2@h/d",
            "MONGO_URI is set, but MongoDB is not built in: unset it, and name a file by DATABASE_URL (sqlite:PATH)",
        ),
        (
            "RESEND_API_KEY",
            "hunter2",
            "RESEND_API_KEY is set, but Resend is not built in: unset it, and send by SMTP_URL or MAILTRAP_*",
        ),
    ] {
        let lines = read(&[(name, value)]).unwrap_err();
        assert_eq!(lines, [line], "{name}={value}");
        assert!(!lines[0].contains("hunter2"));
    }
}

#[test]
fn every_problem_has_its_line() {
    let wrong = [
        ("PORT", "x"),
        ("HOST", "x"),
        ("LOG_FORMAT", "x"),
        ("RESEND_API_KEY", "x"),
        ("GEMINI_BASE_URL", "x"),
        ("MAILTRAP_SMTP_PORT", "x"),
        // A value that is wrong in view of others is reported along with them.
        ("JWT_SECRET", "x"),
        ("NODE_ENV", "production"),
        ("AI_CHAIN", "openai"),
    ];
    let mut lines = read(&wrong).unwrap_err();
    lines.sort();
    let names: Vec<&str> = lines
        .iter()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "GEMINI_BASE_URL",
            "HOST",
            "JWT_SECRET",
            "LOG_FORMAT",
            "MAILTRAP_SMTP_PORT",
            "PORT",
            "RESEND_API_KEY",
        ]
    );
    let lines = read(&wrong[5..]).unwrap_err();
    let names: Vec<&str> = lines
        .iter()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(names, ["MAILTRAP_SMTP_PORT", "AI_CHAIN", "JWT_SECRET"]);
}

#[test]
fn a_weak_secret_is_refused_where_others_can_try_it() {
    for weak in ["secret", "your-super-secret-jwt-key", "0123456789abcdef"] {
        let settings = read(&[("JWT_SECRET", weak)]).unwrap();
        assert_eq!(settings.warnings.len(), 1, "{weak}");
        assert!(settings.warnings[0].contains("openssl rand -hex 32"));
        for elsewhere in [
            ("NODE_ENV", "production"),
            ("TICKMATE_ENV", "production"),
            ("NODE_ENV", "Prod"),
            ("TICKMATE_ENV", "prod"),
            ("HOST", "0.0.0.0"),
            ("HOST", "::"),
        ] {
            let lines = read(&[("JWT_SECRET", weak), elsewhere]).unwrap_err();
            assert_eq!(lines.len(), 1, "{lines:?}");
            assert!(
                lines[0].starts_with("JWT_SECRET ") && lines[0].contains("openssl rand -hex 32")
            );
            assert!(!lines[0].contains(weak), "{lines:?}");
        }
    }
    let production = [("JWT_SECRET", GOOD_SECRET), ("NODE_ENV", "production")];
    assert!(read(&production).is_ok());
    let file = read(&[("NODE_ENV", "production")]).unwrap();
    assert!(matches!(file.secret, Secret::File(_)));
}

#[test]
fn mail_goes_by_url_then_mailtrap_then_folder() {
    let url = ("SMTP_URL", "smtp://relay.example.org");
    let mailtrap = [("MAILTRAP_USER", "u"), ("MAILTRAP_SMTP_PASSWORD", "p")];
    let folder = ("MAIL_DIR", "/tmp/mails");
    let settings = read_with_sender(&[url, mailtrap[0], mailtrap[1], folder]).unwrap();
    assert_eq!(settings.mail.by, ["SMTP_URL"]);
    let unused =
        "MAILTRAP_USER, MAILTRAP_SMTP_PASSWORD, MAIL_DIR are not used: mails go by SMTP_URL";
    assert_eq!(settings.warnings, [unused]);
    assert!(settings.require_verified_email);
    let settings = read_with_sender(&[mailtrap[0], mailtrap[1], folder]).unwrap();
    assert_eq!(settings.mail.by, ["MAILTRAP_USER"]);
    let unused = "MAIL_DIR is not used: mails go by MAILTRAP_USER";
    assert_eq!(settings.warnings, [unused]);
    let settings = read_with_sender(&[folder]).unwrap();
    assert_eq!(settings.mail.by, ["MAIL_DIR"]);
    assert!(settings.warnings.is_empty());
    assert!(!settings.require_verified_email);
}

#[test]
fn a_relay_needs_a_sender_at_a_domain() {
    let missing = "EMAIL_FROM is missing: relays refuse mails without a sender at a domain, and APP_URL names none";
    let relay = ("SMTP_URL", "smtp://127.0.0.1:1025?tls=none");
    let mailtrap = [("MAILTRAP_USER", "u"), ("MAILTRAP_PASS", "p")];
    for values in [
        vec![relay],
        mailtrap.to_vec(),
        vec![relay, ("APP_URL", "http://localhost:5000")],
        vec![relay, ("APP_URL", "https://192.0.2.1")],
        vec![relay, ("APP_URL", "https://[2001:db8::1]:8443")],
    ] {
        assert_eq!(read(&values).unwrap_err(), [missing], "{values:?}");
        assert!(read_with_sender(&values).is_ok(), "{values:?}");
    }
    let unqualified = "EMAIL_FROM must be an address at a qualified host name like desk@example.org: relays refuse \
                       mails of other senders";
    let app_url = ("APP_URL", "https://desk.example.org:8443/help");
    for from in ["tickmate@localhost", "The desk <x@192.0.2.1>"] {
        let from = ("EMAIL_FROM", from);
        assert_eq!(read(&[relay, from]).unwrap_err(), [unqualified], "{from:?}");
        let with_url = read(&[relay, app_url, from]);
        assert_eq!(with_url.unwrap_err(), [unqualified], "{from:?}");
        assert!(read(&[("MAIL_DIR", "mails"), from]).is_ok(), "{from:?}");
    }
    assert!(read(&[relay, app_url]).is_ok());
    // The folder takes mails from anybody.
    assert!(read(&[("MAIL_DIR", "mails")]).is_ok());
}

#[test]
fn ehlo_gives_a_qualified_name() {
    let relay = ("SMTP_URL", "smtp://relay.example.org");
    for (name, is_good) in [
        ("desk.example.org", true),
        ("desk", false),
        ("192.0.2.1", false),
    ] {
        let read = read_with_sender(&[relay, ("EHLO_NAME", name)]);
        match read {
            Ok(settings) => {
                let is_given = matches!(&settings.mail.value, Mail::Smtp(smtp) if smtp.ehlo_name.as_deref() == Some(name));
                assert!(is_good && is_given, "{name}");
            }
            Err(lines) => {
                let line = "EHLO_NAME must be a qualified host name like desk.example.org";
                assert!(!is_good, "{name}: {lines:?}");
                assert_eq!(lines, [line]);
            }
        }
    }
}

#[test]
fn mailtrap_goes_by_all_of_its_names() {
    for user in ["MAILTRAP_SMTP_USER", "MAILTRAP_USER"] {
        for password in [
            "MAILTRAP_SMTP_PASS",
            "MAILTRAP_SMTP_PASSWORD",
            "MAILTRAP_PASS",
        ] {
            let settings = read_with_sender(&[(user, "u"), (password, "p w")]).unwrap();
            let Mail::Smtp(smtp) = &settings.mail.value else {
                panic!("{user} {password}: no relay");
            };
            assert_eq!(
                (smtp.host.as_str(), smtp.port),
                ("sandbox.smtp.mailtrap.io", 2525)
            );
            assert_eq!(smtp.security, Security::StartTls);
            assert_eq!(smtp.credentials.as_ref().unwrap().password, "p w");
        }
    }
    let both = [
        ("MAILTRAP_SMTP_USER", "u"),
        ("MAILTRAP_SMTP_PASS", "p"),
        ("MAILTRAP_SMTP_PASSWORD", "other"),
    ];
    let lines = read_with_sender(&both).unwrap_err();
    assert_eq!(
        lines,
        ["MAILTRAP_SMTP_PASSWORD says something else than MAILTRAP_SMTP_PASS: set one of them"]
    );
    for (name, value) in [
        ("MAILTRAP_SMTP_PORT", "0"),
        ("MAILTRAP_SMTP_PORT", "x"),
        ("MAILTRAP_SMTP_HOST", "smtp://x"),
        ("MAILTRAP_SMTP_HOST", "x:25"),
    ] {
        let lines = read_with_sender(&[both[0], both[1], (name, value)]).unwrap_err();
        assert!(lines.len() == 1 && lines[0].starts_with(name), "{lines:?}");
    }
    let tls = read_with_sender(&[both[0], both[1], ("MAILTRAP_SMTP_PORT", "465")]).unwrap();
    assert!(matches!(&tls.mail.value, Mail::Smtp(smtp) if smtp.security == Security::Tls));
}

/// The certificate of an authority made for tests.
const ROOT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../tickmate-mail/tests/support/root.pem"
);

#[test]
fn a_root_certificate_is_read_for_every_encrypted_relay() {
    let mailtrap = [("MAILTRAP_USER", "u"), ("MAILTRAP_PASS", "p")];
    let urls = [
        "smtps://relay",
        "smtp://relay",
        "smtp://relay?tls=opportunistic",
    ];
    let relays = urls.iter().map(|url| vec![("SMTP_URL", *url)]);
    for mut values in relays.chain([mailtrap.to_vec()]) {
        values.push(("SMTP_CA_FILE", ROOT));
        let settings = read_with_sender(&values).unwrap();
        let Mail::Smtp(smtp) = &settings.mail.value else {
            panic!("{values:?}: no relay");
        };
        let pem = std::fs::read(ROOT).unwrap();
        assert_eq!(smtp.root_certificate, Some(pem), "{values:?}");
        assert!(settings.warnings.is_empty(), "{:?}", settings.warnings);
    }
}

#[test]
fn a_root_certificate_that_cannot_be_read_is_one_line() {
    let missing = format!("{ROOT}.hunter2");
    let no_pem = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    for (path, line) in [
        (
            missing.as_str(),
            "SMTP_CA_FILE names a file that can't be read: ",
        ),
        (
            env!("CARGO_MANIFEST_DIR"),
            "SMTP_CA_FILE names a file that can't be read: ",
        ),
        (
            no_pem,
            "SMTP_CA_FILE must name a file of one or more certificates in PEM",
        ),
    ] {
        let lines =
            read_with_sender(&[("SMTP_URL", "smtps://relay"), ("SMTP_CA_FILE", path)]).unwrap_err();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].starts_with(line), "{lines:?}");
        assert!(
            !lines[0].contains(path) && !lines[0].contains('\n'),
            "{lines:?}"
        );
    }
}

#[test]
fn a_root_certificate_without_encryption_has_no_effect() {
    for (values, why) in [
        (vec![], "mails are written to a folder"),
        (
            vec![("SMTP_URL", "smtp://127.0.0.1?tls=none")],
            "SMTP_URL says tls=none",
        ),
    ] {
        let mut values = values;
        values.push(("SMTP_CA_FILE", "no-such-file"));
        let settings = read_with_sender(&values).unwrap();
        let warning = format!("SMTP_CA_FILE is set, but has no effect: {why}");
        assert_eq!(settings.warnings, [warning]);
    }
}

#[test]
fn what_has_no_effect_is_said() {
    for name in ["INNGEST_EVENT_KEY", "INNGEST_SIGNING_KEY", "INNGEST_DEV"] {
        let settings = read(&[(name, "hunter2")]).unwrap();
        assert_eq!(settings.warnings.len(), 1);
        assert!(
            settings.warnings[0].starts_with(name) && !settings.warnings[0].contains("hunter2")
        );
    }
}

#[test]
fn an_unknown_environment_is_no_production_and_is_said() {
    for (value, count) in [
        ("development", 0),
        ("test", 0),
        ("Staging", 0),
        ("hunter2", 1),
    ] {
        let settings = read(&[("NODE_ENV", value)]).unwrap();
        assert_eq!(settings.warnings.len(), count, "{:?}", settings.warnings);
        for warning in settings.warnings {
            assert!(warning.starts_with("NODE_ENV ") && !warning.contains(value));
        }
    }
}

#[test]
fn production_without_https_or_mails_is_said() {
    let settings = read_with_sender(&[
        ("NODE_ENV", "production"),
        ("APP_URL", "http://desk.example.org"),
    ])
    .unwrap();
    assert_eq!(settings.warnings.len(), 2, "{:?}", settings.warnings);
    let plain = read_with_sender(&[("SMTP_URL", "smtp://relay.example.org?tls=none")]).unwrap();
    assert_eq!(plain.warnings.len(), 1);
    let local = read_with_sender(&[("SMTP_URL", "smtp://127.0.0.1:1025?tls=none")]).unwrap();
    assert!(local.warnings.is_empty());
}
