//! The judgement: what the clients were told and what must hold at rest, against what is there.

mod acknowledged;
mod assigned;
mod evidence;
mod handled;
mod mailed;
mod remains;

use self::evidence::Evidence;
use super::{report::Violations, scene::Scene, wire::Api};
use crate::failure::Failure;

/// Looks through the API, while the desk serves.
pub(crate) async fn by_api(
    scene: &Scene,
    api: &Api,
    found: &mut Violations,
) -> Result<(), Failure> {
    acknowledged::by_api(scene, api, found).await
}

/// Looks into the store, once the desk has ended.
pub(crate) async fn by_store(scene: &Scene, found: &mut Violations) -> Result<(), Failure> {
    let evidence = Evidence::read(&scene.db()).await?;
    acknowledged::by_store(scene, &evidence, found);
    assigned::check(&evidence, found);
    mailed::check(scene, &evidence, found);
    handled::check(scene, &evidence, found);
    remains::panics(&scene.log_file(), found)?;
    remains::check(&scene.db(), &evidence, found).await
}
