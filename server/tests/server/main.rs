//! What the server promises, over its router, its store and real HTTP.

#![expect(clippy::unwrap_used, reason = "what a test did not expect ends it there, in helpers too")]

mod admin;
mod alarms;
mod api;
mod audit;
mod audited;
mod backups;
mod badges;
mod console;
mod day_end;
mod desk;
mod display;
mod drawn;
mod enrolment;
mod entrance;
mod first;
mod floor;
mod foreign;
mod hindered;
mod hooks;
mod intake;
mod machine;
mod oidc;
mod pages;
mod phone;
mod postgres;
mod pulse;
mod reception;
mod replicas;
mod retention;
mod rules;
mod screens;
mod security_table;
mod service;
mod settings;
mod silence;
mod simulate;
mod slow;
mod store;
mod support;
mod survey;
mod time;
mod tls;
mod web;
mod zones;
