//! What the server promises, over its router, its store and real HTTP.

mod console;
mod display;
mod machine;
mod pages;
mod settings;
mod store;
mod support;
mod web;
