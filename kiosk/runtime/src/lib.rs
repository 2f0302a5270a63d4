//! Carries out what the journeys decide: store, numbering, devices, sync, control socket.

pub mod clock;
pub mod screen;
pub mod store;
pub mod survey;
