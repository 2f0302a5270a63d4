//! Carries out what the journeys decide: store, numbering, devices, sync, control socket.

pub mod screen;
