//! Servers of one site on one store, with as many counters and people as are needed.

use std::path::Path;

use accueil_server::store::{self, StoreAddress, measure};
use anyhow::Context;
use integration_tests::server::Server;
use integration_tests::{free_port, project};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use wire::catalogue::Catalogue;
use wire::ids::SiteId;
use wire::service_day::ServiceDay;

/// The only service of the counters that are added, and of everybody who comes.
const SERVICE: &str = "titres";
/// Of every agent.
pub const PASSWORD: &str = "un mot de passe";

/// What servers are measured with.
pub struct Halls<'a> {
    /// Where each of them has a folder.
    pub folder: &'a Path,
    /// What they share.
    pub address: &'a StoreAddress,
    /// How many there are.
    pub servers: usize,
    /// How many agents sit at a counter of their own: `g0`, `g1`, …
    pub agents: usize,
    /// How many people wait: they have their tickets from a borne of their own.
    pub people: u64,
    /// What the settings say more of `[http]`.
    pub http: &'a str,
}

impl Halls<'_> {
    /// Makes the servers and starts them.
    pub async fn open(&self) -> anyhow::Result<Vec<Server>> {
        let mut all = Vec::new();
        for n in 0..self.servers {
            all.push(self.prepare(&self.folder.join(n.to_string()))?);
        }
        let first = all.first().context("one server or more")?;
        if self.people > 0 {
            let (now, events) = tickets(self.people)?;
            let store = store::open(&self.address.clone().within(&self.folder.join("0"))).await?;
            let origin = measure::enrol(store.as_ref(), site(first)?, now).await?;
            measure::ingest(store.as_ref(), origin, now, &events, 1_000).await?;
        }
        for agent in 0..self.agents {
            first.add_agent(&name(agent), PASSWORD)?;
        }
        for server in &mut all {
            server.start().await?;
        }
        Ok(all)
    }

    fn prepare(&self, folder: &Path) -> anyhow::Result<Server> {
        let port = free_port()?;
        let server = Server::prepare(folder, &project().join("config/examples/marseille/site.toml"), port)?;
        let mut catalogue: toml::Table = std::fs::read_to_string(server.catalogue())?.parse()?;
        let counters = catalogue.get_mut("counter").and_then(toml::Value::as_array_mut).context("no [[counter]]")?;
        for agent in 0..self.agents {
            let name = toml::Table::from_iter([("fr".to_owned(), toml::Value::String(format!("Guichet {agent}")))]);
            counters.push(toml::Value::Table(toml::Table::from_iter([
                ("id".to_owned(), counter(agent).into()),
                ("name".to_owned(), toml::Value::Table(name)),
                ("services".to_owned(), toml::Value::Array(vec![SERVICE.into()])),
            ])));
        }
        std::fs::write(server.catalogue(), toml::to_string(&catalogue)?)?;
        let Self { address, http, .. } = self;
        let settings = format!(
            "[http]\nlisten = \"127.0.0.1:{port}\"\n{http}[site]\ncatalogue = \"site.toml\"\n[store]\naddress = \"{address}\"\n"
        );
        std::fs::write(folder.join("server.toml"), settings)?;
        Ok(server)
    }
}

/// An agent's name.
pub fn name(agent: usize) -> String {
    format!("Agent {agent}")
}

/// Where an agent sits.
pub fn counter(agent: usize) -> String {
    format!("g{agent}")
}

/// The site of a server.
pub fn site(server: &Server) -> anyhow::Result<SiteId> {
    Ok(Catalogue::from_toml(&std::fs::read_to_string(server.catalogue())?)?.site.id)
}

/// The service day of now, as the site counts it.
pub fn today() -> anyhow::Result<(Timestamp, ServiceDay)> {
    let now = Timestamp::now();
    Ok((now, ServiceDay::of(now, &TimeZone::get("Europe/Paris")?)))
}

/// Tickets of today, and when they were taken.
pub fn tickets(count: u64) -> anyhow::Result<(Timestamp, Vec<String>)> {
    let (now, day) = today()?;
    Ok((now, measure::tickets(day, &SERVICE.parse()?, now, 1, count)))
}
