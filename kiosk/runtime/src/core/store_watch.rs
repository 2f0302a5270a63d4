//! A store that failed: said to whoever looks after the borne until it takes again what is written.

use std::time::Duration;

use super::Core;
use crate::store::StoreError;

/// So often a store that failed is tried, the first time so long after it did: a fault is seen by the server, which looks twice
/// a minute, even where it passes at once.
const TRIED_EVERY: Duration = Duration::from_secs(60);

/// When it is tried next.
#[derive(Debug, Default)]
pub(super) struct StoreWatch {
    since: Option<Duration>,
}

impl StoreWatch {
    fn is_due(&mut self, fails: bool, now: Duration) -> bool {
        if !fails {
            self.since = None;
            return false;
        }
        let since = *self.since.get_or_insert(now);
        let due = now.saturating_sub(since) >= TRIED_EVERY;
        if due {
            self.since = Some(now);
        }
        due
    }
}

impl Core {
    pub(super) fn store_failed(&self, error: &StoreError) {
        let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        tracing::error!(%error, cause, "the store failed");
        self.update_status(|status| status.store_fault = Some(format!("{error}: {cause}")));
        // The server is told at once.
        self.parts.uplink.wake();
    }

    /// Tries a store that failed from time to time: nobody may be there who would take a ticket.
    pub(super) fn watch_store(&mut self) {
        let (fails, now) = (self.store_fails(), self.now());
        if self.store_watch.is_due(fails, now) {
            self.try_store();
        }
    }

    /// A ticket was kept: perhaps all of the store works again.
    pub(super) fn store_took(&self) {
        if self.store_fails() {
            self.try_store();
        }
    }

    fn store_fails(&self) -> bool {
        self.read_status(|status| status.store_fault.is_some())
    }

    fn try_store(&self) {
        match self.parts.store.probe().and_then(|()| self.parts.answers.probe()) {
            Ok(()) => {
                tracing::warn!("the store works again");
                self.update_status(|status| status.store_fault = None);
                self.parts.uplink.wake();
            }
            Err(error) => self.store_failed(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_tried_a_minute_after_it_failed_and_each_minute_from_then_on() {
        let mut watch = StoreWatch::default();
        let mut tried = |fails, second| watch.is_due(fails, Duration::from_secs(second));
        assert!(!tried(false, 0) && !tried(true, 100) && !tried(true, 159));
        assert!(tried(true, 160) && !tried(true, 161) && tried(true, 220));
        assert!(!tried(false, 300) && !tried(true, 400), "another fault, another minute");
    }
}
