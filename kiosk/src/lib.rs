//! What the borne's program is made of: the displays that draw the screens, and one binder a screen.

pub mod binders;
pub mod cli;
pub mod display;
pub mod gallery;
