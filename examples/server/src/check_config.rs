//! Says which variable chose what.

use tickmate::{domain::models::Budget, mail::Security};

use crate::{
    print,
    settings::{Mail, Model, Models, Secret, Settings},
};

/// Prints a line for each seam: what it is, and which variable chose it. Warnings go to standard error.
pub(crate) fn check_config(settings: &Settings) {
    let rows: Vec<Vec<String>> = seams(settings)
        .into_iter()
        .map(|(seam, what, why)| vec![seam.to_owned(), what, format!("({why})")])
        .collect();
    print::table(&rows);
    for warning in &settings.warnings {
        eprintln!("warning: {warning}");
    }
}

/// Where mails go, in words.
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

/// Who reads tickets, in turn, and how much models are asked, in words.
pub(crate) fn readers(models: &Models) -> String {
    let asked = models.chain.iter().map(|model| model.id.to_string());
    let who: Vec<String> = asked.chain(["embedded".to_owned()]).collect();
    let who = who.join(", then ");
    match models.chain[..] {
        [] => who,
        _ => format!("{who}; {}", a_day(models.budget)),
    }
}

/// What a day's calls may come to, in words.
fn a_day(Budget { calls, tokens }: Budget) -> String {
    let bound = |most: Option<u64>, of: &str| match most {
        Some(most) => format!("{most} {of}"),
        None => format!("any number of {of}"),
    };
    format!(
        "{} and {} a day",
        bound(calls, "calls"),
        bound(tokens, "tokens")
    )
}

fn seams(settings: &Settings) -> Vec<(&'static str, String, String)> {
    let by = |chosen: &[&str], unset: &str| match chosen {
        [] => format!("default: no {unset}"),
        _ => chosen.join(", "),
    };
    let secret = match &settings.secret {
        Secret::Given(_) => ("as given".to_owned(), "JWT_SECRET".to_owned()),
        Secret::File(path) => (
            format!("the file {}", path.display()),
            by(&[], "JWT_SECRET"),
        ),
    };
    let listen = settings.listen.value;
    let url = settings.app_url(listen.port());
    let app_url = settings.app_url.as_ref().map_or("", |_| ", APP_URL");
    let store = (
        "store",
        format!("SQLite, {}", settings.database.value.display()),
        by(&settings.database.by, "DATABASE_URL"),
    );
    let mut seams = vec![store, analyzer(&settings.models)];
    seams.extend(budget(&settings.models));
    seams.extend([
        (
            "mail",
            mails(&settings.mail.value),
            by(&settings.mail.by, "SMTP_URL, MAILTRAP_* or MAIL_DIR"),
        ),
        (
            "jobs",
            "embedded, in the store's own database".to_owned(),
            "no other engine is built in".to_owned(),
        ),
        ("secret", secret.0, secret.1),
        (
            "address",
            format!("{listen}, links to {url}"),
            format!("{}{app_url}", by(&settings.listen.by, "HOST or PORT")),
        ),
    ]);
    seams
}

/// Who reads tickets, in turn.
fn analyzer(models: &Models) -> (&'static str, String, String) {
    let asked = models.chain.iter().map(Model::description);
    let who: Vec<String> = asked.chain(["embedded".to_owned()]).collect();
    let by = match models.by[..] {
        [] => "default: no GEMINI_API_KEY, OPENAI_API_KEY or OPENAI_BASE_URL".to_owned(),
        _ => models.by.join(", "),
    };
    ("analyser", who.join(", then "), by)
}

/// How much models are asked, where there are any.
fn budget(models: &Models) -> Option<(&'static str, String, String)> {
    let patience = models.chain.first()?.timeout.as_secs();
    Some((
        "budget",
        format!(
            "{}, {} at once, {patience} s each",
            a_day(models.budget),
            models.concurrency
        ),
        match models.bounded_by[..] {
            [] => "default: no AI_DAILY_CALLS or AI_DAILY_TOKENS".to_owned(),
            _ => models.bounded_by.join(", "),
        },
    ))
}
