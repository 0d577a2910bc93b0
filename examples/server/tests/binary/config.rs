//! What `check-config` and `--help` say, and how wrong settings end.

use std::fs;

use super::support::{Server, binary, files, folder, run, stderr, stdout};

#[test]
fn check_config_says_what_chose_what_and_opens_nothing() {
    let folder = folder();
    let output = run(folder.path(), &[], &["check-config"]);
    assert!(output.status.success());
    let text = stdout(&output);
    let seams: Vec<&str> = text
        .lines()
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    assert_eq!(
        seams,
        ["store", "analyser", "mail", "jobs", "secret", "address"]
    );
    for part in [
        "./tickmate.db",
        "./tickmate.secret",
        "./mail",
        "127.0.0.1:5000",
        "http://localhost:5000",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

    let output = run(
        folder.path(),
        &[
            ("DATABASE_URL", "sqlite:other.db"),
            ("MAILTRAP_USER", "u"),
            ("MAILTRAP_PASS", "hunter2"),
            ("JWT_SECRET", "hunter2-hunter2-hunter2"),
            ("PORT", "7000"),
            ("APP_URL", "https://desk.example.org/"),
            ("GEMINI_API_KEY", "hunter2"),
        ],
        &["check-config"],
    );
    assert!(output.status.success());
    let text = stdout(&output);
    for line in [
        ["store", "other.db", "(DATABASE_URL)"],
        [
            "mail",
            "sandbox.smtp.mailtrap.io port 2525, STARTTLS",
            "(MAILTRAP_USER)",
        ],
        ["secret", "as given", "(JWT_SECRET)"],
        [
            "address",
            "127.0.0.1:7000, links to https://desk.example.org ",
            "(PORT, APP_URL)",
        ],
    ] {
        let fits = |one: &str| line.iter().all(|part| one.contains(part));
        assert!(text.lines().any(fits), "{line:?} in {text}");
    }
    let warnings = stderr(&output);
    assert_eq!(warnings.lines().count(), 1, "{warnings}");
    assert!(warnings.contains("JWT_SECRET"));
    assert!(!format!("{text}{warnings}").contains("hunter2"));
}

#[test]
fn check_config_says_that_a_root_certificate_is_trusted() {
    let folder = folder();
    let root = include_bytes!("../../../../tickmate-mail/tests/support/root.pem");
    fs::write(folder.path().join("ca.pem"), root).unwrap();
    let given = [
        ("SMTP_URL", "smtps://relay.example.org"),
        ("EMAIL_FROM", "desk@example.org"),
        ("SMTP_CA_FILE", "ca.pem"),
    ];
    let output = run(folder.path(), &given, &["check-config"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let line = "relay.example.org port 465, TLS, the certificates in SMTP_CA_FILE trusted too";
    assert!(stdout(&output).contains(line), "{}", stdout(&output));
    assert_eq!(stderr(&output), "");

    let output = run(folder.path(), &given[2..], &["check-config"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stderr(&output).lines().count(), 1, "{}", stderr(&output));
    assert!(stderr(&output).starts_with("warning: SMTP_CA_FILE "));
}

#[test]
fn a_wrong_setting_is_one_line_and_a_failure_of_every_command() {
    for (name, value) in [
        ("PORT", "hunter2"),
        ("DATABASE_URL", "postgres://hunter2@host/db"),
        ("MONGO_URI", "mongodb://hunter2@host/db"),
        ("RESEND_API_KEY", "hunter2"),
        ("MAILTRAP_USER", "hunter2"),
        ("REQUIRE_VERIFIED_EMAIL", "hunter2"),
    ] {
        for command in ["check-config", "serve"] {
            let folder = folder();
            let output = run(folder.path(), &[(name, value)], &[command]);
            assert_eq!(output.status.code(), Some(1), "{command} with {name}");
            let lines = stderr(&output);
            assert_eq!(lines.lines().count(), 1, "{lines}");
            assert!(
                lines.starts_with("error: ") && lines.contains(name),
                "{lines}"
            );
            assert!(!lines.contains("hunter2"), "{lines}");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }
}

#[test]
fn the_environment_goes_before_the_file() {
    let folder = folder();
    fs::write(folder.path().join(".env"), "PORT=7001\nHOST=::1\n").unwrap();
    let output = run(
        folder.path(),
        &[("PORT", "7002"), ("HOST", "")],
        &["check-config"],
    );
    assert!(
        stdout(&output).contains("[::1]:7002"),
        "{}",
        stdout(&output)
    );
    fs::write(
        folder.path().join(".env"),
        "PORT=7001\nJWT_SECRET=hunter2 more\n",
    )
    .unwrap();
    let output = run(folder.path(), &[], &["check-config"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).starts_with("error: .env can't be read: line 2 "));
    assert!(!stderr(&output).contains("hunter2"));
}

#[test]
fn a_file_may_begin_with_a_byte_order_mark_and_an_expanded_dollar_is_said() {
    let folder = folder();
    let text = "\u{feff}PORT=7001\nMAIL_DIR=mails$here\n";
    fs::write(folder.path().join(".env"), text).unwrap();
    let output = run(folder.path(), &[("INNGEST_DEV", "1")], &["check-config"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stdout(&output).contains(":7001"), "{}", stdout(&output));
    let warnings = stderr(&output);
    let starts: Vec<&str> = warnings
        .lines()
        .map(|line| line.split(' ').take(2).last().unwrap())
        .collect();
    assert_eq!(starts, ["MAIL_DIR", "INNGEST_DEV"], "{warnings}");
}

#[test]
fn every_wrong_value_has_its_line() {
    let folder = folder();
    let wrong = [
        ("PORT", "hunter2"),
        ("SMTP_URL", "hunter2"),
        ("GEMINI_API_KEY", "hunter2 hunter2"),
        ("METRICS_TOKEN", "hunter2"),
        ("LOG_LEVEL", "hunter2"),
    ];
    let output = run(folder.path(), &wrong, &["check-config"]);
    assert_eq!(output.status.code(), Some(1));
    let lines = stderr(&output);
    for (name, _) in wrong {
        let start = format!("error: {name} ");
        let named = lines.lines().filter(|line| line.starts_with(&start));
        assert_eq!(named.count(), 1, "{name} in {lines}");
    }
    assert_eq!(lines.lines().count(), wrong.len(), "{lines}");
    assert!(!lines.contains("hunter2"), "{lines}");
}

/// The variables of `.env.example`.
fn variables() -> Vec<&'static str> {
    let lines = include_str!("../../../../.env.example").lines();
    lines
        .filter_map(|line| line.strip_prefix('#')?.split_once('='))
        .map(|(name, _)| name)
        .filter(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        .collect()
}

#[test]
fn no_value_of_any_variable_is_in_an_error_or_in_help() {
    let folder = folder();
    let variables = variables();
    assert!(variables.len() > 40, "{variables:?}");
    // These are no secrets, and are shown as what was chosen.
    let shown = ["MAIL_DIR", "GEMINI_MODEL", "OPENAI_MODEL"];
    for name in variables {
        let value = [(name, "CANARY-7f3a9b-0123456789-abcdefghij")];
        let help = run(folder.path(), &value, &["--help"]);
        let check = run(folder.path(), &value, &["check-config"]);
        let mut said = stdout(&help) + &stderr(&help) + &stderr(&check);
        if !shown.contains(&name) {
            said += &stdout(&check);
        }
        assert!(!said.contains("CANARY"), "{name}: {said}");
        if !check.status.success() {
            assert!(stderr(&check).contains(name), "{name}: {}", stderr(&check));
        }
    }
}

#[test]
fn variables_are_no_options_of_the_command_line() {
    let folder = folder();
    for argument in ["--PORT=7000", "--port=7000", "--HOST"] {
        let output = run(folder.path(), &[], &["check-config", argument]);
        assert_eq!(output.status.code(), Some(2), "{argument}");
    }
}

#[test]
fn help_is_at_most_80_columns_wide() {
    let folder = folder();
    for command in [
        &["--help"][..],
        &["serve", "--help"],
        &["admin", "create", "--help"],
        &["check-config", "--help"],
        &["import-tickets", "--help"],
    ] {
        for columns in ["80", "200"] {
            let output = run(folder.path(), &[("COLUMNS", columns)], command);
            assert!(output.status.success(), "{}", stderr(&output));
            for line in stdout(&output).lines() {
                assert!(line.chars().count() <= 80, "{command:?}: {line}");
            }
        }
    }
}

#[test]
fn help_lists_the_variables_and_commands() {
    let folder = folder();
    let output = run(folder.path(), &[], &["--help"]);
    let help = stdout(&output);
    for word in [
        "JWT_SECRET",
        "MAILTRAP_SMTP_PASSWORD",
        "INNGEST_SIGNING_KEY",
        "import-tickets",
    ] {
        assert!(help.contains(word), "{word}");
    }
}

#[cfg(unix)]
#[test]
fn the_secret_file_is_for_its_owner_and_the_same_after_a_restart() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let path = folder.path().join("tickmate.secret");
    let token = {
        let server = Server::start(folder.path());
        let readers = "tickets are read by embedded\n";
        assert!(server.log().contains(readers), "{}", server.log());
        server.admin()
    };
    let secret = fs::read_to_string(&path).unwrap();
    assert_eq!(secret.trim().len(), 64);
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let server = Server::start(folder.path());
    assert_eq!(fs::read_to_string(&path).unwrap(), secret);
    let (status, answer) = server.client_of(&token).get("/api/auth/profile");
    assert_eq!(status, 200, "the login outlives a restart: {answer}");
    drop(server);

    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let output = run(folder.path(), &[("PORT", "0")], &["serve"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("chmod 600"), "{}", stderr(&output));
}

#[test]
fn what_keeps_it_from_starting_is_one_line() {
    let folder = folder();
    let server = Server::start(folder.path());
    let port = server.address.port().to_string();
    let no_folder = "sqlite:none/tickmate.db";
    fs::write(
        folder.path().join("text.db"),
        "no database, but a long enough text\n".repeat(99),
    )
    .unwrap();
    for (variable, part) in [
        (("PORT", port.as_str()), "somebody else listens there"),
        (("HOST", "192.0.2.1"), "HOST is no address of this machine"),
        (("DATABASE_URL", no_folder), "none/tickmate.db"),
        (("DATABASE_URL", "sqlite:text.db"), "text.db"),
        (
            ("MAIL_DIR", "text.db"),
            "MAIL_DIR is of no use for mails: can't create the folder text.db: not a directory",
        ),
    ] {
        let output = binary(
            folder.path(),
            &[("PORT", "0"), ("LOG_LEVEL", "off")],
            &["serve"],
        )
        .envs([variable])
        .output()
        .unwrap();
        assert_eq!(output.status.code(), Some(1), "{variable:?}");
        let lines = stderr(&output);
        assert_eq!(lines.lines().count(), 1, "{lines}");
        assert!(
            lines.starts_with("error: ") && lines.contains(part),
            "{lines}"
        );
    }
    assert!(files(folder.path(), "none").is_empty());
}
