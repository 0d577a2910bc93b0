//! Who may read `/metrics`.

use clap::Args;
use tickmate::http::MetricsToken;

/// The fewest characters of a token.
const MIN_LENGTH: usize = 16;

#[derive(Args)]
#[command(next_help_heading = "Metrics for Prometheus")]
#[command(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) struct MetricsVariables {
    /// The bearer token that a scraper of /metrics sends, 16 or more visible ASCII characters; without it there is no
    /// such route
    #[arg(long, hide_env_values = true, value_parser = metrics_token)]
    pub(super) metrics_token: Option<MetricsToken>,
}

fn metrics_token(text: &str) -> Result<MetricsToken, String> {
    let token = text.trim();
    // An HTTP header carries no other characters unchanged.
    let is_visible = token.bytes().all(|byte| byte.is_ascii_graphic());
    match is_visible && token.len() >= MIN_LENGTH {
        true => Ok(MetricsToken::new(token)),
        false => Err(format!(
            "must be {MIN_LENGTH} or more visible ASCII characters (openssl rand -hex 32)"
        )),
    }
}
