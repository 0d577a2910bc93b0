//! Accounts: joining, logging in and out, and what people see and set of themselves.

pub(crate) mod availability;
pub(crate) mod first_admin;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod profile;
pub(crate) mod register;
pub(crate) mod resend;
pub(crate) mod skills;
pub(crate) mod verify;
pub(crate) mod verify_page;

mod cookie;
