//! Carries out what the journeys decide: store, numbering, devices, sync, control socket.

pub mod badges;
pub mod borne;
pub mod clock;
pub mod config;
pub mod control;
pub mod core;
pub mod devices;
pub mod enrol;
pub mod identity;
pub mod machine;
pub mod random;
pub mod recent;
pub mod report;
pub mod screen;
pub mod slip_end;
pub mod speech;
pub mod store;
pub mod survey;
pub mod sync;
pub mod ticket;
pub mod version;
pub mod wanted;
