//! The HTTP client: a preconfigured one, or a host's own with safe settings.

use std::{sync::Arc, time::Duration};

use reqwest::{Client, ClientBuilder, redirect, retry};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tickmate_core::backend::BoxError;

/// The default maximum size of an answer in bytes.
pub const DEFAULT_MAX_ANSWER_BYTES: usize = 64 * 1024;

/// The timeouts of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// The timeout of connecting, including TLS. It is a setting of the client: [`client`] and [`careful`] set it.
    pub connect: Duration,
    /// The timeout from the start of the request to the last byte of the answer, including connecting. Adapters enforce
    /// it with any client.
    pub total: Duration,
}

impl Default for Timeouts {
    /// 3 seconds to connect, 20 in all.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            total: Duration::from_secs(20),
        }
    }
}

/// The error of building a client.
#[derive(Debug, thiserror::Error)]
#[error("can't build the HTTP client")]
pub struct ClientError(#[source] BoxError);

impl ClientError {
    /// Returns whether the same call may succeed later: never.
    pub const fn is_transient(&self) -> bool {
        false
    }
}

/// Makes a client for models: no redirects, no compression, no retries, no proxy, TLS by *ring* with Mozilla's roots.
/// It needs no installed TLS provider and reads no environment. Adapters may share one.
///
/// A host that has a proxy or roots of its own passes its builder through [`careful`].
///
/// # Errors
/// [`ClientError`] if the TLS library fails.
pub fn client(timeouts: &Timeouts) -> Result<Client, ClientError> {
    let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| ClientError(error.into()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    careful(ClientBuilder::new(), timeouts)
        .no_proxy()
        .tls_backend_preconfigured(tls)
        .build()
        .map_err(|error| ClientError(error.without_url().into()))
}

/// Configures a host's own client for models: it follows no redirect, requests no compression and does not retry.
///
/// A client that follows redirects would send a key in a provider-specific header, and the ticket, to any redirect
/// target. Adapters refuse such an answer, but can detect it only after it happened.
pub fn careful(builder: ClientBuilder, timeouts: &Timeouts) -> ClientBuilder {
    builder
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .connect_timeout(timeouts.connect)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_needs_no_installed_provider() {
        assert!(rustls::crypto::CryptoProvider::get_default().is_none());
        client(&Timeouts::default()).unwrap();
        assert!(rustls::crypto::CryptoProvider::get_default().is_none());
    }
}
