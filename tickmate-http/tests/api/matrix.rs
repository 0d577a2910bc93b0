//! Every principal on every route: nobody gets a 2xx without the right to it.

use http::Method;
use serde_json::json;
use tickmate_core::{
    desk::DeskSettings,
    domain::{time::Span, user::Role},
};
use tickmate_http::{HttpSettings, MetricsToken};

use crate::api::{people::Caller, world::World};

/// To whom a route answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    /// To whoever is logged in, verified or not.
    SignedIn,
    /// To whoever is logged in and verified.
    Everybody,
    /// To the ticket's requester and to whoever works on it.
    Concerned,
    /// To whoever works on the ticket.
    Working,
    /// To staff.
    Staff,
    /// To admins.
    Admins,
}

/// The routes that are not public; `{t}` is a ticket, `{u}` a person.
const ROUTES: [(&str, &str, &str, Open); 38] = [
    ("GET", "/api/auth/user", "", Open::SignedIn),
    ("GET", "/api/auth/profile", "", Open::SignedIn),
    ("GET", "/api/auth/me", "", Open::SignedIn),
    (
        "PUT",
        "/api/auth/availability",
        r#"{"capacity":3}"#,
        Open::Staff,
    ),
    (
        "PUT",
        "/api/auth/update-skills",
        r#"{"skills":["Zeppelins"]}"#,
        Open::Everybody,
    ),
    ("GET", "/api/tickets", "", Open::Everybody),
    (
        "POST",
        "/api/tickets",
        r#"{"title":"x","description":"y"}"#,
        Open::Everybody,
    ),
    ("GET", "/api/tickets/assigned", "", Open::Everybody),
    ("GET", "/api/tickets/summary", "", Open::Everybody),
    ("GET", "/api/tickets/{t}", "", Open::Concerned),
    ("PATCH", "/api/tickets/{t}", "{}", Open::Concerned),
    ("PUT", "/api/tickets/{t}", "{}", Open::Concerned),
    (
        "PATCH",
        "/api/tickets/{t}/status",
        r#"{"status":"open"}"#,
        Open::Concerned,
    ),
    (
        "PUT",
        "/api/tickets/status/{t}",
        r#"{"status":"open"}"#,
        Open::Concerned,
    ),
    (
        "PUT",
        "/api/tickets/{t}",
        r#"{"status":"open"}"#,
        Open::Concerned,
    ),
    ("GET", "/api/tickets/{t}/replies", "", Open::Concerned),
    (
        "POST",
        "/api/tickets/{t}/replies",
        r#"{"message":"x"}"#,
        Open::Concerned,
    ),
    (
        "POST",
        "/api/tickets/{t}/replies",
        r#"{"message":"x","visibility":"internal"}"#,
        Open::Working,
    ),
    (
        "POST",
        "/api/tickets/{t}/assign",
        r#"{"take":true}"#,
        Open::Working,
    ),
    ("POST", "/api/tickets/{t}/triage", "", Open::Working),
    (
        "POST",
        "/api/tickets/{t}/review",
        r#"{"accept":["priority"]}"#,
        Open::Working,
    ),
    ("GET", "/api/tickets/{t}/history", "", Open::Concerned),
    ("GET", "/api/tickets/{t}/explain", "", Open::Working),
    ("GET", "/api/admin/routing", "", Open::Admins),
    ("PUT", "/api/admin/routing", "{}", Open::Admins),
    (
        "POST",
        "/api/admin/routing/preview",
        r#"{"title":"x","description":"y"}"#,
        Open::Admins,
    ),
    ("GET", "/api/admin/triage", "", Open::Admins),
    ("PUT", "/api/admin/triage", "{}", Open::Admins),
    ("POST", "/api/admin/triage/relearn", "", Open::Admins),
    ("GET", "/api/admin/ai-usage", "", Open::Admins),
    ("GET", "/api/admin/mail", "", Open::Admins),
    ("POST", "/api/admin/mail/retry", "{}", Open::Admins),
    ("GET", "/api/admin/mail/suppressions", "", Open::Admins),
    (
        "POST",
        "/api/admin/mail/suppressions",
        r#"{"address":"x@example.org"}"#,
        Open::Admins,
    ),
    ("GET", "/api/admin/jobs", "", Open::Admins),
    ("POST", "/api/admin/jobs/retry", "", Open::Admins),
    ("GET", "/api/admin/users", "", Open::Admins),
    (
        "PATCH",
        "/api/admin/users/{u}",
        r#"{"skills":[]}"#,
        Open::Admins,
    ),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Principal {
    Nobody,
    Requester,
    OtherUser,
    Unverified,
    SuspendedUser,
    Moderator,
    OtherModerator,
    SuspendedModerator,
    Admin,
    SuspendedAdmin,
    FormerAdmin,
    Expired,
    LoggedOut,
    WithLinkToken,
    Forged,
}

impl Principal {
    const ALL: [Self; 15] = [
        Self::Nobody,
        Self::Requester,
        Self::OtherUser,
        Self::Unverified,
        Self::SuspendedUser,
        Self::Moderator,
        Self::OtherModerator,
        Self::SuspendedModerator,
        Self::Admin,
        Self::SuspendedAdmin,
        Self::FormerAdmin,
        Self::Expired,
        Self::LoggedOut,
        Self::WithLinkToken,
        Self::Forged,
    ];

    /// Which refusals fit; none: the answer is a 2xx.
    fn refusals(self, open: Open) -> &'static [u16] {
        const FINE: &[u16] = &[];
        const ROLE: &[u16] = &[403];
        const HIDDEN: &[u16] = &[404];
        match (self, open) {
            (Self::Unverified, Open::SignedIn) => FINE,
            (Self::Unverified, _) => ROLE,
            (Self::Admin, _) => FINE,
            (Self::Requester, Open::SignedIn | Open::Everybody | Open::Concerned) => FINE,
            (Self::Requester, Open::Working | Open::Staff | Open::Admins) => ROLE,
            (Self::Moderator, Open::Admins) => ROLE,
            (Self::Moderator, _) => FINE,
            (Self::OtherModerator, Open::SignedIn | Open::Everybody | Open::Staff) => FINE,
            (Self::OtherUser | Self::FormerAdmin, Open::SignedIn | Open::Everybody) => FINE,
            (Self::OtherUser | Self::FormerAdmin, Open::Staff | Open::Admins) => ROLE,
            (Self::OtherModerator, Open::Admins) => ROLE,
            (
                Self::OtherUser | Self::FormerAdmin | Self::OtherModerator,
                Open::Concerned | Open::Working,
            ) => HIDDEN,
            (
                Self::Nobody
                | Self::SuspendedUser
                | Self::SuspendedModerator
                | Self::SuspendedAdmin
                | Self::Expired
                | Self::LoggedOut
                | Self::WithLinkToken
                | Self::Forged,
                _,
            ) => &[401],
        }
    }
}

/// A ticket that the moderator has, and the principal, ready to call.
async fn scene(principal: Principal) -> (World, Caller, Caller) {
    let world = World::with(
        DeskSettings {
            require_verified_email: true,
            ..DeskSettings::default()
        },
        HttpSettings::default(),
    );
    let (requester, moderator) = (world.requester().await, world.moderator().await);
    world.ticket(&requester, "Leak").await;
    world.run_until_idle().await;
    let admin = world.admin().await;
    let change = async |who: &Caller, body: serde_json::Value| {
        let path = format!("/api/admin/users/{}", who.id());
        let answer = world.patch(&path).by(&admin).json(&body).send().await;
        assert_eq!(answer.status, 200, "{answer:?}");
    };
    let suspend = async |who: Caller| {
        change(&who, json!({ "isActive": false })).await;
        who
    };
    let with_token = |token: &str| Caller {
        token: Some(token.to_owned()),
        ..Caller::nobody()
    };
    let caller = match principal {
        Principal::Nobody => Caller::nobody(),
        Principal::Requester => requester.clone(),
        Principal::OtherUser => world.requester().await,
        Principal::Unverified => {
            world
                .person(Role::User, |user| user.email_verified = false)
                .await
        }
        Principal::SuspendedUser => suspend(world.requester().await).await,
        Principal::Moderator => moderator.clone(),
        Principal::OtherModerator => world.person(Role::Moderator, |_| {}).await,
        Principal::SuspendedModerator => suspend(world.moderator().await).await,
        Principal::Admin => admin.clone(),
        Principal::SuspendedAdmin => suspend(world.admin().await).await,
        Principal::FormerAdmin => {
            let former = world.admin().await;
            change(&former, json!({ "role": "user" })).await;
            former
        }
        Principal::Expired => {
            let expired = world.requester().await;
            world.pass(Span::days(31));
            expired
        }
        Principal::LoggedOut => {
            let gone = world.requester().await;
            world.post("/api/auth/logout").by(&gone).send().await;
            gone
        }
        Principal::WithLinkToken => {
            let join =
                json!({ "email": "new@example.org", "password": crate::api::people::PASSWORD });
            world.post("/api/auth/register").json(&join).send().await;
            world.run_until_idle().await;
            let mail = world.last_mail("new@example.org").unwrap();
            let (_, token) = mail.split_once("token=").unwrap();
            with_token(token.split_whitespace().next().unwrap())
        }
        Principal::Forged => {
            let token = requester.token();
            with_token(&format!("{}A", &token[..token.len() - 2]))
        }
    };
    let subject = world.requester().await;
    (world, caller, subject)
}

#[tokio::test]
async fn nobody_gets_through_without_the_right() {
    for principal in Principal::ALL {
        let (world, caller, subject) = scene(principal).await;
        for (method, path, body, open) in ROUTES {
            let path = path.replace("{t}", "1").replace("{u}", &subject.id());
            let call = world.call(method.parse().unwrap(), &path).by(&caller);
            let call = match body {
                "" => call,
                body => call.raw("application/json", body.as_bytes()),
            };
            let answer = call.send().await;
            let refusals = principal.refusals(open);
            let fits = match refusals {
                [] => (200..300).contains(&answer.status),
                refusals => refusals.contains(&answer.status),
            };
            assert!(fits, "{principal:?} {method} {path}: {answer:?}");
        }
    }
}

/// The matrix is complete: whatever the router answers without a login is on the list of what is public.
#[tokio::test]
async fn what_is_not_in_the_matrix_is_public_on_purpose() {
    const PUBLIC: [(&str, &str); 12] = [
        ("GET", "/api/docs"),
        ("GET", "/api/docs/"),
        ("GET", "/api/docs/{file}"),
        ("GET", "/api/openapi.json"),
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/api/auth/verify"),
        ("GET", "/auth/verify-email"),
        ("POST", "/api/auth/register"),
        ("POST", "/api/auth/login"),
        ("POST", "/api/auth/verify"),
        ("POST", "/api/auth/first-admin"),
    ];
    // With a token set, so that the route is there.
    let world = World::with_http(HttpSettings {
        metrics_token: Some(MetricsToken::new("scraper")),
        ..HttpSettings::default()
    });
    let document = world.get("/api/openapi.json").send().await.body;
    let documented: Vec<&str> = document["paths"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let table = include_str!("../../src/router.rs");
    let mut paths = 0;
    let routes = table.lines().filter(|line| line.contains(".route(\""));
    let routes = routes.map(|line| line.split('"').nth(1).unwrap());
    for path in routes.chain(documented.iter().copied()) {
        let path = match path.starts_with("/api") || path.starts_with("/auth/verify-email") {
            true => path.to_owned(),
            false if path.ends_with('z') || path == "/metrics" => path.to_owned(),
            false => format!("/api{path}"),
        };
        paths += 1;
        for method in [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ] {
            let mut filled = path.clone();
            for segment in ["{id}", "{key}", "{address}", "{file}"] {
                filled = filled.replace(segment, "1");
            }
            let call = world.call(method.clone(), &filled);
            let status = call.send().await.status;
            if status == 401 || status == 405 {
                continue;
            }
            let route = (method.as_str(), path.as_str());
            let public = PUBLIC.contains(&route) || path.contains("resend-verification");
            assert!(public, "{route:?} answers {status} to anybody");
        }
    }
    assert!(paths > 20, "the table was read");
    for (method, path, _, _) in ROUTES {
        let pattern = path.replace("{t}", "{id}").replace("{u}", "{id}");
        let undocumented = pattern.trim_start_matches("/api");
        assert!(
            documented.contains(&pattern.as_str())
                || table.contains(&format!("\"{undocumented}\"")),
            "{method} {path} is gone"
        );
    }
}
