//! The client that creates accounts: registers, takes the link from the mail, verifies and logs in.

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

/// How often the client looks for the mail.
const MAILBOX_POLL: Duration = Duration::from_millis(20);
/// The number of logins of each account.
const LOGINS: usize = 3;

/// Numbers the accounts of this process.
static COUNT: AtomicU64 = AtomicU64::new(1);

/// The client that creates accounts.
pub(crate) struct AccountCreator {
    api: Api,
    log: Arc<Log>,
    peer: Arc<Peer>,
    stop: Arc<AtomicBool>,
}

impl AccountCreator {
    pub(crate) fn new(scene: &Scene, api: Api, stop: Arc<AtomicBool>) -> Self {
        Self {
            api,
            log: Arc::clone(&scene.log),
            peer: Arc::clone(&scene.peer),
            stop,
        }
    }

    /// Creates accounts until it is stopped.
    pub(crate) async fn run(self) {
        while !self.is_stopped() {
            // An attempt that failed has logged its error, or was stopped.
            let _ = self.create_account().await;
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Creates one account. Returns `None` if it ended early.
    async fn create_account(&self) -> Option<()> {
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let address = format!("newcomer{number}@example.test");
        let body = json!({ "email": address, "password": PASSWORD });
        let answer = self
            .api
            .send(&Request::post("/api/auth/register", &body))
            .await;
        if answer.status != StatusCode::ACCEPTED {
            self.log
                .record_unexpected(answer.sentence("a registration"));
            return None;
        }
        self.log
            .entries()
            .accounts
            .insert(address.clone(), Default::default());

        let token = self.wait_for_token(&address).await?;
        let answer = self
            .api
            .send(&Request::post(
                "/api/auth/verify",
                &json!({ "token": token }),
            ))
            .await;
        if answer.status == StatusCode::OK {
            self.update_ack(&address, |account| account.verified = true);
        } else if !answer.retried {
            self.log
                .record_unexpected(answer.sentence("a verification"));
            return None;
        }
        for _ in 0..LOGINS {
            if self.is_stopped() {
                return None;
            }
            let answer = self
                .api
                .send(&Request::post("/api/auth/login", &body))
                .await;
            match answer.body["token"].as_str() {
                Some(token) if answer.status == StatusCode::OK => {
                    self.update_ack(&address, |account| account.logins.push(token.to_owned()));
                }
                // A login during which the desk died counts as a wrong password until a login succeeds.
                _ if answer.status == StatusCode::TOO_MANY_REQUESTS => return None,
                _ => {
                    self.log.record_unexpected(answer.sentence("a login"));
                    return None;
                }
            }
        }
        Some(())
    }

    fn update_ack(&self, address: &str, change: impl FnOnce(&mut super::log::AccountAck)) {
        if let Some(account) = self.log.entries().accounts.get_mut(address) {
            change(account);
        }
    }

    /// Waits for the mail with the link. Returns `None` if the client is stopped.
    async fn wait_for_token(&self, address: &str) -> Option<String> {
        while !self.is_stopped() {
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
            sleep(MAILBOX_POLL).await;
        }
        None
    }
}

/// Returns the token from the link of a mail.
fn token_in(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("token=")?;
    let token = rest.split_whitespace().next()?;
    Some(token.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_read_from_the_link() {
        let text = "Welcome\n\nhttp://desk.test/auth/verify-email?token=abc-1_2\n\nBye";
        assert_eq!(token_in(text).as_deref(), Some("abc-1_2"));
        assert_eq!(token_in("no link"), None);
    }
}
