//! Trains on all resolved tickets together, which gives a better model than learning them one by one.

use std::{collections::HashSet, sync::Arc};

use super::{follow::taught, keeper::LearnerState, save::MANY};
use crate::{
    desk::{Desk, DeskError, TriageDesk, authorize::demand_admin, jobs::JobError},
    domain::{
        access::Actor,
        learn::{Analyzer, MAX_TRAINING, Model},
        options::Options,
        query::{Scope, TicketFilter, TicketOrder, TicketPlace, TicketQuery},
        status::Status,
        ticket::Ticket,
        time::Span,
        triage::Lesson,
    },
};

/// The number of tickets that one query reads.
const PAGE: u32 = 100;
/// The maximum size in bytes of the descriptions in memory.
const MAX_BYTES: usize = 64 << 20;
/// The delay after which a training that could not be saved is retried.
const AGAIN: Span = Span::seconds(5);

impl TriageDesk<'_> {
    /// Enqueues a training on all resolved tickets. The current model is used until it completes.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for an actor who is not an admin.
    pub async fn relearn(self, actor: &Actor) -> Result<(), DeskError> {
        demand_admin(actor)?;
        self.desk.follow_learning_or_log(0).await?;
        let trainings = self.desk.with_learner(|kept| kept.trainings)?;
        let unique = uuid::Builder::from_random_bytes(self.desk.random_bytes()).into_uuid();
        let key = format!("train.{trainings}.asked.{}", unique.simple());
        self.desk.ask_for_training(key, trainings).await?;
        self.desk.committed();
        Ok(())
    }
}

impl Desk {
    /// Trains on the latest resolved tickets and on the corrections of open ones, unless this training was done
    /// already. The CPU-heavy part runs on the host's executor.
    pub(in crate::desk) async fn train(&self, version: u64) -> Result<(), JobError> {
        self.follow_learning(usize::MAX).await?;
        let (trainings, mut seq, options, vocabulary) = self.with_learner(|kept| {
            let vocabulary = Arc::clone(&kept.vocabulary);
            (kept.trainings, kept.seq, kept.options.clone(), vocabulary)
        })?;
        if trainings != version {
            return Ok(());
        }
        let known: HashSet<String> =
            self.ask_analyzer(|analyzer| analyzer.learned_ids().map(str::to_owned).collect())?;
        let resolved = self.resolved_tickets().await?;
        let resolved = resolved.into_iter().filter_map(|ticket| {
            let id = ticket.id.to_string();
            let lesson = Lesson::of_resolved(&ticket, &options, known.contains(&id))?;
            Some((id, ticket, lesson))
        });
        let resolved: Vec<_> = resolved.collect();
        let mut lessons = self.other_lessons(&resolved).await?;
        lessons.extend(resolved);
        let mut analyzer = self.analyzer_of(&vocabulary, &options, Model::default());
        let trained = self.offloaded(move || {
            let lessons = lessons.iter();
            analyzer.train(lessons.map(|(id, ticket, lesson)| lesson.example(id, ticket)));
            analyzer
        });
        let mut trained = trained.await?;
        let texts = trained.model().texts();
        loop {
            self.learn_since(&mut trained, &mut seq, &options).await?;
            let now = self.now();
            let too_early = self.with_learner(|kept| {
                if kept.trainings == version && kept.seq != seq {
                    return Some(trained);
                }
                // A concurrent call loaded the training of another process.
                if kept.trainings != version {
                    return None;
                }
                kept.analyzer = self.with_lists_of(kept, &trained);
                kept.trainings = version + 1;
                // Makes the save due immediately, in case the store rejects this one.
                kept.unsaved = MANY;
                kept.unsaved_since = Some(now);
                None
            })?;
            match too_early {
                Some(analyzer) => trained = analyzer,
                None => break,
            }
        }
        if !self.save_learning().await? {
            // Another process saved its state, which is loaded before the next attempt.
            return Err(JobError::Later(self.now() + AGAIN));
        }
        tracing::info!(tickets = texts, "the analyzer was trained");
        Ok(())
    }

    /// Returns the lessons of tickets that are not among these: tickets that were corrected and are not resolved yet.
    async fn other_lessons(
        &self,
        resolved: &[(String, Ticket, Lesson)],
    ) -> Result<Vec<(String, Ticket, Lesson)>, DeskError> {
        let known: HashSet<&str> = resolved.iter().map(|(id, ..)| id.as_str()).collect();
        let others: Vec<(String, Lesson)> = self.with_learner(|kept| {
            let analyzer = &kept.analyzer;
            let others = analyzer.learned_ids().filter(|id| !known.contains(id));
            let lesson =
                |id: &str| Some((id.to_owned(), Lesson::of_labels(analyzer.labels_of(id)?)));
            others.filter_map(lesson).collect()
        })?;
        let mut lessons = Vec::with_capacity(others.len());
        for (id, lesson) in others {
            let ticket = match id.parse() {
                Ok(of) => self.readable_ticket(of).await?,
                Err(_) => None,
            };
            let is_open = |ticket: &Ticket| {
                ticket.deleted_at.is_none()
                    && !matches!(ticket.status, Status::Resolved | Status::Closed)
            };
            if let Some(ticket) = ticket.filter(is_open) {
                lessons.push((id, ticket, lesson));
            }
        }
        Ok(lessons)
    }

    /// Makes an analyzer of the trained model with the current lists.
    fn with_lists_of(&self, kept: &LearnerState, trained: &Analyzer) -> Analyzer {
        self.analyzer_of(&kept.vocabulary, &kept.options, trained.model().clone())
    }

    /// Learns the events that this process has followed since an event, and records the position.
    async fn learn_since(
        &self,
        analyzer: &mut Analyzer,
        seq: &mut u64,
        options: &Options,
    ) -> Result<(), DeskError> {
        let until = self.with_learner(|kept| kept.seq)?;
        while *seq < until {
            let events = self.store.events_after(*seq, PAGE).await?;
            for event in events.iter().filter(|event| event.seq <= until) {
                if let Some(id) = event.ticket()
                    && let Some(ticket) = self.readable_ticket(id).await?
                    && let Some(lesson) = Lesson::of(event, &ticket, options)
                {
                    taught(analyzer, &ticket, lesson);
                }
            }
            *seq = events.last().map_or(until, |last| last.seq.min(until));
        }
        // An earlier state was loaded in the meantime: the later lessons are learned again as their events are
        // followed.
        *seq = until;
        Ok(())
    }

    /// Returns the latest resolved or closed tickets, oldest first.
    async fn resolved_tickets(&self) -> Result<Vec<Ticket>, DeskError> {
        let mut tickets: Vec<Ticket> = Vec::new();
        let mut bytes = 0;
        let mut after: Option<TicketPlace> = None;
        while tickets.len() < MAX_TRAINING && bytes < MAX_BYTES {
            let query = TicketQuery {
                scopes: vec![Scope::All],
                filter: TicketFilter {
                    status: vec![Status::Resolved, Status::Closed],
                    ..TicketFilter::default()
                },
                order: TicketOrder::CreatedAt,
                descending: true,
                after,
                limit: PAGE,
            };
            let page = self.store.tickets(&query).await?;
            after = page.items.last().map(|ticket| query.order.place(ticket));
            bytes += page
                .items
                .iter()
                .map(|one| one.description.len())
                .sum::<usize>();
            tickets.extend(page.items);
            if !page.more {
                break;
            }
        }
        tickets.truncate(MAX_TRAINING);
        tickets.reverse();
        Ok(tickets)
    }
}
