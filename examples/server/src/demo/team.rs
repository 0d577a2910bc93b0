//! The demo team: eight moderators with five places each, and an admin.

use tickmate::{
    backend::store::{UserKey, UserStore},
    desk::{DeskError, NewPerson, Registration},
    domain::{email::Email, user::Role},
};

use crate::{admin::refused, failure::Failure, print, wire::App};

/// How many open tickets a moderator of the team takes.
const PLACES: u32 = 5;

/// A member of the team: the name, and the skills by their names in the shipped vocabulary, with commas between.
struct Member(&'static str, &'static str);

const MODERATORS: &[Member] = &[
    Member(
        "Nadia Network",
        "Network, Wi-Fi, VPN, Firewalls, DNS, DHCP, Routing and switching, Telephony",
    ),
    Member(
        "Hugo Hardware",
        "Hardware, Laptops, Monitors, Printers, Scanners, Mobile devices, Servers, Storage, Meeting room \
         technology",
    ),
    Member(
        "Bianca Billing",
        "Billing, Refunds, Subscriptions, Accounting, Taxes, Customer service",
    ),
    Member(
        "Amir Accounts",
        "Accounts, Password reset, Active Directory, Single sign-on, Multi-factor authentication, Human \
         resources, Onboarding",
    ),
    Member(
        "Dora Database",
        "Databases, SQL, PostgreSQL, MySQL, Backup, Analytics, Performance tuning",
    ),
    Member(
        "Wanda Web",
        "Web, Web hosting, Domains, TLS, DNS, JavaScript, Web browsers, Marketing",
    ),
    Member(
        "Emil Mail",
        "E-mail, Microsoft Outlook, Microsoft Exchange, Spam filtering, Security, Phishing, Data protection",
    ),
    Member(
        "Sofia Software",
        "Software, Windows, Microsoft 365, Microsoft Excel, Orders, Shipping, Returns, Sales, Documentation",
    ),
];

impl Member {
    fn skills(&self) -> impl Iterator<Item = &'static str> {
        self.1.split(", ").filter(|skill| !skill.is_empty())
    }
}

const ADMIN: &str = "Ada Admin";

/// What a password is made of: nothing that looks like something else.
const SIGNS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// How long a password is, in groups of four.
const GROUPS: usize = 4;

/// Somebody that was added.
pub(super) struct Login {
    role: Role,
    email: String,
    password: String,
}

/// Adds those of the team who are not there, and prints how they log in. That is printed once.
///
/// # Errors
/// Where the database can't be written.
pub(crate) async fn install_team(app: &App) -> Result<(), Failure> {
    let mut added = Vec::new();
    let admin = Member(ADMIN, "");
    added.extend(install(app, &admin, Role::Admin).await?);
    for member in MODERATORS {
        added.extend(install(app, member, Role::Moderator).await?);
    }
    print_logins("demo team", &added, MODERATORS.len() + 1);
    Ok(())
}

/// Adds two people who ask, and prints how they log in.
pub(super) async fn install_requesters(app: &App, names: &[&'static str]) -> Result<(), Failure> {
    let mut added = Vec::new();
    for name in names {
        added.extend(install(app, &Member(name, ""), Role::User).await?);
    }
    print_logins("people who ask", &added, names.len());
    Ok(())
}

/// The address of a demo person: the first name at example.org.
pub(super) fn address(name: &str) -> String {
    let first = name.split(' ').next().unwrap_or(name);
    format!("{}@example.org", first.to_lowercase())
}

async fn install(app: &App, member: &Member, role: Role) -> Result<Option<Login>, Failure> {
    let name = member.0;
    let email = address(name);
    let parsed = email
        .parse::<Email>()
        .map_err(|error| Failure::because("no address of a demo person", &error))?;
    let known = app.store.user_by(&UserKey::Email(parsed)).await;
    let known = known.map_err(|error| Failure::because("the demo team can't be read", &error))?;
    if known.is_some() {
        return Ok(None);
    }
    let password = password()?;
    let person = NewPerson {
        registration: Registration {
            email: email.clone(),
            password: password.clone(),
            name: Some(name.to_owned()),
            username: None,
            skills: member.skills().map(Into::into).collect(),
        },
        role,
        capacity: Some(PLACES),
    };
    match app.desk.users().install(person).await {
        Ok(_) => Ok(Some(Login {
            role,
            email,
            password,
        })),
        // Another process was faster.
        Err(DeskError::Conflict { .. }) => Ok(None),
        Err(error) => Err(refused("the demo team can't be added", &error)),
    }
}

fn print_logins(who: &str, added: &[Login], all: usize) {
    if added.len() < all {
        print::line(format_args!(
            "\nThe {who}: {} of {all} were there already; their passwords were printed when they were added.",
            all - added.len()
        ));
    }
    if added.is_empty() {
        return;
    }
    print::line(format_args!(
        "\nThe {who}, with passwords that are printed this once:"
    ));
    let rows: Vec<Vec<String>> = added
        .iter()
        .map(|login| {
            vec![
                login.role.as_str().to_owned(),
                login.email.clone(),
                login.password.clone(),
            ]
        })
        .collect();
    print::table(&rows);
}

/// Sixteen signs of 32: 80 random bits.
fn password() -> Result<String, Failure> {
    let mut bytes = [0; 4 * GROUPS];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::because("the system gave no random bytes", &error))?;
    let sign = |byte: &u8| char::from(SIGNS[usize::from(byte % 32)]);
    let groups: Vec<String> = bytes
        .chunks(4)
        .map(|group| group.iter().map(sign).collect())
        .collect();
    Ok(groups.join("-"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use tickmate::domain::{lexical::Lexicon, skill::Vocabulary};

    use super::*;

    #[test]
    fn the_vocabulary_knows_every_skill_of_the_team() {
        let vocabulary = Vocabulary::shipped();
        for member in MODERATORS {
            let name = member.0;
            for skill in vocabulary.resolve_all(member.skills()) {
                assert!(!skill.id.starts_with("x:"), "{name}: {}", skill.name);
            }
        }
    }

    #[test]
    fn the_team_covers_the_skill_of_every_category() {
        let vocabulary = Vocabulary::shipped();
        let names = MODERATORS.iter().flat_map(Member::skills);
        let skills = vocabulary.resolve_all(names);
        for category in Lexicon::shipped().categories() {
            let Some(id) = &category.skill else { continue };
            assert!(skills.iter().any(|skill| skill.id == *id), "{id}");
        }
    }

    #[test]
    fn it_has_forty_places_and_addresses_of_its_own() {
        let places = PLACES as usize * MODERATORS.len();
        assert!(MODERATORS.len() >= 8 && places >= 40);
        let mut addresses: HashSet<String> = MODERATORS
            .iter()
            .map(|Member(name, _)| address(name))
            .collect();
        addresses.insert(address(ADMIN));
        assert_eq!(addresses.len(), MODERATORS.len() + 1);
    }

    #[test]
    fn passwords_differ() {
        let passwords: HashSet<String> = (0..50).map(|_| password().unwrap()).collect();
        assert_eq!(passwords.len(), 50);
        assert!(passwords.iter().all(|password| password.len() == 19));
    }
}
