//! The demonstration: a whole hall on this machine, from an example of `config/examples`.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Parser;
use integration_tests::borne::{Borne, Options};
use integration_tests::project;
use integration_tests::server::Server;
use integration_tests::visit::{Staff, play};
use wire::catalogue::Catalogue;

/// A reception hall on this machine: server, borne, virtual printer.
#[derive(Parser)]
#[command(name = "demo")]
struct Arguments {
    /// A folder of config/examples.
    #[arg(long, default_value = "marseille")]
    site: String,
    /// Play one whole visit, and end with 0 only if every step was seen.
    #[arg(long)]
    once: bool,
    /// Where the borne draws.
    #[arg(long, default_value = "auto")]
    display: String,
    /// The server's port.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The live view's port.
    #[arg(long, default_value_t = 8081)]
    live_view_port: u16,
}

const AGENT: &str = "Camille";

fn say(text: &str) {
    // A reader that went away wants no more.
    let _ = writeln!(std::io::stdout(), "{text}");
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match demo(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn demo(arguments: Arguments) -> anyhow::Result<()> {
    let examples = project().join("config/examples");
    let site = examples.join(&arguments.site).join("site.toml");
    if !site.is_file() {
        bail!("there is no example `{}`; there are: {}", arguments.site, names(&examples)?.join(", "));
    }
    for (port, option) in [(arguments.port, "--port"), (arguments.live_view_port, "--live-view-port")] {
        free(port).with_context(|| {
            let demo = std::env::args().next().unwrap_or_default();
            format!("port {port} is in use; end the program that uses it, or run `{demo} {option} OTHER`")
        })?;
    }
    let folder = project().join("target/demo").join(&arguments.site);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).context("the last demonstration's folder cannot be emptied")?;
    }
    run(&arguments, &site, folder).await
}

async fn run(arguments: &Arguments, site: &std::path::Path, folder: PathBuf) -> anyhow::Result<()> {
    let started = Instant::now();
    let catalogue = Catalogue::from_toml(&std::fs::read_to_string(site)?)?;
    let counter = catalogue.counters.first().context("the example has no counter")?.id.to_string();
    let display = catalogue.displays.first().context("the example has no display")?.id.to_string();
    let password = password()?;

    let mut server = Server::prepare(&folder.join("server"), site, arguments.port)?;
    server.add_agent(AGENT, &password)?;
    let code = server.enrolment_code()?;
    server.start().await?;
    let live_view = format!("127.0.0.1:{}", arguments.live_view_port);
    let shown = if arguments.once { "headless" } else { &arguments.display };
    let options = Options { display: shown, live_view: &live_view, ..Options::default() };
    let mut borne = Borne::prepare(&folder.join("borne"), &server, &options)?;
    borne.start(&options, Some(&code)).await?;

    let url = server.url();
    say(&format!("the hall of {} is open ({:.1} s)", arguments.site, started.elapsed().as_secs_f32()));
    if catalogue.hours().is_some() {
        say("  the site's opening hours are left out here: a demonstration is open at any time");
    }
    say(&format!("  borne, live view   http://{live_view}/"));
    say(&format!("  agents' console    {url}/guichet   name {AGENT}   password {password}"));
    say(&format!("  hall display       {url}/afficher   code {}", server.display_code(&display)?));
    say(&format!("  tickets            {}", borne.folder().join("tickets").display()));
    say(&format!("  borne's commands   target/debug/borne --config {} status", borne.settings().display()));

    if arguments.once {
        let staff = Staff { name: AGENT, password: &password, counter: &counter, display: &display };
        let visit =
            play(&server, &borne, &staff, |step, took| say(&format!("{:>7.2} s  {step}", took.as_secs_f32()))).await?;
        say(&format!("every step was seen; number {}, ticket {}", visit.number, visit.ticket.display()));
    } else {
        say("Ctrl-C ends it.");
        until_interrupted(&mut server, &mut borne).await?;
    }
    borne.stop()?;
    server.stop()
}

async fn until_interrupted(server: &mut Server, borne: &mut Borne) -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    loop {
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => return Ok(interrupted?),
            _ = terminate.recv() => return Ok(()),
            () = tokio::time::sleep(Duration::from_secs(1)) => {
                server.check()?;
                if let Err(ended) = borne.check() {
                    // Closing the window is the other way to end it.
                    return if ended.to_string().contains("exit status: 0") { Ok(()) } else { Err(ended) };
                }
            }
        }
    }
}

fn names(folder: &std::path::Path) -> anyhow::Result<Vec<String>> {
    let entries = std::fs::read_dir(folder)?.filter_map(Result::ok).filter(|e| e.path().is_dir());
    let mut names: Vec<String> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

fn free(port: u16) -> std::io::Result<()> {
    std::net::TcpListener::bind(("127.0.0.1", port)).map(drop)
}

/// A password of this run: none is written anywhere.
fn password() -> anyhow::Result<String> {
    let id = uuid::Uuid::new_v4().simple().to_string();
    Ok(id.get(..12).context("an identifier is longer")?.to_owned())
}
