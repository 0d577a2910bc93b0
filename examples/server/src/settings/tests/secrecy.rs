//! That no value is shown, and which values are taken as they stand.

use std::{ffi::OsString, path::Path};

use super::{read, read_with_sender};
use crate::settings::{Mail, Settings, Values, help, variables::name_of};

#[test]
fn no_value_is_shown_where_it_is_refused_or_odd() {
    let all = help::all();
    for variable in all.get_arguments() {
        let name = name_of(variable);
        for value in [
            "hunter2",
            "hunter2 \u{e4} two",
            "http://hunter2:hunter2@hunter2?hunter2#hunter2",
            "-hunter2",
            "hunter2=hunter2\nhunter2",
        ] {
            let shown = match read(&[
                (name, value),
                ("GEMINI_API_KEY", "k"),
                ("EHLO_NAME", "a.org"),
            ]) {
                Ok(settings) => settings.warnings.join("\n"),
                Err(lines) => {
                    let is_named =
                        |line: &String| line.starts_with(name) || name.starts_with("MAILTRAP_");
                    assert!(lines.iter().all(is_named), "{lines:?}");
                    lines.join("\n")
                }
            };
            assert!(!shown.contains("hunter2"), "{name}: {shown}");
        }
        if variable.is_hide_env_values_set() {
            let secret = "hunter2-hunter2-hunter2-hunter2";
            if let Ok(settings) = read(&[(name, secret)]) {
                assert!(!format!("{settings:?}").contains("hunter2"), "{name}");
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn a_value_that_is_no_text_is_refused_by_its_name() {
    use std::os::unix::ffi::OsStringExt;
    let all = help::all();
    for variable in all.get_arguments() {
        let name = name_of(variable);
        let value = OsString::from_vec(b"hunter2\xff".to_vec());
        let values = Values::new([(name.to_owned(), value)], Vec::new());
        let lines = Settings::read(&values).unwrap_err();
        let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        assert_eq!(lines, [format!("{name} must be text in UTF-8")]);
    }
}

#[test]
fn secrets_alone_keep_the_white_space_around_them() {
    let settings = read(&[("PORT", " 7000\n"), ("MAIL_DIR", " mails ")]).unwrap();
    assert_eq!(settings.listen.value.port(), 7000);
    assert!(matches!(&settings.mail.value, Mail::Folder(path) if path == Path::new("mails")));
    let mailtrap = [("MAILTRAP_USER", "u"), ("MAILTRAP_PASS", " p ")];
    let settings = read_with_sender(&mailtrap).unwrap();
    let Mail::Smtp(smtp) = &settings.mail.value else {
        panic!("no relay");
    };
    assert_eq!(smtp.credentials.as_ref().unwrap().password, " p ");
}
