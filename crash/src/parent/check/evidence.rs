//! Reads the content of the store after the desk has finished its work.

use std::{collections::HashMap, path::Path};

use tickmate::{
    backend::store::{EventStore, MailQuery, MailStore, TicketStore, UserKey, UserStore},
    domain::{
        event::Event,
        id::TicketId,
        mail::{MailKey, MailStatus},
        page::MAX_LIMIT,
        query::{Scope, TicketFilter, TicketOrder, TicketQuery},
        routing::Staff,
        ticket::Ticket,
        user::User,
    },
    sqlite::{SqliteSettings, SqliteStore},
};

use crate::{failure::Failure, parent::drain};

/// The number of events in one page.
const EVENT_PAGE: u32 = 1_000;
/// A limit above the number of mails of any run.
const MAX_MAILS: u32 = 10_000_000;

/// The content of the store after the desk has finished its work.
pub(crate) struct Evidence {
    pub(crate) tickets: Vec<Ticket>,
    /// In the order of `seq`.
    pub(crate) events: Vec<Event>,
    pub(crate) staff: Vec<Staff>,
    pub(crate) users: Vec<User>,
    pub(crate) mails: HashMap<MailKey, MailStatus>,
}

impl Evidence {
    pub(crate) async fn read(db: &Path) -> Result<Self, Failure> {
        let store = SqliteStore::open(&SqliteSettings::new(db)).await?;
        let evidence = Self {
            tickets: read_tickets(&store).await?,
            events: read_events(&store).await?,
            staff: store.roster().await?,
            users: read_users(&store, db).await?,
            mails: read_mails(&store).await?,
        };
        store.close().await?;
        Ok(evidence)
    }

    /// Returns the events of each ticket, in order.
    pub(crate) fn by_ticket(&self) -> HashMap<TicketId, Vec<&Event>> {
        let mut by_ticket: HashMap<TicketId, Vec<&Event>> = HashMap::new();
        for event in &self.events {
            if let Some(ticket) = event.ticket() {
                by_ticket.entry(ticket).or_default().push(event);
            }
        }
        by_ticket
    }
}

async fn read_tickets(store: &SqliteStore) -> Result<Vec<Ticket>, Failure> {
    let mut query = TicketQuery {
        scopes: vec![Scope::All],
        filter: TicketFilter::default(),
        order: TicketOrder::CreatedAt,
        descending: false,
        after: None,
        limit: MAX_LIMIT,
    };
    let mut tickets: Vec<Ticket> = Vec::new();
    loop {
        let page = store.tickets(&query).await?;
        tickets.extend(page.items);
        query.after = tickets.last().map(|last| query.order.place(last));
        if !page.more {
            return Ok(tickets);
        }
    }
}

async fn read_events(store: &SqliteStore) -> Result<Vec<Event>, Failure> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let after = events.last().map_or(0, |last| last.seq);
        let page = store.events_after(after, EVENT_PAGE).await?;
        if page.is_empty() {
            return Ok(events);
        }
        events.extend(page);
    }
}

async fn read_users(store: &SqliteStore, db: &Path) -> Result<Vec<User>, Failure> {
    let mut connection = drain::connect(db).await?;
    let addresses: Vec<String> = sqlx::query_scalar("SELECT email FROM users")
        .fetch_all(&mut connection)
        .await?;
    let mut users = Vec::new();
    for address in addresses {
        users.extend(store.user_by(&UserKey::Email(address.parse()?)).await?);
    }
    Ok(users)
}

async fn read_mails(store: &SqliteStore) -> Result<HashMap<MailKey, MailStatus>, Failure> {
    let mut mails = HashMap::new();
    for status in MailStatus::ALL {
        let of_status = store
            .mails(&MailQuery::of_status(status), MAX_MAILS)
            .await?;
        mails.extend(
            of_status
                .items
                .into_iter()
                .map(|mail| (mail.key, mail.status)),
        );
    }
    Ok(mails)
}
