//! Checks the results: compares what was acknowledged, and what must hold once all work is done, with the content of
//! the store.

mod acknowledged;
mod assigned;
mod evidence;
mod handled;
mod mailed;
mod remains;

use self::evidence::Evidence;
use super::{report::Violations, scene::Scene, wire::Api};
use crate::failure::Failure;

/// Checks through the API, while the desk serves.
pub(crate) async fn by_api(
    scene: &Scene,
    api: &Api,
    violations: &mut Violations,
) -> Result<(), Failure> {
    acknowledged::by_api(scene, api, violations).await
}

/// Checks the store, after the desk has ended.
pub(crate) async fn by_store(scene: &Scene, violations: &mut Violations) -> Result<(), Failure> {
    let evidence = Evidence::read(&scene.db()).await?;
    acknowledged::by_store(scene, &evidence, violations);
    assigned::check(&evidence, violations);
    mailed::check(scene, &evidence, violations);
    handled::check(scene, &evidence, violations);
    remains::check_panics(&scene.log_file(), violations)?;
    remains::check(&scene.db(), &evidence, violations).await
}
