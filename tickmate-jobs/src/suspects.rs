//! Suspects: jobs whose last run never ended. Each runs without other jobs of its class, and one whose run did not end twice
//! without other suspects of any class, so that the next death is its own.

use tickmate_core::domain::{
    job::LeasedJob,
    job_class::{JobClass, PerClass},
};

/// A suspect with so many runs that never ended runs next to no other suspect: of two that ended together again, one may be
/// innocent. The first time a suspect does not wait for those of other classes, which may take long.
pub(crate) const REPEATED: u32 = 2;

/// Whose turn it is in each class. Suspects and the other jobs of a class take turns, so that a suspect that takes its
/// time holds up no other for long.
#[derive(Debug)]
pub(crate) struct Suspects {
    classes: PerClass<Turn>,
}

#[derive(Debug)]
enum Turn {
    /// The next suspect of the class may be leased.
    Suspect,
    /// One is leased, and waits until the other jobs of its class have ended.
    Leased(Box<LeasedJob>),
    /// One runs; `crashes`: how many of its runs never ended.
    Runs { crashes: u32 },
    /// One has ended: the other jobs are next.
    Others,
}

impl Suspects {
    pub(crate) fn new() -> Self {
        Self {
            classes: PerClass::of(|_| Turn::Suspect),
        }
    }

    /// Notes which classes have running jobs: the suspect of a class without one has ended.
    pub(crate) fn note_ended(&mut self, runs: impl Fn(JobClass) -> bool) {
        for class in JobClass::ALL {
            let turn = self.classes.get_mut(class);
            if matches!(turn, Turn::Runs { .. }) && !runs(class) {
                *turn = Turn::Others;
            }
        }
    }

    /// The classes whose next suspect may be leased.
    pub(crate) fn wanted(&self) -> Vec<JobClass> {
        let is_next = |class: &JobClass| matches!(self.classes.get(*class), Turn::Suspect);
        JobClass::ALL.into_iter().filter(is_next).collect()
    }

    /// Keeps a suspect that was leased until the other jobs of its class have ended.
    pub(crate) fn lease(&mut self, job: LeasedJob) {
        let class = job.class;
        *self.classes.get_mut(class) = Turn::Leased(Box::new(job));
    }

    /// The class of a suspect that waits although nothing runs that it may not run next to.
    pub(crate) fn ready(&self, runs: impl Fn(JobClass) -> bool) -> Option<JobClass> {
        let mut all = JobClass::ALL.into_iter();
        all.find(|class| match self.classes.get(*class) {
            Turn::Leased(job) => !runs(*class) && !self.waits_for_suspect(job),
            Turn::Suspect | Turn::Runs { .. } | Turn::Others => false,
        })
    }

    /// Whether a suspect must wait for the end of one of another class.
    fn waits_for_suspect(&self, job: &LeasedJob) -> bool {
        JobClass::ALL
            .into_iter()
            .any(|class| match self.classes.get(class) {
                Turn::Runs { crashes } => job.crashes >= REPEATED || *crashes >= REPEATED,
                Turn::Suspect | Turn::Leased(_) | Turn::Others => false,
            })
    }

    /// Takes the suspect of a class that waits, to be run now.
    pub(crate) fn take(&mut self, class: JobClass) -> Option<LeasedJob> {
        let turn = self.classes.get_mut(class);
        if !matches!(turn, Turn::Leased(_)) {
            return None;
        }
        match std::mem::replace(turn, Turn::Others) {
            Turn::Leased(job) => {
                let crashes = job.crashes;
                *turn = Turn::Runs { crashes };
                Some(*job)
            }
            Turn::Suspect | Turn::Runs { .. } | Turn::Others => None,
        }
    }

    /// The room that is left to the other jobs: none next to a suspect, or where one waits for them alone.
    pub(crate) fn room_for_others(&self, room: PerClass<u32>) -> PerClass<u32> {
        PerClass::of(|class| match self.classes.get(class) {
            Turn::Leased(job) if self.waits_for_suspect(job) => *room.get(class),
            Turn::Leased(_) | Turn::Runs { .. } => 0,
            Turn::Suspect | Turn::Others => *room.get(class),
        })
    }

    /// Notes that the other jobs had their turn. Returns whether suspects are next again in a class.
    pub(crate) fn others_had_their_turn(&mut self) -> bool {
        let mut is_next = false;
        for class in JobClass::ALL {
            let turn = self.classes.get_mut(class);
            if matches!(turn, Turn::Others) {
                *turn = Turn::Suspect;
                is_next = true;
            }
        }
        is_next
    }
}

#[cfg(test)]
mod tests {
    use tickmate_core::domain::{
        id::LeaseId,
        job::{Job, JobKey},
        time::from_micros,
    };

    use super::*;

    fn suspect(class: JobClass, crashes: u32) -> LeasedJob {
        LeasedJob {
            key: JobKey::new("suspect"),
            lease: LeaseId::new(from_micros(0), [1; 10]),
            job: Some(Job::DispatchBacklog { freed: None }),
            class,
            errors: 0,
            crashes,
            suspect: true,
        }
    }

    #[test]
    fn a_suspect_runs_without_others_of_its_class_and_then_these_have_a_turn() {
        let room = PerClass::of(|_| 3);
        let mut suspects = Suspects::new();
        assert_eq!(suspects.wanted(), JobClass::ALL);
        assert_eq!(suspects.room_for_others(room), room);
        suspects.lease(suspect(JobClass::Deliveries, 1));
        let others = [JobClass::Tickets, JobClass::Bulk, JobClass::Maintenance];
        let busy = PerClass {
            deliveries: 0,
            ..room
        };
        assert_eq!(suspects.wanted(), others);
        assert_eq!(suspects.room_for_others(room), busy);
        assert_eq!(
            suspects.ready(|_| true),
            None,
            "jobs of its class still run"
        );
        assert_eq!(suspects.ready(|_| false), Some(JobClass::Deliveries));
        assert_eq!(suspects.take(JobClass::Tickets), None);
        assert!(suspects.take(JobClass::Deliveries).is_some());
        assert_eq!(suspects.take(JobClass::Deliveries), None);
        suspects.note_ended(|class| class == JobClass::Deliveries);
        assert_eq!(suspects.room_for_others(room), busy);
        assert!(!suspects.others_had_their_turn(), "it still runs");
        suspects.note_ended(|_| false);
        assert_eq!(suspects.room_for_others(room), room);
        assert_eq!(suspects.wanted(), others);
        assert!(suspects.others_had_their_turn());
        assert_eq!(suspects.wanted(), JobClass::ALL);
    }
    #[test]
    fn a_suspect_that_crashed_twice_runs_next_to_no_other_one() {
        for (first, second, is_held_up) in [(1, 1, false), (1, 2, true), (2, 1, true), (2, 2, true)]
        {
            let room = PerClass::of(|_| 3);
            let mut suspects = Suspects::new();
            suspects.lease(suspect(JobClass::Deliveries, first));
            assert!(suspects.take(JobClass::Deliveries).is_some());
            suspects.lease(suspect(JobClass::Tickets, second));
            let runs = |class| class == JobClass::Deliveries;
            let ready = (!is_held_up).then_some(JobClass::Tickets);
            assert_eq!(suspects.ready(runs), ready, "{first} {second}");
            // Meanwhile the others of its class go on.
            let left = if is_held_up { 3 } else { 0 };
            assert_eq!(suspects.room_for_others(room).tickets, left);
            suspects.note_ended(|_| false);
            assert_eq!(suspects.ready(|_| false), Some(JobClass::Tickets));
            assert_eq!(suspects.room_for_others(room).tickets, 0);
        }
    }
}
