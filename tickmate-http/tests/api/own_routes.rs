//! Routes of an application's own on the desk's API: its extractors, its outer layer, its same-origin check.

use axum::{
    Json, Router,
    extract::{ConnectInfo, FromRef, State},
    routing::{get, post},
};
use http::{Method, StatusCode};
use tickmate_core::desk::DeskError;
use tickmate_http::{
    Acting, DeskApi, HttpSettings, Network, Problem, SameOrigin, SignedIn, is_same_origin,
};

use crate::api::{requests::Call, world::World};

#[derive(Clone)]
struct Shop {
    api: DeskApi,
    name: &'static str,
}

impl FromRef<Shop> for DeskApi {
    fn from_ref(shop: &Shop) -> Self {
        shop.api.clone()
    }
}

async fn greet(
    State(shop): State<Shop>,
    Acting(actor): Acting,
    Network(network): Network,
) -> String {
    format!("{} {:?} {network}", shop.name, actor.id().unwrap())
}

async fn role(SignedIn(caller): SignedIn) -> String {
    format!("{:?}", caller.user.role)
}

async fn order(State(shop): State<Shop>, Acting(_): Acting) -> Result<Json<()>, Problem> {
    let lost = std::io::Error::other("secret shelf");
    let problem = Problem::new(
        StatusCode::CONFLICT,
        "sold_out",
        format!("{} is empty", shop.name),
    );
    Err(problem.caused_by(lost))
}

async fn missing() -> Result<Json<()>, Problem> {
    Err(DeskError::NotFound.into())
}

async fn broken() -> Json<()> {
    panic!("the application's code panicked")
}

fn shop(world: &World, settings: HttpSettings) -> Router {
    let api = DeskApi::new(std::sync::Arc::clone(&world.desk), settings);
    let shop = Shop {
        api: api.clone(),
        name: "shop",
    };
    Router::new()
        .route("/greet", get(greet))
        .route("/role", get(role))
        .route("/order", post(order))
        .route("/basket", post(async |_: SameOrigin| "put"))
        .route("/missing", get(missing))
        .route("/broken", get(broken))
        .layer(api.outer_layer())
        .with_state(shop)
        .nest("/support", api.router())
}

#[tokio::test]
async fn extractors_work_in_an_application_of_its_own() {
    let world = World::new();
    let shop = shop(&world, HttpSettings::default());
    let ann = world.requester().await;
    let address: std::net::SocketAddr = "192.0.2.7:4711".parse().unwrap();
    let greeted = Call::to(&shop, Method::GET, "/greet").by(&ann);
    let greeted = greeted.extension(ConnectInfo(address)).send().await;
    assert_eq!(greeted.status, 200, "{greeted:?}");
    let words: Vec<&str> = greeted.text.split(' ').collect();
    assert_eq!((words[0], *words.last().unwrap()), ("shop", "192.0.2.7"));
    let role = Call::to(&shop, Method::GET, "/role").by(&ann).send().await;
    assert_eq!(role.text, "User");
    for path in ["/greet", "/role"] {
        let stranger = Call::to(&shop, Method::GET, path).send().await;
        assert_eq!(stranger.refusal(), (401, "unauthenticated"));
        assert_eq!(stranger.header("www-authenticate"), "Bearer");
    }
    let list = Call::to(&shop, Method::GET, "/support/api/tickets").by(&ann);
    assert_eq!(list.send().await.status, 200);
}

#[tokio::test]
async fn the_outer_layer_finishes_responses_of_own_routes() {
    let world = World::new();
    let shop = shop(&world, HttpSettings::default());
    let ann = world.requester().await;
    let sold_out = Call::to(&shop, Method::POST, "/order")
        .by(&ann)
        .send()
        .await;
    assert_eq!(sold_out.refusal(), (409, "sold_out"));
    assert_eq!(sold_out.body["instance"], "/order");
    assert!(!sold_out.text.contains("secret"), "{}", sold_out.text);
    let missing = Call::to(&shop, Method::GET, "/missing").send().await;
    assert_eq!(missing.refusal(), (404, "not_found"));
    let broken = Call::to(&shop, Method::GET, "/broken").send().await;
    assert_eq!(broken.refusal(), (500, "internal"));
    for answer in [sold_out, missing, broken] {
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-request-id"), answer.body["requestId"]);
    }
}

#[tokio::test]
async fn a_client_does_not_choose_its_request_id() {
    let world = World::new();
    let answer = world.get("/healthz").header("x-request-id", "chosen");
    assert_ne!(answer.send().await.header("x-request-id"), "chosen");
}

#[tokio::test]
async fn headers_of_https_are_sent_where_the_desk_is_reached_by_https() {
    let world = World::new();
    let secure = HttpSettings {
        secure_cookies: true,
        ..HttpSettings::default()
    };
    for (settings, expected) in [(secure, true), (HttpSettings::default(), false)] {
        let shop = shop(&world, settings);
        for path in ["/greet", "/support/healthz", "/support/nowhere"] {
            let answer = Call::to(&shop, Method::GET, path).send().await;
            let headers = answer.headers;
            let transport = headers.get("strict-transport-security");
            assert_eq!(transport.is_some(), expected, "{path}");
            let opener = headers.get("cross-origin-opener-policy");
            assert_eq!(opener.is_some(), expected, "{path}");
        }
    }
}

#[tokio::test]
async fn the_same_origin_check_guards_own_writes() {
    let world = World::new();
    let settings = HttpSettings::default();
    let shop = shop(&world, settings.clone());
    for (site, status) in [("same-origin", 200), ("cross-site", 403)] {
        let call = Call::to(&shop, Method::POST, "/basket").header("sec-fetch-site", site);
        assert_eq!(call.send().await.status, status, "{site}");
        let request = http::Request::post("/basket").header("sec-fetch-site", site);
        let (parts, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(is_same_origin(&parts, &settings), status == 200, "{site}");
    }
}
