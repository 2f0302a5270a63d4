//! What 70,000 bornes ask of one server that all come once a minute without news: 1,167 signed requests a second, each
//! verified, and each answered with how its hall is. Here fewer of them come more often, on connections that are kept, as a
//! proxy's are.

use std::path::Path;
use std::time::Duration;

use accueil_server::store::{self, StoreAddress, measure};
use anyhow::{Context, ensure};
use ed25519_dalek::{Signer, SigningKey};
use integration_tests::bench::{Figure, Goal, percentile};
use integration_tests::server::Server;
use integration_tests::{free_port, proc, project};
use jiff::Timestamp;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;
use uuid::Uuid;
use wire::enrolment::PublicKey;
use wire::ids::{OriginId, SiteId};
use wire::signature::{self, Params, Request};
use wire::staff::NO_LIST;
use wire::sync::{PATH, SyncReply, SyncRequest, VERSION};

use super::halls::tickets;

/// Requests a second.
const RATE: u32 = 1_167;
const SITES: u32 = 200;
/// At each site.
const BORNES: u8 = 6;
/// How many people wait at each site.
const PEOPLE: u64 = 30;
const CONNECTIONS: usize = 48;
const SECONDS: u32 = 20;
/// An answer that takes longer is none in time.
const IN_TIME: Duration = Duration::from_secs(1);
/// The share of a core that this may take, in percent.
const SHARE: f64 = 60.0;

pub fn figures(folder: &Path) -> anyhow::Result<Vec<Figure>> {
    let place = tempfile::tempdir_in(folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let Load { answered, share, memory, waits } = runtime.block_on(load(place.path()))?;
    let p95 = percentile(&waits, 0.95);
    Ok(vec![
        Figure::new(
            "70,000 bornes once a minute: in time",
            answered,
            "requests/s",
            f64::from(RATE),
            Goal::AtLeast(1.0),
        ),
        Figure::new("the server meanwhile, processor", share, "% of a core", SHARE, Goal::AtMost(1.0)),
        Figure::new("the server meanwhile, PSS", memory, "MiB", 150.0, Goal::None),
        Figure::new("a heartbeat's answer, p95", p95, "ms", IN_TIME.as_secs_f64() * 1e3, Goal::None),
    ])
}

/// What was seen.
struct Load {
    /// In time, a second.
    answered: f64,
    /// In percent of a core.
    share: f64,
    /// In MiB.
    memory: f64,
    /// From when each request was due to its answer, in ms.
    waits: Vec<f64>,
}

async fn load(folder: &Path) -> anyhow::Result<Load> {
    let port = free_port()?;
    let host = format!("127.0.0.1:{port}");
    let mut server = Server::prepare(folder, &project().join("config/examples/marseille/site.toml"), port)?;
    let sites = open_sites(folder, &server, &host)?;
    let mut bornes = enrol(folder, &sites).await?;
    server.start().await?;
    let process = server.id().context("no process")?;

    // What a borne has after its first exchange: the version of the staff's badges.
    let mut line = Line::open(&host).await?;
    for borne in &mut bornes {
        let reply: SyncReply = serde_json::from_slice(&line.exchange(&borne.heartbeat(&host)?).await?)?;
        borne.staff = reply.staff.context("no badges")?.version;
    }

    let count = RATE * SECONDS;
    let mut plans: Vec<Vec<(Duration, Vec<u8>)>> = vec![Vec::new(); CONNECTIONS];
    for n in 0..count {
        let at = usize::try_from(n)?;
        let (len, due) = (bornes.len(), Duration::from_secs_f64(f64::from(n) / f64::from(RATE)));
        let borne = bornes.get_mut(at % len).context("some bornes")?;
        let plan = plans.get_mut(at % CONNECTIONS).context("as many plans as connections")?;
        plan.push((due, borne.heartbeat(&host)?));
    }
    let mut lines = Vec::with_capacity(CONNECTIONS);
    for plan in plans {
        lines.push((Line::open(&host).await?, plan));
    }
    let before = proc::processor_time(process)?;
    let begin = Instant::now();
    let mut working = JoinSet::new();
    for (mut line, plan) in lines {
        working.spawn(async move {
            let mut waits = Vec::with_capacity(plan.len());
            for (due, request) in plan {
                let due = begin + due;
                tokio::time::sleep_until(due).await;
                line.exchange(&request).await?;
                waits.push(due.elapsed());
            }
            anyhow::Ok(waits)
        });
    }
    let mut waits = Vec::new();
    while let Some(ended) = working.join_next().await {
        waits.extend(ended??);
    }
    let (took, used) = (begin.elapsed(), proc::processor_time(process)?.saturating_sub(before));
    let memory = proc::memory_mib(process)?;
    server.stop()?;
    let in_time = u32::try_from(waits.iter().filter(|wait| **wait <= IN_TIME).count())?;
    Ok(Load {
        answered: f64::from(in_time) / f64::from(SECONDS),
        share: used.as_secs_f64() / took.as_secs_f64() * 100.0,
        memory,
        waits: waits.iter().map(|wait| wait.as_secs_f64() * 1e3).collect(),
    })
}

/// Gives the server many sites like the one it has.
fn open_sites(folder: &Path, server: &Server, host: &str) -> anyhow::Result<Vec<SiteId>> {
    let mut catalogue: toml::Table = std::fs::read_to_string(server.catalogue())?.parse()?;
    let (mut ids, mut files) = (Vec::new(), Vec::new());
    for n in 0..SITES {
        let id = SiteId(Uuid::from_u128(0x019a_a5f0_7c00_7000_8000_0000_0000_0000 + u128::from(n)));
        let site = catalogue.get_mut("site").and_then(toml::Value::as_table_mut).context("no [site]")?;
        site.insert("id".to_owned(), id.to_string().into());
        let file = format!("site-{n}.toml");
        std::fs::write(folder.join(&file), toml::to_string(&catalogue)?)?;
        ids.push(id);
        files.push(toml::Value::String(file));
    }
    let settings = format!(
        "[http]\nlisten = \"{host}\"\n[site]\ncatalogue = {}\n[store]\naddress = \"sqlite:accueil.db\"\n",
        toml::Value::Array(files)
    );
    std::fs::write(folder.join("server.toml"), settings)?;
    Ok(ids)
}

/// Bornes of every site, one of which has given tickets.
async fn enrol(folder: &Path, sites: &[SiteId]) -> anyhow::Result<Vec<Borne>> {
    let store = store::open(&StoreAddress::Sqlite("accueil.db".into()).within(folder)).await?;
    let (now, events) = tickets(PEOPLE)?;
    let mut all = Vec::new();
    for (site, first) in sites.iter().zip(0u32..) {
        for nth in 0..BORNES {
            let mut seed = [nth; 32];
            seed[..4].copy_from_slice(&first.to_be_bytes());
            let key = SigningKey::from_bytes(&seed);
            let public_key = PublicKey(key.verifying_key().to_bytes());
            let id = measure::enrol_with(store.as_ref(), *site, public_key, now).await?;
            let mut hwm = 0;
            if nth == 0 {
                measure::ingest(store.as_ref(), id, now, &events, events.len()).await?;
                hwm = PEOPLE;
            }
            all.push(Borne { id, key, nonce: 100, hwm, staff: NO_LIST.to_owned() });
        }
    }
    Ok(all)
}

/// A borne without a screen.
struct Borne {
    id: OriginId,
    key: SigningKey,
    nonce: u64,
    hwm: u64,
    staff: String,
}

impl Borne {
    /// The next request, as it stands on the line.
    fn heartbeat(&mut self, host: &str) -> anyhow::Result<Vec<u8>> {
        let body = serde_json::to_vec(&SyncRequest {
            v: VERSION,
            borne: self.id,
            from_seq: self.hwm + 1,
            events: Vec::new(),
            clock_offset_ms: Some(4),
            staff: Some(self.staff.clone()),
            report: None,
            wanted: Some(0),
        })?;
        self.nonce += 1;
        let params = Params { created: Timestamp::now().as_second(), nonce: self.nonce, keyid: self.id.to_string() };
        let content_digest = signature::content_digest(&body);
        let signed =
            Request { method: "POST", authority: host, path: PATH, query: "", content_digest: &content_digest };
        let signature = signature::header(&self.key.sign(params.base(&signed).as_bytes()).to_bytes());
        let head = format!(
            "POST {PATH} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
             content-digest: {content_digest}\r\nsignature-input: {}\r\nsignature: {signature}\r\n\r\n",
            body.len(),
            params.header(),
        );
        Ok([head.into_bytes(), body].concat())
    }
}

/// A connection that is kept. It costs less than a client of many talents would: both share the machine with the server.
struct Line(BufReader<TcpStream>);

impl Line {
    async fn open(host: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Sends a request and reads the body of its answer, which must be a success.
    async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<Vec<u8>> {
        self.0.get_mut().write_all(request).await?;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            ensure!(self.0.read_line(&mut head).await? > 0, "the connection ended:\n{head}");
        }
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).context("no length")?;
        let mut body = vec![0; length.parse()?];
        self.0.read_exact(&mut body).await?;
        ensure!(head.starts_with("HTTP/1.1 200 "), "{head}{}", String::from_utf8_lossy(&body));
        Ok(body)
    }
}
