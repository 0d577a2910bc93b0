//! Where the data is, the secret, and how the desk works with tickets.

use std::path::PathBuf;

use clap::Args;
use tickmate::{
    desk::SearchSettings,
    domain::words::StemLanguage,
    sqlite::{OpenError, SqliteSettings},
};

use super::variables::number;

#[derive(Args)]
#[command(next_help_heading = "Data and secret")]
#[command(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) struct DataVariables {
    /// The database, `sqlite:PATH`
    #[arg(long, default_value = "sqlite:./tickmate.db", value_parser = database)]
    pub(super) database_url: PathBuf,
    /// What logins are signed with, 32 bytes or more (`openssl rand -hex 32`) [default: a file beside the database,
    /// `./tickmate.secret`, made at the first start]
    #[arg(long, hide_env_values = true)]
    pub(super) jwt_secret: Option<String>,
    /// How many open tickets a new member of the staff takes, 1 to 1000
    #[arg(long, default_value = "10", value_parser = number::<u32>(1..=1000))]
    pub(super) default_capacity: u32,
    /// The languages whose inflected forms a search finds (printers finds printer), as ISO 639-1 codes with commas
    /// between them
    #[arg(long, default_value = "en,de", value_parser = search)]
    pub(super) search_languages: SearchSettings,
}

fn database(url: &str) -> Result<PathBuf, String> {
    if !url.starts_with("sqlite:") {
        return Err("must be of the form sqlite:PATH: SQLite is the only database built in".into());
    }
    let settings = SqliteSettings::from_url(url).map_err(|error| match error {
        OpenError::InMemory => "must name a file: a database in memory is not supported".into(),
        other => format!("is {other}"),
    })?;
    Ok(settings.path)
}

fn search(codes: &str) -> Result<SearchSettings, String> {
    let languages = codes.split(',').map(|code| code.trim().parse());
    let languages: Result<Vec<StemLanguage>, _> = languages.collect();
    let languages = languages.map_err(|_| {
        let known: Vec<&str> = StemLanguage::ALL.iter().map(|one| one.code()).collect();
        let known = known.join(", ");
        format!("must be codes with commas between them: {known}")
    })?;
    Ok(SearchSettings {
        languages,
        ..SearchSettings::default()
    })
}
