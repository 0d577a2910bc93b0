//! Accounts: registration, login, and administration of users.

mod availability;
mod first_admin;
mod identify;
mod login;
mod own_skills;
mod password;
mod people;
mod register;
mod tokens;
mod verify;

pub use availability::AvailabilityPatch;
pub use first_admin::FirstAdmin;
pub use identify::Identified;
pub use login::{Caller, Credentials, LoggedIn};
pub use people::{NewPerson, PersonPatch};
pub use register::Registration;
pub(crate) use register::ok_or_collect;
