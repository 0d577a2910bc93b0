//! The desk's secret, and the tokens that it signs: logins as JWT (RFC 7519, HS256), and one-time links.

use std::collections::HashSet;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

pub(crate) use crate::domain::digest::sha256_hex;
use crate::domain::{
    id::{SessionId, TokenId, UserId},
    session::Session,
    time::{Timestamp, furthest_ahead},
    token::TokenPurpose,
};

/// The secret from which the keys of the desk's tokens are derived. Use at least 32 random bytes in production.
#[derive(Clone)]
pub struct DeskSecret(Vec<u8>);

impl DeskSecret {
    /// Wraps a secret. The host decides on the minimum length.
    pub fn new(secret: impl Into<Vec<u8>>) -> Self {
        Self(secret.into())
    }

    /// Derives the key for this purpose.
    pub(crate) fn derive(&self, purpose: &[u8]) -> [u8; 32] {
        mac(&self.0, &[purpose])
    }
}

impl std::fmt::Debug for DeskSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeskSecret(…)")
    }
}

/// The keys derived from the secret, one per purpose, so that a token is valid for one purpose only.
pub(crate) struct Keys {
    encoding: EncodingKey,
    decoding: DecodingKey,
    once: [u8; 32],
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

const ISSUER: &str = "tickmate";
const AUDIENCE: &str = "tickmate/session";
const TYPE: &str = "at+jwt";

impl Keys {
    pub(crate) fn derive(secret: &DeskSecret) -> Self {
        let session = mac(&secret.0, &[b"tickmate/session/1"]);
        Self {
            encoding: EncodingKey::from_secret(&session),
            decoding: DecodingKey::from_secret(&session),
            once: mac(&secret.0, &[b"tickmate/one-time/1"]),
        }
    }

    /// Signs the id of a session. Returns `None` if the signer fails, which HS256 does not.
    pub(crate) fn sign_session(&self, session: &Session) -> Option<String> {
        let header = Header {
            typ: Some(TYPE.to_owned()),
            ..Header::new(Algorithm::HS256)
        };
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: session.user.to_string(),
            sid: session.id.to_string(),
            iat: session.created_at.timestamp(),
            nbf: session.created_at.timestamp(),
            exp: session.expires_at.timestamp(),
        };
        jsonwebtoken::encode(&header, &claims, &self.encoding).ok()
    }

    /// Returns the session that a token names, if this desk signed it for this purpose and it has not expired. A token
    /// issued in the future is accepted too: the session in the store decides.
    pub(crate) fn read_session(&self, token: &str, now: Timestamp) -> Option<(SessionId, UserId)> {
        let claims = self.session_claims(token)?;
        if now.timestamp() >= claims.exp {
            return None;
        }
        if claims.iat.max(claims.nbf) > furthest_ahead(now).timestamp() {
            tracing::warn!(
                session.id = claims.sid,
                "a login is of the future: the clock was set back"
            );
        }
        Some((claims.sid.parse().ok()?, claims.sub.parse().ok()?))
    }

    /// Returns whether this desk signed the token for a session, at any time.
    pub(crate) fn is_own_session(&self, token: &str) -> bool {
        self.session_claims(token).is_some()
    }

    /// Returns the claims of a token, if this desk signed it for this purpose.
    fn session_claims(&self, token: &str) -> Option<Claims> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        if header.typ.as_deref() != Some(TYPE) || header.alg != Algorithm::HS256 {
            return None;
        }
        let mut validation = Validation::new(Algorithm::HS256);
        validation.required_spec_claims = ["exp", "nbf", "iss", "aud", "sub"]
            .map(str::to_owned)
            .into_iter()
            .collect::<HashSet<_>>();
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        // The desk's own clock decides about the expiry.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation)
            .ok()?
            .claims;
        (claims.aud == AUDIENCE && claims.iss == ISSUER).then_some(claims)
    }

    /// Returns the token of a one-time link: the HMAC of its id and purpose.
    pub(crate) fn one_time_token(&self, id: TokenId, purpose: TokenPurpose) -> String {
        URL_SAFE_NO_PAD.encode(mac(
            &self.once,
            &[purpose.as_str().as_bytes(), b"/", id.as_uuid().as_bytes()],
        ))
    }

    /// Returns the hash of such a token, which is what the store holds.
    pub(crate) fn one_time_hash(&self, id: TokenId, purpose: TokenPurpose) -> String {
        sha256_hex(self.one_time_token(id, purpose).as_bytes())
    }
}

/// Returns the HMAC-SHA-256 of the concatenated parts.
pub(crate) fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC accepts keys of any length, so the error can't happen; an empty code verifies nothing.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return [0; 32];
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
