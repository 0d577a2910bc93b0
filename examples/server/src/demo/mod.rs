//! The demo: a team, a few tickets, and who got what and why.

mod data;
mod show;
mod team;
mod tickets;

pub(crate) use self::{show::show, team::install_team};
