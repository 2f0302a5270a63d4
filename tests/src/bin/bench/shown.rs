//! How long after an agent has pressed a number stands on the hall's screen: of one server, and where the screen follows
//! another server than the agent's on the same PostgreSQL.

use std::path::Path;
use std::time::{Duration, Instant};

use accueil_server::store::StoreAddress;
use anyhow::{Context, ensure};
use integration_tests::PATIENCE;
use integration_tests::agent::Agent;
use integration_tests::bench::{Figure, Goal, percentile};
use integration_tests::display::Display;
use throwaway_postgres::{Cluster, Durability};

use super::halls::{Halls, PASSWORD, counter, name};

const CALLS: usize = 50;
/// From one call to the next: people are served in between.
const ROUND: Duration = Duration::from_millis(700);
/// The longest that a number should take, in ms.
const SHOWN_MS: f64 = 300.0;

pub fn figures(folder: &Path) -> anyhow::Result<Vec<Figure>> {
    let place = tempfile::tempdir_in(folder)?;
    let cluster = Cluster::start(Durability::Durable)?;
    cluster.create("shown")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (here, there) = runtime.block_on(async {
        let here = calls(&place.path().join("one"), &StoreAddress::Sqlite("accueil.db".into()), 1).await?;
        let there = calls(&place.path().join("two"), &cluster.address("shown").parse()?, 2).await?;
        anyhow::Ok((here, there))
    })?;
    let p95 = |name: &str, all: &[f64]| Figure::new(name, percentile(all, 0.95), "ms", SHOWN_MS, Goal::AtMost(1.0));
    let median = |name: &str, all: &[f64]| Figure::new(name, percentile(all, 0.5), "ms", SHOWN_MS, Goal::None);
    Ok(vec![
        p95("call to screen, SQLite, p95", &here),
        p95("call to screen of the other server, p95", &there),
        median("call to screen, SQLite, median", &here),
        median("call to screen of the other server, median", &there),
    ])
}

/// From the press at the first server to the number at the last one, in ms.
async fn calls(folder: &Path, address: &StoreAddress, servers: usize) -> anyhow::Result<Vec<f64>> {
    let mut servers = Halls { folder, address, servers, agents: 1, people: CALLS as u64, http: "" }.open().await?;
    let first = servers.first().context("one server or more")?;
    let last = servers.last().context("one server or more")?;
    let mut display = Display::follow(&last.url(), "hall", &last.display_code("hall")?).await?;
    let agent = Agent::sign_in(&first.url(), &name(0), PASSWORD, &counter(0)).await?;
    let mut took = Vec::with_capacity(CALLS);
    let mut before = display.snapshot().await?.into_iter().next();
    for _ in 0..CALLS {
        let round = tokio::time::Instant::now() + ROUND;
        let news = async {
            loop {
                let top = display.snapshot().await?.into_iter().next();
                if top != before {
                    return anyhow::Ok((Instant::now(), top));
                }
            }
        };
        let (called, news) = tokio::join!(agent.time_call(), tokio::time::timeout(PATIENCE, news));
        let (called, (at, top)) = (called?, news.context("the screen shows nothing new")??);
        let shown = top.as_ref().context("the screen is empty")?;
        ensure!(shown.label == called.number()?, "{} is shown instead of {}", shown.label, called.number()?);
        took.push(at.saturating_duration_since(called.pressed).as_secs_f64() * 1e3);
        before = top;
        agent.start().await?;
        agent.finish().await?;
        tokio::time::sleep_until(round).await;
    }
    drop(display);
    for server in &mut servers {
        server.stop()?;
    }
    Ok(took)
}
