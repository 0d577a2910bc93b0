//! `GET /api/openapi.json`: the OpenAPI document, complete with the path under which the API is nested.

use std::sync::{Arc, OnceLock};

use axum::{
    extract::OriginalUri,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use utoipa::openapi::OpenApi;

use crate::{HttpSettings, document};

/// The document, which is completed at the first request for it.
#[derive(Clone)]
pub(crate) struct Document(Arc<Source>);

struct Source {
    derived: OpenApi,
    settings: HttpSettings,
    complete: OnceLock<String>,
}

/// The path of the document under that of the API.
const PATH: &str = "/api/openapi.json";

impl Document {
    pub(crate) fn new(derived: OpenApi, settings: HttpSettings) -> Self {
        Self(Arc::new(Source {
            derived,
            settings,
            complete: OnceLock::new(),
        }))
    }

    /// Answers the document.
    pub(crate) fn show(&self, uri: &OriginalUri) -> Response {
        let source = &self.0;
        let complete = source
            .complete
            .get_or_init(|| document::complete(&source.derived, &source.settings).to_string());
        let prefix = uri.path().strip_suffix(PATH).unwrap_or_default();
        let body = match complete.strip_prefix('{') {
            Some(members) if !prefix.is_empty() => {
                let url = serde_json::Value::from(prefix);
                format!(r#"{{"servers":[{{"url":{url}}}],{members}"#)
            }
            _ => complete.clone(),
        };
        let json = HeaderValue::from_static("application/json");
        ([(header::CONTENT_TYPE, json)], body).into_response()
    }
}
