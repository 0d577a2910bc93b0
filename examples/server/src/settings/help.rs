//! The list of variables in `--help`.

use clap::{Arg, Args, Command};

use super::{
    address::AddressVariables, data::DataVariables, logs::LogVariables, mail::MailVariables,
    metrics::MetricsVariables, models::ModelVariables, not_built_in::NotBuiltIn,
    variables::name_of,
};

/// The most characters of a line.
const WIDTH: usize = 80;
/// A space at which no line is broken.
const NO_BREAK: char = '\u{a0}';
/// Where the description of a variable begins.
const INDENT: usize = 26;

/// Returns a command whose arguments are all variables.
pub(super) fn all() -> Command {
    let command = AddressVariables::augment_args(Command::new("settings"));
    let command = MailVariables::augment_args(DataVariables::augment_args(command));
    let command = MetricsVariables::augment_args(ModelVariables::augment_args(command));
    NotBuiltIn::augment_args(LogVariables::augment_args(command))
}

/// Returns the part of `--help` that lists all variables.
pub(crate) fn help() -> String {
    list(&all())
}

/// Returns the part of `--help` that lists the variables of models and logs.
pub fn model_help() -> String {
    let command = ModelVariables::augment_args(Command::new("settings"));
    list(&LogVariables::augment_args(command))
}

fn list(variables: &Command) -> String {
    let intro = "Settings come from the environment and from a file .env in the current folder. The environment takes \
                 precedence, and an empty value counts as none.";
    let mut lines = wrap(intro, WIDTH);
    let mut heading = None;
    for variable in variables.get_arguments() {
        if variable.get_help_heading() != heading {
            heading = variable.get_help_heading();
            lines.push(String::new());
            lines.push(format!("{}:", heading.unwrap_or_default()));
        }
        let mut text = meaning(variable);
        for default in variable.get_default_values() {
            let default = default.to_string_lossy();
            let space = if default.len() < WIDTH / 2 {
                NO_BREAK
            } else {
                ' '
            };
            text.push_str(&format!(" [default:{space}{default}]"));
        }
        let description = wrap(&text, WIDTH - INDENT);
        let names = [name_of(variable)].into_iter().chain(std::iter::repeat(""));
        let rows = names.zip(description);
        lines.extend(rows.map(|(name, line)| format!("  {name:<23} {line}")));
    }
    lines.join("\n").replace(NO_BREAK, " ")
}

/// Returns what a variable is for, without the marks of Markdown.
fn meaning(variable: &Arg) -> String {
    let help = variable.get_help().map(ToString::to_string);
    help.unwrap_or_default().replace('`', "")
}

/// Breaks a text into lines of at most so many characters, between words.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Returns what `.env.example` holds of each variable.
    fn example() -> String {
        let mut text = String::new();
        let mut heading = None;
        for variable in all().get_arguments() {
            if variable.get_help_heading() != heading {
                heading = variable.get_help_heading();
                text.push_str(&format!("\n# --- {} ---\n", heading.unwrap()));
            }
            let default = variable.get_default_values().first();
            let default = default.map(|value| value.to_string_lossy().into_owned());
            let (help, name) = (meaning(variable), name_of(variable));
            text.push_str(&format!(
                "\n# {help}\n#{name}={}\n",
                default.unwrap_or_default()
            ));
        }
        text
    }

    #[test]
    fn the_example_holds_every_variable_once() {
        let file = include_str!("../../../../.env.example");
        let (head, variables) = file.split_at(file.find("\n# ---").unwrap());
        assert!(head.lines().all(|line| line.starts_with("# ")), "{head}");
        assert_eq!(variables, example());
        let all = all();
        let names: HashSet<&str> = all.get_arguments().map(name_of).collect();
        assert_eq!(names.len(), all.get_arguments().count());
    }

    #[test]
    fn the_help_holds_every_variable_within_80_columns() {
        let help = help();
        for variable in all().get_arguments() {
            assert!(help.contains(&format!("\n  {} ", name_of(variable))));
        }
        for line in help.lines().chain(model_help().lines()) {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }
}
