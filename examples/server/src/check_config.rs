//! Prints which variable chose what.

use tickmate::{domain::models::Budget, mail::Security};

use crate::{
    print,
    settings::{Mail, Model, Models, Secret, Settings},
};

/// Prints a line for each part: what it is, and which variable chose it. Warnings go to standard error.
pub(crate) fn check_config(settings: &Settings) {
    print::table(&rows(settings));
    for warning in &settings.warnings {
        eprintln!("warning: {warning}");
    }
}

/// Describes where mails go.
pub(crate) fn mails(mail: &Mail) -> String {
    match mail {
        Mail::Folder(folder) => format!("the folder {}, as .eml files", folder.display()),
        Mail::Smtp(smtp) => {
            let how = match smtp.security {
                Security::Tls => "TLS",
                Security::StartTls => "STARTTLS",
                Security::Opportunistic => "STARTTLS where it is offered",
                Security::Plain => "plain text",
            };
            let root = match smtp.root_certificate {
                Some(_) => ", the certificates in SMTP_CA_FILE trusted too",
                None => "",
            };
            format!("SMTP to {} port {}, {how}{root}", smtp.host, smtp.port)
        }
    }
}

/// Lists what analyzes tickets, in order, and the bounds of a day.
pub(crate) fn readers(models: &Models) -> String {
    let asked = models.chain.iter().map(|model| model.id.to_string());
    let who: Vec<String> = asked.chain(["embedded".to_owned()]).collect();
    let who = who.join(", then ");
    match models.chain[..] {
        [] => who,
        _ => format!("{who}; {}", a_day(models.budget)),
    }
}

/// Describes the bounds of a day.
fn a_day(Budget { calls, tokens }: Budget) -> String {
    let bound =
        |most: Option<u64>| most.map_or("any number of".to_owned(), |most| most.to_string());
    format!("{} calls and {} tokens a day", bound(calls), bound(tokens))
}

fn rows(settings: &Settings) -> Vec<[String; 3]> {
    let (database, listen) = (&settings.database, &settings.listen);
    let (mail, models) = (&settings.mail, &settings.models);
    let path = database.value.display();
    let asked = models.chain.iter().map(Model::description);
    let analyzers: Vec<String> = asked.chain(["embedded".to_owned()]).collect();
    let mut rows = vec![
        row(
            "store",
            format!("SQLite, {path}"),
            &database.by,
            "DATABASE_URL",
        ),
        row(
            "analyser",
            analyzers.join(", then "),
            &models.by,
            "GEMINI_API_KEY, OPENAI_API_KEY or OPENAI_BASE_URL",
        ),
    ];
    if let Some(model) = models.chain.first() {
        let (day, timeout) = (a_day(models.budget), model.timeout.as_secs());
        let budget = format!("{day}, {} at once, {timeout} s each", models.concurrency);
        let unset = "AI_DAILY_CALLS or AI_DAILY_TOKENS";
        rows.push(row("budget", budget, &models.bounded_by, unset));
    }
    let unset = "SMTP_URL, MAILTRAP_* or MAIL_DIR";
    rows.push(row("mail", mails(&mail.value), &mail.by, unset));
    let jobs = "embedded, in the store's own database".to_owned();
    rows.push(row("jobs", jobs, &["no other engine is built in"], ""));
    let (secret, by): (_, &[&str]) = match &settings.secret {
        Secret::Given(_) => ("as given".to_owned(), &["JWT_SECRET"]),
        Secret::File(path) => (format!("the file {}", path.display()), &[]),
    };
    rows.push(row("secret", secret, by, "JWT_SECRET"));
    let address = format!(
        "{}, links to {}",
        listen.value,
        settings.configured_app_url()
    );
    let mut by = match listen.by[..] {
        [] => vec!["default: no HOST or PORT"],
        _ => listen.by.clone(),
    };
    by.extend(settings.app_url.as_ref().map(|_| "APP_URL"));
    rows.push(row("address", address, &by, ""));
    rows
}

/// Returns the row of a part: its name, what it is, and which variables chose it. `unset` are those that would.
fn row(part: &str, what: String, by: &[&str], unset: &str) -> [String; 3] {
    let why = match by {
        [] => format!("(default: no {unset})"),
        _ => format!("({})", by.join(", ")),
    };
    [part.to_owned(), what, why]
}
