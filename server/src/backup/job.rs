//! A copy a day.

use async_trait::async_trait;
use jiff::Timestamp;

use super::schedule::{self, Due};
use super::{BackupError, SHOWN};
use crate::app::App;
use crate::housekeeping::Job;
use crate::store::StoreError;

/// Makes a copy each day at its hour; after one that failed, again an hour later, then ever more seldom. Which one was made last stands in the
/// store: of several servers one makes it, whichever looks first.
#[derive(Debug, Default)]
pub(crate) struct BackingUp;

#[async_trait]
impl Job for BackingUp {
    fn name(&self) -> &'static str {
        "backup"
    }

    async fn look(&mut self, app: &App, now: Timestamp) -> Result<(), StoreError> {
        if app.copies.settings.folder.is_none() {
            return Ok(());
        }
        let last_due = schedule::last_due(app.copies.settings.at, &app.backup_zone(), now);
        let known = app.store.backups(SHOWN).await?;
        let done = match schedule::due(&known, &app.copies.host, last_due, now) {
            Due::Nothing => return Ok(()),
            Due::Copy => app.back_up().await,
            Due::Check(copy) => app.check_again(copy).await,
        };
        match done {
            Err(BackupError::Store(e)) => Err(e),
            Ok(_) | Err(BackupError::Off | BackupError::Busy | BackupError::None(_)) => Ok(()),
        }
    }
}
