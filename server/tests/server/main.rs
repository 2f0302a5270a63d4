//! What the server promises, over its router, its store and real HTTP.

#![expect(clippy::unwrap_used, reason = "what a test did not expect ends it there, in helpers too")]

mod alarms;
mod badges;
mod console;
mod display;
mod enrolment;
mod intake;
mod machine;
mod pages;
mod retention;
mod settings;
mod slow;
mod store;
mod support;
mod survey;
mod time;
mod web;
