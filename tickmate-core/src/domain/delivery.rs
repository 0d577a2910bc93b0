//! What a provider reports about a mail after it accepted it.

use serde::{Deserialize, Serialize};

use super::time::{Timestamp, micros};

/// The progress of the delivery of an accepted mail. Providers report it later, out of order and more than once.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(
    serialize_all = "snake_case",
    parse_err_ty = UnknownDelivery,
    parse_err_fn = unknown_delivery
)]
pub enum Delivery {
    /// The provider has not yet delivered the mail.
    Queued,
    /// The recipient's server has not accepted the mail yet; the provider retries. A temporary bounce counts as well.
    Delayed,
    /// The recipient's server accepted the mail.
    Delivered,
    /// The recipient's server refused the mail for good.
    Bounced,
    /// The provider did not deliver the mail, because the address is on the provider's own suppression list.
    Suppressed,
    /// The recipient reported the mail as spam.
    Complained,
}

/// The error for a text that is not a delivery status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of queued, delayed, delivered, bounced, suppressed, complained")]
pub struct UnknownDelivery;

impl Delivery {
    /// Every delivery status, in no particular order.
    pub const ALL: [Self; 6] = [
        Self::Queued,
        Self::Delayed,
        Self::Delivered,
        Self::Bounced,
        Self::Suppressed,
        Self::Complained,
    ];

    /// Returns the word on the wire and in stores.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Returns the rank by which reports are folded. A mail can bounce or be reported as spam after it was delivered, but
    /// not the other way round; a bounce and a suppression both end the delivery.
    pub const fn rank(self) -> u8 {
        match self {
            Self::Queued => 0,
            Self::Delayed => 1,
            Self::Delivered => 2,
            Self::Bounced | Self::Suppressed => 3,
            Self::Complained => 4,
        }
    }

    /// Returns whether this report replaces `stored`: only a higher rank does, so neither the order nor the number of
    /// reports matters.
    pub fn replaces(self, stored: Option<Self>) -> bool {
        stored.is_none_or(|stored| self.rank() > stored.rank())
    }

    /// Returns whether the address receives no more mail after this report.
    pub const fn suppresses_address(self) -> bool {
        matches!(self, Self::Bounced | Self::Complained)
    }
}

const fn unknown_delivery(_: &str) -> UnknownDelivery {
    UnknownDelivery
}

/// A provider's report about a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryReport {
    /// The progress of the delivery.
    pub delivery: Delivery,
    /// The provider's explanation, on one line.
    pub reason: Option<String>,
    /// When it happened, by the provider's clock.
    #[serde(with = "micros")]
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, prop_assert_eq, proptest};

    use super::*;

    #[test]
    fn a_higher_rank_replaces_a_lower_one() {
        use Delivery::{Bounced, Complained, Delayed, Delivered, Queued, Suppressed};
        for (stored, report, replaces) in [
            (None, Queued, true),
            (Some(Queued), Queued, false),
            (Some(Queued), Delayed, true),
            (Some(Delayed), Queued, false),
            (Some(Delayed), Delivered, true),
            (Some(Delivered), Delayed, false),
            (Some(Delivered), Bounced, true),
            (Some(Bounced), Delivered, false),
            (Some(Bounced), Suppressed, false),
            (Some(Suppressed), Bounced, false),
            (Some(Suppressed), Delivered, false),
            (Some(Bounced), Complained, true),
            (Some(Complained), Bounced, false),
        ] {
            assert_eq!(report.replaces(stored), replaces, "{stored:?} {report:?}");
        }
    }

    fn reports() -> impl Strategy<Value = Vec<Delivery>> {
        proptest::collection::vec(proptest::sample::select(Delivery::ALL.to_vec()), 1..12)
    }

    fn highest_stored_rank(reports: impl IntoIterator<Item = Delivery>) -> Option<u8> {
        let mut stored = None;
        for report in reports {
            if report.replaces(stored) {
                stored = Some(report);
            }
        }
        stored.map(Delivery::rank)
    }

    proptest! {
        #[test]
        fn neither_order_nor_repetition_matters(reports in reports()) {
            let highest = reports.iter().map(|report| report.rank()).max();
            prop_assert_eq!(highest_stored_rank(reports.iter().copied()), highest);
            prop_assert_eq!(highest_stored_rank(reports.iter().rev().copied()), highest);
            prop_assert_eq!(highest_stored_rank(reports.iter().chain(&reports).copied()), highest);
        }
    }
}
