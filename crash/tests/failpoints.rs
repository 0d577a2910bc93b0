//! The failpoints that the sources pass are those that the core lists.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use tickmate_core::failpoint;

fn sources(directory: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                sources(&path, found)?;
            }
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
    Ok(())
}

#[test]
fn every_failpoint_is_passed_and_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    sources(root, &mut files).unwrap();
    // In two parts, so that this file is not found by itself.
    let call = concat!("failpoint::", "hit(\"");
    let mut passed = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        for (at, _) in text.match_indices(call) {
            let rest = &text[at + call.len()..];
            passed.insert(rest.split('"').next().unwrap_or_default().to_owned());
        }
    }
    let listed: BTreeSet<String> = failpoint::NAMES
        .iter()
        .map(|&name| name.to_owned())
        .collect();
    assert_eq!(passed, listed);
}
