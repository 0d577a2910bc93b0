//! Variables of parts that are not built in. Those that would make data or mails go elsewhere are refused.

use clap::Args;

use super::variables::Values;

#[derive(Args)]
#[command(next_help_heading = "Not built in")]
#[command(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) struct NotBuiltIn {
    /// Refused: data would not go to MongoDB
    #[arg(long, hide_env_values = true, value_parser = refuse("MongoDB", "name a file by DATABASE_URL (sqlite:PATH)"))]
    mongo_uri: Option<String>,
    /// Refused: mails would not go by Resend
    #[arg(long, hide_env_values = true, value_parser = refuse("Resend", "send by SMTP_URL or MAILTRAP_*"))]
    resend_api_key: Option<String>,
    /// Not used: the embedded engine runs jobs
    #[arg(long, hide_env_values = true)]
    inngest_event_key: Option<String>,
    /// Not used: the embedded engine runs jobs
    #[arg(long, hide_env_values = true)]
    inngest_signing_key: Option<String>,
}

/// Returns a parser that refuses every value.
fn refuse(
    part: &'static str,
    instead: &'static str,
) -> impl Fn(&str) -> Result<String, String> + Clone + Send + Sync + 'static {
    let error = format!("is set, but {part} is not built in: unset it, and {instead}");
    move |_| Err(error.clone())
}

/// Returns a warning for each variable of Inngest that has a value.
pub(super) fn warnings(values: &Values) -> Vec<String> {
    let names = values.names_with("INNGEST_").into_iter();
    let line = |name| {
        format!("{name} is set, but Inngest is not built in: the embedded engine runs jobs instead")
    };
    names.map(line).collect()
}
