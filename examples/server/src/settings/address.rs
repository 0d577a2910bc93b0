//! Where the server listens, what people call it, and whether it is in production.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use url::Url;

use super::{Chosen, Problem, variables::Values};

const HOST: &str = "HOST";
const PORT: &str = "PORT";
const APP_URL: &str = "APP_URL";

/// Whether the server is in production.
pub(super) fn production(values: &Values) -> Result<bool, Problem> {
    let own = match values.get("TICKMATE_ENV") {
        Some(value) if is_production(value) => true,
        Some("development" | "test") | None => false,
        Some(_) => {
            return Err(Problem::new(
                "TICKMATE_ENV",
                "must be production, development or test",
            ));
        }
    };
    Ok(own || values.get("NODE_ENV").is_some_and(is_production))
}

fn is_production(value: &str) -> bool {
    is_one_of(value, &["production", "prod"])
}

fn is_one_of(value: &str, names: &[&str]) -> bool {
    names.iter().any(|name| value.eq_ignore_ascii_case(name))
}

/// What is odd about `NODE_ENV`: somebody may have meant production by it.
pub(super) fn environment_warning(values: &Values) -> Option<String> {
    let value = values.get("NODE_ENV")?;
    let known = is_production(value) || is_one_of(value, &["development", "test", "staging"]);
    (!known).then(|| {
        "NODE_ENV is none of production, development, test and staging: it does not count as production"
            .to_owned()
    })
}

/// The address to listen on.
pub(super) fn listen(values: &Values) -> Result<Chosen<SocketAddr>, Vec<Problem>> {
    let host = match values.get(HOST) {
        None | Some("localhost") => Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        Some(text) => text
            .trim_matches(['[', ']'])
            .parse()
            .map_err(|_| Problem::new(HOST, "must be an IP address, or localhost")),
    };
    let port = match values.get(PORT) {
        None => Ok(5000),
        Some(text) => text
            .parse()
            .map_err(|_| Problem::new(PORT, "must be a number from 0 to 65535")),
    };
    let by: Vec<&str> = [HOST, PORT]
        .into_iter()
        .filter(|name| values.get(name).is_some())
        .collect();
    match (host, port) {
        (Ok(host), Ok(port)) => Ok(Chosen {
            value: SocketAddr::new(host, port),
            by: match by[..] {
                [] => None,
                [HOST] => Some(HOST),
                [PORT] => Some(PORT),
                _ => Some("HOST, PORT"),
            },
        }),
        (host, port) => Err([host.err(), port.err()].into_iter().flatten().collect()),
    }
}

/// Where people reach it, without a slash at the end; none: `http://localhost` and the port.
pub(super) fn app_url(values: &Values) -> Result<Option<String>, Problem> {
    let Some(text) = values.get(APP_URL) else {
        return Ok(None);
    };
    let url = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| {
            Problem::new(
                APP_URL,
                "must be a URL that begins with http:// or https://",
            )
        })?;
    let bare = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    match bare {
        true => Ok(Some(url.as_str().trim_end_matches('/').to_owned())),
        false => Err(Problem::new(
            APP_URL,
            "must have no user, no password, no ? and no # in it",
        )),
    }
}

/// What is odd about this URL in production.
pub(super) fn app_url_warning(app_url: Option<&str>, production: bool) -> Option<String> {
    match app_url {
        _ if !production => None,
        None => Some("APP_URL is not set: links in mails lead to localhost".to_owned()),
        Some(url) if url.starts_with("http:") => Some(
            "APP_URL is http: passwords and logins can be read on their way; use https".to_owned(),
        ),
        Some(_) => None,
    }
}
