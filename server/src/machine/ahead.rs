//! Bornes whose logs go on farther than the store remembers, which lacks what lies between: it was restored.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use wire::ids::OriginId;

/// Which event each borne was asked for last that had sent later ones.
#[derive(Debug, Default)]
pub(crate) struct Ahead(Mutex<HashMap<OriginId, u64>>);

impl Ahead {
    /// Whether a borne that is asked for an event was asked for the same one before. The first time it goes back to it, as
    /// long as it keeps it; what it keeps no longer nobody has.
    pub(crate) fn asked_before(&self, borne: OriginId, event: u64) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(borne, event) == Some(event)
    }
}
