//! Identifies the sender of a request for fair sharing of the server; no credential is verified here.

use std::{
    hash::{BuildHasher, RandomState},
    net::{IpAddr, SocketAddr},
};

use http::{HeaderMap, Uri, header};

use super::networks::network;

/// The cookies that hold the session of an account of the desk's own.
const SESSION_COOKIES: [&[u8]; 2] = [b"token", b"__Host-token"];

/// Identifies callers and targets by keyed hashes, so that no credential is stored.
#[derive(Debug, Default)]
pub(super) struct CallerHasher(RandomState);

/// The hash of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct CallerKey(u64);

/// The hash of a caller's path and query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct TargetKey(u64);

impl CallerHasher {
    /// Returns the caller: the token in `Authorization`, otherwise the session cookie, otherwise all cookies (a host
    /// with a login of its own has another name for its cookie), otherwise the network.
    pub(super) fn caller(&self, headers: &HeaderMap, peer: SocketAddr) -> CallerKey {
        #[derive(Hash)]
        enum Shown<'a> {
            Token(&'a [u8]),
            Cookies(Vec<&'a [u8]>),
            Network(IpAddr),
        }
        let shown = if let Some(value) = headers.get(header::AUTHORIZATION) {
            Shown::Token(token(value.as_bytes()))
        } else if let Some(session) = session_cookie(headers) {
            Shown::Token(session)
        } else if headers.contains_key(header::COOKIE) {
            let cookies = headers.get_all(header::COOKIE).iter();
            Shown::Cookies(cookies.map(|value| value.as_bytes()).collect())
        } else {
            Shown::Network(network(peer.ip()))
        };
        CallerKey(self.0.hash_one(shown))
    }

    /// Returns what the caller reads.
    pub(super) fn target(&self, caller: CallerKey, uri: &Uri) -> TargetKey {
        TargetKey(self.0.hash_one((caller, uri.path(), uri.query())))
    }
}

/// The token without its scheme, so that another spelling of the scheme makes no other caller.
fn token(authorization: &[u8]) -> &[u8] {
    let authorization = authorization.trim_ascii();
    let space = authorization.iter().position(|byte| *byte == b' ');
    space.map_or(authorization, |space| authorization[space..].trim_ascii())
}

fn session_cookie(headers: &HeaderMap) -> Option<&[u8]> {
    let cookies = headers.get_all(header::COOKIE).iter();
    cookies
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'))
        .find_map(|pair| {
            let equals = pair.iter().position(|byte| *byte == b'=')?;
            let (name, value) = pair.split_at(equals);
            SESSION_COOKIES
                .contains(&name.trim_ascii())
                .then(|| value[1..].trim_ascii())
        })
}

#[cfg(test)]
mod tests {
    use http::header::{AUTHORIZATION, COOKIE, HeaderName};

    use super::*;

    fn headers(lines: &[(HeaderName, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_credential_is_one_caller_however_it_is_sent() {
        let hasher = CallerHasher::default();
        let [one, other]: [SocketAddr; 2] =
            ["192.0.2.1:1", "192.0.2.2:1"].map(|text| text.parse().unwrap());
        let caller =
            |lines: &[(HeaderName, &'static str)], peer| hasher.caller(&headers(lines), peer);
        let ann = caller(&[(AUTHORIZATION, "Bearer ann")], one);
        for lines in [
            &[(AUTHORIZATION, "bearer   ann ")][..],
            &[(AUTHORIZATION, "Bearer ann"), (COOKIE, "junk=1")],
            &[(COOKIE, "junk=2; token=ann")],
            &[(COOKIE, "junk=3"), (COOKIE, "__Host-token=ann; a=b")],
        ] {
            assert_eq!(caller(lines, other), ann, "{lines:?}");
        }
        assert_ne!(caller(&[(AUTHORIZATION, "Bearer bob")], one), ann);
        assert_ne!(caller(&[(COOKIE, "mytoken=ann")], one), ann);
        assert_eq!(
            caller(&[], one),
            caller(&[], "192.0.2.1:2".parse().unwrap())
        );
        assert_ne!(caller(&[], one), caller(&[], other));
    }

    #[test]
    fn targets_differ_by_caller_path_and_query() {
        let hasher = CallerHasher::default();
        let [ann, bob] = [CallerKey(1), CallerKey(2)];
        let list = Uri::from_static("/api/tickets?limit=100");
        let of_ann = hasher.target(ann, &list);
        assert_eq!(hasher.target(ann, &list.clone()), of_ann);
        assert_ne!(hasher.target(bob, &list), of_ann);
        assert_ne!(
            hasher.target(ann, &Uri::from_static("/api/tickets")),
            of_ann
        );
    }
}
