//! Which texts are taken: lengths in characters, and no control characters where they would do harm.

use serde::Serialize;

/// One field that can't be taken, and why, in words for the person who filled it in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field's name on the wire.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

impl FieldError {
    /// Names a field and what is wrong with it.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// The shape of a text: its length in characters, and whether it may have several lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextRule {
    min: usize,
    max: usize,
    lines: bool,
}

/// A ticket's title: 1 to 200 characters on one line.
pub const TITLE: TextRule = TextRule {
    min: 1,
    max: 200,
    lines: false,
};
/// A ticket's description or a reply: 1 to 20,000 characters, line ends and tabs allowed.
pub const BODY: TextRule = TextRule {
    min: 1,
    max: 20_000,
    lines: true,
};
/// A person's name: 1 to 100 characters on one line.
pub const NAME: TextRule = TextRule {
    min: 1,
    max: 100,
    lines: false,
};
/// A category: 1 to 60 characters on one line.
pub const CATEGORY: TextRule = TextRule {
    min: 1,
    max: 60,
    lines: false,
};
/// A skill: 1 to 60 characters on one line.
pub const SKILL: TextRule = TextRule {
    min: 1,
    max: 60,
    lines: false,
};
/// An `Idempotency-Key`: 1 to 255 characters on one line.
pub const REQUEST_KEY: TextRule = TextRule {
    min: 1,
    max: 255,
    lines: false,
};
/// The fewest characters of a password.
pub const MIN_PASSWORD: usize = 8;
/// The most characters of a password. It is taken whole, never cut.
pub const MAX_PASSWORD: usize = 128;
/// The most skills that a person or a ticket has.
pub const MAX_SKILLS: usize = 50;

impl TextRule {
    /// Makes a rule: the fewest and the most characters, and whether the text may have several lines.
    pub const fn new(min: usize, max: usize, lines: bool) -> Self {
        Self { min, max, lines }
    }

    /// Returns the fewest characters.
    pub const fn min(&self) -> usize {
        self.min
    }

    /// Returns the most characters.
    pub const fn max(&self) -> usize {
        self.max
    }

    /// Whether line ends and tabs are allowed.
    pub const fn has_lines(&self) -> bool {
        self.lines
    }

    /// Says whether the text can be taken under this rule, and how: one line is trimmed, a text of several lines is
    /// kept to the byte.
    ///
    /// # Errors
    /// A [`FieldError`] for `field` when it is too short, too long, or holds a character that is not allowed.
    pub fn check(&self, field: &str, text: &str) -> Result<String, FieldError> {
        let trimmed = text.trim();
        let text = if self.lines { text } else { trimmed };
        let length = text.chars().count();
        if trimmed.is_empty() || length < self.min || length > self.max {
            let message = format!("must have {} to {} characters", self.min, self.max);
            return Err(FieldError::new(field, message));
        }
        if text.chars().any(|c| self.forbids(c)) {
            let message = match self.lines {
                true => "must not contain control characters",
                false => "must be one line without control characters",
            };
            return Err(FieldError::new(field, message));
        }
        Ok(text.to_owned())
    }

    fn forbids(&self, c: char) -> bool {
        let harmless = self.lines && matches!(c, '\n' | '\r' | '\t');
        (c.is_control() && !harmless)
            || is_line_separator(c) && !self.lines
            || is_direction_override(c) && !self.lines
    }
}

/// Unicode's own line ends, which some programs break lines at.
const fn is_line_separator(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Characters that reorder what follows, by which one name can look like another (UTS #39, Unicode TR36).
const fn is_direction_override(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Returns a username without the spaces around it. It never has the form of an address, so that the two can't be
/// confused.
///
/// # Errors
/// A [`FieldError`] for `username` unless it has 3 to 40 ASCII letters, digits, dots, underscores or hyphens.
pub fn check_username(username: &str) -> Result<String, FieldError> {
    let username = username.trim();
    let fits = (3..=40).contains(&username.len());
    match fits
        && username
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    {
        true => Ok(username.to_owned()),
        false => Err(FieldError::new(
            "username",
            "must be 3 to 40 letters, digits, dots, underscores or hyphens",
        )),
    }
}

/// The first `max` characters of a text, every run of white space made one space.
pub fn one_line(text: &str, max: usize) -> String {
    let mut line = String::new();
    let mut length = 0;
    let kept = text
        .chars()
        .filter(|c| !is_direction_override(*c))
        .collect::<String>();
    for word in kept
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
    {
        if length > 0 {
            line.push(' ');
            length += 1;
        }
        for c in word.chars() {
            if length >= max {
                return line.trim_end().to_owned();
            }
            line.push(c);
            length += 1;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_counted_in_characters() {
        assert!(TITLE.check("title", &"ä".repeat(200)).is_ok());
        assert!(TITLE.check("title", &"ä".repeat(201)).is_err());
        assert!(TITLE.check("title", "   ").is_err());
        assert_eq!(
            TITLE.check("title", "  VPN \u{1F525} ").as_deref(),
            Ok("VPN \u{1F525}")
        );
    }

    #[test]
    fn control_characters_are_named() {
        for text in [
            "a\nb",
            "a\0b",
            "a\u{1b}[0m",
            "a\u{202e}b",
            "a\u{2028}b",
            "a\u{85}b",
        ] {
            assert_eq!(
                TITLE.check("title", text).map_err(|e| e.field),
                Err("title".to_owned()),
                "{text:?}"
            );
        }
        assert_eq!(
            BODY.check("description", "  a\r\n\tb \n").as_deref(),
            Ok("  a\r\n\tb \n")
        );
        assert!(BODY.check("description", " \n ").is_err());
        assert!(BODY.check("description", "a\0b").is_err());
    }

    #[test]
    fn one_line_folds_white_space() {
        assert_eq!(one_line("  a \n\n b\tc  ", 80), "a b c");
        assert_eq!(one_line("abc def", 4), "abc");
        assert_eq!(one_line("", 4), "");
    }
}
