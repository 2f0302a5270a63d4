//! `simulate`.

use std::io::{self, Write};
use std::path::PathBuf;

use accueil_server::simulate::{BROUGHT, Run, Scenario, Stage, Summary};
use accueil_server::{Settings, app};
use anyhow::{Context, bail};
use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The day: who comes, which counters are open. A file, or one of the two that the program brings for the site of its
    /// example: `demonstration`, `saturday`.
    #[arg(long, required_unless_present = "retire")]
    scenario: Option<PathBuf>,
    /// Where the server answers; without it, where the settings let it listen.
    #[arg(long)]
    url: Option<String>,
    /// How many seconds of the day pass in one.
    #[arg(long, default_value_t = 60.0)]
    speed: f64,
    /// The folder where the keys of its bornes and agents are kept for the next day; without it, `simulation.folder` of the
    /// settings, which is `simulation` beside their file, and /var/lib/accueil/simulation in the Debian package.
    #[arg(long)]
    state: Option<PathBuf>,
    /// Play it where people come too: where other bornes or the desk give tickets, or somebody sits at a counter. Its agents
    /// call whoever is next, as if they received them.
    #[arg(long)]
    among_people: bool,
    /// Instead of playing a day, end what days left, and the bornes that they were played with. Their series are free on the
    /// next service day.
    #[arg(long, conflicts_with = "scenario")]
    retire: bool,
}

pub(super) async fn run(settings: &Settings, site: Option<&str>, arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { scenario, url, speed, state, among_people, retire: _ } = arguments;
    let state = state.unwrap_or_else(|| settings.simulation.folder.clone());
    let id = super::place::the_site(settings, site).await?.id;
    let store = accueil_server::store::open(&settings.store.address).await?;
    let catalogues = app::catalogues(settings).await?;
    let catalogue = catalogues.into_iter().find(|catalogue| catalogue.site.id == id).context("the site has gone")?;
    let url = url.unwrap_or_else(|| format!("http://{}", settings.http.listen));
    let url = url.trim_end_matches('/').to_owned();
    let stage = Stage { url, store, state, catalogue };
    let Some(path) = scenario else { return retire(&stage).await };
    let brought = BROUGHT.into_iter().find(|(name, _)| path.as_os_str() == *name);
    let text = match brought {
        Some((_, text)) => text.to_owned(),
        None => std::fs::read_to_string(&path).with_context(|| {
            let names = BROUGHT.map(|(name, _)| name).join(", ");
            format!(
                "cannot read the scenario {}: name a file, or one that the program brings ({names})",
                path.display()
            )
        })?,
    };
    let scenario = Scenario::read(&text)?;
    let mut signals = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let (stop, stopping) = tokio::sync::oneshot::channel::<()>();
    let mut stop = Some(stop);
    let day = Run { stage, scenario, speed, among_people };
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

async fn retire(stage: &Stage) -> anyhow::Result<()> {
    let names = stage.retire().await?;
    for name in &names {
        say(&format!("{name} has no rights any more"));
    }
    if names.is_empty() {
        say("its bornes had no rights any more; their keys are kept no longer");
    }
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
