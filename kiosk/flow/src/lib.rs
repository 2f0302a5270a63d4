//! The journeys of visitors at the borne as a pure state machine: an [`Input`] comes in with the time it came,
//! [`Effect`]s go out, and a [`view::View`] says what is on the screen. No clock, no randomness, no I/O.

pub mod codes;
mod effect;
mod input;
mod journey;
mod present;
mod state;
pub mod texts;
pub mod view;

pub use effect::{Effect, TimerId};
pub use input::{
    Control, HelpProgress, Input, IssueFault, Issued, PrintReport, PrinterReadiness, Wait, WaitsByService,
};
pub use journey::{Journey, Role, Setup};

#[cfg(test)]
mod tests;
