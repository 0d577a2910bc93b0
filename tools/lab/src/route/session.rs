//! One run of the protocol: the driver's names on one side, the board on the other.

use std::{collections::BTreeMap, sync::Arc};

use tickmate::domain::{
    id::UserId,
    presence::Presence,
    priority::Priority,
    routing::{Board, BoardTicket, Index, Move, Policy, Staff},
    skill::{Level, Skill, Vocabulary},
    time::{Span, Timestamp, from_micros},
    user,
};

use super::protocol::{Answer, Line, NamedSkill, Role};

/// How long somebody may be away before tickets are handed over.
const AWAY_LIMIT: Span = Span::minutes(20);

/// What is answered to one line.
pub(super) struct Answered {
    pub(super) text: String,
    pub(super) ended: bool,
}

/// Somebody as the driver introduced them.
struct Introduced {
    role: Role,
    capacity: u32,
    online: bool,
    skills: Vec<NamedSkill>,
}

/// One run of the protocol.
pub(super) struct Session {
    policy: Policy,
    explains: bool,
    vocabulary: Arc<Vocabulary>,
    introduced: BTreeMap<String, Introduced>,
    board: Option<Board>,
    people: Names<UserId>,
    tickets: Names<u64>,
}

/// The driver's names for people or tickets, and ours.
struct Names<T> {
    ours: BTreeMap<String, T>,
    theirs: BTreeMap<T, String>,
}

impl<T: Copy + Ord> Names<T> {
    const fn new() -> Self {
        Self {
            ours: BTreeMap::new(),
            theirs: BTreeMap::new(),
        }
    }

    fn add(&mut self, name: &str, ours: T) {
        self.ours.insert(name.to_owned(), ours);
        self.theirs.insert(ours, name.to_owned());
    }

    fn find(&self, kind: &str, name: &str) -> Result<T, String> {
        let found = self.ours.get(name).copied();
        found.ok_or_else(|| format!("{kind}: {name:?} was never introduced"))
    }
}

impl Session {
    pub(super) fn new(policy: Policy, explains: bool) -> Self {
        Self {
            policy,
            explains,
            vocabulary: Arc::new(Vocabulary::shipped()),
            introduced: BTreeMap::new(),
            board: None,
            people: Names::new(),
            tickets: Names::new(),
        }
    }

    pub(super) fn answer(&mut self, line: &[u8]) -> Result<Answered, String> {
        let line: Line = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        let ended = matches!(line, Line::End {});
        let moves = self.take(line)?;
        let mut text = String::new();
        for one in &moves {
            self.write(one, &mut text)?;
        }
        put(&Answer::Done {}, &mut text)?;
        Ok(Answered { text, ended })
    }

    fn take(&mut self, line: Line) -> Result<Vec<Move>, String> {
        match line {
            Line::Hello { protocol } if protocol == "tmroute/1" => Ok(Vec::new()),
            Line::Hello { protocol } => Err(format!("protocol: {protocol:?} is not \"tmroute/1\"")),
            Line::Taxonomy { skills } => {
                let taken = Vocabulary::new(skills);
                let vocabulary = taken.map_err(|error| format!("skills: {error}"))?;
                self.vocabulary = Arc::new(vocabulary);
                Ok(Vec::new())
            }
            Line::Moderator {
                id,
                role,
                capacity,
                online,
                skills,
            } => {
                if self.board.is_some() {
                    return Err(format!("moderator: {id:?} comes after \"ready\""));
                }
                let introduced = Introduced {
                    role,
                    capacity,
                    online,
                    skills,
                };
                self.introduced.insert(id, introduced);
                Ok(Vec::new())
            }
            Line::Ready { t } => self.ready(moment(t)).map(|()| Vec::new()),
            Line::Ticket {
                t,
                id,
                priority,
                requester,
                skills,
            } => {
                let ticket = self.ticket(&id, &priority, &requester, &skills, moment(t))?;
                Ok(self.board()?.write(ticket, moment(t)))
            }
            Line::Start { ticket } => {
                let ticket = self.tickets.find("ticket", &ticket)?;
                self.board()?.begin(ticket);
                Ok(Vec::new())
            }
            Line::Complete { t, ticket } => {
                let ticket = self.tickets.find("ticket", &ticket)?;
                Ok(self.board()?.finish(ticket, moment(t)))
            }
            Line::Presence {
                t,
                moderator,
                status,
            } => {
                let person = self.people.find("moderator", &moderator)?;
                let presence = match status.as_str() {
                    "online" => Presence::Present,
                    "away" => Presence::Away,
                    "offline" => Presence::Offline,
                    _ => {
                        return Err(format!(
                            "status: {status:?} is none of online, away, offline"
                        ));
                    }
                };
                Ok(self.board()?.presence(person, presence, moment(t)))
            }
            Line::Tick { t } => Ok(self.board()?.tick(moment(t))),
            Line::End {} | Line::Unknown => Ok(Vec::new()),
        }
    }

    /// Everybody is there: ids are given in the order of the driver's names, by which ties are broken.
    fn ready(&mut self, now: Timestamp) -> Result<(), String> {
        let mut staff = Vec::new();
        for (place, (name, one)) in (1_u64..).zip(std::mem::take(&mut self.introduced)) {
            let id = person_id(place);
            self.people.add(&name, id);
            let skills: Result<Vec<Skill>, String> = one
                .skills
                .iter()
                .map(|skill| {
                    let level = skill.level.map(Level::try_from).transpose();
                    let level = level.map_err(|error| format!("level of {name:?}: {error}"))?;
                    Ok(self.vocabulary.resolve(&skill.name).at(level))
                })
                .collect();
            staff.push(Staff {
                id,
                role: match one.role {
                    Role::Moderator => user::Role::Moderator,
                    Role::Admin => user::Role::Admin,
                },
                skills: skills?,
                capacity: one.capacity,
                active: 0,
                presence: match one.online {
                    true => Presence::Present,
                    false => Presence::Offline,
                },
                shift_ends: None,
                last_assignment: 0,
            });
        }
        let index = Index::new(self.policy.clone(), 0, Arc::clone(&self.vocabulary));
        self.board = Some(Board::new(index, staff, AWAY_LIMIT, now));
        Ok(())
    }

    fn ticket(
        &mut self,
        id: &str,
        priority: &str,
        requester: &str,
        skills: &[String],
        written: Timestamp,
    ) -> Result<BoardTicket, String> {
        let priority: Priority = priority
            .parse()
            .map_err(|error| format!("priority: {error}"))?;
        if self.tickets.ours.contains_key(id) {
            return Err(format!("ticket: {id:?} is there already"));
        }
        let number = self.tickets.ours.len() as u64 + 1;
        self.tickets.add(id, number);
        let requester = match self.people.ours.get(requester) {
            Some(known) => *known,
            None => {
                let id = person_id(self.people.ours.len() as u64 + 1);
                self.people.add(requester, id);
                id
            }
        };
        let skills = self
            .vocabulary
            .resolve_all(skills.iter().map(String::as_str));
        Ok(BoardTicket {
            number,
            priority,
            requester,
            skills,
            written,
        })
    }

    fn board(&mut self) -> Result<&mut Board, String> {
        self.board
            .as_mut()
            .ok_or_else(|| "this comes before \"ready\"".to_owned())
    }

    fn write(&self, one: &Move, text: &mut String) -> Result<(), String> {
        let Move::Assign { ticket, to, why } = one else {
            return Ok(());
        };
        let (ticket, moderator) = (self.tickets.theirs.get(ticket), self.people.theirs.get(to));
        let (Some(ticket), Some(moderator)) = (ticket, moderator) else {
            return Ok(());
        };
        let name = |id: UserId| self.people.theirs.get(&id).cloned();
        let answer = Answer::Assign {
            ticket,
            moderator,
            why: self.explains.then(|| why.sentence(name)),
            decision: self.explains.then_some(why.as_ref()),
        };
        put(&answer, text)
    }
}

fn put(answer: &Answer<'_>, text: &mut String) -> Result<(), String> {
    let line = serde_json::to_string(answer).map_err(|error| error.to_string())?;
    text.push_str(&line);
    text.push('\n');
    Ok(())
}

fn moment(milliseconds: i64) -> Timestamp {
    from_micros(milliseconds.saturating_mul(1_000))
}

/// The id of the person at this place. Ids of later places are greater.
fn person_id(place: u64) -> UserId {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&place.to_be_bytes());
    UserId::new(from_micros(0), random)
}
