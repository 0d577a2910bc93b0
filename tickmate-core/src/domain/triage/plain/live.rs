//! Detection of text that a mail client or browser might turn into a link.

/// Schemes that form a link without `//`.
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

/// Schemes that execute what follows, with any first character.
const CODE_SCHEMES: [&str; 2] = ["javascript:", "vbscript:"];

/// File extensions that are not top-level domains.
const FILE_EXTENSIONS: &[&str] = &[
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

/// Product names that look like hosts. They lead only to their makers' pages.
const PRODUCT_NAMES: [&str; 4] = ["asp.net", "ado.net", "ml.net", "vb.net"];

/// Returns whether a word may become a link: by a scheme, by `//` or `www.`, as a Windows share, or as a path on a
/// host.
pub(super) fn is_link(word: &str) -> bool {
    let word = word.to_lowercase();
    let starts_word = |at: usize| {
        !word[..at]
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric)
    };
    let contains = |needle: &str, whole_word: bool, is_continued: fn(&str) -> bool| {
        word.match_indices(needle).any(|(at, _)| {
            (!whole_word || starts_word(at)) && is_continued(&word[at + needle.len()..])
        })
    };
    let is_target = |rest: &str| rest.starts_with(char::is_alphanumeric);
    let is_target_after_slashes = |rest: &str| {
        rest.trim_start_matches(['/', '\\'])
            .starts_with(|c: char| c.is_alphanumeric() || "[%@_-".contains(c))
    };
    contains("//", false, is_target_after_slashes)
        || contains("www.", true, is_target)
        || SCHEMES
            .iter()
            .any(|scheme| contains(scheme, true, is_target))
        || CODE_SCHEMES
            .iter()
            .any(|scheme| contains(scheme, true, has_alphanumeric))
        || contains("ms-", true, is_handler)
        || word.match_indices("\\\\").any(|(at, share)| {
            starts_word(at) && !word[..at].ends_with(':') && is_target(&word[at + share.len()..])
        })
        || contains("/\\", true, is_target)
        || contains("http:\\", true, is_target_after_slashes)
        || contains("https:\\", true, is_target_after_slashes)
        || hosts(&word)
            .into_iter()
            .any(|(at, host)| has_path(host, &word[at + host.len()..]))
}

fn has_alphanumeric(rest: &str) -> bool {
    rest.chars().any(char::is_alphanumeric)
}

/// Returns whether `rest` completes the scheme of a Windows protocol handler after `ms-`, as in `ms-word:` and
/// `ms-msdt:`.
fn is_handler(rest: &str) -> bool {
    let name = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-');
    name.len() < rest.len() && name.strip_prefix(':').is_some_and(|path| !path.is_empty())
}

/// Returns whether a host is followed by a path or a query, possibly after a port.
fn has_path(host: &str, rest: &str) -> bool {
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
    // A network prefix length is not a path.
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

/// Defuses the host names in a word, so that no program turns them into links: `example[.]com`. A missing space
/// between two sentences is inserted.
pub(super) fn defuse_hosts(word: &str) -> String {
    let mut defused = String::with_capacity(word.len());
    let mut copied_to = 0;
    for (at, host) in hosts(word) {
        if !is_domain(host) {
            continue;
        }
        defused.push_str(&word[copied_to..at]);
        copied_to = at + host.len();
        match split_sentences(host) {
            Some((end, begin)) => {
                defused.push_str(end);
                defused.push_str(". ");
                defused.push_str(begin);
            }
            None => defused.push_str(&host.replace(is_dot, "[.]")),
        }
    }
    defused.push_str(&word[copied_to..]);
    defused
}

/// Splits `done.Then` into the end of one sentence and the first word of the next.
fn split_sentences(host: &str) -> Option<(&str, &str)> {
    let (end, begin) = host.split_once('.')?;
    let mut letters = begin.chars();
    let is_capital = letters.next()?.is_uppercase();
    let is_word = !begin.contains(is_dot) && letters.all(char::is_lowercase);
    (is_capital && is_word).then_some((end, begin))
}

const fn is_dot(c: char) -> bool {
    matches!(c, '.' | '。' | '．' | '｡')
}

/// Returns the sequences of characters that may be hosts, with their positions. Two consecutive dots end one.
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
    let is_other = FILE_EXTENSIONS.contains(&last.as_str())
        || last.ends_with("exception")
        || last.ends_with("error")
        || PRODUCT_NAMES.contains(&host.to_lowercase().as_str());
    is_name && !is_other
}
