//! The client that makes accounts: registers, takes the link out of the mail, verifies, logs in.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use reqwest::StatusCode;
use serde_json::json;
use tokio::time::sleep;

use super::{
    log::Log,
    peer::Peer,
    scene::{PASSWORD, Scene},
    wire::{Api, Request},
};

/// How often the mailbox is looked into.
const LOOK: Duration = Duration::from_millis(20);
/// How often somebody logs in.
const LOGINS: usize = 3;

/// Numbers the accounts of a process.
static COUNT: AtomicU64 = AtomicU64::new(1);

/// The client that makes accounts.
pub(crate) struct Newcomers {
    api: Api,
    log: Arc<Log>,
    peer: Arc<Peer>,
    stop: Arc<AtomicBool>,
}

impl Newcomers {
    pub(crate) fn new(scene: &Scene, api: Api, stop: Arc<AtomicBool>) -> Self {
        Self {
            api,
            log: Arc::clone(&scene.log),
            peer: Arc::clone(&scene.peer),
            stop,
        }
    }

    /// Works until it is told to stop.
    pub(crate) async fn run(self) {
        while !self.stopped() {
            // Whoever does not come through was logged, or came too late.
            let _ = self.one().await;
        }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// One newcomer. None where it ended early.
    async fn one(&self) -> Option<()> {
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let address = format!("newcomer{number}@example.test");
        let body = json!({ "email": address, "password": PASSWORD });
        let answer = self
            .api
            .send(&Request::post("/api/auth/register", &body))
            .await;
        if answer.status != StatusCode::ACCEPTED {
            self.log.unexpected(answer.sentence("a registration"));
            return None;
        }
        self.log
            .entries()
            .accounts
            .insert(address.clone(), Default::default());

        let token = self.token_mailed_to(&address).await?;
        let answer = self
            .api
            .send(&Request::post(
                "/api/auth/verify",
                &json!({ "token": token }),
            ))
            .await;
        if answer.status == StatusCode::OK {
            self.note(&address, |account| account.verified = true);
        } else if !answer.retried {
            self.log.unexpected(answer.sentence("a verification"));
            return None;
        }
        for _ in 0..LOGINS {
            if self.stopped() {
                return None;
            }
            let answer = self
                .api
                .send(&Request::post("/api/auth/login", &body))
                .await;
            match answer.body["token"].as_str() {
                Some(token) if answer.status == StatusCode::OK => {
                    self.note(&address, |account| account.logins.push(token.to_owned()));
                }
                // A login that the desk died of counts as a wrong password, until one comes through.
                _ if answer.status == StatusCode::TOO_MANY_REQUESTS => return None,
                _ => {
                    self.log.unexpected(answer.sentence("a login"));
                    return None;
                }
            }
        }
        Some(())
    }

    fn note(&self, address: &str, change: impl FnOnce(&mut super::log::AccountAck)) {
        if let Some(account) = self.log.entries().accounts.get_mut(address) {
            change(account);
        }
    }

    /// Waits for the mail with the link. None where it is time to stop.
    async fn token_mailed_to(&self, address: &str) -> Option<String> {
        while !self.stopped() {
            let token = self
                .peer
                .mailroom()
                .deliveries
                .iter()
                .rev()
                .filter(|delivery| delivery.address == address)
                .find_map(|delivery| token_in(&delivery.text));
            if token.is_some() {
                return token;
            }
            sleep(LOOK).await;
        }
        None
    }
}

/// The token in the link of a mail.
fn token_in(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("token=")?;
    let token = rest.split_whitespace().next()?;
    Some(token.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_what_follows_in_the_link() {
        let text = "Welcome\n\nhttp://desk.test/auth/verify-email?token=abc-1_2\n\nBye";
        assert_eq!(token_in(text).as_deref(), Some("abc-1_2"));
        assert_eq!(token_in("no link"), None);
    }
}
