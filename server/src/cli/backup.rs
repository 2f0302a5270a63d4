//! `backup now|check`.

use std::io::{self, Write};
use std::path::PathBuf;

use accueil_server::backup::Trouble;
use accueil_server::store::{Backup, BackupOutcome};
use accueil_server::{App, Clock, Settings};
use anyhow::bail;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum BackupCommand {
    /// Make a copy now, restore it apart, and compare it with the store.
    Now,
    /// Restore a copy apart and compare it with the store, and tell what is wrong with the copies.
    Check {
        /// The copy, wherever it lies; without it, the newest one of this machine.
        file: Option<PathBuf>,
    },
}

pub(super) async fn run(settings: &Settings, command: BackupCommand) -> anyhow::Result<()> {
    let app = App::open(settings, Clock::system()).await?;
    let backup = match command {
        BackupCommand::Now => app.back_up().await?,
        BackupCommand::Check { file } => app.check_backup(file.as_deref()).await?,
    };
    let mut out = io::stdout().lock();
    let Backup { file, bytes, events, outcome, detail, .. } = &backup;
    match outcome {
        BackupOutcome::Restored => {
            writeln!(out, "{file}: {bytes} bytes, {events} events; restored apart, it holds what the store does")?;
        }
        BackupOutcome::Read => writeln!(out, "{file}: {bytes} bytes; read through to its end, not restored")?,
        BackupOutcome::Unchecked => bail!("{file}: it could not be checked: {detail}"),
        BackupOutcome::Damaged => bail!("{file}: {detail}"),
        BackupOutcome::Failed => bail!("no copy was made: {detail}"),
    }
    for trouble in app.backup_troubles().await? {
        writeln!(io::stderr(), "{}", told(&trouble))?;
    }
    Ok(())
}

fn told(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Off => "no copies are made: name a folder in `backup.folder` of the settings".to_owned(),
        Trouble::Damaged(backup) => format!("the copy of {} is damaged: {}", backup.at, backup.detail),
        Trouble::Unchecked(backup) => format!("the copy of {} could not be checked: {}", backup.at, backup.detail),
        Trouble::Failed(backup) => format!("the copy of {} failed: {}", backup.at, backup.detail),
        Trouble::Late(Some(backup)) => format!("the last good copy is of {}: one is due each day", backup.at),
        Trouble::Late(None) => "there is no good copy: one is due each day".to_owned(),
        Trouble::NotRestored(backup) => {
            format!("the copy of {} was not restored: give the database's role CREATEDB", backup.at)
        }
    }
}
