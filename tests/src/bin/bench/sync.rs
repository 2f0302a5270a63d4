//! What catching up costs: ten thousand waiting tickets from a borne's store into a server's, over HTTP, beside a plain
//! batched insert of the same bytes.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use integration_tests::bench::{Figure, Goal};
use integration_tests::server::Server;
use integration_tests::{PATIENCE, free_port, process, project};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use kiosk_runtime::clock::Clock;
use kiosk_runtime::config::Server as Address;
use kiosk_runtime::store::Store;
use kiosk_runtime::sync::{Client, Uplink, UplinkHandle};
use wire::event::{EventBody, TicketIssued};
use wire::ids::{Language, TicketId};
use wire::token::Hash32;

const TICKETS: u32 = 10_000;
const BATCH: usize = 1_000;

pub fn figures(folder: &Path) -> anyhow::Result<Vec<Figure>> {
    let place = tempfile::tempdir_in(folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let rate = runtime.block_on(catch_up(place.path()))?;
    let plain = plain_insert(place.path())?;
    Ok(vec![Figure::new("10,000 waiting tickets to the server", rate, "events/s", plain, Goal::None)])
}

async fn catch_up(place: &Path) -> anyhow::Result<f64> {
    let site = project().join("config/examples/marseille/site.toml");
    let mut server = Server::prepare(&place.join("server"), &site, free_port()?)?;
    let code = server.enrolment_code()?.parse()?;
    server.start().await?;
    let data = place.join("borne");
    let identity = kiosk_runtime::enrol::enrol(&Address::at(server.url()), code, "Bench", &data, false).await?;
    fill(&data)?;
    let handle = UplinkHandle::default();
    let client = Client::new(&Address::at(server.url()), &Clock::default())?;
    let zone = TimeZone::get("Europe/Paris")?;
    let uplink = Uplink::new(client, identity, &data, Clock::default(), zone, handle.clone(), |_| {})?;
    let start = Instant::now();
    let task = tokio::spawn(uplink.run());
    let store = Store::open(&data)?;
    process::until("the end of catching up", PATIENCE, || async {
        Ok((store.acked_seq()? == u64::from(TICKETS)).then_some(()))
    })
    .await?;
    let took = start.elapsed().as_secs_f64();
    task.abort();
    server.stop()?;
    Ok(f64::from(TICKETS) / took)
}

fn body(n: u32) -> anyhow::Result<EventBody> {
    Ok(EventBody::TicketIssued(TicketIssued {
        ticket: TicketId(uuid::Uuid::now_v7()),
        label: format!("A {n}").parse()?,
        day: "2026-11-21".parse()?,
        service: "titres".parse()?,
        lang: Language::Fr,
        token: Hash32::of(&n.to_le_bytes()),
        paperless: false,
        uncertain: false,
        priority: false,
        group: 1,
        appointment: None,
        needs: BTreeSet::new(),
    }))
}

/// Straight into the borne's file: an fsync a ticket would take minutes and is not what is measured.
fn fill(data: &Path) -> anyhow::Result<()> {
    drop(Store::open(data)?);
    let mut db = rusqlite::Connection::open(data.join("borne.db"))?;
    let tx = db.transaction()?;
    for n in 1..=TICKETS {
        let event = wire::event::Event { seq: u64::from(n), at: Timestamp::now(), body: body(n)? };
        tx.execute("INSERT INTO log (seq, raw) VALUES (?1, ?2)", (n, event.encode()))?;
    }
    Ok(tx.commit()?)
}

/// What SQLite does alone: a thousand rows a transaction, one statement each transaction, durable.
fn plain_insert(place: &Path) -> anyhow::Result<f64> {
    let events = (1..=TICKETS).map(|n| Ok(serde_json::to_string(&body(n)?)?)).collect::<anyhow::Result<Vec<_>>>()?;
    let mut db = rusqlite::Connection::open(place.join("plain.db"))?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.execute_batch("CREATE TABLE t (seq INTEGER PRIMARY KEY, raw TEXT NOT NULL) STRICT")?;
    let start = Instant::now();
    for (i, batch) in events.chunks(BATCH).enumerate() {
        let tx = db.transaction()?;
        let first = i * BATCH;
        tx.execute("INSERT INTO t SELECT ?1 + key, value FROM json_each(?2)", (first, serde_json::to_string(batch)?))?;
        tx.commit()?;
    }
    Ok(f64::from(TICKETS) / start.elapsed().as_secs_f64())
}
