//! A full disk refuses writes, and the store is not ready, until there is room again. Reads continue.
#![expect(clippy::unwrap_used, reason = "a test that ends here has failed")]
#![cfg(all(feature = "sqlite", target_os = "linux"))]

mod support;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use support::{create, integrity, is_stored, open, tickets, unknown_requester};
use tempfile::TempDir;
use tickmate_core::{
    backend::store::{StoreError, SystemStore},
    conformance::fixtures::Fixtures,
};

/// A small disk in memory, which is unmounted on drop.
struct Disk(TempDir);

impl Disk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=16m", "tmpfs"])
            .arg(folder.path())
            .output();
        match done.is_ok_and(|done| done.status.success()) {
            true => Some(Self(folder)),
            false => None,
        }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // A lazy unmount, because connections may still be closing.
        let done = Command::new("umount").arg("-l").arg(self.path()).status();
        assert!(done.is_ok_and(|status| status.success()), "still mounted");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the environment states which tests must not be skipped"
)]
fn is_required() -> bool {
    std::env::var("TICKMATE_TEST_REQUIRE").is_ok_and(|names| names.contains("tmpfs"))
}

/// Fills the disk except for the given number of bytes. Returns the file that fills it.
fn fill(disk: &Path, bytes: usize) -> PathBuf {
    let filler = disk.join("filler");
    std::fs::write(&filler, vec![1; bytes]).unwrap();
    filler
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_writes_until_there_is_room() {
    let Some(disk) = Disk::mount() else {
        assert!(!is_required(), "no tmpfs can be mounted here");
        println!("skipped: no tmpfs can be mounted here");
        return;
    };
    let path = disk.path().join("desk.db");
    let store = open(&path).await;
    let mut make = Fixtures::new(1);
    let ann = unknown_requester();
    let filler = fill(disk.path(), 14_000_000);
    let (mut created, mut refused, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    // There is room for some hundred tickets, so the disk is full in the middle of a batch of 64.
    for _ in 0..200 {
        let mut batch = tickets(&mut make, ann, 64);
        for new in &mut batch {
            new.ticket.description = "It smokes. ".repeat(100);
        }
        let creates = batch.iter().map(|new| create(&store, new));
        let answers = futures_util::future::join_all(creates).await;
        for (new, answer) in batch.iter().zip(answers) {
            match answer {
                Ok(_) => created.push(new.ticket.id),
                Err(StoreError::StorageFull(_)) => refused.push(new.ticket.id),
                Err(StoreError::Unavailable(_)) => unknown.push(new.ticket.id),
                Err(other) => panic!("{other:?}"),
            }
        }
        if refused.len() > 500 {
            break;
        }
    }
    println!(
        "{} created, {} refused, {} unknown",
        created.len(),
        refused.len(),
        unknown.len()
    );
    assert!(created.len() > 64 && refused.len() > 500);
    // Fills the disk to the last byte, so that it can't hold one more ticket.
    drop(std::fs::write(disk.path().join("rest"), vec![1; 16 << 20]));
    loop {
        let new = tickets(&mut make, ann, 1).remove(0);
        match create(&store, &new).await {
            Ok(ticket) => created.push(ticket.id),
            Err(_) => break,
        }
    }
    for _ in 0..3 {
        store.ping().await.unwrap_err();
    }
    std::fs::remove_file(filler).unwrap();
    std::fs::remove_file(disk.path().join("rest")).unwrap();
    let is_ready = async {
        while store.ping().await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    let bound = std::time::Duration::from_secs(20);
    tokio::time::timeout(bound, is_ready)
        .await
        .expect("still not ready");
    let after = tickets(&mut make, ann, 64);
    let creates = after.iter().map(|new| create(&store, new));
    for answer in futures_util::future::join_all(creates).await {
        created.push(answer.unwrap().id);
    }
    for id in created {
        assert!(is_stored(&store, id).await, "acknowledged and lost: {id}");
    }
    for id in refused {
        assert!(!is_stored(&store, id).await, "refused and done: {id}");
    }
    for id in unknown {
        // Fails if the ticket is stored without its event.
        is_stored(&store, id).await;
    }
    assert_eq!(integrity(&path).await, "ok");
    store.close().await.unwrap();
}
