//! `catalogue`.

use std::io::{self, Write};

use accueil_server::audit::{Action, Diff};
use accueil_server::{Settings, app};
use anyhow::Context;
use clap::Subcommand;
use wire::catalogue::Site;

use super::audit;

#[derive(Debug, Subcommand)]
pub(super) enum CatalogueCommand {
    /// Print what is published, as the TOML of a site's file.
    Show,
    /// Publish another address of the site (`public_url`): the way back where nobody reaches the pages at the one that is
    /// published. A server that runs takes it by itself.
    Address {
        /// Where people reach this server; it begins with `https://`, or with `http://` where nothing speaks TLS.
        url: String,
    },
}

pub(super) async fn run(settings: &Settings, site: &Site, command: CatalogueCommand) -> anyhow::Result<()> {
    match command {
        CatalogueCommand::Show => {
            let all = app::catalogues(settings).await?;
            let published = all.into_iter().find(|catalogue| catalogue.site.id == site.id);
            write!(io::stdout(), "{}", published.context("the site is not there any more")?.to_toml()?)?;
        }
        CatalogueCommand::Address { url } => {
            let version = app::put_address(settings, site.id, &url).await?;
            let store = accueil_server::store::open(&settings.store.address).await?;
            let changed = Diff::none().with("adresse", site.public_url.as_str(), url.as_str());
            audit::keep(store.as_ref(), Some(site.id), Action::Publication, &version.to_string(), changed).await?;
            writeln!(io::stdout(), "version {version}: the site's address is {url}")?;
        }
    }
    Ok(())
}
