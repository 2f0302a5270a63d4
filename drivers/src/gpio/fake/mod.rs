//! A board without hardware: `fake:FILE:NAME` (feature `virtual`).
//!
//! The file is a script that is played from its begin, and on as it grows: whoever appends `set BELL low` presses the
//! button now. What programs drive appears in `FILE.out`, a line each (`RING high`).
//!
//! ```text
//! input BELL          # the lines that the board has; a program that asks for another is refused
//! output RING
//! wait 2000           # milliseconds
//! bounce BELL low 7   # seven edges within a moment, ending low: a real contact
//! set BELL float      # let go: the pull decides
//! unplug              # the chip is gone
//! plug
//! ```
//!
//! What the script says wrong stops the board: its lines are lost, with the sentence that names the script's line.

mod board;
mod player;
mod script;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use board::{Driven, FakeBoard};
use player::Player;
pub use script::{Step, parse};

use super::lines::LineError;
use super::selector::LineSelector;

/// The scripted boards of a program, one a file.
#[derive(Debug, Default)]
pub(super) struct FakeBoards {
    boards: BTreeMap<PathBuf, Player>,
}

impl FakeBoards {
    /// The board of a script, begun when it is first asked for.
    pub(super) fn board(&mut self, script: &Path, line: &LineSelector) -> Result<&mut FakeBoard, LineError> {
        if !self.boards.contains_key(script) {
            let player = Player::start(script).map_err(|error| LineError::Script {
                line: line.clone(),
                what: format!("the script {} cannot be played: {error}", script.display()),
            })?;
            self.boards.insert(script.to_owned(), player);
        }
        let unknown = || LineError::NoSuchLine { line: line.clone() };
        self.boards.get_mut(script).map(Player::board).ok_or_else(unknown)
    }
}
