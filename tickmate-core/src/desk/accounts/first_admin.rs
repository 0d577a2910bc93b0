//! Creation of the first admin with a code that the server prints while the desk has no admin.

use subtle::ConstantTimeEq;

use super::{
    super::{Auth, DeskError, secret::sha256_hex},
    register::Registration,
};
use crate::{
    backend::store::UserCreated,
    domain::{
        event::ActorId,
        limit::Limit,
        time::Span,
        user::{Role, User},
    },
};

/// The input that creates the first admin.
#[derive(Clone)]
pub struct FirstAdmin {
    /// The code that the server printed.
    pub code: String,
    /// The registration of the new admin.
    pub registration: Registration,
    /// The network that the request comes from, as far as the host knows it.
    pub network: String,
}

impl std::fmt::Debug for FirstAdmin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FirstAdmin(…)")
    }
}

/// The limit of wrong codes from one network.
const WRONG_CODES: Limit = Limit {
    most: 5,
    window: Span::minutes(15),
};
/// The name of the stored value that holds the hash of the code.
const CODE_HASH: &str = "first_admin_code_hash";

impl Auth<'_> {
    /// Makes a new code for the first admin, which invalidates every earlier code. Returns `None` if the desk has an
    /// admin.
    ///
    /// # Errors
    /// Errors of the store.
    pub async fn first_admin_code(self) -> Result<Option<String>, DeskError> {
        if self.desk.store.has_admin().await? {
            return Ok(None);
        }
        let bytes = self.desk.random_bytes::<16>();
        let code: Vec<String> = bytes
            .chunks(4)
            .map(|part| part.iter().map(|byte| format!("{byte:02x}")).collect())
            .collect();
        let code = code.join("-");
        self.desk
            .store
            .put_value(CODE_HASH, Some(&sha256_hex(code.as_bytes())))
            .await?;
        Ok(Some(code))
    }

    /// Returns whether the desk has an active admin, in which case no first admin can be created.
    ///
    /// # Errors
    /// Errors of the store.
    pub async fn has_admin(self) -> Result<bool, DeskError> {
        Ok(self.desk.store.has_admin().await?)
    }

    /// Creates the first admin. The address counts as verified, since only the operator can read the server's output.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] if the desk has an admin; [`DeskError::InvalidToken`] for a wrong code.
    pub async fn create_first_admin(self, first: FirstAdmin) -> Result<User, DeskError> {
        if self.desk.store.has_admin().await? {
            return Err(DeskError::NotFound);
        }
        let mut user = self.desk.new_user(&first.registration).await?;
        let expected = self.desk.store.value(CODE_HASH).await?.unwrap_or_default();
        let given = sha256_hex(first.code.trim().as_bytes());
        if !bool::from(expected.as_bytes().ct_eq(given.as_bytes())) {
            // Only wrong codes count, so that the right code succeeds after any number of wrong ones.
            let key = format!("first-admin/{}", sha256_hex(first.network.as_bytes()));
            self.desk.attempt(&key, &WRONG_CODES).await?;
            return Err(DeskError::InvalidToken);
        }
        user.password = Some(self.desk.hash_password(first.registration.password).await?);
        user.role = Role::Admin;
        user.email_verified = true;
        match self
            .desk
            .insert_user(user, ActorId::System, true, false)
            .await?
        {
            UserCreated::Created(user) => {
                self.desk.store.put_value(CODE_HASH, None).await?;
                Ok(user)
            }
            UserCreated::AdminExists => Err(DeskError::NotFound),
        }
    }
}
