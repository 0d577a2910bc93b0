//! Tests the folder of `.eml` files: names, retries, and that no incomplete file is ever visible.

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use mail_parser::MessageParser;
use support::mail;
use tickmate_core::backend::mailer::{MailError, Mailer, Repeats};
use tickmate_mail::FilesMailer;

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.into_string().expect("a name in UTF-8"))
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_mail_is_one_file_that_can_be_parsed_back() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("some/mails");
    let mail = mail(1_790_000_000_123_456);
    let receipt = FilesMailer::new(&dir).send(&mail).await.unwrap();

    let hash = tickmate_core::domain::letter::recipient_hash(mail.key.to);
    let name = format!(
        "20260921T141320.123456Z-received-{}-{hash}.eml",
        mail.key.event
    );
    assert_eq!(names(&dir), std::slice::from_ref(&name));
    assert_eq!(receipt.reference, Some(name.clone()));
    assert_eq!(receipt.repeats, Repeats::Harmless);

    let bytes = fs::read(dir.join(name)).unwrap();
    let parsed = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(parsed.subject(), Some(mail.subject.as_str()));
    assert_eq!(parsed.message_id(), Some(mail.message_id.as_str()));
    assert_eq!(parsed.in_reply_to().as_text(), Some("last@example.org"));
    assert_eq!(parsed.references().as_text_list().map(<[_]>::len), Some(2));
    let to = parsed.to().and_then(|to| to.first()).unwrap();
    assert_eq!(to.name(), Some("Ann Löw"));
    assert_eq!(to.address(), Some("ann@example.org"));
    assert_eq!(
        parsed.body_text(0).unwrap().replace("\r\n", "\n"),
        mail.text
    );
    assert_eq!(
        parsed.body_html(0).unwrap().replace("\r\n", "\n"),
        mail.html
    );
}

#[tokio::test]
async fn names_sort_by_time() {
    let dir = tempfile::tempdir().unwrap();
    let mailer = FilesMailer::new(dir.path());
    let mut sent = Vec::new();
    for micros in [0, 1, 999_999, 1_000_000, 1_790_000_000_000_000] {
        let receipt = mailer.send(&mail(micros)).await.unwrap();
        sent.push(receipt.reference.unwrap());
    }
    assert_eq!(names(dir.path()), sent);
}

#[tokio::test]
async fn a_retry_replaces_its_own_file() {
    let dir = tempfile::tempdir().unwrap();
    let mailer = FilesMailer::new(dir.path());
    let mail = mail(5);
    let first = mailer.send(&mail).await.unwrap();
    let path = dir.path().join(first.reference.clone().unwrap());
    let before = fs::read(&path).unwrap();
    fs::write(&path, "torn").unwrap();
    assert_eq!(mailer.send(&mail).await.unwrap(), first);
    assert_eq!(names(dir.path()).len(), 1);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_never_see_an_incomplete_mail() {
    let dir = tempfile::tempdir().unwrap();
    let mailer = FilesMailer::new(dir.path());
    let mut mail = mail(7);
    mail.text = "A line of text.\n".repeat(20_000);
    let complete = {
        let receipt = mailer.send(&mail).await.unwrap();
        fs::read(dir.path().join(receipt.reference.unwrap())).unwrap()
    };

    let done = Arc::new(AtomicBool::new(false));
    let reader = {
        let (done, dir) = (Arc::clone(&done), PathBuf::from(dir.path()));
        std::thread::spawn(move || {
            let mut seen = 0;
            while !done.load(Ordering::SeqCst) || seen == 0 {
                for name in names(&dir).iter().filter(|name| name.ends_with(".eml")) {
                    let bytes = fs::read(dir.join(name)).expect("a file that stays");
                    assert!(
                        bytes == complete,
                        "{} of {} bytes",
                        bytes.len(),
                        complete.len()
                    );
                    seen += 1;
                }
            }
        })
    };
    // Concurrent attempts of one mail all replace the same file.
    let attempts: Vec<_> = (0..40)
        .map(|_| {
            let (mailer, mail) = (mailer.clone(), mail.clone());
            tokio::spawn(async move { mailer.send(&mail).await })
        })
        .collect();
    for attempt in attempts {
        attempt.await.unwrap().unwrap();
    }
    done.store(true, Ordering::SeqCst);
    reader.join().unwrap();
    assert_eq!(names(dir.path()).len(), 1, "a temporary file is left");
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_a_settings_error() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("mails");
    fs::write(&dir, "a file where the folder should be").unwrap();
    let mailer = FilesMailer::new(&dir);
    let error = mailer.send(&mail(1)).await.unwrap_err();
    let MailError::Settings(why) = error else {
        panic!("{error:?}");
    };
    let folder = dir.display();
    assert_eq!(why.to_string(), format!("can't create the folder {folder}"));
    let error = mailer.prepare().await.unwrap_err();
    assert!(error.is_transient());
    assert_eq!(error.to_string(), why.to_string());
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "not a directory");

    fs::remove_file(&dir).unwrap();
    mailer.prepare().await.unwrap();
    assert!(names(&dir).is_empty(), "the probe file is left");
    mailer.send(&mail(1)).await.unwrap();
    assert_eq!(names(&dir).len(), 1);
}

#[tokio::test]
async fn a_mail_that_cannot_replace_its_file_leaves_no_temporary_file() {
    let dir = tempfile::tempdir().unwrap();
    let mailer = FilesMailer::new(dir.path());
    let name = mailer.send(&mail(1)).await.unwrap().reference.unwrap();
    fs::remove_file(dir.path().join(&name)).unwrap();
    fs::create_dir_all(dir.path().join(&name).join("in the way")).unwrap();
    let error = mailer.send(&mail(1)).await.unwrap_err();
    assert!(matches!(error, MailError::Settings(_)), "{error:?}");
    assert_eq!(names(dir.path()), [name]);
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_mails() {
    use std::os::unix::fs::PermissionsExt;

    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("mails");
    let name = FilesMailer::new(&dir)
        .send(&mail(1))
        .await
        .unwrap()
        .reference
        .unwrap();
    let mode = |path: &Path| fs::metadata(path).map(|file| file.permissions().mode() & 0o777);
    assert_eq!(mode(&dir).unwrap(), 0o700);
    assert_eq!(mode(&dir.join(name)).unwrap(), 0o600);
}
