//! What stands around every page of administration: where one is, and how the draft stands.

use super::diff::changes;
use super::faults::sentences;
use super::words::count;
use crate::pages::bar::Bar;
use crate::pages::session::Person;
use crate::publish::Draft;
use crate::store::StoreError;

/// What stands around a page.
pub(super) struct Frame {
    pub(super) bar: Bar,
    /// « 3 changements »; none where there is no draft.
    pub(super) changes: Option<String>,
    /// « 1 point à corriger »; none where there is nothing to mend.
    pub(super) faults: Option<String>,
}

impl Frame {
    /// The frame of a page with this address.
    pub(super) async fn of(person: &Person, path: &str, draft: &Draft) -> Result<Self, StoreError> {
        let changes = if draft.is_begun { changes(&person.site.published().await?, &draft.catalogue).len() } else { 0 };
        let faults = if draft.is_begun { sentences(&draft.catalogue).len() } else { 0 };
        Ok(Self {
            bar: Bar::of(person, path),
            changes: draft.is_begun.then(|| count(changes, "changement", "changements")),
            faults: (faults > 0).then(|| count(faults, "point à corriger", "points à corriger")),
        })
    }
}
