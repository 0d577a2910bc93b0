//! The failpoints in the sources are exactly those that the core lists.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use tickmate_core::failpoint;

fn collect_sources(directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                collect_sources(&path, files)?;
            }
        } else if name.ends_with(".rs") {
            files.push(path);
        }
    }
    Ok(())
}

#[test]
fn failpoints_in_sources_and_in_the_list_are_equal() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    collect_sources(root, &mut files).unwrap();
    // Split in two parts, so that this file does not match.
    let call = concat!("failpoint::", "hit(\"");
    let mut used = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        for (at, _) in text.match_indices(call) {
            let rest = &text[at + call.len()..];
            used.insert(rest.split('"').next().unwrap_or_default().to_owned());
        }
    }
    let listed: BTreeSet<String> = failpoint::NAMES
        .iter()
        .map(|&name| name.to_owned())
        .collect();
    assert_eq!(used, listed);
}
