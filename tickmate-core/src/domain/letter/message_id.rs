//! Message ids, derived only from a mail's key: every try of a mail has the same id.

use sha2::{Digest, Sha256};

use crate::domain::{id::UserId, mail::MailKey};

/// Returns the `Message-ID` of a mail, without angle brackets: `{event id}.{kind}.{recipient hash}@{domain}`.
pub fn message_id(key: &MailKey, domain: &str) -> String {
    format!(
        "{}.{}.{}@{domain}",
        key.event,
        key.kind.as_str(),
        recipient_hash(key.to)
    )
}

/// Returns the first 16 hexadecimal digits of the SHA-256 of a recipient's id. They distinguish the mails of one event
/// without revealing the recipient.
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
    fn the_id_depends_only_on_key_and_domain() -> Result<(), Box<dyn std::error::Error>> {
        let key = MailKey {
            event: "0198c0de-0000-7000-8000-000000000001".parse::<EventId>()?,
            kind: MailKind::AssignedRequester,
            to: "0198c0de-0000-7000-8000-000000000002".parse()?,
        };
        // The digits are the output of `printf %s 0198c0de-0000-7000-8000-000000000002 | sha256sum`.
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
