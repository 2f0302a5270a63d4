//! General-purpose lines: a call button, a presence sensor, a ring of LEDs, a buzzer.
//!
//! | what | where | promise |
//! |---|---|---|
//! | which line | [`LineSelector`] | prints as it was written |
//! | lines | [`Lines`], [`Board`] | one trait; a Raspberry Pi's header (`pi:`), any chip's character device (`line:`, `chip:`), a script (`fake:`) |
//! | edges | [`Debounce`] | pure; a train of bounces is one change, one that does not last is none |
//! | light | [`Light`], [`Ring`] | pure; never three flashes within a second |
//! | sound | [`Sound`], [`Buzzer`] | pure; every sound ends |
//! | all together | [`Controls`] | a thread that sleeps until something happens; outputs are switched off at its end |
//! | search | [`discover`] | what is there, and what may not be opened |
//!
//! Where there is no chip, or no Raspberry Pi, each control says so in one sentence and nothing else changes.

mod board;
mod buzzer;
mod character_device;
mod controls;
mod debounce;
mod discovery;
#[cfg(feature = "virtual")]
pub mod fake;
mod kernel_clock;
mod light;
mod lines;
mod raspberry_pi;
mod selector;

pub use board::Board;
pub use buzzer::{Buzzer, LONGEST, QUIET, Sound};
pub use controls::{ControlEvent, ControlOptions, Controls, InputLine, OutputLine, Part, STUCK_AFTER};
pub use debounce::{Debounce, Settle};
pub use discovery::discover;
pub use light::{Light, Ring, SHORTEST};
pub use lines::{Input, InputOptions, LineError, LineEvent, LineEvents, Lines, Output, OutputOptions, Pull};
pub use selector::{LineSelector, SelectorError};
