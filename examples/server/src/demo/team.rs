//! Adds the users of the demo: the team, which is eight moderators with five places each and an admin, and the
//! requesters.

use tickmate::{
    backend::store::{UserKey, UserStore},
    desk::{DeskError, NewPerson, Registration},
    domain::email::Email,
};

use super::data::{Demo, Member, address};
use crate::{
    failure::{Context, Failure, refused},
    print,
    wire::App,
};

/// How many open tickets a moderator of the team takes.
const PLACES: u32 = 5;
/// The characters of a password: none looks like another one.
const SIGNS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// The length of a password, in groups of four.
const GROUPS: usize = 4;

/// Adds the missing members of the team, and prints their logins, which are not shown again.
///
/// # Errors
/// The database can't be written.
pub(crate) async fn install_team(app: &App) -> Result<(), Failure> {
    install_all(app, "demo team", &Demo::load()?.team).await
}

/// Adds the missing ones of these users, and prints their logins, which are not shown again.
pub(super) async fn install_all(app: &App, who: &str, members: &[Member]) -> Result<(), Failure> {
    let mut logins = Vec::new();
    for member in members {
        logins.extend(install(app, member).await?);
    }
    let known = members.len() - logins.len();
    if known > 0 {
        print::line(format_args!(
            "\nThe {who}: {known} of {} were there already; their passwords were printed when they were added.",
            members.len()
        ));
    }
    if !logins.is_empty() {
        print::line(format_args!(
            "\nThe {who}, with passwords that are printed this once:"
        ));
        print::table(&logins);
    }
    Ok(())
}

/// Adds a user, and returns role, address and password; none where the user exists.
async fn install(app: &App, member: &Member) -> Result<Option<[String; 3]>, Failure> {
    let email = address(&member.name);
    let parsed: Email = email.parse().context("no address of a demo person")?;
    let known = app.store.user_by(&UserKey::Email(parsed)).await;
    if known.context("the demo team can't be read")?.is_some() {
        return Ok(None);
    }
    let password = password()?;
    let person = NewPerson {
        registration: Registration {
            email: email.clone(),
            password: password.clone(),
            name: Some(member.name.clone()),
            username: None,
            skills: member.skills().map(Into::into).collect(),
        },
        role: member.role,
        capacity: Some(PLACES),
    };
    match app.desk.users().install(person).await {
        Ok(_) => Ok(Some([member.role.as_str().to_owned(), email, password])),
        // A concurrent process added the user.
        Err(DeskError::Conflict { .. }) => Ok(None),
        Err(error) => Err(refused("the demo team can't be added", &error)),
    }
}

/// Makes a password of 80 random bits: 16 characters out of 32.
fn password() -> Result<String, Failure> {
    let mut bytes = [0; 4 * GROUPS];
    getrandom::fill(&mut bytes).context("the system gave no random bytes")?;
    let sign = |byte: &u8| char::from(SIGNS[usize::from(byte % 32)]);
    let groups = bytes.chunks(4);
    let groups: Vec<String> = groups
        .map(|group| group.iter().map(sign).collect())
        .collect();
    Ok(groups.join("-"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use tickmate::domain::{lexical::Lexicon, skill::Vocabulary, user::Role};

    use super::{
        super::data::{Demo, address},
        *,
    };

    #[test]
    fn the_vocabulary_knows_every_skill_of_the_team() {
        let vocabulary = Vocabulary::shipped();
        for member in Demo::load().unwrap().team {
            let name = &member.name;
            for skill in vocabulary.resolve_all(member.skills()) {
                assert!(!skill.id.starts_with("x:"), "{name}: {}", skill.name);
            }
        }
    }

    #[test]
    fn the_team_covers_the_skill_of_every_category() {
        let vocabulary = Vocabulary::shipped();
        let demo = Demo::load().unwrap();
        let names = demo.team.iter().flat_map(Member::skills);
        let skills = vocabulary.resolve_all(names);
        for category in Lexicon::shipped().categories() {
            let Some(id) = &category.skill else { continue };
            assert!(skills.iter().any(|skill| skill.id == *id), "{id}");
        }
    }

    #[test]
    fn the_team_has_forty_places_and_addresses_of_its_own() {
        let team = Demo::load().unwrap().team;
        let is_moderator = |member: &&Member| member.role == Role::Moderator;
        let moderators = team.iter().filter(is_moderator).count();
        assert!(moderators >= 8 && PLACES as usize * moderators >= 40);
        let addresses: HashSet<String> = team.iter().map(|member| address(&member.name)).collect();
        assert_eq!(addresses.len(), moderators + 1);
    }

    #[test]
    fn every_ticket_has_a_requester_of_the_demo() {
        let Demo {
            requesters,
            tickets,
            ..
        } = Demo::load().unwrap();
        assert!(!tickets.is_empty());
        for ticket in tickets {
            let mut names = requesters.iter().map(|member| &member.name);
            assert!(
                names.any(|name| *name == ticket.requester),
                "{}",
                ticket.title
            );
        }
    }

    #[test]
    fn passwords_differ() {
        let passwords: HashSet<String> = (0..50).map(|_| password().unwrap()).collect();
        assert_eq!(passwords.len(), 50);
        assert!(passwords.iter().all(|password| password.len() == 19));
    }
}
