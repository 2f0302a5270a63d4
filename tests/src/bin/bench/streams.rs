//! A thousand open streams at one server: what it holds in memory, what it does meanwhile, and how long one call takes to
//! reach all of them. Screens and agents have machines and rights of their own, and come through a proxy, as they would.

use std::net::Ipv4Addr;
use std::path::Path;
use std::time::{Duration, Instant};

use accueil_server::store::{self, DisplayCode, StoreAddress};
use anyhow::Context;
use integration_tests::agent::Agent;
use integration_tests::bench::{Figure, Goal};
use integration_tests::display::{Display, Shown};
use integration_tests::server::Server;
use integration_tests::{PATIENCE, client, proc};
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{ClientBuilder, Response};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::task::JoinSet;
use wire::enrolment::EnrolmentCode;

use super::halls::{self, Halls, PASSWORD};

const SCREENS: usize = 900;
const CONSOLES: usize = 100;
/// What the server may hold, in MiB.
const MEMORY_MIB: f64 = 150.0;
/// How long a call may take to a screen, in ms.
const SHOWN_MS: f64 = 300.0;
/// The server looks at every stream's rights more often than that.
const REST: Duration = Duration::from_secs(10);
/// As many files as either side has open, and some.
const FILES: u64 = 4_096;

pub fn figures(folder: &Path) -> anyhow::Result<Vec<Figure>> {
    let limit = getrlimit(Resource::Nofile);
    // The server is started by this process and has the same.
    setrlimit(
        Resource::Nofile,
        Rlimit { current: limit.maximum.map_or(Some(FILES), |most| Some(most.min(FILES))), ..limit },
    )?;
    let place = tempfile::tempdir_in(folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(measure(place.path()))
}

/// A machine with an address of its own.
fn machine(n: usize) -> anyhow::Result<ClientBuilder> {
    let [.., high, low] = u32::try_from(n)?.to_be_bytes();
    let address = Ipv4Addr::new(10, 0, high, low).to_string();
    let headers = HeaderMap::from_iter([("x-forwarded-for".parse()?, HeaderValue::from_str(&address)?)]);
    Ok(client()?.default_headers(headers))
}

async fn measure(folder: &Path) -> anyhow::Result<Vec<Figure>> {
    let address = StoreAddress::Sqlite("accueil.db".into());
    let http = "trusted_proxies = [\"127.0.0.1\"]\nconnections_max = 2000\n";
    let mut servers =
        Halls { folder, address: &address, servers: 1, agents: CONSOLES, people: 50, http }.open().await?;
    let server = servers.first_mut().context("one server")?;
    let process = server.id().context("no process")?;
    let empty = proc::memory_mib(process)?;

    let mut agents = Vec::with_capacity(CONSOLES);
    let mut consoles = Vec::with_capacity(CONSOLES);
    for n in 0..CONSOLES {
        let (name, counter) = (halls::name(n), halls::counter(n));
        let agent = Agent::sign_in_on(machine(n)?, &server.url(), &name, PASSWORD, &counter).await?;
        consoles.push(Console { answer: agent.stream().await? });
        agents.push(agent);
    }
    let mut screens = Vec::with_capacity(SCREENS);
    for (n, code) in (CONSOLES..).zip(codes(folder, server).await?) {
        let mut screen = Display::follow_on(machine(n)?, &server.url(), "hall", &code).await?;
        let top = screen.snapshot().await?.into_iter().next();
        screens.push((screen, top));
    }
    let open = proc::memory_mib(process)?;

    let agent = agents.first().context("no agent")?;
    let mut hearing = JoinSet::new();
    screens.into_iter().for_each(|(screen, top)| drop(hearing.spawn(Heard::by_screen(screen, top))));
    consoles.into_iter().for_each(|console| drop(hearing.spawn(Heard::by_console(console))));
    // Whatever consoles were told while others opened has been read when this is over.
    let before = proc::processor_time(process)?;
    tokio::time::sleep(REST).await;
    let used = proc::processor_time(process)?.saturating_sub(before);
    let called = agent.time_call().await?;
    let mut last = called.pressed;
    let mut still_open = Vec::with_capacity(SCREENS + CONSOLES);
    while let Some(heard) = hearing.join_next().await {
        let heard = heard??;
        if matches!(heard.stream, Open::Screen(_)) {
            last = last.max(heard.at);
        }
        still_open.push(heard.stream);
    }
    tokio::time::sleep(REST).await;
    let reached = proc::memory_mib(process)?;
    anyhow::ensure!(still_open.len() == SCREENS + CONSOLES, "{} streams are open", still_open.len());
    drop(still_open);
    server.stop()?;
    let to_all = last.saturating_duration_since(called.pressed).as_secs_f64() * 1e3;
    let share = used.as_secs_f64() / REST.as_secs_f64() * 100.0;
    Ok(vec![
        Figure::new("server with 1,000 open streams, PSS", open, "MiB", MEMORY_MIB, Goal::AtMost(1.0)),
        Figure::new("the same after a call has reached all", reached, "MiB", MEMORY_MIB, Goal::AtMost(1.0)),
        Figure::new("the same before the first stream", empty, "MiB", MEMORY_MIB, Goal::None),
        Figure::new("call to the last of 900 screens", to_all, "ms", SHOWN_MS, Goal::None),
        Figure::new("1,000 open streams at rest, processor", share, "% of a core", 100.0, Goal::None),
    ])
}

/// A code for each screen, as `accueil-server display-code` makes them.
async fn codes(folder: &Path, server: &Server) -> anyhow::Result<Vec<String>> {
    let site = halls::site(server)?;
    let store = store::open(&StoreAddress::Sqlite("accueil.db".into()).within(&folder.join("0"))).await?;
    let now = Timestamp::now();
    let mut codes = Vec::with_capacity(SCREENS);
    for n in 0..u64::try_from(SCREENS)? {
        let [a, b, c, d, e, f, g, h] = n.to_be_bytes();
        let code = EnrolmentCode::from_random([7, a, b, c, d, e, f, g, h, 7]);
        let expires_at = now + SignedDuration::from_hours(1);
        store
            .add_display_code(&DisplayCode { hash: code.hash(), site, display: "hall".parse()?, expires_at }, now)
            .await?;
        codes.push(code.reveal());
    }
    Ok(codes)
}

/// An agent's page that follows the changes.
struct Console {
    answer: Response,
}

/// A stream that goes on.
#[expect(dead_code, reason = "held so that it stays open")]
enum Open {
    Screen(Display),
    Console(Console),
}

/// A stream that has been told of the call.
struct Heard {
    at: Instant,
    stream: Open,
}

impl Heard {
    async fn by_screen(mut screen: Display, before: Option<Shown>) -> anyhow::Result<Self> {
        let news = async {
            while screen.snapshot().await?.into_iter().next() == before {}
            anyhow::Ok(Instant::now())
        };
        let at = tokio::time::timeout(PATIENCE, news).await.context("a screen was not told")??;
        Ok(Self { at, stream: Open::Screen(screen) })
    }

    /// What a console is told is the name of a piece that changed: of the queue, when somebody is called.
    async fn by_console(mut console: Console) -> anyhow::Result<Self> {
        let news = async {
            loop {
                let chunk = console.answer.chunk().await?.context("a console's stream ended")?;
                if String::from_utf8_lossy(&chunk).contains("event: file") {
                    return anyhow::Ok(Instant::now());
                }
            }
        };
        let at = tokio::time::timeout(PATIENCE, news).await.context("a console was not told")??;
        Ok(Self { at, stream: Open::Console(console) })
    }
}
