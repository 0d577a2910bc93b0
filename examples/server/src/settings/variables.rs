//! The table of every variable that the server reads. Its help is made from it.

use std::{collections::HashMap, fmt};

/// A variable that the server reads.
pub(crate) struct Variable {
    /// What it is called.
    pub(crate) name: &'static str,
    /// What it is for.
    pub(crate) meaning: &'static str,
    /// What holds without it.
    pub(crate) default: &'static str,
}

const fn variable(name: &'static str, meaning: &'static str, default: &'static str) -> Variable {
    Variable {
        name,
        meaning,
        default,
    }
}

/// Every variable that is read, by what it is about.
pub(crate) const GROUPS: &[(&str, &[Variable])] = &[
    (
        "Where it listens",
        &[
            variable(
                "HOST",
                "the address to listen on: an IP address, or localhost",
                "127.0.0.1",
            ),
            variable("PORT", "the port to listen on; 0 takes a free one", "5000"),
            variable(
                "APP_URL",
                "where people reach it; links in mails begin with it",
                "http://localhost:PORT",
            ),
            variable(
                "NODE_ENV",
                "production makes weak secrets an error",
                "development",
            ),
            variable(
                "TICKMATE_ENV",
                "the same: production, development or test",
                "development",
            ),
        ],
    ),
    (
        "Data and secret",
        &[
            variable(
                "DATABASE_URL",
                "the database, sqlite:PATH",
                "sqlite:./tickmate.db",
            ),
            variable(
                "JWT_SECRET",
                "what logins are signed with, 32 bytes or more (openssl rand -hex 32)",
                "a file beside the database, ./tickmate.secret, made at the first start",
            ),
            variable(
                "DEFAULT_CAPACITY",
                "how many open tickets somebody who joins the staff takes, 1 to 1000",
                "10",
            ),
            variable(
                "SEARCH_LANGUAGES",
                "the languages whose inflected forms a search finds (printers finds printer), as ISO 639-1 codes with commas between them",
                "en,de",
            ),
        ],
    ),
    (
        "Mail: SMTP_URL, else MAILTRAP_*, else a folder",
        &[
            variable(
                "EMAIL_FROM",
                "who mails come from: a@b.c or Name <a@b.c>",
                "tickmate@ and the host of APP_URL; needed for a relay where that is no domain",
            ),
            variable(
                "SMTP_URL",
                "the relay: smtps://USER:PASSWORD@HOST, or smtp:// with STARTTLS; plain text needs ?tls=none",
                "none",
            ),
            variable(
                "EHLO_NAME",
                "the qualified name that the server gives to the relay (EHLO)",
                "the domain of EMAIL_FROM or APP_URL, else the address of the machine",
            ),
            variable(
                "SMTP_CA_FILE",
                "a PEM file of certificates that a relay's may be signed by, beside the well-known ones",
                "none",
            ),
            variable(
                "MAILTRAP_SMTP_HOST",
                "Mailtrap's host",
                "sandbox.smtp.mailtrap.io",
            ),
            variable("MAILTRAP_SMTP_PORT", "Mailtrap's port", "2525"),
            variable("MAILTRAP_SMTP_USER", "Mailtrap's user", "none"),
            variable("MAILTRAP_SMTP_PASS", "Mailtrap's password", "none"),
            variable(
                "MAILTRAP_SMTP_PASSWORD",
                "another name of MAILTRAP_SMTP_PASS",
                "none",
            ),
            variable(
                "MAILTRAP_USER",
                "another name of MAILTRAP_SMTP_USER",
                "none",
            ),
            variable(
                "MAILTRAP_PASS",
                "another name of MAILTRAP_SMTP_PASS",
                "none",
            ),
            variable(
                "MAIL_DIR",
                "the folder that mails are written to as .eml files",
                "./mail",
            ),
            variable(
                "REQUIRE_VERIFIED_EMAIL",
                "whether people must verify their address first: true or false",
                "true with SMTP, false with the folder",
            ),
        ],
    ),
    (
        "Models: without any the embedded analyzer reads tickets",
        &[
            variable(
                "GEMINI_API_KEY",
                "the key of Google Gemini, which reads tickets then",
                "none",
            ),
            variable(
                "GEMINI_MODEL",
                "which of Gemini's models",
                "gemini-3.5-flash-lite",
            ),
            variable(
                "GEMINI_BASE_URL",
                "where Gemini is, with the version of its API: https, or http on this machine",
                "https://generativelanguage.googleapis.com/v1beta",
            ),
            variable(
                "OPENAI_API_KEY",
                "the key of OpenAI or of a server that speaks its chat completions, which reads tickets then",
                "none",
            ),
            variable(
                "OPENAI_MODEL",
                "which of its models; must be set where there is no key",
                "gpt-5-mini",
            ),
            variable(
                "OPENAI_BASE_URL",
                "where that is: https, or http on this machine (http://localhost:11434/v1 is Ollama); a server without keys needs no key",
                "https://api.openai.com/v1",
            ),
            variable(
                "AI_CHAIN",
                "who is asked first and who next, of those that are set up; the embedded analyzer is always the last",
                "gemini,openai",
            ),
            variable(
                "AI_DAILY_CALLS",
                "how many calls of models a day (UTC) has, 1 or more; after them the embedded analyzer reads",
                "none",
            ),
            variable(
                "AI_DAILY_TOKENS",
                "how many tokens a day's calls may take, of questions and answers together, 20000 or more: one question takes up to some ten thousand",
                "none",
            ),
            variable(
                "AI_CONCURRENCY",
                "how many questions are under way at most, 1 to 12",
                "4",
            ),
            variable(
                "AI_TIMEOUT_SECONDS",
                "how long a model may take to answer, 1 to 30",
                "20",
            ),
        ],
    ),
    (
        "Figures for Prometheus",
        &[variable(
            "METRICS_TOKEN",
            "what a scraper of /metrics shows as a bearer token, 16 or more visible ASCII characters; without it there is no such route",
            "none",
        )],
    ),
    (
        "Logs, on standard error",
        &[
            variable("LOG_FORMAT", "human or json", "human"),
            variable(
                "LOG_LEVEL",
                "off, error, warn, info, debug or trace",
                "info",
            ),
            variable(
                "RUST_LOG",
                "the level by module (info,tickmate_jobs=debug); goes before LOG_LEVEL",
                "none",
            ),
        ],
    ),
    (
        "Not built in",
        &[
            variable("MONGO_URI", "refused: data would not go to MongoDB", "none"),
            variable(
                "RESEND_API_KEY",
                "refused: mails would not go by Resend",
                "none",
            ),
            variable(
                "INNGEST_EVENT_KEY",
                "not used: the embedded engine runs jobs",
                "none",
            ),
            variable(
                "INNGEST_SIGNING_KEY",
                "not used: the embedded engine runs jobs",
                "none",
            ),
        ],
    ),
];

/// Every variable that is read.
pub(crate) fn all() -> impl Iterator<Item = &'static Variable> {
    GROUPS.iter().flat_map(|(_, variables)| variables.iter())
}

/// The part of `--help` that lists the variables.
pub(crate) fn help() -> String {
    help_of(GROUPS)
}

/// The part of `--help` that lists the variables about models and logs.
pub fn model_help() -> String {
    let is_listed = |group: &str| group.starts_with("Models") || group.starts_with("Logs");
    let groups = GROUPS.iter().copied();
    help_of(
        &groups
            .filter(|(group, _)| is_listed(group))
            .collect::<Vec<_>>(),
    )
}

fn help_of(groups: &[(&str, &[Variable])]) -> String {
    let mut help = String::from(
        "Settings come from the environment, and from a file .env in the folder where it is started; the\n\
         environment goes first, and an empty value counts as none.\n",
    );
    for (group, variables) in groups {
        help.push_str(&format!("\n{group}:\n"));
        for one in *variables {
            help.push_str(&format!("  {:<23} {}", one.name, one.meaning));
            if one.default != "none" {
                help.push_str(&format!("\n  {:<23} [default: {}]", "", one.default));
            }
            help.push('\n');
        }
    }
    help
}

/// The values that were given.
pub struct Values {
    values: HashMap<String, String>,
    warnings: Vec<String>,
}

impl Values {
    /// These values, and what is odd about how they are written, a line each.
    pub const fn new(values: HashMap<String, String>, warnings: Vec<String>) -> Self {
        Self { values, warnings }
    }

    /// What is odd about how the values are written, a line each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The names with this beginning that have a value, in order.
    pub fn names_with(&self, beginning: &str) -> Vec<&str> {
        let names = self.values.keys().map(String::as_str);
        let mut names: Vec<&str> = names
            .filter(|name| name.starts_with(beginning) && self.get(name).is_some())
            .collect();
        names.sort_unstable();
        names
    }

    /// A value without the white space around it. An empty one is unset.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.secret(name).map(str::trim)
    }

    /// A value to the letter, for secrets. One of white space alone is unset.
    pub fn secret(&self, name: &str) -> Option<&str> {
        self.values
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.trim().is_empty())
    }
}

/// Shows no value: some are secrets.
impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Values").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_help_and_the_example_name_every_variable_once() {
        let example = include_str!("../../../../.env.example");
        let listed: Vec<&str> = example
            .lines()
            .filter_map(|line| line.strip_prefix('#'))
            .filter(|line| !line.starts_with(' '))
            .filter_map(|line| line.split_once('='))
            .map(|(name, _)| name)
            .collect();
        let names: Vec<&str> = all().map(|one| one.name).collect();
        assert_eq!(listed, names, "as in .env.example");
        let help = help();
        for one in all() {
            assert!(help.contains(one.name) && help.contains(one.meaning));
            assert!(example.contains(one.meaning), "{}", one.name);
        }
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    }

    #[test]
    fn the_example_sets_nothing() {
        let example = include_str!("../../../../.env.example");
        assert!(
            example
                .lines()
                .all(|line| line.is_empty() || line.starts_with('#'))
        );
    }

    #[test]
    fn empty_is_unset() {
        let values = [("A", ""), ("B", " \n"), ("C", " x ")];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let values = Values::new(HashMap::from(values), Vec::new());
        assert_eq!(
            ["A", "B", "C", "D"].map(|name| values.get(name)),
            [None, None, Some("x"), None]
        );
        assert_eq!(values.secret("C"), Some(" x "));
    }
}
