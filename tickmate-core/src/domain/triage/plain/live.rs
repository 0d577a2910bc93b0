//! What a mail program or browser might make a link of.

/// Schemes that lead somewhere without `//`.
const SCHEMES: &[&str] = &[
    "about:",
    "blob:",
    "callto:",
    "data:",
    "facetime:",
    "file:",
    "ftp:",
    "http:",
    "https:",
    "intent:",
    "jar:",
    "javascript:",
    "magnet:",
    "mailto:",
    "onenote:",
    "outlook:",
    "search-ms:",
    "sip:",
    "skype:",
    "sms:",
    "smsto:",
    "ssh:",
    "tel:",
    "vbscript:",
    "view-source:",
    "webcal:",
    "xmpp:",
];

/// Schemes whose rest runs whatever it begins with.
const CODE: [&str; 2] = ["javascript:", "vbscript:"];

/// Ends of file names that are no top-level domains.
const FILE_ENDS: &[&str] = &[
    "apk", "asp", "aspx", "avi", "bak", "bash", "bat", "bin", "bmp", "cer", "cert", "cfg", "class",
    "cmd", "cnf", "conf", "config", "cpp", "crt", "csproj", "css", "csv", "dat", "db", "dll",
    "dmg", "doc", "docm", "docx", "dump", "dwg", "dylib", "eml", "env", "err", "exe", "gif", "gz",
    "hpp", "htm", "html", "ico", "ics", "ini", "ipynb", "iso", "jpeg", "jpg", "js", "json", "jsp",
    "jsx", "key", "lnk", "lock", "log", "msg", "msi", "odt", "ods", "ost", "out", "pdf", "pem",
    "pfx", "php", "png", "ppt", "pptx", "prn", "pst", "rar", "rdp", "reg", "rpm", "rtf", "service",
    "sln", "sock", "sql", "sqlite", "svg", "swp", "sys", "tar", "tgz", "tif", "tiff", "tmp",
    "toml", "ts", "tsx", "ttf", "txt", "url", "vbs", "vcf", "vhdx", "vmdk", "vsdx", "vue", "war",
    "wav", "webp", "wsdl", "xls", "xlsm", "xlsx", "xml", "xsd", "yaml", "yml",
];

/// Names of programs that look like hosts, and lead to nobody's page but their makers'.
const PROGRAMS: [&str; 4] = ["asp.net", "ado.net", "ml.net", "vb.net"];

/// Whether a word leads somewhere by a scheme, by `//` or `www.`, by the name of a Windows share, or by a path on a
/// host.
pub(super) fn is_live(word: &str) -> bool {
    let word = word.to_lowercase();
    let begins = |at: usize| {
        !word[..at]
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric)
    };
    let found = |needle: &str, whole_word: bool, goes_on: fn(&str) -> bool| {
        word.match_indices(needle)
            .any(|(at, _)| (!whole_word || begins(at)) && goes_on(&word[at + needle.len()..]))
    };
    let leads = |rest: &str| rest.starts_with(char::is_alphanumeric);
    let leads_on = |rest: &str| {
        rest.trim_start_matches(['/', '\\'])
            .starts_with(|c: char| c.is_alphanumeric() || "[%@_-".contains(c))
    };
    found("//", false, leads_on)
        || found("www.", true, leads)
        || SCHEMES.iter().any(|scheme| found(scheme, true, leads))
        || CODE.iter().any(|scheme| found(scheme, true, is_more))
        || found("ms-", true, is_handler)
        || word.match_indices("\\\\").any(|(at, share)| {
            begins(at) && !word[..at].ends_with(':') && leads(&word[at + share.len()..])
        })
        || found("/\\", true, leads)
        || found("http:\\", true, leads_on)
        || found("https:\\", true, leads_on)
        || hosts(&word)
            .into_iter()
            .any(|(at, host)| goes_somewhere(host, &word[at + host.len()..]))
}

fn is_more(rest: &str) -> bool {
    rest.chars().any(char::is_alphanumeric)
}

/// What may follow `ms-` in the scheme of a Windows handler, as in `ms-word:` and `ms-msdt:`.
fn is_handler(rest: &str) -> bool {
    let name = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-');
    name.len() < rest.len() && name.strip_prefix(':').is_some_and(|path| !path.is_empty())
}

/// Whether a path, a query or a port with one of them follows a host.
fn goes_somewhere(host: &str, rest: &str) -> bool {
    let is_quad = is_quad(host);
    if !(is_quad || is_domain(host)) {
        return false;
    }
    let rest = rest.trim_start_matches(is_dot);
    let after_port = match rest.strip_prefix(':') {
        Some(port) => port.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let Some(path) = after_port.strip_prefix(['/', '?', '#']) else {
        return false;
    };
    // The size of a network is no path.
    let is_size = after_port.starts_with('/')
        && path.starts_with(|c: char| c.is_ascii_digit())
        && path.trim_end_matches([',', '.', ')', ';']).len() < 3;
    path.starts_with(|c: char| !c.is_whitespace()) && !(is_quad && is_size)
}

fn is_quad(host: &str) -> bool {
    let mut count = 0;
    let is_number = |label: &str| {
        count += 1;
        (1..4).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_digit())
    };
    host.split('.').all(is_number) && count == 4
}

/// A word whose names of hosts no program makes a link of: `example[.]com`. Where a sentence begins without a gap it
/// gets one.
pub(super) fn neutral_hosts(word: &str) -> String {
    let mut neutral = String::with_capacity(word.len());
    let mut done = 0;
    for (at, host) in hosts(word) {
        if !is_domain(host) {
            continue;
        }
        neutral.push_str(&word[done..at]);
        done = at + host.len();
        match sentences(host) {
            Some((end, begin)) => {
                neutral.push_str(end);
                neutral.push_str(". ");
                neutral.push_str(begin);
            }
            None => neutral.push_str(&host.replace(is_dot, "[.]")),
        }
    }
    neutral.push_str(&word[done..]);
    neutral
}

/// The end of one sentence and the first word of the next.
fn sentences(host: &str) -> Option<(&str, &str)> {
    let (end, begin) = host.split_once('.')?;
    let mut letters = begin.chars();
    let is_capital = letters.next()?.is_uppercase();
    let is_word = !begin.contains(is_dot) && letters.all(char::is_lowercase);
    (is_capital && is_word).then_some((end, begin))
}

const fn is_dot(c: char) -> bool {
    matches!(c, '.' | '。' | '．' | '｡')
}

/// The runs of characters that hosts are made of, each with its place. Two dots end one.
fn hosts(word: &str) -> Vec<(usize, &str)> {
    let mut hosts = Vec::new();
    let mut take = |from: usize, to: usize| {
        let run = &word[from..to];
        let host = run.trim_start_matches(is_dot);
        let at = to - host.len();
        let host = host.trim_end_matches(is_dot);
        if host.contains(is_dot) {
            hosts.push((at, host));
        }
    };
    let mut start = 0;
    let mut after_dot = false;
    for (at, c) in word.char_indices() {
        let is_part = c.is_alphanumeric() || matches!(c, '-' | '_');
        if !(is_part || is_dot(c) && !after_dot) {
            take(start, at);
            start = at + c.len_utf8();
        }
        after_dot = is_dot(c);
    }
    take(start, word.len());
    hosts
}

fn is_domain(host: &str) -> bool {
    let Some((_, last)) = host.rsplit_once(is_dot) else {
        return false;
    };
    let last = last.trim_end_matches(['-', '_']).to_lowercase();
    let is_name = last.starts_with("xn--")
        || (last.chars().all(char::is_alphabetic) && last.chars().nth(1).is_some());
    let is_other = FILE_ENDS.contains(&last.as_str())
        || last.ends_with("exception")
        || last.ends_with("error")
        || PROGRAMS.contains(&host.to_lowercase().as_str());
    is_name && !is_other
}
