//! Classes of jobs. A worker has slots for each class, so that slow jobs of one class delay no other class.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The purpose of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobClass {
    /// Triage and routing: a requester waits for the result.
    Tickets,
    /// Mails and event handlers: they wait for other servers.
    Deliveries,
    /// Many jobs at once that no user waits for, such as those of an import.
    Bulk,
    /// Maintenance of the desk, such as training.
    Maintenance,
}

impl JobClass {
    /// Every class, in the order in which a claim returns them.
    pub const ALL: [Self; 4] = [
        Self::Tickets,
        Self::Deliveries,
        Self::Bulk,
        Self::Maintenance,
    ];

    /// Returns the word in stores and settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tickets => "tickets",
            Self::Deliveries => "deliveries",
            Self::Bulk => "bulk",
            Self::Maintenance => "maintenance",
        }
    }
}

impl FromStr for JobClass {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        let mut all = Self::ALL.into_iter();
        all.find(|class| class.as_str() == word).ok_or(())
    }
}

/// A value for each class of jobs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PerClass<T> {
    /// For [`JobClass::Tickets`].
    pub tickets: T,
    /// For [`JobClass::Deliveries`].
    pub deliveries: T,
    /// For [`JobClass::Bulk`].
    pub bulk: T,
    /// For [`JobClass::Maintenance`].
    pub maintenance: T,
}

impl<T> PerClass<T> {
    /// Creates the value of each class with a function.
    pub fn of(mut value: impl FnMut(JobClass) -> T) -> Self {
        Self {
            tickets: value(JobClass::Tickets),
            deliveries: value(JobClass::Deliveries),
            bulk: value(JobClass::Bulk),
            maintenance: value(JobClass::Maintenance),
        }
    }

    /// Returns the value of a class.
    pub const fn get(&self, class: JobClass) -> &T {
        match class {
            JobClass::Tickets => &self.tickets,
            JobClass::Deliveries => &self.deliveries,
            JobClass::Bulk => &self.bulk,
            JobClass::Maintenance => &self.maintenance,
        }
    }

    /// Returns a mutable reference to the value of a class.
    pub const fn get_mut(&mut self, class: JobClass) -> &mut T {
        match class {
            JobClass::Tickets => &mut self.tickets,
            JobClass::Deliveries => &mut self.deliveries,
            JobClass::Bulk => &mut self.bulk,
            JobClass::Maintenance => &mut self.maintenance,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_round_trip_and_have_one_value_each() {
        let mut values = PerClass::of(JobClass::as_str);
        for class in JobClass::ALL {
            assert_eq!(class.as_str().parse(), Ok(class));
            assert_eq!(*values.get(class), class.as_str());
            *values.get_mut(class) = "";
        }
        assert_eq!(values, PerClass::default());
        assert_eq!("mail".parse::<JobClass>(), Err(()));
    }
}
