//! Message ids: derived from a mail's key alone, so that every try of a mail has the same one.

use sha2::{Digest, Sha256};

use crate::domain::{id::UserId, mail::MailKey};

/// The `Message-ID` of a mail, without angle brackets: `{event id}.{kind}.{recipient hash}@{domain}`.
pub fn message_id(key: &MailKey, domain: &str) -> String {
    format!(
        "{}.{}.{}@{domain}",
        key.event,
        key.kind.as_str(),
        recipient_hash(key.to)
    )
}

/// The first 16 hexadecimal digits of the SHA-256 of a recipient's id, which tell mails of one event apart
/// and nobody's identity.
pub fn recipient_hash(recipient: UserId) -> String {
    Sha256::digest(recipient.to_string())
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{id::EventId, mail::MailKind};

    #[test]
    fn the_id_depends_on_the_key_alone() -> Result<(), Box<dyn std::error::Error>> {
        let key = MailKey {
            event: "0198c0de-0000-7000-8000-000000000001".parse::<EventId>()?,
            kind: MailKind::AssignedRequester,
            to: "0198c0de-0000-7000-8000-000000000002".parse()?,
        };
        // The digits are those of `printf %s 0198c0de-0000-7000-8000-000000000002 | sha256sum`.
        assert_eq!(
            message_id(&key, "desk.example.org"),
            "0198c0de-0000-7000-8000-000000000001.assigned_requester.2a827fa13defce1d@desk.example.org"
        );
        let other = MailKey {
            to: "0198c0de-0000-7000-8000-000000000003".parse()?,
            ..key
        };
        assert_ne!(message_id(&key, "x"), message_id(&other, "x"));
        Ok(())
    }
}
