//! The HTTP client: one that is built here, or a host's own made careful.

use std::{sync::Arc, time::Duration};

use reqwest::{Client, ClientBuilder, redirect, retry};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tickmate_core::backend::BoxError;

/// The most bytes of an answer that are taken in, unless set otherwise.
pub const DEFAULT_MAX_ANSWER_BYTES: usize = 64 * 1024;

/// How long a model may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands, its encryption included. It belongs to the client: [`client`] and [`careful`]
    /// set it.
    pub connect: Duration,
    /// From the question to the last byte of the answer, the connection included. An adapter keeps to it with any
    /// client.
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

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
#[error("can't build the HTTP client")]
pub struct ClientError(#[source] BoxError);

impl ClientError {
    /// Whether the same may work later: never.
    pub const fn is_transient(&self) -> bool {
        false
    }
}

/// A client for models: no redirects, no compression, no repeats, no proxy, TLS by *ring* with Mozilla's roots. It
/// needs no TLS provider to be installed and reads no environment. Adapters may share one.
///
/// A host that has a proxy or roots of its own passes its builder through [`careful`].
///
/// # Errors
/// [`ClientError`] where the TLS library refuses.
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

/// Makes a host's own client fit for models: it follows no redirect, asks for no compression and repeats nothing.
///
/// A client that follows redirects would carry a key that stands in a header of the provider's own, and the ticket,
/// to wherever an answer points. Adapters refuse such an answer, but only see it when it has happened.
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
