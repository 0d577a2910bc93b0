//! References to tickets: by id or by number.

use std::str::FromStr;

use super::id::{InvalidId, TicketId};

/// A reference to a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TicketRef {
    /// The id.
    Id(TicketId),
    /// The number.
    Number(u64),
}

impl FromStr for TicketRef {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let is_number =
            !text.is_empty() && text.len() <= 19 && text.bytes().all(|b| b.is_ascii_digit());
        match is_number {
            true => text.parse().map(Self::Number).map_err(|_| InvalidId),
            false => text.parse().map(Self::Id),
        }
    }
}

impl From<TicketId> for TicketRef {
    fn from(id: TicketId) -> Self {
        Self::Id(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_numbers_are_parsed() {
        assert_eq!("12".parse(), Ok(TicketRef::Number(12)));
        assert!(
            "0198c0de-0000-7000-8000-000000000000"
                .parse::<TicketRef>()
                .is_ok()
        );
        for text in [
            "",
            "-1",
            "1.0",
            "0x1",
            "１",
            "99999999999999999999",
            "abc",
            "12 ",
        ] {
            assert!(text.parse::<TicketRef>().is_err(), "{text}");
        }
    }
}
