//! `simulate`.

use std::io::{self, Write};
use std::path::PathBuf;

use accueil_server::simulate::{Run, Scenario, Summary};
use accueil_server::{Settings, app};
use anyhow::Context;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The day: who comes, which counters are open. There are two beside the example of config/examples/marseille.
    #[arg(long)]
    scenario: PathBuf,
    /// Where the server answers; without it, where the settings let it listen.
    #[arg(long)]
    url: Option<String>,
    /// How many seconds of the day pass in one.
    #[arg(long, default_value_t = 60.0)]
    speed: f64,
}

pub(super) async fn run(settings: &Settings, site: Option<&str>, arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { scenario: path, url, speed } = arguments;
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("cannot read the scenario {}", path.display()))?;
    let scenario = Scenario::read(&text)?;
    let id = super::place::the_site(settings, site).await?.id;
    let catalogues = app::catalogues(settings).await?;
    let catalogue = catalogues.into_iter().find(|catalogue| catalogue.site.id == id).context("the site has gone")?;
    let store = accueil_server::store::open(&settings.store.address).await?;
    let url = url.unwrap_or_else(|| format!("http://{}", settings.http.listen));
    let url = url.trim_end_matches('/').to_owned();
    let stop = async {
        // Where the signal cannot be heard, the day goes on to its end.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let summary = Run { url, store, catalogue, scenario, speed }.play(stop, say).await?;
    let Summary { tickets, called, served, absent, waited_min: (mean, longest) } = summary;
    say(&format!("{tickets} tickets, {called} called, {served} served, {absent} absent"));
    say(&format!("waits: {mean:.0} min on average, {longest:.0} min at most"));
    Ok(())
}

fn say(text: &str) {
    // A reader that went away wants no more.
    let _ = writeln!(io::stdout(), "{text}");
}
