//! Suspects: jobs whose last run never ended. A suspect runs without other jobs of its class, and after repeated
//! crashes without suspects of any class, so that the next crash has an unambiguous cause.

use tickmate_core::domain::{
    job::LeasedJob,
    job_class::{JobClass, PerClass},
};

/// The number of runs that never ended after which a suspect runs without any other suspect. If two suspects crashed
/// together again, one of them may be innocent. After its first crash, a suspect does not wait for suspects of other
/// classes, which may take long.
pub(crate) const REPEATED_CRASHES: u32 = 2;

/// The turn of each class. Suspects and other jobs of a class alternate, so that a slow suspect does not delay the
/// others for long.
#[derive(Debug)]
pub(crate) struct Suspects {
    classes: PerClass<ClassTurn>,
}

#[derive(Debug)]
enum ClassTurn {
    /// The next suspect of the class may be leased.
    Suspect,
    /// A suspect is leased and waits until the other jobs of its class have ended.
    Leased(Box<LeasedJob>),
    /// A suspect runs. `crashes` is the number of its runs that never ended.
    Running { crashes: u32 },
    /// A suspect has ended, so the other jobs are next.
    Others,
}

impl Suspects {
    pub(crate) fn new() -> Self {
        Self {
            classes: PerClass::of(|_| ClassTurn::Suspect),
        }
    }

    /// Ends the turn of suspects in classes without a running job. `runs` returns whether a class has one.
    pub(crate) fn note_ended(&mut self, runs: impl Fn(JobClass) -> bool) {
        for class in JobClass::ALL {
            let turn = self.classes.get_mut(class);
            if matches!(turn, ClassTurn::Running { .. }) && !runs(class) {
                *turn = ClassTurn::Others;
            }
        }
    }

    /// Returns the classes whose next suspect may be leased.
    pub(crate) fn leasable_classes(&self) -> Vec<JobClass> {
        let is_next = |class: &JobClass| matches!(self.classes.get(*class), ClassTurn::Suspect);
        JobClass::ALL.into_iter().filter(is_next).collect()
    }

    /// Stores a leased suspect until the other jobs of its class have ended.
    pub(crate) fn lease(&mut self, job: LeasedJob) {
        let class = job.class;
        *self.classes.get_mut(class) = ClassTurn::Leased(Box::new(job));
    }

    /// Returns the class of a leased suspect that may run now.
    pub(crate) fn ready(&self, runs: impl Fn(JobClass) -> bool) -> Option<JobClass> {
        let mut all = JobClass::ALL.into_iter();
        all.find(|class| match self.classes.get(*class) {
            ClassTurn::Leased(job) => !runs(*class) && !self.waits_for_suspect(job),
            ClassTurn::Suspect | ClassTurn::Running { .. } | ClassTurn::Others => false,
        })
    }

    /// Returns whether a suspect must wait for a running suspect of another class.
    fn waits_for_suspect(&self, job: &LeasedJob) -> bool {
        JobClass::ALL
            .into_iter()
            .any(|class| match self.classes.get(class) {
                ClassTurn::Running { crashes } => {
                    job.crashes >= REPEATED_CRASHES || *crashes >= REPEATED_CRASHES
                }
                ClassTurn::Suspect | ClassTurn::Leased(_) | ClassTurn::Others => false,
            })
    }

    /// Takes the leased suspect of a class, to run it now.
    pub(crate) fn take(&mut self, class: JobClass) -> Option<LeasedJob> {
        let turn = self.classes.get_mut(class);
        if !matches!(turn, ClassTurn::Leased(_)) {
            return None;
        }
        match std::mem::replace(turn, ClassTurn::Others) {
            ClassTurn::Leased(job) => {
                let crashes = job.crashes;
                *turn = ClassTurn::Running { crashes };
                Some(*job)
            }
            ClassTurn::Suspect | ClassTurn::Running { .. } | ClassTurn::Others => None,
        }
    }

    /// Returns the free slots for other jobs: 0 in a class with a running suspect, or with a leased suspect that only
    /// waits for its class.
    pub(crate) fn slots_for_others(&self, free: PerClass<u32>) -> PerClass<u32> {
        PerClass::of(|class| match self.classes.get(class) {
            ClassTurn::Leased(job) if self.waits_for_suspect(job) => *free.get(class),
            ClassTurn::Leased(_) | ClassTurn::Running { .. } => 0,
            ClassTurn::Suspect | ClassTurn::Others => *free.get(class),
        })
    }

    /// Ends the turn of the other jobs. Returns whether suspects are next in a class.
    pub(crate) fn end_turn_of_others(&mut self) -> bool {
        let mut is_next = false;
        for class in JobClass::ALL {
            let turn = self.classes.get_mut(class);
            if matches!(turn, ClassTurn::Others) {
                *turn = ClassTurn::Suspect;
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
    fn a_suspect_and_the_other_jobs_of_its_class_take_turns() {
        let room = PerClass::of(|_| 3);
        let mut suspects = Suspects::new();
        assert_eq!(suspects.leasable_classes(), JobClass::ALL);
        assert_eq!(suspects.slots_for_others(room), room);
        suspects.lease(suspect(JobClass::Deliveries, 1));
        let others = [JobClass::Tickets, JobClass::Bulk, JobClass::Maintenance];
        let busy = PerClass {
            deliveries: 0,
            ..room
        };
        assert_eq!(suspects.leasable_classes(), others);
        assert_eq!(suspects.slots_for_others(room), busy);
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
        assert_eq!(suspects.slots_for_others(room), busy);
        assert!(!suspects.end_turn_of_others(), "it still runs");
        suspects.note_ended(|_| false);
        assert_eq!(suspects.slots_for_others(room), room);
        assert_eq!(suspects.leasable_classes(), others);
        assert!(suspects.end_turn_of_others());
        assert_eq!(suspects.leasable_classes(), JobClass::ALL);
    }
    #[test]
    fn a_suspect_that_crashed_twice_runs_without_other_suspects() {
        for (first, second, waits) in [(1, 1, false), (1, 2, true), (2, 1, true), (2, 2, true)] {
            let room = PerClass::of(|_| 3);
            let mut suspects = Suspects::new();
            suspects.lease(suspect(JobClass::Deliveries, first));
            assert!(suspects.take(JobClass::Deliveries).is_some());
            suspects.lease(suspect(JobClass::Tickets, second));
            let runs = |class| class == JobClass::Deliveries;
            let ready = (!waits).then_some(JobClass::Tickets);
            assert_eq!(suspects.ready(runs), ready, "{first} {second}");
            // Meanwhile the other jobs of its class continue.
            let free = if waits { 3 } else { 0 };
            assert_eq!(suspects.slots_for_others(room).tickets, free);
            suspects.note_ended(|_| false);
            assert_eq!(suspects.ready(|_| false), Some(JobClass::Tickets));
            assert_eq!(suspects.slots_for_others(room).tickets, 0);
        }
    }
}
