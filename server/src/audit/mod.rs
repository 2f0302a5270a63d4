//! Who did what, in a chain that shows what was changed, removed or put elsewhere since.
//!
//! [`chain`] says what an entry is and how it hangs on the one before, [`diff`] what changed without any secret in it,
//! [`verify`] whether the chain still holds. All three are pure; stores keep the entries in their room `Audit`.

pub mod chain;
pub mod diff;
pub mod verify;

pub use chain::{Action, Entry, Head, Labelled, Link};
pub use diff::Diff;
pub use verify::{Broken, Verifier};

#[cfg(test)]
mod tests;

use crate::app::{App, random};
use crate::refusal::chain as causes;
use crate::store::StoreError;

impl App {
    /// Keeps what somebody did. It is called once the action is committed; where the entry itself cannot be kept, the log of
    /// the machine says so, and what was done stays done.
    pub async fn audit(&self, entry: Entry) {
        let (actor, action) = (entry.actor.clone(), entry.action);
        if let Err(e) = self.keep_entry(entry).await {
            tracing::error!(error = %causes(&e), %actor, action = action.as_str(), "an audit entry was not kept");
        }
    }

    /// Writes the chain's end into the machine's log, from where it comes to other machines: a chain that is written anew as a
    /// whole cannot end so any more.
    pub(crate) async fn tell_audit_head(&self) {
        match self.store.audit_head().await {
            Ok(head) if head == Head::EMPTY => {}
            Ok(head) => tracing::info!(%head, "the audit chain ends here"),
            Err(e) => tracing::error!(error = %causes(&e), "the audit chain's end cannot be read"),
        }
    }

    async fn keep_entry(&self, entry: Entry) -> Result<(), StoreError> {
        // Without random bits a label could be guessed from its hash: it is left out.
        let labelled = match (&entry.label, random::<16>()) {
            (Some(label), Ok(salt)) => Some(Labelled::new(label, salt)),
            (Some(_) | None, _) => None,
        };
        self.store.append_audit(&entry, labelled.as_ref()).await?;
        Ok(())
    }
}
