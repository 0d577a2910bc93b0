//! What every handler has at hand.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tickmate_core::desk::Desk;

use crate::HttpSettings;

/// What every handler has at hand.
pub(crate) struct App {
    pub(crate) desk: Arc<Desk>,
    pub(crate) settings: HttpSettings,
    requests: AtomicU64,
}

impl App {
    pub(crate) const fn new(desk: Arc<Desk>, settings: HttpSettings) -> Self {
        Self {
            desk,
            settings,
            requests: AtomicU64::new(0),
        }
    }

    /// A fresh id for a request: the desk's time and this process's count.
    pub(crate) fn request_id(&self) -> String {
        let count = self.requests.fetch_add(1, Ordering::Relaxed);
        format!("{:x}-{count:x}", self.desk.now().timestamp_micros())
    }

    /// Under what name the cookie goes.
    pub(crate) const fn cookie_name(&self) -> &'static str {
        self.settings.cookie_name()
    }
}
