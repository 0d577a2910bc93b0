//! Runs a replay: the world, with the board as its router.

use std::sync::Arc;

use super::{
    Happening, MAX_EFFORT, Period, ReplayFigures, ReplayStep, TooMuch, World, effort::Effort,
};
use crate::domain::{
    routing::{Board, Index, Move, Policy, Staff},
    skill::Vocabulary,
};

/// Replays a period under a policy and returns the figures.
///
/// Costs grow with the number of tickets and with the minutes during which a ticket waits for a timer of the policy
/// or belongs to an absent user; they are bounded by [`super::MAX_EFFORT`].
///
/// # Errors
/// Returns an error if the period or the effort of its replay is too large.
pub fn replay(
    period: &Period,
    policy: &Policy,
    vocabulary: &Arc<Vocabulary>,
) -> Result<ReplayFigures, TooMuch> {
    let figures = replay_while(period, policy, vocabulary, &|| true)?;
    figures.ok_or(TooMuch::Work)
}

/// Replays a period as [`replay`] does, but can be canceled: returns `None` as soon as `wanted`, which is called
/// before each step, returns false.
///
/// # Errors
/// As [`replay`].
pub fn replay_while(
    period: &Period,
    policy: &Policy,
    vocabulary: &Arc<Vocabulary>,
    wanted: &dyn Fn() -> bool,
) -> Result<Option<ReplayFigures>, TooMuch> {
    run(period, policy, vocabulary, wanted, MAX_EFFORT)
}

/// Replays a period within a budget.
pub(super) fn run(
    period: &Period,
    policy: &Policy,
    vocabulary: &Arc<Vocabulary>,
    wanted: &dyn Fn() -> bool,
    budget: u64,
) -> Result<Option<ReplayFigures>, TooMuch> {
    let mut world = World::new(period, policy)?;
    let mut board = period.board(policy, vocabulary);
    let mut effort = Effort::new(period, policy, budget);
    while let Some(step) = world.step() {
        if !wanted() {
            return Ok(None);
        }
        effort.spend(&world, &step)?;
        let moves = answer(&mut board, &step);
        world.apply(&moves);
    }
    Ok(Some(ReplayFigures::of(&world, board.index())))
}

/// Applies a step to a board and returns the board's moves.
pub fn answer(board: &mut Board, step: &ReplayStep) -> Vec<Move> {
    match &step.what {
        Happening::Finished { ticket, .. } => board.finish(*ticket, step.at),
        Happening::Presence(change) => {
            board
                .index()
                .set_shift_end(change.person, change.shift_ends);
            board.presence(change.person, change.presence, step.at)
        }
        Happening::Written(ticket) => board.write(ticket.clone(), step.at),
        Happening::Tick => board.tick(step.at),
        Happening::Begun { ticket, .. } => {
            board.begin(*ticket);
            Vec::new()
        }
    }
}

impl Period {
    /// Creates the board as the period begins: the staff have no tickets.
    pub fn board(&self, policy: &Policy, vocabulary: &Arc<Vocabulary>) -> Board {
        let index = Index::new(policy.clone(), 0, Arc::clone(vocabulary));
        let staff = self.staff.iter().map(|one| Staff {
            active: 0,
            last_assignment: 0,
            ..one.clone()
        });
        Board::new(index, staff.collect(), self.away_limit, self.from)
    }
}
