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
        if due(app, now).await? == Due::Nothing {
            return Ok(());
        }
        let done = async {
            let alone = app.alone_with_copies().await?;
            // Another server may have made it since.
            match due(app, now).await? {
                Due::Nothing => Ok(()),
                Due::Copy => app.back_up_alone(alone).await.map(drop),
                Due::Check(copy) => app.check_again(alone, copy).await.map(drop),
            }
        };
        match done.await {
            Err(BackupError::Store(e)) => Err(e),
            Ok(()) | Err(BackupError::Off | BackupError::Busy | BackupError::None(_)) => Ok(()),
        }
    }
}

async fn due(app: &App, now: Timestamp) -> Result<Due, StoreError> {
    let last_due = schedule::last_due(app.copies.settings.at, &app.backup_zone(), now);
    Ok(schedule::due(&app.store.backups(SHOWN).await?, &app.copies.host, last_due, now))
}
