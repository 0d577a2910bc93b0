//! The kinds of mails.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! mail_kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal),+ $(,)?) => {
        /// The purpose of a mail.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum MailKind { $($(#[$doc])* $name),+ }

        impl MailKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The word in stores, keys and file names.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }
        }
    };
}

mail_kinds! {
    /// To a new user: welcome, with the link to verify the address.
    Welcome = "welcome",
    /// To a user who requested the link again.
    Verify = "verify",
    /// To the owner of an address that was registered again.
    AddressReused = "address_reused",
    /// To the requester: the ticket has arrived.
    Received = "received",
    /// To the assignee: the ticket is assigned to you.
    Assigned = "assigned",
    /// To the requester: the ticket has an assignee.
    AssignedRequester = "assigned_requester",
    /// To the other side: there is a new reply.
    Reply = "reply",
    /// To the requester: the desk waits for your answer.
    Waiting = "waiting",
    /// To the requester: the ticket is resolved.
    Resolved = "resolved",
    /// To the other side: the ticket is open again.
    Reopened = "reopened",
    /// To the requester: the ticket is closed.
    Closed = "closed",
}

impl MailKind {
    /// Returns whether the mail may go to an unverified address although the desk requires verified ones.
    pub const fn is_about_the_address(self) -> bool {
        matches!(self, Self::Welcome | Self::Verify | Self::AddressReused)
    }
}

impl FromStr for MailKind {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str() == word)
            .ok_or(())
    }
}
