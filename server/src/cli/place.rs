//! Which site a command is about.

use accueil_server::{Settings, app};
use anyhow::bail;
use wire::catalogue::Site;
use wire::ids::Language;

/// The site that was named, by its identity or its French name; where only one is served, that one.
pub(super) async fn the_site(settings: &Settings, named: Option<&str>) -> anyhow::Result<Site> {
    let sites: Vec<Site> = app::catalogues(settings).await?.into_iter().map(|catalogue| catalogue.site).collect();
    let names = || sites.iter().map(|site| site.name.get(Language::Fr)).collect::<Vec<_>>().join(", ");
    match (named, sites.as_slice()) {
        (None, [only]) => Ok(only.clone()),
        (None, []) => {
            bail!(
                "no site is served here: make one in the browser (`accueil-server serve` says how), or see `site.catalogue`"
            )
        }
        (None, _) => bail!("several sites are served here: name one with --site ({})", names()),
        (Some(name), _) => {
            let is = |site: &&Site| site.id.to_string() == name || site.name.get(Language::Fr) == name;
            match sites.iter().find(is) {
                Some(site) => Ok(site.clone()),
                None => bail!("there is no site `{name}` here: {}", names()),
            }
        }
    }
}
