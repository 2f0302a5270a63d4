//! What the server's stores take in, beside the least that the same bytes could cost; and how long sixteen agents wait for a call, at one server on SQLite and at two on one PostgreSQL.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use accueil_server::store::{self, StoreAddress, measure};
use anyhow::{Context, bail};
use integration_tests::agent::Agent;
use integration_tests::bench::{Figure, Goal, percentile};
use integration_tests::proc;
use jiff::Timestamp;
use throwaway_postgres::{Cluster, Durability};
use tokio::task::JoinSet;
use wire::ids::SiteId;

use super::halls::{self, Halls, PASSWORD, tickets};

/// Tickets of one run, and of one batch.
const TICKETS: u64 = 50_000;
const BATCH: usize = 1_000;
/// Runs, each beside its limit: what disturbs one disturbs the other.
const RUNS: usize = 5;

const AGENTS: usize = 16;
/// How often each of them calls somebody and serves them.
const ROUNDS: u32 = 15;
/// From one call of an agent to the next: the server takes five presses a second of each, and these are three.
const ROUND: Duration = Duration::from_millis(700);
/// The longest an agent should wait, in seconds.
const WAIT_S: f64 = 0.05;

pub fn figures(folder: &Path) -> anyhow::Result<Vec<Figure>> {
    let place = tempfile::tempdir_in(folder)?;
    let cluster = Cluster::start(Durability::Durable)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let (sqlite, plain) = on_sqlite(place.path()).await?;
        let (postgres, copy) = on_postgres(&cluster).await?;
        let at_one = calls(&place.path().join("one"), &StoreAddress::Sqlite("accueil.db".into()), 1).await?;
        cluster.create("hall")?;
        let at_two = calls(&place.path().join("two"), &cluster.address("hall").parse()?, 2).await?;
        Ok(vec![
            Figure::new("tickets into SQLite, 1,000 a batch", sqlite, "events/s", plain, Goal::AtLeast(0.85)),
            Figure::new("tickets into PostgreSQL, 1,000 a batch", postgres, "events/s", copy, Goal::AtLeast(0.50)),
            wait("16 agents call, SQLite, p95", at_one.apart, Goal::AtMost(1.0)),
            wait("16 agents call, 2 on PostgreSQL, p95", at_two.apart, Goal::AtMost(1.0)),
            wait("all 16 at the same moment, SQLite, p95", at_one.together, Goal::None),
            wait("all 16 at the same moment, 2 servers, p95", at_two.together, Goal::None),
            Figure::new("the server meanwhile, SQLite, processor", at_one.share, "% of a core", 100.0, Goal::None),
            Figure::new("both servers meanwhile, processor", at_two.share, "% of a core", 100.0, Goal::None),
        ])
    })
}

fn wait(name: &str, seconds: f64, goal: Goal) -> Figure {
    Figure::new(name, seconds * 1e3, "ms", WAIT_S * 1e3, goal)
}

/// Events a second, ours and the limit's: the medians of the runs.
async fn on_sqlite(folder: &Path) -> anyhow::Result<(f64, f64)> {
    let (now, events) = tickets(TICKETS)?;
    let (mut ours, mut limit) = (Vec::new(), Vec::new());
    for run in 0..RUNS {
        let path = folder.join(format!("plain-{run}.db"));
        limit.push(rate(measure::plain_insert(&path, now, &events, BATCH).await?));
        let address = StoreAddress::Sqlite(folder.join(format!("ours-{run}.db")));
        ours.push(rate(ingest(&address, now, &events).await?));
    }
    Ok((percentile(&ours, 0.5), percentile(&limit, 0.5)))
}

async fn on_postgres(cluster: &Cluster) -> anyhow::Result<(f64, f64)> {
    let (now, events) = tickets(TICKETS)?;
    let (mut ours, mut limit) = (Vec::new(), Vec::new());
    for run in 0..RUNS {
        let (plain, full) = (format!("plain_{run}"), format!("ours_{run}"));
        cluster.create(&plain)?;
        cluster.create(&full)?;
        let StoreAddress::Postgres(address) = cluster.address(&plain).parse()? else {
            bail!("{} is no PostgreSQL", cluster.address(&plain));
        };
        limit.push(rate(measure::copy(&address, now, &events, BATCH).await?));
        ours.push(rate(ingest(&cluster.address(&full).parse()?, now, &events).await?));
    }
    Ok((percentile(&ours, 0.5), percentile(&limit, 0.5)))
}

async fn ingest(address: &StoreAddress, now: Timestamp, events: &[String]) -> anyhow::Result<Duration> {
    let store = store::open(address).await?;
    let origin = measure::enrol(store.as_ref(), SiteId(uuid::Uuid::nil()), now).await?;
    Ok(measure::ingest(store.as_ref(), origin, now, events, BATCH).await?)
}

#[expect(clippy::cast_precision_loss, reason = "some ten thousand tickets")]
fn rate(took: Duration) -> f64 {
    TICKETS as f64 / took.as_secs_f64()
}

/// How long agents wait for a call, nineteen times of twenty at most, in seconds.
struct Waits {
    /// Where each of them works at their own pace.
    apart: f64,
    /// Where all of them press at the same moment.
    together: f64,
    /// The share of a core that the servers use, in percent.
    share: f64,
}

/// What a call of an agent took, and whom it called.
async fn serve(agent: &Agent) -> anyhow::Result<(f64, String)> {
    let called = agent.time_call().await?;
    agent.start().await?;
    agent.finish().await?;
    Ok((called.took_s, called.number()?.to_owned()))
}

/// Lets agents work who are spread over servers. Nobody may be called twice.
async fn calls(folder: &Path, address: &StoreAddress, count: usize) -> anyhow::Result<Waits> {
    // As many people as will be called.
    let people = AGENTS as u64 * u64::from(ROUNDS) * 2;
    let mut servers = Halls { folder, address, servers: count, agents: AGENTS, people, http: "" }.open().await?;
    let mut agents = Vec::new();
    for (n, server) in (0..AGENTS).zip(servers.iter().cycle()) {
        agents.push(Agent::sign_in(&server.url(), &halls::name(n), PASSWORD, &halls::counter(n)).await?);
    }
    let agents: Vec<Arc<Agent>> = agents.into_iter().map(Arc::new).collect();
    let (mut apart, mut together) = (Vec::new(), Vec::new());
    let mut called = BTreeSet::new();
    let processes =
        servers.iter().map(|server| server.id().context("no process")).collect::<anyhow::Result<Vec<_>>>()?;
    let used = || processes.iter().map(|process| proc::processor_time(*process)).sum::<anyhow::Result<Duration>>();
    let (begun, before) = (Instant::now(), used()?);
    let gap = ROUND / u32::try_from(AGENTS)?;
    for (offset, waits) in [(gap, &mut apart), (Duration::ZERO, &mut together)] {
        let begin = tokio::time::Instant::now() + ROUND;
        let mut working = JoinSet::new();
        for (agent, n) in agents.iter().cloned().zip(0..) {
            working.spawn(async move {
                let mut served = Vec::new();
                for round in 0..ROUNDS {
                    tokio::time::sleep_until(begin + offset * n + ROUND * round).await;
                    served.push(serve(&agent).await?);
                }
                anyhow::Ok(served)
            });
        }
        for served in working.join_all().await {
            for (wait, number) in served? {
                waits.push(wait);
                if !called.insert(number.clone()) {
                    bail!("{number} was called twice");
                }
            }
        }
    }
    let share = used()?.saturating_sub(before).as_secs_f64() / begun.elapsed().as_secs_f64() * 100.0;
    for server in &mut servers {
        server.stop()?;
    }
    Ok(Waits { share, apart: percentile(&apart, 0.95), together: percentile(&together, 0.95) })
}
