//! What two machines of Accueil say to each other: identities, events, survey cells, the site's catalogue,
//! its publication, synchronisation, reports of bornes, commands and what became of them, what is wanted of a borne, staff badges, enrolment, the time,
//! what a request's signature covers, and how texts are told without secrets.
//!
//! The crate is pure: no clock, no randomness, no I/O. Its bytes are frozen by golden files (`wire/golden/`).

pub mod catalogue;
pub mod command;
pub mod enrolment;
pub mod event;
pub mod ids;
pub mod label;
pub mod opening;
pub mod outcome;
pub mod problem;
pub mod publication;
pub mod redaction;
pub mod report;
pub mod sealed;
pub mod service_day;
pub mod signature;
pub mod staff;
pub mod survey;
pub mod sync;
pub mod time;
pub mod token;
pub mod wanted;
