//! The digest that identifies texts, keys and tokens.

use sha2::{Digest, Sha256};

/// Returns the SHA-256 of these bytes in hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
