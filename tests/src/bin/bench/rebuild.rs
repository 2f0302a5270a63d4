//! How long a server takes from its start to its first answer where the store holds a day of 100,000 events.

use std::path::Path;
use std::time::Instant;

use accueil_server::store::{self, StoreAddress, measure};
use anyhow::{Context, ensure};
use integration_tests::agent::Agent;
use integration_tests::bench::{Figure, Goal, percentile};
use integration_tests::server::Server;
use jiff::{SignedDuration, Timestamp};
use throwaway_postgres::{Cluster, Durability};
use uuid::Uuid;
use wire::event::{Event, EventBody, TicketIssued};
use wire::ids::{Language, TicketId};
use wire::service_day::ServiceDay;
use wire::token::Hash32;

use super::halls::{self, Halls, PASSWORD};

const EVENTS: u32 = 100_000;
/// As many people still wait.
const WAITING: u32 = 20;
/// What is written of each of the others.
const STEPS: u32 = 5;
const SERVED: u32 = (EVENTS - WAITING) / STEPS;
/// Bornes of the site. They write everything themselves, as one that serves its console does: it is read back alike.
const BORNES: u32 = 6;
const RUNS: usize = 5;
/// The longest it may take, in ms.
const REBUILT_MS: f64 = 2_000.0;

pub fn figures(folder: &Path) -> anyhow::Result<Vec<Figure>> {
    let place = tempfile::tempdir_in(folder)?;
    let cluster = Cluster::start(Durability::Durable)?;
    cluster.create("rebuild")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let sqlite = restart(&place.path().join("sqlite"), &StoreAddress::Sqlite("accueil.db".into())).await?;
        let postgres = restart(&place.path().join("postgres"), &cluster.address("rebuild").parse()?).await?;
        let figure = |name, took| Figure::new(name, took, "ms", REBUILT_MS, Goal::AtMost(1.0));
        Ok(vec![figure("start over 100,000 events of today, SQLite", sqlite), figure("the same, PostgreSQL", postgres)])
    })
}

/// In ms: the median of the runs.
async fn restart(folder: &Path, address: &StoreAddress) -> anyhow::Result<f64> {
    let mut servers = Halls { folder, address, servers: 1, agents: 1, people: 0, http: "" }.open().await?;
    let server = servers.first_mut().context("one server")?;
    server.stop()?;
    write_day(server, &address.clone().within(&folder.join("0"))).await?;
    let mut took = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let begun = Instant::now();
        server.start().await?;
        took.push(begun.elapsed().as_secs_f64() * 1e3);
        server.stop()?;
    }
    server.start().await?;
    let agent = Agent::sign_in(&server.url(), &halls::name(0), PASSWORD, &halls::counter(0)).await?;
    let called = agent.time_call().await?;
    let first = (SERVED + 1).to_string();
    ensure!(called.number()?.ends_with(&first), "{} is called instead of {first}", called.number()?);
    server.stop()?;
    Ok(percentile(&took, 0.5))
}

async fn write_day(server: &Server, address: &StoreAddress) -> anyhow::Result<()> {
    let store = store::open(address).await?;
    let (now, day) = halls::today()?;
    let mut logs = vec![Vec::new(); usize::try_from(BORNES)?];
    let mut written = 0;
    for visit in 0..SERVED + WAITING {
        let log = logs.get_mut(usize::try_from(visit % BORNES)?).context("as many logs as bornes")?;
        for body in steps(visit, day)?.into_iter().take(if visit < SERVED { usize::MAX } else { 1 }) {
            let at = now - SignedDuration::from_millis(i64::from(EVENTS - written) * 50);
            let at = Timestamp::from_millisecond(at.as_millisecond())?;
            log.push(Event { seq: log.len() as u64 + 1, at, body }.encode());
            written += 1;
        }
    }
    ensure!(written == EVENTS, "{written} events");
    for log in logs {
        let borne = measure::enrol(store.as_ref(), halls::site(server)?, now).await?;
        measure::ingest(store.as_ref(), borne, now, &log, 1_000).await?;
    }
    Ok(())
}

/// A visit: a ticket, a call, another ring, the service, its end.
fn steps(visit: u32, day: ServiceDay) -> anyhow::Result<[EventBody; STEPS as usize]> {
    let (ticket, episode) = (TicketId(Uuid::from_u128(u128::from(visit) + 1)), 1);
    let issued = TicketIssued {
        ticket,
        label: format!("A {}", visit + 1).parse()?,
        day,
        service: "titres".parse()?,
        lang: Language::Fr,
        token: Hash32::of(&visit.to_le_bytes()),
        paperless: false,
        uncertain: false,
        priority: false,
        group: 1,
        appointment: None,
        needs: [].into(),
    };
    let counter = (visit % 4 + 1).to_string().parse()?;
    Ok([
        EventBody::TicketIssued(issued),
        EventBody::Called { ticket, episode, counter, call: Uuid::from_u128(u128::from(visit) + 1) },
        EventBody::Recalled { ticket, episode },
        EventBody::Started { ticket, episode },
        EventBody::Finished { ticket, episode, inexact: false },
    ])
}
