//! `tls`.

use std::io::{self, Write};

use accueil_server::settings::TlsMode;
use accueil_server::{Settings, app, tls};
use anyhow::bail;
use jiff::Timestamp;

pub(super) async fn root(settings: &Settings) -> anyhow::Result<()> {
    if settings.tls.mode != TlsMode::Authority {
        bail!("there is no root: the server has an authority of its own with tls.mode = \"authority\" only");
    }
    let catalogues = app::catalogues(settings).await?;
    let urls: Vec<&str> = catalogues.iter().map(|catalogue| catalogue.site.public_url.as_str()).collect();
    let store = accueil_server::store::open(&settings.store.address).await?;
    let root = tls::root(&settings.tls, &urls, store.as_ref(), Timestamp::now()).await?;
    write!(io::stdout(), "{}", root.pem)?;
    writeln!(io::stderr(), "SHA-256 {}", root.fingerprint)?;
    Ok(())
}
