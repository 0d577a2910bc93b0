//! The people who call: each with an account and a login.

use serde_json::json;
use tickmate_core::{
    backend::store::{UserCreated, UserStore},
    domain::{
        id::UserId,
        user::{PasswordHash, Role, User},
    },
};

use crate::api::world::World;

pub(crate) const PASSWORD: &str = "correct horse battery";

/// Of that password, by the cheapest parameters that Argon2 has.
const CHEAP_HASH: &str =
    "$argon2id$v=19$m=8,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$gLHIkr1qgP4r3sH1P/NIg3+PMckaLQ3RkuIiytJhVlY";

/// Somebody who calls, or nobody.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) id: Option<UserId>,
    pub(crate) email: String,
    pub(crate) token: Option<String>,
}

impl Caller {
    pub(crate) fn nobody() -> Self {
        Self {
            id: None,
            email: String::new(),
            token: None,
        }
    }

    pub(crate) fn id(&self) -> String {
        self.id.map(|id| id.to_string()).unwrap_or_default()
    }

    pub(crate) fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }
}

impl World {
    pub(crate) async fn requester(&self) -> Caller {
        self.person(Role::User, |_| {}).await
    }

    /// A moderator who knows about airships.
    pub(crate) async fn moderator(&self) -> Caller {
        let skills = self
            .desk
            .vocabulary()
            .await
            .unwrap()
            .resolve_all(["Zeppelins"]);
        self.person(Role::Moderator, |user| user.skills = skills)
            .await
    }

    pub(crate) async fn admin(&self) -> Caller {
        self.person(Role::Admin, |_| {}).await
    }

    /// Somebody with an account like this, logged in.
    pub(crate) async fn person(&self, role: Role, change: impl FnOnce(&mut User)) -> Caller {
        let new = {
            let mut fixtures = self.fixtures.lock().unwrap();
            let mut user = fixtures.person(role);
            user.password = Some(PasswordHash::new(CHEAP_HASH.to_owned()));
            change(&mut user);
            fixtures.new_user(user)
        };
        let UserCreated::Created(user) = self.store.create_user(&new).await.unwrap() else {
            panic!("a plain insert was refused");
        };
        let email = user.email.to_string();
        let answer = self.log_in(&email, PASSWORD).await;
        Caller {
            id: Some(user.id),
            email,
            token: answer.body["token"].as_str().map(str::to_owned),
        }
    }

    pub(crate) async fn log_in(&self, email: &str, password: &str) -> crate::api::requests::Answer {
        let credentials = json!({ "email": email, "password": password });
        self.post("/api/auth/login").json(&credentials).send().await
    }

    pub(crate) async fn stored(&self, caller: &Caller) -> User {
        self.store.user(caller.id.unwrap()).await.unwrap().unwrap()
    }
}
