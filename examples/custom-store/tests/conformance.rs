//! The store passes the conformance suite.

use std::{io, sync::Arc};

use tickmate::memory::MemoryStore;
use tickmate_custom_store::AuditedStore;

tickmate::store_conformance!(async {
    Arc::new(AuditedStore::new(MemoryStore::yielding(), io::sink()))
});
