//! However much models say that is no use, memory stays flat: hostile answers round after round through one desk.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test panics where something is not as it should be"
)]

#[path = "desk/triage/answers.rs"]
mod answers;

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU8, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use tickmate_core::{
    backend::llm::{Completion, Llm, LlmError, ModelId, Prompt, StopReason, Usage},
    desk::{Clock, Desk, DeskSecret, Identified, Random, TicketDraft},
    domain::{job::Job, time::from_micros, user::Role},
    memory::{MemoryMailer, MemoryQueue, MemoryStore},
};

/// How often each answer is given.
const ROUNDS: usize = 12;
/// What the store in memory keeps of so many tickets, and some room for the allocator.
const MOST: u64 = 48 << 20;

/// Says one after another, for ever.
struct Hostile {
    answers: Vec<String>,
    next: AtomicUsize,
}

#[async_trait]
impl Llm for Hostile {
    fn identity(&self) -> ModelId {
        ModelId {
            provider: "test".to_owned(),
            model: "hostile".to_owned(),
        }
    }

    async fn complete(&self, _: &Prompt) -> Result<Completion, LlmError> {
        let next = self.next.fetch_add(1, Ordering::SeqCst) % self.answers.len();
        Ok(Completion {
            text: self.answers[next].clone(),
            model: "hostile".to_owned(),
            usage: Usage::default(),
            latency: Duration::ZERO,
            stop: StopReason::Done,
        })
    }
}

/// What the process has of the machine's memory now, in bytes.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes * 1024
}

#[tokio::test]
async fn hostile_answers_leave_memory_flat() {
    let answers = answers::answers();
    let (asked, said) = (
        answers.len() * ROUNDS,
        answers.iter().map(String::len).sum::<usize>(),
    );
    let llm = Arc::new(Hostile {
        answers,
        next: AtomicUsize::new(0),
    });
    let micros = AtomicI64::new(1_700_000_000_000_000);
    let clock: Clock = Arc::new(move || from_micros(micros.fetch_add(1, Ordering::SeqCst)));
    let counter = AtomicU8::new(0);
    let counted = AtomicI64::new(0);
    let random: Random = Arc::new(move |bytes| {
        let number = counted.fetch_add(1, Ordering::SeqCst).to_le_bytes();
        for (byte, number) in bytes.iter_mut().zip(number.iter().cycle()) {
            *byte = number ^ counter.fetch_add(1, Ordering::SeqCst);
        }
    });
    let queue = Arc::new(MemoryQueue::new(Arc::clone(&clock)));
    let desk = Desk::builder(
        Arc::new(MemoryStore::new()),
        Arc::new(MemoryMailer::new()),
        queue,
    )
    .llm(Arc::clone(&llm))
    .clock(clock)
    .random(random)
    .cpu_executor(Arc::new(|work| {
        work();
        Ok(())
    }))
    .secret(DeskSecret::new(*b"an example secret of thirty-two b"))
    .build()
    .unwrap();
    let ann = Identified {
        subject: "ann".to_owned(),
        email: "ann@example.org".to_owned(),
        role: Role::User,
        name: None,
    };
    let ann = desk
        .users()
        .upsert_host_user(&ann)
        .await
        .unwrap()
        .actor()
        .unwrap();
    let draft = TicketDraft {
        title: "The VPN is broken".to_owned(),
        description: "Since this morning.".to_owned(),
        ..TicketDraft::default()
    };
    let mut before = None;
    while llm.next.load(Ordering::SeqCst) < asked {
        let made = desk.tickets().create(&ann, &draft, None).await.unwrap();
        let ticket = made.outcome.ticket.id;
        desk.jobs().run(&Job::Triage { ticket }, 0).await.unwrap();
        // What is made once is there after the first round.
        if before.is_none() && llm.next.load(Ordering::SeqCst) * ROUNDS >= asked {
            before = Some(resident());
        }
    }
    let grown = resident().saturating_sub(before.unwrap());
    let all = (said * ROUNDS) as u64;
    assert!(all > 2 * MOST, "too little was said to tell");
    assert!(grown < MOST, "{grown} bytes more, of {all} that were said");
}
