//! The mails with example data.

use super::support::{folder, run, stderr, stdout};

const KINDS: [&str; 11] = [
    "welcome",
    "verify",
    "address_reused",
    "received",
    "assigned",
    "assigned_requester",
    "reply",
    "waiting",
    "resolved",
    "reopened",
    "closed",
];

#[test]
fn every_kind_is_printed_and_each_alone() {
    let folder = folder();
    for (options, head) in [(&[][..], "Subject: "), (&["--html"], "<!DOCTYPE html>")] {
        let all = run(
            folder.path(),
            &[],
            &[&["mail", "--preview"], options].concat(),
        );
        assert!(all.status.success(), "{}", stderr(&all));
        let all = stdout(&all);
        for kind in KINDS {
            let one = run(
                folder.path(),
                &[],
                &[&["mail", "--preview", kind], options].concat(),
            );
            assert!(one.status.success(), "{}", stderr(&one));
            let one = stdout(&one);
            assert!(one.starts_with(head), "{kind}: {one}");
            assert!(one.contains("https://desk.example.org"), "{kind}: {one}");
            assert!(all.contains(&one), "{kind} is not among all: {all}");
            assert!(
                !one.contains(|c: char| c.is_control() && c != '\n'),
                "{one}"
            );
        }
        assert_eq!(all.matches(head).count(), KINDS.len(), "{all}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn links_show_where_the_token_goes() {
    let folder = folder();
    let welcome = run(folder.path(), &[], &["mail", "--preview", "welcome"]);
    let link = "https://desk.example.org/auth/verify-email?token=EXAMPLE-TOKEN\n";
    assert!(stdout(&welcome).contains(link), "{}", stdout(&welcome));
}

#[test]
fn an_unknown_kind_is_refused_with_the_known_ones() {
    let folder = folder();
    let output = run(folder.path(), &[], &["mail", "--preview", "birthday"]);
    assert_eq!(output.status.code(), Some(2));
    let known = KINDS.join(", ");
    assert!(stderr(&output).contains(&known), "{}", stderr(&output));
    let output = run(folder.path(), &[], &["mail"]);
    assert_eq!(output.status.code(), Some(2));
}
