//! `simulate`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use accueil_server::simulate::{Run, Scenario, Summary, retire};
use accueil_server::{Settings, app};
use anyhow::{Context, bail};
use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Where bornes' keys are kept unless somebody says otherwise.
const STATE: &str = "simulation";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The day: who comes, which counters are open. There are two beside the example of config/examples/marseille.
    #[arg(long, required_unless_present = "retire")]
    scenario: Option<PathBuf>,
    /// Where the server answers; without it, where the settings let it listen.
    #[arg(long)]
    url: Option<String>,
    /// How many seconds of the day pass in one.
    #[arg(long, default_value_t = 60.0)]
    speed: f64,
    /// The folder where the keys of its bornes are kept for the next day; without it, `simulation` beside the settings' file.
    #[arg(long)]
    state: Option<PathBuf>,
    /// Play it where other bornes give tickets too: its agents call whoever is next, as if they received them.
    #[arg(long)]
    among_people: bool,
    /// Instead of playing a day, end the bornes that days were played with. Their series are free on the next service day.
    #[arg(long, conflicts_with = "scenario")]
    retire: bool,
}

pub(super) async fn run(
    settings: &Settings,
    config: Option<&Path>,
    site: Option<&str>,
    arguments: Arguments,
) -> anyhow::Result<()> {
    let Arguments { scenario, url, speed, state, among_people, retire: _ } = arguments;
    let state = state.unwrap_or_else(|| config.and_then(Path::parent).unwrap_or(Path::new("")).join(STATE));
    let id = super::place::the_site(settings, site).await?.id;
    let store = accueil_server::store::open(&settings.store.address).await?;
    let Some(path) = scenario else {
        for name in retire(&*store, id, &state).await? {
            say(&format!("{name} has no rights any more"));
        }
        return Ok(());
    };
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("cannot read the scenario {}", path.display()))?;
    let scenario = Scenario::read(&text)?;
    let catalogues = app::catalogues(settings).await?;
    let catalogue = catalogues.into_iter().find(|catalogue| catalogue.site.id == id).context("the site has gone")?;
    let url = url.unwrap_or_else(|| format!("http://{}", settings.http.listen));
    let url = url.trim_end_matches('/').to_owned();
    let mut signals = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let (stop, stopping) = tokio::sync::oneshot::channel::<()>();
    let mut stop = Some(stop);
    let day = Run { url, store, state, catalogue, scenario, speed, among_people };
    let playing = day.play(async { drop(stopping.await) }, say);
    tokio::pin!(playing);
    let summary = loop {
        tokio::select! {
            summary = &mut playing => break summary?,
            () = heard(&mut signals) => match stop.take() {
                Some(stop) => drop(stop.send(())),
                None => bail!("stopped at once: what goes on of the day ends when the next one is played"),
            },
        }
    };
    let Summary { tickets, called, served, absent, cancelled, waited_min: (mean, longest) } = summary;
    say(&format!(
        "{tickets} tickets, {called} called, {served} served, {absent} absent, {cancelled} cancelled at the end"
    ));
    say(&format!("waits: {mean:.0} min on average, {longest:.0} min at most"));
    say("its bornes stay enrolled for the next day that is played; `accueil-server simulate --retire` ends them");
    Ok(())
}

/// Somebody, or the system, wants it to end.
async fn heard((interrupt, terminate): &mut (Signal, Signal)) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

fn say(text: &str) {
    // A reader that went away wants no more.
    let _ = writeln!(io::stdout(), "{text}");
}
