//! The journeys of visitors at the borne as a pure state machine: an [`Input`] comes in with the time it came,
//! [`Effect`]s go out, and a [`view::View`] says what is on the screen. No clock, no randomness, no I/O.

pub mod codes;
mod effect;
mod hall;
mod input;
mod journey;
pub mod keyboard;
mod prefs;
mod present;
pub mod speech;
mod state;
pub mod texts;
pub mod view;

pub use effect::{Effect, Order, TimerId};
pub use input::{
    Control, Hall, Health, HelpProgress, Input, IssueFault, Issued, Key, MachineState, Part, PinCheck, Press,
    PrintReport, PrinterReadiness, Roll, StaffControl, Typed, Wait, WaitsByService,
};
pub use journey::{Journey, Role, Room, Rooms, Setup};
pub use prefs::Appearance;

#[cfg(test)]
mod tests;
