//! What a board's lines can do, whoever reaches them: one trait for all back-ends.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::selector::LineSelector;

/// What lets the borne open chips, and the memory that a Raspberry Pi's header is read through.
pub(super) const UDEV_RULE: &str = r#"KERNEL=="gpiochip*|gpiomem*", GROUP="gpio", MODE="0660""#;

/// What holds a line's level where nothing drives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pull {
    /// A resistor outside the chip, or a sensor that drives the line.
    #[default]
    None,
    /// The chip's own resistor to its supply: a button that connects to ground.
    Up,
    /// The chip's own resistor to ground.
    Down,
}

/// An input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputOptions {
    /// Low is active: a button between the line and ground.
    pub active_low: bool,
    /// What holds it where nothing drives it.
    pub pull: Pull,
    /// How long a level lasts before it counts; the kernel is asked to drop shorter ones too.
    pub debounce: Duration,
}

/// An output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutputOptions {
    /// Low is active.
    pub active_low: bool,
}

/// What happens at an input.
#[derive(Debug)]
pub enum LineEvent {
    /// Its level changed.
    Edge {
        /// The new level.
        active: bool,
        /// When, by the kernel's clock where it tells.
        at: Instant,
    },
    /// It tells no more: the chip was unplugged, or the line was taken.
    Lost(LineError),
}

/// Takes what happens at an input; called from a thread of the back-end, and must not block.
pub type LineEvents = Box<dyn FnMut(LineEvent) + Send>;

/// An input that is watched; it is released on drop.
pub struct Input {
    /// Its level when it was requested.
    pub active: bool,
    /// What keeps the watch alive.
    pub watch: Box<dyn Send>,
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input").field("active", &self.active).finish_non_exhaustive()
    }
}

/// An output that is driven; it begins inactive, and who drops it leaves it as it was set last.
pub trait Output: Send {
    /// Sets the level.
    fn set(&mut self, active: bool) -> Result<(), LineError>;
}

/// A board's lines.
pub trait Lines: Send {
    /// Requests an input and watches it until the answer is dropped.
    fn input(&mut self, line: &LineSelector, options: &InputOptions, events: LineEvents) -> Result<Input, LineError>;

    /// Requests an output, inactive.
    fn output(&mut self, line: &LineSelector, options: OutputOptions) -> Result<Box<dyn Output>, LineError>;
}

/// Why a line cannot be had or is no longer there; the text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// `pi:` on another machine.
    #[error(
        "{line} needs a Raspberry Pi and this machine is none: name the line with line:NAME or chip:/dev/gpiochipN:OFFSET, or leave it out"
    )]
    NotARaspberryPi {
        /// The line.
        line: LineSelector,
    },
    /// No character device of a chip.
    #[error(
        "{line} is out of reach: this machine has no GPIO chip (/dev/gpiochip*); plug a USB one in, or leave the line out"
    )]
    NoChip {
        /// The line.
        line: LineSelector,
    },
    /// Chips are there, the line is not.
    #[error("{line} is on no chip of this machine: `borne doctor` lists the lines that are")]
    NoSuchLine {
        /// The line.
        line: LineSelector,
    },
    /// Two lines bear the name.
    #[error("{line} is the name of several lines: choose one with {}", choices.join(" or "))]
    Ambiguous {
        /// The line.
        line: LineSelector,
        /// Selectors that name one each.
        choices: Vec<String>,
    },
    /// Permissions refuse.
    #[error("{line}: this program may not open {}: add the udev rule `{rule}`", node.display())]
    Forbidden {
        /// The line.
        line: LineSelector,
        /// The file whose permissions refuse.
        node: PathBuf,
        /// The rule that is missing.
        rule: String,
    },
    /// Another program or driver holds the line.
    #[error("{line} is in use by {by}: free it, or choose another line")]
    Busy {
        /// The line.
        line: LineSelector,
        /// Whoever holds it, as it calls itself.
        by: String,
    },
    /// The system refuses for another cause.
    #[error("{line} cannot be used: check that it can do what is asked of it (direction, pull)")]
    Refused {
        /// The line.
        line: LineSelector,
        /// What the system said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It was there, and is no more.
    #[error("{line} no longer answers: check that its chip is plugged in")]
    Gone {
        /// The line.
        line: LineSelector,
        /// What the system said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// `fake:` in a program that was built without virtual devices.
    #[error("{line} needs a program built with virtual devices: use a real line")]
    NoFakes {
        /// The line.
        line: LineSelector,
    },
    /// A scripted board was asked for what it does not know.
    #[error("{line}: {what}")]
    Script {
        /// The line.
        line: LineSelector,
        /// What, and where in the script.
        what: String,
    },
}

impl LineError {
    /// Whether asking again later can help: a chip can be plugged in, a rule added, a line freed.
    pub const fn may_pass(&self) -> bool {
        match self {
            Self::NoChip { .. }
            | Self::NoSuchLine { .. }
            | Self::Forbidden { .. }
            | Self::Busy { .. }
            | Self::Refused { .. }
            | Self::Gone { .. } => true,
            Self::NotARaspberryPi { .. } | Self::Ambiguous { .. } | Self::NoFakes { .. } | Self::Script { .. } => false,
        }
    }
}
