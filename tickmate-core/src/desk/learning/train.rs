//! Training: all that was resolved, learnt anew, which is better than one by one.

use std::sync::Arc;

use crate::{
    desk::{Desk, DeskError, jobs::JobError},
    domain::{
        learn::{Analyser, MAX_TRAINING, Model, Options},
        query::{Scope, TicketFilter, TicketOrder, TicketPlace, TicketQuery},
        status::Status,
        ticket::Ticket,
        triage::Lesson,
    },
};

/// How many tickets are read at once.
const PAGE: u32 = 100;
/// The most bytes of descriptions that are held at once.
const MAX_BYTES: usize = 64 << 20;

impl Desk {
    /// Learns the resolved tickets anew, the last ones, unless that was done meanwhile. The heavy part runs where the
    /// host runs such work.
    pub(in crate::desk) async fn train(&self, version: u64) -> Result<(), JobError> {
        self.follow_learning(usize::MAX).await?;
        let (trainings, seq, options, vocabulary) = self.with_learner(|kept| {
            let vocabulary = Arc::clone(&kept.vocabulary);
            (kept.trainings, kept.seq, kept.options.clone(), vocabulary)
        })?;
        if trainings != version {
            return Ok(());
        }
        let lessons: Vec<(String, Ticket, Lesson)> = self
            .resolved_tickets()
            .await?
            .into_iter()
            .filter_map(|ticket| {
                let lesson = Lesson::of_resolved(&ticket, &options)?;
                Some((ticket.id.to_string(), ticket, lesson))
            })
            .collect();
        let mut analyser = self.analyser_of(&vocabulary, &options, Model::default());
        let trained = self.offloaded(move || {
            let lessons = lessons.iter();
            analyser.train(lessons.map(|(id, ticket, lesson)| lesson.example(id, ticket)));
            analyser
        });
        let mut trained = trained.await?;
        let mut reached = seq;
        loop {
            self.learn_again(&mut trained, &mut reached, &options)
                .await?;
            let texts = trained.model().texts();
            let left = self.with_learner(|kept| {
                // What was learnt while this ran counts too.
                if kept.seq != reached {
                    return Some(trained);
                }
                kept.analyser = trained;
                kept.trainings = version + 1;
                kept.unsaved = kept.unsaved.saturating_add(1);
                None
            })?;
            match left {
                Some(analyser) => trained = analyser,
                None => {
                    tracing::info!(tickets = texts, "the analyser was trained");
                    return Ok(self.save_learning().await?);
                }
            }
        }
    }

    /// Learns what this process followed since an event.
    async fn learn_again(
        &self,
        analyser: &mut Analyser,
        seq: &mut u64,
        options: &Options,
    ) -> Result<(), DeskError> {
        let until = self.with_learner(|kept| kept.seq)?;
        while *seq < until {
            let events = self.store.events_after(*seq, PAGE).await?;
            for event in events.iter().filter(|event| event.seq <= until) {
                if let Some(id) = event.ticket()
                    && let Some(ticket) = self.store.ticket(id).await?
                    && let Some(lesson) = Lesson::of(event, &ticket, options)
                {
                    analyser.learn(&lesson.example(&id.to_string(), &ticket));
                }
            }
            *seq = events.last().map_or(until, |last| last.seq.min(until));
        }
        Ok(())
    }

    /// The tickets that were resolved or closed, the last ones, oldest first.
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
