//! What admins set about routing, what follows from it, and what they are told.

mod acquainted;
mod explain;
mod preview;
mod queue;
mod settings;
mod staffing;
mod walks;

use tickmate_core::{
    desk::{RoutingPatch, RoutingView},
    domain::{access::Actor, skill::SkillEntry, user::Role},
};

use crate::desk::world::World;

pub(crate) async fn admin(world: &World) -> Actor {
    world.person("root", Role::Admin).await.actor().unwrap()
}

pub(crate) fn row(id: &str, name: &str, aliases: &[&str], parents: &[&str]) -> SkillEntry {
    let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    SkillEntry {
        id: id.to_owned(),
        name: name.to_owned(),
        aliases: texts(aliases),
        parents: texts(parents),
    }
}

pub(crate) async fn set_rows(world: &World, admin: &Actor, rows: Vec<SkillEntry>) -> RoutingView {
    let patch = RoutingPatch {
        skills: Some(rows),
        ..RoutingPatch::default()
    };
    world
        .desk
        .routing()
        .set_rules(admin, patch, None)
        .await
        .unwrap()
}
