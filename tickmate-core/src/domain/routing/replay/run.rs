//! The world driven by the board.

use std::sync::Arc;

use super::{Figures, Happening, Period, Step, TooMuch, World};
use crate::domain::{
    routing::{Board, Index, Move, Policy, Staff},
    skill::Vocabulary,
};

/// The figures of a period under a policy. Costs by tickets, and by the minutes in which one of them is unfinished.
///
/// # Errors
/// Where the period is too large.
pub fn replay(
    period: &Period,
    policy: &Policy,
    vocabulary: &Arc<Vocabulary>,
) -> Result<Figures, TooMuch> {
    let mut world = World::new(period, policy)?;
    let mut board = period.board(policy, vocabulary);
    while let Some(step) = world.step() {
        let moves = answer(&mut board, &step);
        world.apply(&moves);
    }
    Ok(Figures::of(&world, board.index()))
}

/// What a board makes of a step.
pub fn answer(board: &mut Board, step: &Step) -> Vec<Move> {
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
    /// A board of the period's people as it begins: nobody has anything.
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
