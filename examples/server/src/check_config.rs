//! Says which variable chose what.

use tickmate::mail::Security;

use crate::{
    print,
    settings::{Mail, Secret, Settings},
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

fn seams(settings: &Settings) -> Vec<(&'static str, String, String)> {
    let by = |chosen: Option<&str>, unset: &str| match chosen {
        Some(name) => name.to_owned(),
        None => format!("default: no {unset}"),
    };
    let secret = match &settings.secret {
        Secret::Given(_) => ("as given".to_owned(), "JWT_SECRET".to_owned()),
        Secret::File(path) => (
            format!("the file {}", path.display()),
            by(None, "JWT_SECRET"),
        ),
    };
    let listen = settings.listen.value;
    let url = settings.app_url(listen.port());
    let app_url = settings.app_url.as_ref().map_or("", |_| ", APP_URL");
    vec![
        (
            "store",
            format!("SQLite, {}", settings.database.value.display()),
            by(settings.database.by, "DATABASE_URL"),
        ),
        (
            "analyser",
            "embedded".to_owned(),
            "no model is built in".to_owned(),
        ),
        (
            "mail",
            mails(&settings.mail.value),
            by(settings.mail.by, "SMTP_URL, MAILTRAP_* or MAIL_DIR"),
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
            format!("{}{app_url}", by(settings.listen.by, "HOST or PORT")),
        ),
    ]
}
