//! Starting and ending: two at once, in order, at once, and with work left to do.

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use super::support::{Server, eventually, files, folder, parse};

#[test]
fn two_servers_start_at_once_on_no_file_and_share_it() {
    let folder = folder();
    let path = folder.path();
    let (one, other) = thread::scope(|scope| {
        let one = scope.spawn(|| Server::start(path));
        let other = Server::start(path);
        (one.join().unwrap(), other)
    });
    let user = one.user("ann@example.org", &[]);
    let there = other.client_of(&user);
    assert_eq!(there.get("/api/auth/profile").0, 200, "both know the login");
    let number = there.create("Printer", "It jams.");
    eventually("the ticket is read", || {
        (!user.ticket(number)["summary"].is_null()).then_some(())
    });
    assert_eq!(files(path, ".secret").len(), 1);
}

#[test]
fn sigterm_ends_it_in_order_and_the_next_start_goes_on() {
    let folder = folder();
    let mut server = Server::start(folder.path());
    let admin = server.admin();
    let user = server.user("ann@example.org", &[]);
    let count = 40;
    let numbers: Vec<u64> = (0..count)
        .map(|n| user.create(&format!("Printer {n}"), "It jams."))
        .collect();
    server.signal("TERM");
    assert_eq!(server.ended().code(), Some(0), "{}", server.log());
    assert!(TcpStream::connect(server.address).is_err());
    assert!(
        files(folder.path(), "-wal").is_empty(),
        "all stands in the one file"
    );

    let started = Instant::now();
    let server = Server::start(folder.path());
    let user = server.client_of(&user);
    for number in &numbers {
        eventually("the ticket is settled", || {
            let ticket = user.ticket(*number);
            let routed = !ticket["assignedTo"].is_null() || !ticket["queue"].is_null();
            (routed && !ticket["summary"].is_null()).then_some(())
        });
    }
    // What was leased and not given back would come back after 30 seconds.
    assert!(
        started.elapsed() < Duration::from_secs(15),
        "{:?}",
        started.elapsed()
    );
    let assigned = server.client_of(&admin).get("/api/tickets/assigned").1;
    assert_eq!(assigned["tickets"].as_array().unwrap().len(), 10);
    let mail = folder.path().join("mail");
    let received = || {
        let mails = files(&mail, ".eml");
        let received = mails
            .iter()
            .filter(|path| path.to_string_lossy().contains("-received-"));
        received.count()
    };
    eventually("every ticket is mailed about", || {
        (received() == count).then_some(())
    });
    assert!(files(&mail, ".tmp").is_empty());
}

#[test]
fn a_request_that_was_begun_is_answered() {
    let folder = folder();
    let mut server = Server::start(folder.path());
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let body = r#"{"email":"ann@example.org","password":"violet tractor 47 moons"}"#;
    let head = format!(
        "POST /api/auth/register HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body.as_bytes()[..10]).unwrap();
    // Once another request is answered, the server has seen this one, too.
    assert_eq!(server.client().get("/healthz").0, 200);
    let mut idle = TcpStream::connect(server.address).unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).unwrap();

    server.signal("TERM");
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).unwrap();
    eventually("it stops listening", || {
        TcpStream::connect(server.address).err()
    });
    stream.write_all(&body.as_bytes()[10..]).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert_eq!(parse(&answer).0, 202, "{answer}");
    assert_eq!(server.ended().code(), Some(0), "{}", server.log());
}

#[test]
fn a_request_that_does_not_go_on_holds_the_end_up_for_less_than_docker_waits() {
    let folder = folder();
    let mut server = Server::start(folder.path());
    let post = "POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{";
    let [mut body, _head] = [post, "GET /healthz HTTP/1.1\r\nhos"].map(|part| {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.write_all(part.as_bytes()).unwrap();
        stream
    });
    assert_eq!(server.client().get("/healthz").0, 200);
    let started = Instant::now();
    server.signal("TERM");
    let mut answer = String::new();
    body.read_to_string(&mut answer).unwrap();
    assert_eq!(parse(&answer).0, 408, "{answer}");
    assert_eq!(server.ended().code(), Some(0), "{}", server.log());
    let took = started.elapsed();
    assert!(took < Duration::from_secs(9), "{took:?}");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let folder = folder();
    let mut server = Server::start(folder.path());
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream
        .write_all(b"POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{")
        .unwrap();
    assert_eq!(server.client().get("/healthz").0, 200);
    server.signal("INT");
    eventually("it stops listening", || {
        TcpStream::connect(server.address).err()
    });
    server.signal("INT");
    assert_eq!(server.ended().code(), Some(130), "{}", server.log());
}
