//! Making admins from the command line.

use std::{io::Write, path::Path, process::Output, process::Stdio};

use super::support::{PASSWORD, Server, binary, folder, stderr, stdout};

fn create(folder: &Path, email: &str, input: &str) -> Output {
    let arguments = ["admin", "create", email, "--password-stdin"];
    let mut child = binary(folder, &[], &arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn it_works_beside_a_running_server_and_for_a_known_address() {
    let folder = folder();
    let server = Server::start(folder.path());
    let user = server.user("ann@example.org", &[]);
    assert_eq!(user.get("/api/admin/users").0, 403);
    let became = " The account was there, became an admin, and has the new password.";
    let was = " The account was there and an admin already; it has the new password.";
    for (email, password, before) in [
        ("ann@example.org", "other tractor 47 moons", became),
        ("new@example.org", "other tractor 47 moons", ""),
        ("new@example.org", PASSWORD, was),
    ] {
        let output = create(folder.path(), email, &format!("{password}\nmore"));
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(stdout(&output), format!("{email} is an admin.{before}\n"));
        let admin = server.client().login(email, password);
        assert_eq!(admin.get("/api/admin/users").0, 200);
    }
    assert_eq!(user.get("/api/tickets").0, 401, "older logins are over");
    drop(server);
    let server = Server::start(folder.path());
    server.client().login("new@example.org", PASSWORD);
}

#[test]
fn what_can_not_be_taken_is_one_line() {
    let folder = folder();
    for (email, input, part) in [
        ("ann@example.org", "short\n", "password"),
        ("ann", "violet tractor 47 moons\n", "email"),
        ("ann@example.org", "\n", "the first line is empty"),
    ] {
        let output = create(folder.path(), email, input);
        assert_eq!(output.status.code(), Some(1));
        let lines = stderr(&output);
        assert_eq!(lines.lines().count(), 1, "{lines}");
        assert!(lines.contains(part), "{lines}");
    }
}
