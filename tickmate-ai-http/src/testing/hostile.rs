//! Answers of a provider that is broken or means harm, and what an adapter makes of each.

use serde_json::json;

use super::Reply;

/// What an adapter answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// `LlmError::Unavailable`.
    Unavailable,
    /// `LlmError::Misconfigured`.
    Misconfigured,
    /// `LlmError::Garbled`.
    Garbled,
}

/// One answer.
#[derive(Debug, Clone)]
pub struct Hostile {
    /// What it is.
    pub name: &'static str,
    /// The answer.
    pub reply: Reply,
    /// What an adapter makes of it.
    pub expected: Expected,
}

/// The answers that are hostile to every adapter. Those that take their time need a total time-out of some hundred
/// milliseconds; the bound of an answer is taken to be at most 1 MiB.
pub fn hostile() -> Vec<Hostile> {
    let mut all = bodies();
    all.extend(statuses());
    all.extend(connections());
    all
}

/// Statuses of success with bodies that are no answer.
fn bodies() -> Vec<Hostile> {
    let nested = "[".repeat(100_000);
    let nested_objects = "{\"a\":".repeat(100_000);
    let known = format!("{{\"candidates\":{nested},\"choices\":{nested}}}");
    let page = "<html><body>Please log in to the Wi-Fi</body></html>";
    let bodies: [(&'static str, Vec<u8>); 17] = [
        ("an empty body", Vec::new()),
        ("white space", b" \r\n\t ".to_vec()),
        ("a page", page.into()),
        ("a text", "OK".into()),
        ("NUL", vec![0; 64]),
        ("bytes that are no UTF-8", vec![0xff; 64]),
        ("NaN", b"{\"candidates\":NaN,\"choices\":NaN}".to_vec()),
        (
            "half a body",
            b"{\"candidates\":[{\"content\":{\"parts".to_vec(),
        ),
        ("null", b"null".to_vec()),
        ("a number", b"7".to_vec()),
        ("a list", b"[]".to_vec()),
        ("an empty object", b"{}".to_vec()),
        (
            "an object of something else",
            br#"{"access_token":"x","is_admin":true}"#.to_vec(),
        ),
        (
            "members of other types",
            br#"{"candidates":{"0":"x"},"choices":"none"}"#.to_vec(),
        ),
        ("lists 50,000 deep", nested.as_bytes()[..50_000].to_vec()),
        ("members 100,000 deep", nested_objects.into_bytes()),
        ("answers 100,000 deep", known.into_bytes()),
    ];
    let body = |(name, body): (&'static str, Vec<u8>)| {
        garbled(
            name,
            Reply::with(200, &[("content-type", "application/json")], &body),
        )
    };
    let mut all: Vec<Hostile> = bodies.into_iter().map(body).collect();
    all.push(garbled(
        "a page that says so",
        Reply::with(200, &[("content-type", "text/html")], page.as_bytes()),
    ));
    all.push(garbled("nothing, by status", Reply::with(204, &[], b"")));
    all.push(garbled(
        "5 MB",
        Reply::with(200, &[], &vec![b' '; 5_000_000]),
    ));
    all.push(garbled(
        "compressed bytes",
        Reply::with(200, &[("content-encoding", "gzip")], &[0x1f, 0x8b, 8, 0]),
    ));
    all
}

/// Redirects, and errors that say nothing.
fn statuses() -> Vec<Hostile> {
    let redirect = |status| {
        let target = [("location", "http://169.254.169.254/latest/meta-data/")];
        garbled(
            "a redirect to the cloud's own address",
            Reply::with(status, &target, b""),
        )
    };
    let mut all: Vec<Hostile> = [301, 302, 303, 307, 308].map(redirect).into();
    for (name, status, body, expected) in [
        (
            "a gateway's page",
            502,
            "<html>Bad Gateway</html>",
            Expected::Unavailable,
        ),
        ("an unavailable page", 503, "", Expected::Unavailable),
        ("a limit without words", 429, "", Expected::Unavailable),
        (
            "an error of text",
            500,
            "Internal Server Error",
            Expected::Unavailable,
        ),
        (
            "a page that forbids",
            403,
            "<html>Forbidden</html>",
            Expected::Misconfigured,
        ),
        (
            "a page that is not found",
            404,
            "404 page not found",
            Expected::Misconfigured,
        ),
        ("an error that is a list", 503, "[1]", Expected::Unavailable),
        (
            "an error of other types",
            503,
            r#"{"error":{"code":{},"message":[],"details":7,"type":1}}"#,
            Expected::Unavailable,
        ),
    ] {
        let reply = Reply::with(status, &[], body.as_bytes());
        all.push(Hostile {
            name,
            reply,
            expected,
        });
    }
    let code =
        json!({"error": {"code": 503, "message": "The service is busy.", "status": "UNAVAILABLE"}});
    all.push(Hostile {
        name: "an error under a status of success",
        reply: Reply::json(200, &code),
        expected: Expected::Unavailable,
    });
    all
}

/// Connections that end early, late or never.
fn connections() -> Vec<Hostile> {
    let head =
        b"HTTP/1.1 200 x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    let long = b"HTTP/1.1 200 x\r\ncontent-length: 1000\r\n\r\n";
    let page = b"HTTP/1.1 503 x\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
    let unavailable = |name, reply| Hostile {
        name,
        reply,
        expected: Expected::Unavailable,
    };
    vec![
        garbled(
            "an endless stream",
            Reply::Endless(head.to_vec(), chunk.clone()),
        ),
        unavailable("an endless error", Reply::Endless(page.to_vec(), chunk)),
        unavailable(
            "a slow drip",
            Reply::Drip([long.as_slice(), &[b' '; 1_000]].concat()),
        ),
        unavailable("a head and nothing more", Reply::Stall(long.to_vec())),
        unavailable("silence", Reply::Stall(Vec::new())),
        unavailable(
            "half of what was promised",
            Reply::Bytes([long.as_slice(), b"{"].concat()),
        ),
        unavailable("an end without a word", Reply::Bytes(Vec::new())),
        unavailable(
            "no HTTP",
            Reply::Bytes(b"220 relay.example ESMTP\r\n".to_vec()),
        ),
        unavailable(
            "endless headers",
            Reply::Endless(
                b"HTTP/1.1 200 x\r\n".to_vec(),
                b"x-more: and more\r\n".repeat(1_000),
            ),
        ),
    ]
}

fn garbled(name: &'static str, reply: Reply) -> Hostile {
    Hostile {
        name,
        reply,
        expected: Expected::Garbled,
    }
}
