//! Where the server listens, where users reach the desk, and whether it is in production.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use clap::{Args, builder::PossibleValue};
use url::Url;

use super::{
    Chosen,
    variables::{Values, number},
};

#[derive(Args)]
#[command(next_help_heading = "Where it listens")]
#[command(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) struct AddressVariables {
    /// The address to listen on: an IP address, or localhost
    #[arg(long, default_value = "127.0.0.1", value_parser = host)]
    host: IpAddr,
    /// The port to listen on; 0 takes a free one
    #[arg(long, default_value = "5000", value_parser = number::<u16>(0..=65535))]
    port: u16,
    /// Where users reach the desk; links in mails begin with it [default: `http://localhost:PORT`]
    #[arg(long, value_parser = app_url)]
    pub(super) app_url: Option<String>,
    /// The environment: in production weak secrets are an error
    #[arg(long, default_value = "development")]
    node_env: String,
    /// The same: production, development or test
    #[arg(long, default_value = "development", ignore_case = true, value_parser = environments())]
    tickmate_env: String,
}

fn environments() -> [PossibleValue; 3] {
    let production = PossibleValue::new("production").alias("prod");
    [production, "development".into(), "test".into()]
}

impl AddressVariables {
    /// Returns whether the server is in production.
    pub(super) fn is_production(&self) -> bool {
        is_production(&self.tickmate_env) || is_production(&self.node_env)
    }

    /// Returns the address to listen on.
    pub(super) fn listen(&self, values: &Values) -> Chosen<SocketAddr> {
        Chosen {
            value: SocketAddr::new(self.host, self.port),
            by: values.set_of(&["HOST", "PORT"]),
        }
    }

    /// Returns what may be a mistake.
    pub(super) fn warnings(&self) -> Vec<String> {
        let is_known = is_production(&self.node_env)
            || ["development", "test", "staging"].contains(&self.node_env.to_lowercase().as_str());
        let environment = (!is_known).then_some(
            "NODE_ENV is none of production, development, test and staging: it does not count as production",
        );
        let app_url = match &self.app_url {
            _ if !self.is_production() => None,
            None => Some("APP_URL is not set: links in mails lead to localhost"),
            Some(url) if url.starts_with("http:") => {
                Some("APP_URL is http: passwords and logins can be read on their way; use https")
            }
            Some(_) => None,
        };
        let warnings = environment.into_iter().chain(app_url);
        warnings.map(str::to_owned).collect()
    }
}

fn is_production(name: &str) -> bool {
    ["production", "prod"].contains(&name.to_lowercase().as_str())
}

fn host(text: &str) -> Result<IpAddr, &'static str> {
    match text {
        "localhost" => Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        _ => {
            let ip = text.trim_matches(['[', ']']).parse();
            ip.map_err(|_| "must be an IP address, or localhost")
        }
    }
}

/// Parses the URL of the desk, and returns it without a slash at the end.
fn app_url(text: &str) -> Result<String, &'static str> {
    let url = Url::parse(text).ok();
    let url = url
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or("must be a URL that begins with http:// or https://")?;
    let is_bare = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    match is_bare {
        true => Ok(url.as_str().trim_end_matches('/').to_owned()),
        false => Err("must have no user, no password, no ? and no # in it"),
    }
}
