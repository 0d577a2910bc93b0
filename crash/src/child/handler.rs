//! An event handler that sends every event to the parent.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::Client;
use serde_json::json;
use tickmate::{
    desk::{Audience, EventHandler, EventNotice, HandlerError, Start},
    domain::time::Span,
};

use crate::{failure::Failure, host::HANDLER};

/// Sends events to the parent.
pub(super) struct PeerHandler {
    client: Client,
    url: String,
}

impl PeerHandler {
    pub(super) fn new(peer: &str) -> Result<Self, Failure> {
        let client = Client::builder().timeout(Duration::from_secs(5)).build()?;
        Ok(Self {
            client,
            url: format!("{peer}/event"),
        })
    }
}

#[async_trait]
impl EventHandler for PeerHandler {
    fn name(&self) -> &str {
        HANDLER
    }

    fn audience(&self) -> Audience {
        Audience::Admins
    }

    fn start(&self) -> Start {
        Start::After(0)
    }

    fn targets(&self, _event: &EventNotice) -> Vec<String> {
        vec!["parent".to_owned()]
    }

    async fn handle(&self, event: &EventNotice, _target: &str) -> Result<(), HandlerError> {
        let request = self.client.post(&self.url);
        let result = request.json(&json!({ "event": event.id })).send().await;
        let response = result.and_then(reqwest::Response::error_for_status);
        let answer = match response {
            Ok(response) => response.bytes().await.map(|_| ()),
            Err(error) => Err(error),
        };
        answer.map_err(|error| {
            let error = HandlerError::new("the parent did not take the event").with_source(error);
            error.retry_after(Span::milliseconds(100))
        })
    }
}
