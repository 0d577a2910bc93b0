//! Rules for texts: lengths in characters, and no control characters where they are harmful.

use serde::Serialize;

/// An invalid field and the reason, as a message for the user who filled it in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field's name on the wire.
    pub field: String,
    /// The rule that the value breaks.
    pub message: String,
}

impl FieldError {
    /// Creates the error of a field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// The rule for a text: its length in characters, and whether it may have several lines.
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
/// A user's name: 1 to 100 characters on one line.
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
/// The most characters of a password, which is never truncated.
pub const MAX_PASSWORD: usize = 128;
/// The most skills of a user or a ticket.
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

    /// Returns whether line ends and tabs are allowed.
    pub const fn has_lines(&self) -> bool {
        self.lines
    }

    /// Checks the text by this rule, and returns it as it is stored: one line is trimmed, a text of several lines is
    /// unchanged.
    ///
    /// # Errors
    /// A [`FieldError`] for `field` if the text is too short, too long, or contains a forbidden character.
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
        let is_allowed = self.lines && matches!(c, '\n' | '\r' | '\t');
        (c.is_control() && !is_allowed)
            || is_line_separator(c) && !self.lines
            || is_direction_override(c) && !self.lines
    }
}

/// Returns whether this is a line end of Unicode, at which some programs break lines.
const fn is_line_separator(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Returns whether this character reorders the following ones: with it, one name can look like another (UTS #39, UTR #36).
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

/// Returns the first `max` characters of a text, with every run of white space replaced by one space.
pub fn one_line(text: &str, max: usize) -> String {
    let mut line = String::new();
    let mut length = 0;
    let visible = text
        .chars()
        .filter(|c| !is_direction_override(*c))
        .collect::<String>();
    for word in visible
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
    fn control_characters_are_refused() {
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
    fn white_space_is_folded_into_single_spaces() {
        assert_eq!(one_line("  a \n\n b\tc  ", 80), "a b c");
        assert_eq!(one_line("abc def", 4), "abc");
        assert_eq!(one_line("", 4), "");
    }
}
