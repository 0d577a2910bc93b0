//! The OpenAPI document against what the API does: every answer that any test sees, and every body that is taken.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use http::{Method, request::Parts};
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use tickmate_core::desk::Identified;
use tickmate_http::{Accounts, ApiDocs, HttpSettings, Identify, IdentifyError, MetricsToken};
use tokio::sync::OnceCell;

use crate::api::{
    requests::{Answer, Call},
    world::World,
};

/// The document of a router, with a validator for each answer and each body once it is needed.
struct Contract {
    document: Value,
    validators: Mutex<HashMap<String, Option<Arc<Validator>>>>,
}

/// What was sent.
pub(crate) struct Sent<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) body: &'a [u8],
}

/// The contracts of a desk with accounts of its own, and of one with those of a host.
static CONTRACTS: OnceCell<[Contract; 2]> = OnceCell::const_new();

/// A host that knows nobody.
struct Nobody;

#[async_trait]
impl Identify for Nobody {
    async fn identify(&self, _: &Parts) -> Result<Option<Identified>, IdentifyError> {
        Ok(None)
    }
}

impl Contract {
    async fn of(settings: HttpSettings) -> Self {
        let world = World::with_http(settings);
        Self {
            document: document(&world).await,
            validators: Mutex::default(),
        }
    }

    /// Returns the operation that serves a path, and its name in this document.
    fn operation(&self, method: &Method, path: &str) -> Option<(String, &Value)> {
        let paths = self.document["paths"].as_object().unwrap();
        let mut fitting: Vec<&String> = paths.keys().filter(|known| fits(known, path)).collect();
        // The path that names the most segments is served.
        fitting.sort_by_key(|known| known.matches('{').count());
        let path = fitting.first()?;
        let method = method.as_str().to_ascii_lowercase();
        let operation = paths[path.as_str()].get(&method)?;
        Some((format!("{method} {path}"), operation))
    }

    fn validator(&self, name: String, schema: &Value) -> Option<Arc<Validator>> {
        let mut validators = self.validators.lock().unwrap();
        let validator = validators.entry(name).or_insert_with(|| {
            let mut components = self.document["components"].clone();
            components["securitySchemes"].take();
            let mut whole = json!({ "allOf": [schema], "components": components });
            close(&mut whole, false);
            let options = jsonschema::options().should_validate_formats(true);
            (!schema.is_null()).then(|| Arc::new(options.build(&whole).unwrap()))
        });
        validator.clone()
    }

    /// Says what in an exchange does not stand in the document.
    fn check(&self, sent: &Sent<'_>, answer: &Answer) -> Result<(), String> {
        let Some((name, operation)) = self.operation(sent.method, sent.path) else {
            return match answer.status {
                404 | 405 => Ok(()),
                // Routes of an application's own, and the API under another path.
                _ if !sent.path.starts_with("/api/") => Ok(()),
                _ if UNDOCUMENTED.iter().any(|path| fits(path, sent.path)) => Ok(()),
                status => Err(format!("an undocumented operation answers {status}")),
            };
        };
        let status = answer.status.to_string();
        let Some(response) = operation["responses"].get(&status) else {
            return Err(format!("{name}: {status} is not documented"));
        };
        for (header, documented) in response["headers"].as_object().into_iter().flatten() {
            if documented["required"] == true && answer.header(header).is_empty() {
                return Err(format!("{name}: {status} has no {header}"));
            }
        }
        let content = response["content"].as_object();
        let (media, schema) = content.and_then(|content| content.iter().next()).unzip();
        if let Some(media) = media
            && !answer.header("content-type").starts_with(media.as_str())
            && response["content"].get("text/html").is_none()
        {
            let sent = answer.header("content-type");
            return Err(format!("{name}: {status} is {sent}, not {media}"));
        }
        if media.is_some_and(|media| media.ends_with("json")) && !answer.body.is_null() {
            let schema = &schema.unwrap_or(&Value::Null)["schema"];
            let validator = self.validator(format!("{name} {status}"), schema);
            valid(validator, &answer.body).map_err(|error| format!("{name}: {status} {error}"))?;
        }
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        if (200..300).contains(&answer.status)
            && !schema.is_null()
            && let Ok(mut body) = serde_json::from_slice::<Value>(sent.body)
        {
            use_documented_words(&mut body);
            let validator = self.validator(name.clone(), schema);
            valid(validator, &body)
                .map_err(|error| format!("{name}: took a body that is not documented: {error}"))?;
        }
        Ok(())
    }
}

/// Checks an exchange by the documents.
///
/// # Panics
/// When it stands in none of them.
pub(crate) async fn check(sent: Sent<'_>, answer: &Answer) {
    let contracts = CONTRACTS.get_or_init(|| async {
        let built_in = HttpSettings {
            metrics_token: Some(MetricsToken::new("scraper")),
            ..HttpSettings::default()
        };
        let host = HttpSettings {
            accounts: Accounts::Host(Arc::new(Nobody)),
            ..HttpSettings::default()
        };
        [Contract::of(built_in).await, Contract::of(host).await]
    });
    let [built_in, host] = Box::pin(contracts).await;
    if let Err(error) = built_in.check(&sent, answer)
        && host.check(&sent, answer).is_err()
    {
        let body = String::from_utf8_lossy(sent.body);
        panic!("{error}\n{} {} {body}\n{answer:?}", sent.method, sent.path);
    }
}

/// Returns the document of a world.
pub(crate) async fn document(world: &World) -> Value {
    let answer = Call::to(&world.router, Method::GET, "/api/openapi.json");
    let answer = answer.send_unchecked().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

fn valid(validator: Option<Arc<Validator>>, body: &Value) -> Result<(), String> {
    let Some(validator) = validator else {
        return Ok(());
    };
    let errors: Vec<String> = validator
        .iter_errors(body)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect();
    match errors.is_empty() {
        true => Ok(()),
        false => Err(errors.join("; ")),
    }
}

/// Replaces words that are taken beside the documented ones: in other cases, and those of older clients.
fn use_documented_words(body: &mut Value) {
    for (name, value) in body.as_object_mut().into_iter().flatten() {
        if matches!(
            name.as_str(),
            "availability" | "priority" | "role" | "status" | "visibility"
        ) && let Some(word) = value.as_str()
        {
            let word = word.to_ascii_lowercase();
            *value = match word.as_str() {
                "todo" | "pending" => "open".into(),
                "done" | "completed" => "resolved".into(),
                _ => word.into(),
            };
        }
    }
}

fn fits(template: &str, path: &str) -> bool {
    let segments = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
    let (template, path) = (segments(template), segments(path));
    template.len() == path.len()
        && template
            .iter()
            .zip(&path)
            .all(|(known, sent)| known == sent || (known.starts_with('{') && !sent.is_empty()))
}

/// Lets objects have the documented members alone. An object that is a part of another can't be closed.
fn close(schema: &mut Value, is_part: bool) {
    match schema {
        Value::Object(members) => {
            let is_open = !members.contains_key("additionalProperties") && !is_problem(members);
            if members.contains_key("properties") && is_open && !is_part {
                members.insert("additionalProperties".to_owned(), json!(false));
            }
            for (name, member) in members {
                close(member, name == "allOf");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| close(item, is_part)),
        _ => {}
    }
}

/// Whether it is the schema of errors, which each operation narrows.
fn is_problem(schema: &Map<String, Value>) -> bool {
    schema
        .get("properties")
        .is_some_and(|properties| properties.get("requestId").is_some())
}

#[tokio::test]
async fn every_schema_says_what_it_holds() {
    let document = document(&World::new()).await;
    let mut schemas = Vec::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        schemas.push((name.clone(), schema));
    }
    collect_schemas("", &document["paths"], &mut schemas);
    assert!(schemas.len() > 100, "{}", schemas.len());
    for (place, schema) in schemas {
        demand_typed(&place, schema);
    }
}

fn collect_schemas<'a>(place: &str, value: &'a Value, schemas: &mut Vec<(String, &'a Value)>) {
    for (name, member) in value.as_object().into_iter().flatten() {
        let place = format!("{place}/{name}");
        match name.as_str() {
            "schema" => schemas.push((place, member)),
            _ => collect_schemas(&place, member, schemas),
        }
    }
    for item in value.as_array().into_iter().flatten() {
        collect_schemas(place, item, schemas);
    }
}

fn demand_typed(place: &str, schema: &Value) {
    let members = schema
        .as_object()
        .unwrap_or_else(|| panic!("{place}: {schema}"));
    let composed = ["oneOf", "anyOf", "allOf"].map(|keyword| members.get(keyword));
    for choices in composed.into_iter().flatten() {
        for choice in choices.as_array().unwrap() {
            demand_typed(place, choice);
        }
    }
    let is_composed = composed.iter().any(Option::is_some);
    let is_reference = members.contains_key("$ref");
    assert!(
        is_composed || is_reference || members.contains_key("type"),
        "{place} may be anything: {schema}"
    );
    if schema["type"] == "object" {
        let has_members = members
            .get("properties")
            .is_some_and(|known| known != &json!({}));
        let is_map = members
            .get("additionalProperties")
            .is_some_and(Value::is_object);
        let is_empty = schema["additionalProperties"] == false;
        assert!(
            has_members || is_map || is_empty,
            "{place} is untyped: {schema}"
        );
    }
    for (name, property) in members
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        demand_typed(&format!("{place}.{name}"), property);
    }
    for keyword in ["items", "additionalProperties"] {
        if let Some(inner) = members.get(keyword).filter(|inner| inner.is_object()) {
            demand_typed(&format!("{place}[{keyword}]"), inner);
        }
    }
    if schema["type"] == "array" {
        assert!(members.contains_key("items"), "{place} has no items");
    }
}

/// Paths that the document leaves out: its own, and the page that shows it.
const UNDOCUMENTED: [&str; 5] = [
    "/",
    "/api/docs",
    "/api/docs/",
    "/api/docs/{file}",
    "/api/openapi.json",
];

#[tokio::test]
async fn the_router_serves_what_is_documented() {
    let hosted = HttpSettings {
        accounts: Accounts::Host(Arc::new(Nobody)),
        ..HttpSettings::default()
    };
    let metrics = HttpSettings {
        metrics_token: Some(MetricsToken::new("scraper")),
        ..HttpSettings::default()
    };
    for settings in [HttpSettings::default(), hosted, metrics] {
        let world = World::with_http(settings);
        let document = document(&world).await;
        let documented = document["paths"].as_object().unwrap();
        let served = served_paths(&world);
        assert!(served.len() > 30, "{served:?}");
        let known: BTreeSet<String> = documented.keys().cloned().collect();
        assert_eq!(served, known);
        for (path, item) in documented {
            for method in ["get", "post", "put", "patch", "delete"] {
                let sent = method.to_ascii_uppercase().parse().unwrap();
                let path = path.replace(['{', '}'], "");
                let call = Call::to(&world.router, sent, &path).send_unchecked();
                let is_served = call.await.status != 405;
                assert_eq!(is_served, item.get(method).is_some(), "{method} {path}");
            }
        }
    }
}

/// Returns the paths of a router, which axum shows for debugging alone.
fn served_paths(world: &World) -> BTreeSet<String> {
    let shown = format!("{:?}", world.router);
    let texts = shown.split('"').skip(1).step_by(2);
    texts
        .filter(|text| text.starts_with('/') && !UNDOCUMENTED.contains(text))
        .filter(|text| !text.contains("__private__"))
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn every_operation_is_named_described_and_tagged() {
    let document = document(&World::new()).await;
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{method} {path}");
            let id = operation["operationId"]
                .as_str()
                .unwrap_or_else(|| panic!("{name}: no id"));
            assert!(ids.insert(id.to_owned()), "{name}: {id} is there twice");
            let summary = operation["summary"].as_str().unwrap_or_default();
            assert!(
                !summary.is_empty() && !summary.ends_with('.'),
                "{name}: {summary}"
            );
            let tags = operation["tags"].as_array().unwrap();
            assert_eq!(tags.len(), 1, "{name}");
            assert_eq!(path.starts_with("/api/admin"), tags[0] == "admin", "{name}");
            let is_for_roles = operation.get("x-roles").is_some();
            assert!(
                !is_for_roles || operation.get("security").is_some(),
                "{name}"
            );
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let schema = &parameter["schema"];
                let is_text = schema["type"] == "string";
                let is_bound = ["maxLength", "pattern", "enum", "format"]
                    .iter()
                    .any(|keyword| schema.get(keyword).is_some());
                assert!(!is_text || is_bound, "{name}: {parameter} has no bounds");
            }
        }
    }
}

#[tokio::test]
async fn the_page_loads_its_own_files_alone() {
    let world = World::new();
    let page = world.get("/api/docs/").send().await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/html"));
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self';"), "{policy}");
    let sources = page
        .text
        .split("src=\"")
        .chain(page.text.split("href=\""))
        .skip(1);
    let mut files = 0;
    for file in sources.filter_map(|rest| rest.strip_prefix("./")?.split('"').next()) {
        let asset = world.get(&format!("/api/docs/{file}")).send().await;
        assert_eq!(asset.status, 200, "{file}");
        files += 1;
    }
    assert!(files > 4, "{}", page.text);
    let script = world.get("/api/docs/swagger-initializer.js").send().await;
    assert!(script.text.contains("../openapi.json"), "{}", script.text);
    let bare = world.get("/api/docs").send().await;
    assert_eq!((bare.status, bare.header("location")), (308, "docs/"));
    assert_eq!(
        world.get("/api/docs/nothing").send().await.refusal(),
        (404, "not_found")
    );
}

#[tokio::test]
async fn document_and_page_can_be_switched_off() {
    for (api_docs, statuses) in [
        (ApiDocs::Page, [200, 200]),
        (ApiDocs::Document, [200, 404]),
        (ApiDocs::Off, [404, 404]),
    ] {
        let world = World::with_http(HttpSettings {
            api_docs,
            ..HttpSettings::default()
        });
        for (path, status) in ["/api/openapi.json", "/api/docs/"]
            .into_iter()
            .zip(statuses)
        {
            let answer = world.get(path).send().await;
            assert_eq!(answer.status, status, "{api_docs:?} {path}");
        }
    }
}

#[tokio::test]
async fn a_nested_document_names_its_server() {
    let world = World::new();
    let nested = axum::Router::new().nest("/support", world.router.clone());
    let answer = Call::to(&nested, Method::GET, "/support/api/openapi.json");
    let answer = answer.send_unchecked().await;
    assert_eq!(answer.body["servers"], json!([{ "url": "/support" }]));
    assert!(document(&world).await.get("servers").is_none());
}
