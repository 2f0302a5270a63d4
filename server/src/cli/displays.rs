//! `display`: the machines that show the site's displays.

use std::io::{self, Write};

use accueil_server::Settings;
use accueil_server::audit::{Action, Diff};
use accueil_server::store::Screen;
use anyhow::bail;
use clap::Subcommand;
use jiff::Timestamp;
use wire::ids::SiteId;

use super::audit;

#[derive(Debug, Subcommand)]
pub(super) enum DisplayCommand {
    /// Every machine that was ever given a display: its name, what it shows, since when, when it was last heard of, whether
    /// it can be heard, and whether it still may.
    List,
    /// End a machine's rights, at once: it shows nothing more.
    Revoke {
        /// Its name, as `display list` shows it.
        name: String,
    },
}

pub(super) async fn run(settings: &Settings, site: SiteId, command: DisplayCommand) -> anyhow::Result<()> {
    let store = accueil_server::store::open(&settings.store.address).await?;
    let screens = store.screens(site).await?;
    let name = match command {
        DisplayCommand::List => return list(&screens),
        DisplayCommand::Revoke { name } => name,
    };
    let now = Timestamp::now();
    let found = screens.iter().find(|screen| screen.name() == name);
    let Some(screen) = found else { bail!("there is no screen {name} here: see `accueil-server display list`") };
    if !store.revoke_screen(site, screen.token, now).await? {
        bail!("the screen {name} has no rights any more");
    }
    let changed = Diff::none().with("état", "enrôlé", "retiré");
    audit::keep(store.as_ref(), Some(site), Action::Display, &screen.audited(), changed).await?;
    writeln!(io::stdout(), "{name} is revoked; a new code links it again")?;
    Ok(())
}

fn list(screens: &[Screen]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    for screen in screens {
        let Screen { display, enrolled_at, seen_at, sounds, revoked_at, .. } = screen;
        let seen = seen_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
        let sound = match sounds {
            Some(true) => "heard",
            Some(false) => "silent",
            None => "unknown",
        };
        let state = revoked_at.map_or_else(|| "enrolled".to_owned(), |at| format!("revoked {at}"));
        writeln!(out, "{}\t{display}\tsince {enrolled_at}\tseen {seen}\tsound {sound}\t{state}", screen.name())?;
    }
    Ok(())
}
