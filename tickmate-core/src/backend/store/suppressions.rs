//! The suppression list: addresses that get no more mail.

use async_trait::async_trait;
#[cfg(any(feature = "mock", feature = "testing"))]
use macro_rules_attr::extend;

use super::StoreError;
#[cfg(any(feature = "mock", feature = "testing"))]
use crate::backend::delegation::delegable;
use crate::domain::{email::Email, page::Page, suppression::Suppression};

/// The suppression list.
#[cfg_attr(any(feature = "mock", feature = "testing"), extend(delegable))]
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait SuppressionStore: Send + Sync {
    /// Puts an address on the list, unless it is on it already, and returns the entry that is stored then.
    ///
    /// A **change**.
    async fn suppress(&self, suppression: &Suppression) -> Result<Suppression, StoreError>;

    /// Returns the entry of this address, if it is on the list.
    ///
    /// A **read**.
    async fn suppression(&self, address: &Email) -> Result<Option<Suppression>, StoreError>;

    /// Takes an address off the list, and returns whether it was on it.
    ///
    /// A **change**.
    async fn unsuppress(&self, address: &Email) -> Result<bool, StoreError>;

    /// Returns a page of the list in the order of the addresses' bytes: those after this one, or from the first one on.
    ///
    /// A **read**.
    async fn suppressions(
        &self,
        after: Option<Email>,
        limit: u32,
    ) -> Result<Page<Suppression>, StoreError>;
}
