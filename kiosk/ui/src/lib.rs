//! The borne's screens, generated from the `.slint` files of `ui/`, and nothing else.
#![expect(missing_docs, unused_qualifications, clippy::unwrap_used, clippy::todo, reason = "generated code")]
slint::include_modules!();
