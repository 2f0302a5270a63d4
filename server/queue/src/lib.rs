//! A reception hall as a fold of events, and the order of calls in it.
//!
//! The crate is pure: no clock, no randomness, no I/O. Server, bus borne and simulator share it. Events may come twice,
//! late and in any order: a ticket's state is the greatest (episode, rank) seen, so every replica ends with the same hall.
//!
//! # Whose day
//! A ticket counts in the service day its borne wrote, and a ticket of an earlier day is expired (rule R11). Not so while
//! nobody vouches for the borne's clock (rule R6): started without network and without a battery it may believe itself
//! years back or days ahead, and people would wait for a call that cannot come. Such tickets say `uncertain` and count in
//! the day in which the server received them; so do tickets of a day that has not come. The console shows them with the
//! words « Horloge à vérifier ».
//!
//! Their numbers do not repeat. Until its clock is confirmed the borne goes on counting in the day it had reached, and when
//! the true day takes over it goes on from the same numbers; it begins at 1 again on the next service day after that.

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
