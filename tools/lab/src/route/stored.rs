//! Why a stored ticket is where it is, also beside a running server.

use std::process::ExitCode;

use tickmate::desk::{CandidateView, DeskError, Explanation, TicketRef};
use tickmate_server::{App, Failure, block_on, print, settings::Settings};

/// Says why the ticket of this number or id is where it is, and who could take it as things stand.
///
/// # Errors
/// One line where there is no such ticket, or on what keeps the database from being read.
pub(crate) fn explain(ticket: &str) -> Result<ExitCode, Failure> {
    let settings = Settings::load()?;
    block_on(&settings, explain_stored(&settings, ticket))
}

async fn explain_stored(settings: &Settings, ticket: &str) -> Result<ExitCode, Failure> {
    let named: TicketRef = ticket.parse().map_err(|_| {
        Failure::new(format!(
            "{ticket:?} is neither a ticket's number nor its id"
        ))
    })?;
    let app = App::open(settings, settings.configured_app_url()).await?;
    let explanation = app.desk.routing().explanation(named).await;
    let closed = app.close().await;
    let explanation = explanation.map_err(|error| match error {
        DeskError::NotFound => Failure::new(format!("there is no ticket {ticket}")),
        other => Failure::because("the ticket can't be explained", &other),
    })?;
    closed?;
    for line in lines(&explanation) {
        print::line(line);
    }
    print::table(&table(&explanation.now.people));
    let left = explanation.now.total - explanation.now.people.len();
    if left > 0 {
        print::line(format_args!("  and {left} more"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the explanation as sentences.
fn lines(explanation: &Explanation) -> Vec<String> {
    let mut lines = vec![format!(
        "Ticket #{}: {}.",
        explanation.number, explanation.sentence
    )];
    let skills: Vec<String> = explanation
        .needed
        .iter()
        .map(|skill| skill.label())
        .collect();
    lines.push(match skills.is_empty() {
        true => "It needs no skill that was found.".to_owned(),
        false => format!("It needs {}.", skills.join(", ")),
    });
    let now = &explanation.now;
    let under = |policy: &str, version: u64| format!("policy {policy}, version {version}");
    let current = under(&now.policy, now.version);
    lines.push(match &explanation.decision {
        Some(decision) => {
            let decided = &decision.decided;
            let then = under(&decided.policy, decided.version);
            format!("Decided under {then}; {current} holds now.")
        }
        None => format!("Not decided yet; {current} holds now."),
    });
    let who = match now.tier.as_str() {
        "full" => "Moderators who cover all that it needs",
        "partial" => "Moderators who cover a part of what it needs",
        _ => "Admins, since no moderator covers enough",
    };
    lines.push(match now.total {
        0 => "There is nobody who could take it.".to_owned(),
        total => format!("{who}, {total} in all, in their order as of now:"),
    });
    lines
}

/// The candidates, in the order in which they would be asked.
fn table(people: &[CandidateView]) -> Vec<Vec<String>> {
    if people.is_empty() {
        return Vec::new();
    }
    let words = |words: [&str; 5]| words.map(str::to_owned).to_vec();
    let row = |one: &CandidateView| {
        let compared = &one.compared;
        vec![
            one.person.display_name().to_owned(),
            one.state.as_str().replace('_', " "),
            format!("{} of {}", compared.active, compared.limit),
            compared.versatility.to_string(),
            match compared.last_assignment {
                0 => "never".to_owned(),
                event => format!("event {event}"),
            },
        ]
    };
    let head = words(["who", "state", "open", "versatility", "last given"]);
    [head].into_iter().chain(people.iter().map(row)).collect()
}
