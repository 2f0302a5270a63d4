//! A reception hall as a fold of events, the order of calls in it, how long people wait, and days played in advance.
//!
//! The crate is pure: no clock, no randomness, no I/O. Server, bus borne and simulator share it. Events may come twice,
//! late and in any order: a ticket's state is that of its greatest (episode, rank), so every replica ends with the same
//! hall (rule R13). Where two replicas called one ticket, both name the same winner, and [`Hall::lost_calls`] tells the
//! other counter why it is free again.
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

mod counter;
mod course;
mod estimate;
mod floor;
mod fold;
mod hall;
mod help;
mod ledger;
mod order;
mod passage;
pub mod policy;
mod screen;
pub mod simulation;
mod sorted;
mod ticket;

pub use counter::CounterState;
pub use course::{Parking, Place};
pub use estimate::{Before, Estimate, FRESH, SERVED_LEAST, Unknown, estimate, estimate_before};
pub use floor::{AtCounter, CounterFigures, Floor, ServiceFigures, Shortage, shortages};
pub use fold::Received;
pub use hall::{Hall, LostCall};
pub use help::HelpCall;
pub use order::{
    Candidate, Decision, NotHere, NotPostponed, Past, Rule, RunnerUp, Seat, Snapshot, choose, choose_by_hand, decide,
    line, postpone, ranking,
};
pub use passage::Call;
pub use policy::Policy;
pub use screen::{LastCall, UndoneCall};
pub use ticket::{Issue, Paper, State, Ticket};
pub use wire::event::Rank;

#[cfg(test)]
mod tests;
