//! The borne's screens, generated from the `.slint` files of `ui/`, and nothing else.
#![expect(missing_docs, unused_qualifications, reason = "generated code")]
slint::include_modules!();
