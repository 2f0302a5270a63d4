//! Whether a headset is plugged in.
//!
//! | from | selector | how |
//! |---|---|---|
//! | a jack of the sound card | `jack:auto`, `jack:/dev/input/eventN`, `jack:name:NAME` | the kernel's switch `SW_HEADPHONE_INSERT` |
//! | a jack whose switch is wired | a line, `pi:17`, `line:NAME`, `chip:PATH:OFFSET` | its level |
//! | a USB headset | `card:ID` | its sound card comes and goes |

mod card;
mod line;
mod selector;
mod switch;
mod watch;

pub use selector::{JackSelector, JackSelectorError};
pub use switch::jacks;
pub use watch::JackWatch;

use std::os::fd::BorrowedFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::gpio::{LineError, Pull};

/// How the jack is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JackOptions {
    /// Of a line: low says that a headset is in.
    pub active_low: bool,
    /// Of a line: what holds it where nothing drives it.
    pub pull: Pull,
    /// How long a headset must be in to count: a plug bounces. Out counts at once.
    pub settle: Duration,
    /// How often what is away is looked for.
    pub rescan: Duration,
}

impl Default for JackOptions {
    /// A switch that connects to ground when a plug is in.
    fn default() -> Self {
        Self { active_low: true, pull: Pull::Up, settle: Duration::from_millis(200), rescan: Duration::from_secs(2) }
    }
}

/// What is told of the headset; how it is at the start is told first.
#[derive(Debug)]
pub enum JackEvent {
    /// It is in.
    HeadsetIn,
    /// It is out.
    HeadsetOut,
    /// Nobody knows any more, which counts as out; told once for each cause, and looked for again.
    Lost {
        /// Why, and what to do.
        why: JackError,
    },
}

/// Why nothing is known of the headset; the text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum JackError {
    /// No such switch.
    #[error("{jack}: no jack of this machine tells of headsets under that name: `borne doctor` lists those that do")]
    Absent {
        /// The selector.
        jack: JackSelector,
    },
    /// Permissions refuse.
    #[error("{jack}: this program may not open {}: add its user to the group `input`", node.display())]
    Forbidden {
        /// The selector.
        jack: JackSelector,
        /// The node that is refused.
        node: PathBuf,
    },
    /// It was there, or is another kind of device.
    #[error("{jack} tells nothing: {what}; check that it is there and tells of headsets")]
    Failed {
        /// The selector.
        jack: JackSelector,
        /// What the system said.
        what: String,
    },
    /// The line.
    #[error(transparent)]
    Line(#[from] LineError),
}

/// What tells of a headset, once it is there.
trait Source {
    /// How it is now; read once, before the first change.
    fn present(&self) -> bool;

    /// What to wait on.
    fn descriptors(&self) -> Vec<BorrowedFd<'_>>;

    /// How often to ask where nothing can be waited on.
    fn period(&self) -> Option<Duration> {
        None
    }

    /// Reads what is there without waiting, and tells each level with its time.
    fn changes(&mut self, told: &mut dyn FnMut(bool, Instant)) -> Result<(), JackError>;
}

fn open(selector: &JackSelector, options: &JackOptions) -> Result<Box<dyn Source>, JackError> {
    match selector {
        JackSelector::Auto | JackSelector::Node(_) | JackSelector::Named(_) => switch::open(selector),
        JackSelector::Card(id) => Ok(Box::new(card::Card::new(id))),
        JackSelector::Line(line) => line::open(selector, line, options),
    }
}
