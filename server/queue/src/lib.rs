//! A reception hall as a fold of events, and the order of calls in it.
//!
//! The crate is pure: no clock, no randomness, no I/O. Server, bus borne and simulator share it. Events may come twice,
//! late and in any order: a ticket's state is the greatest (episode, rank) seen, so every replica ends with the same hall.

mod guard;
mod hall;
mod help;
mod order;
mod ticket;

pub use guard::{CallRules, TooSoon};
pub use hall::{Hall, LastCall, Received};
pub use help::HelpCall;
pub use order::{Decision, Rule, Seat, choose};
pub use ticket::{Call, Issue, Rank, State, Ticket};

#[cfg(test)]
mod tests;
