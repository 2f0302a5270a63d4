//! Several servers, real processes, on one PostgreSQL: one hall, and any of them may be killed.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use accueil_server::roles::Role;
use accueil_server::store::{self, Store, StoreAddress};
use axum::body::Body;
use ed25519_dalek::SigningKey;
use http::Request;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::TempDir;
use tokio::task::JoinSet;
use wire::catalogue::Catalogue;
use wire::enrolment::{EnrolReply, EnrolmentCode, PublicKey};
use wire::event::EventBody;
use wire::ids::OriginId;
use wire::problem::{Problem, ProblemKind};
use wire::service_day::ServiceDay;
use wire::signature::Params;
use wire::sync::SyncReply;

use crate::display::Events;
use crate::postgres;
use crate::store::changes::until_somebody_waits;
use crate::support::pages::{form, hidden_fields, number};
use crate::support::{self, Borne, CATALOGUE, HOST, site_id};
use crate::web::{Agent, DEADLINE, PASSWORD, account_as, account_in, browser, screen_in};

/// How long a borne's rights may outlast their end, anywhere.
const REVOKED_WITHIN: Duration = Duration::from_secs(5);

/// A server on a port of its own.
struct Replica {
    child: Child,
    base: String,
}

impl Replica {
    fn start(folder: &TempDir) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_accueil-server"));
        command.arg("--config").arg(folder.path().join("server.toml")).args(["serve", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = String::new();
        let listen: SocketAddr = loop {
            let line = lines.next().unwrap_or_else(|| panic!("it ended:\n{said}")).unwrap();
            let fields: Value = serde_json::from_str(&line).unwrap_or_default();
            if fields["fields"]["message"] == "serving" {
                break fields["fields"]["listen"].as_str().unwrap().parse().unwrap();
            }
            said += &line;
        };
        // Until it ends: a full pipe would stop it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, base: format!("http://{listen}") }
    }

    /// As a power cut would.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        // It may have been killed before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A site with sixteen counters whose servers share a database, and a look into that.
struct Shared {
    folder: TempDir,
    address: StoreAddress,
    store: Arc<dyn Store>,
    http: Client,
}

impl Shared {
    async fn new() -> Self {
        let address = postgres::database().await;
        let folder = TempDir::new().unwrap();
        let (before, after) = CATALOGUE.split_once("[[display]]").unwrap();
        let counter = |n: u32| {
            format!(
                "[[counter]]\nid = \"g{n}\"\nname = {{ fr = \"G{n}\", en = \"G{n}\" }}\nservices = [\"titres\"]\n\n"
            )
        };
        let counters: String = (1..=16).map(counter).collect();
        std::fs::write(folder.path().join("site.toml"), format!("{before}{counters}[[display]]{after}")).unwrap();
        let settings = format!("[log]\nformat = \"json\"\n[store]\naddress = \"{}\"\n", postgres::url(&address));
        std::fs::write(folder.path().join("server.toml"), settings).unwrap();
        let store = store::open(&address).await.unwrap();
        Self { folder, address, store, http: browser() }
    }

    fn replica(&self) -> Replica {
        Replica::start(&self.folder)
    }

    async fn borne(&self, at: &Replica) -> Borne {
        let code = EnrolmentCode::from_random([7; 10]);
        let site = Catalogue::from_toml(CATALOGUE).unwrap().site.id;
        let expires = Timestamp::now() + SignedDuration::from_hours(1);
        self.store.add_code(site, code.hash(), None, expires).await.unwrap();
        let key = SigningKey::from_bytes(&[7; 32]);
        let body =
            json!({"v": 1, "code": code, "public_key": PublicKey(key.verifying_key().to_bytes()), "name": "Borne"});
        let answer = self.http.post(format!("{}/v1/enrol", at.base)).body(body.to_string()).send().await.unwrap();
        let reply: EnrolReply = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        Borne { id: reply.borne, reply, key, nonce: AtomicU64::new(1) }
    }

    /// The log that all servers write.
    async fn desk(&self) -> OriginId {
        let site = Catalogue::from_toml(CATALOGUE).unwrap().site.id;
        let desk = self.store.setting_or(&format!("desk.{site}"), Vec::new()).await.unwrap();
        OriginId(uuid::Uuid::from_slice(&desk).unwrap())
    }

    /// Sends events to a server.
    async fn sync(&self, borne: &Borne, base: &str, from_seq: u64, events: &[Value]) -> reqwest::Result<Response> {
        let nonce = borne.next_nonce();
        let params = Params { created: Timestamp::now().as_second(), nonce, keyid: borne.id.to_string() };
        let body = borne.batch(from_seq, events);
        let signed = borne.signed("/v1/sync", &body, &params).body(()).unwrap();
        assert_eq!(signed.headers()["host"], HOST);
        self.http.post(format!("{base}/v1/sync")).headers(signed.headers().clone()).body(body).send().await
    }

    /// So many agents, each signed in at a counter of their own.
    async fn agents(&self, bases: &[&str]) -> Vec<Agent> {
        let mut agents = Vec::new();
        for (n, base) in (1..=16).zip(bases.iter().cycle()) {
            let name = format!("Agent {n}");
            account_in(self.store.as_ref(), &name).await;
            let agent = Agent::sign_in_to(base, &name).await;
            let counter = format!("g{n}");
            assert_eq!(agent.post("/poste", &[("counter", &counter)]).await.url().path(), "/guichet");
            agents.push(agent);
        }
        agents
    }
}

fn tickets(borne: &Borne, numbers: std::ops::RangeInclusive<u64>) -> Vec<Value> {
    let now = Timestamp::now();
    let day = ServiceDay::of(now, &TimeZone::get("Europe/Paris").unwrap());
    numbers.map(|seq| borne.issued_at(now, day, seq, "titres")).collect()
}

async fn stored(answer: reqwest::Result<Response>) -> u64 {
    let answer = answer.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    serde_json::from_str::<SyncReply>(&answer.text().await.unwrap()).unwrap().hwm
}

/// The page of an agent once it shows so many people waiting.
async fn page_with(agent: &Agent, waiting: usize) -> String {
    let until = Instant::now() + DEADLINE;
    loop {
        let page = agent.page().await;
        if page.contains(&format!("File ({waiting})")) {
            return page;
        }
        assert!(Instant::now() < until, "never {waiting} waiting:\n{page}");
    }
}

#[tokio::test]
async fn replicas_serve_a_new_version_within_a_second() {
    let shared = Shared::new().await;
    let (first, second) = (shared.replica(), shared.replica());
    let borne = shared.borne(&first).await;
    let version = async |base: &str| {
        let answer = shared.sync(&borne, base, 1, &[]).await.unwrap();
        // A borne that asks too often is told nothing new.
        let told: Option<SyncReply> = serde_json::from_str(&answer.text().await.unwrap()).ok();
        told.map(|reply| reply.config_version)
    };
    assert_eq!((version(&first.base).await, version(&second.base).await), (Some(1), Some(1)));
    account_as(shared.store.as_ref(), "Inès", Role::Administrator, None).await;
    let admin = Agent { browser: browser(), base: first.base.clone() };
    admin.post("/connexion", &[("name", "Inès"), ("password", PASSWORD)]).await;
    let path = "/admin/services/titres";
    let page = admin.get(path).await.text().await.unwrap();
    let mut fields = form(&page, path);
    fields.retain(|(name, _)| name != "places");
    fields.push(("places".into(), "35".into()));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(admin.post(path, &fields).await.status().as_u16(), 200);
    let published = admin.post("/admin/publier", &[("vu", "1")]).await;
    let since = Instant::now();
    assert_eq!(published.url().query(), Some("publie=2"));
    while version(&second.base).await != Some(2) {
        assert!(since.elapsed() < Duration::from_secs(1), "the other server still has the old version");
    }
}

#[tokio::test]
async fn a_server_killed_in_the_middle_of_a_batch_loses_and_doubles_nothing() {
    let shared = Shared::new().await;
    let (mut first, second) = (shared.replica(), shared.replica());
    let borne = shared.borne(&first).await;
    for (n, base) in (0..5).zip([&first.base, &second.base].into_iter().cycle()) {
        let from = n * 5 + 1;
        assert_eq!(stored(shared.sync(&borne, base, from, &tickets(&borne, from..=from + 4)).await).await, from + 4);
    }

    // The next batch stops within its transaction, and its server dies there.
    let mut holder = PgConnection::connect(&postgres::url(&shared.address)).await.unwrap();
    holder.execute("BEGIN; SELECT FROM origins WHERE series = 1 FOR UPDATE").await.unwrap();
    let batch = tickets(&borne, 26..=30);
    let mut observer = PgConnection::connect(&postgres::url(&shared.address)).await.unwrap();
    let base = first.base.clone();
    let (broken, ()) = tokio::join!(shared.sync(&borne, &base, 26, &batch), async {
        until_somebody_waits(&mut observer).await;
        first.kill();
    });
    assert!(broken.is_err(), "no answer, so the borne sends it again");
    holder.execute("ROLLBACK").await.unwrap();

    assert_eq!(stored(shared.sync(&borne, &second.base, 26, &batch).await).await, 30);
    let again = shared.sync(&borne, &second.base, 26, &batch).await.unwrap();
    assert_eq!(again.status().as_u16(), 409);
    let told: Problem = serde_json::from_str(&again.text().await.unwrap()).unwrap();
    assert_eq!((told.kind, told.expected_seq), (ProblemKind::Sequence, Some(31)));
    let first = shared.replica();
    for (from, base) in [(31, &first.base), (36, &second.base), (41, &first.base), (46, &second.base)] {
        assert_eq!(stored(shared.sync(&borne, base, from, &tickets(&borne, from..=from + 4)).await).await, from + 4);
    }

    let log = shared.store.log(borne.id, 1).await.unwrap();
    assert_eq!(log.iter().map(|received| received.event.seq).collect::<Vec<u64>>(), (1..=50).collect::<Vec<u64>>());
    assert!(shared.store.alarms(site_id(), 10).await.unwrap().is_empty());
    let agents = shared.agents(&[&first.base, &second.base]).await;
    let rows = |page: &str| page.split("<li id=\"t-").skip(1).map(|row| row[..36].to_owned()).collect::<Vec<_>>();
    let halls = [rows(&page_with(&agents[0], 50).await), rows(&page_with(&agents[1], 50).await)];
    assert_eq!(halls[0], halls[1]);
}

/// Posts a form of the page; where its server has died, the same form to the other one.
async fn post(agent: &mut Agent, others: &str, action: &str, fields: &[(String, String)]) -> (u16, String) {
    loop {
        let url = format!("{}{action}", agent.base);
        match agent.browser.post(url).form(fields).send().await {
            Ok(answer) if answer.status().as_u16() == 429 => {
                // A person's pace, which the server asks for.
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            Ok(answer) => {
                let status = answer.status().as_u16();
                match answer.text().await {
                    Ok(page) => return (status, page),
                    Err(_) => agent.base = others.to_owned(),
                }
            }
            Err(_) => {
                assert_ne!(agent.base, others, "the server that lives does not answer");
                agent.base = others.to_owned();
            }
        }
    }
}

/// The console's page, from whichever server lives.
async fn page(agent: &mut Agent, others: &str) -> String {
    if let Ok(answer) = agent.browser.get(format!("{}/guichet", agent.base)).send().await
        && let Ok(page) = answer.text().await
    {
        return page;
    }
    agent.base = others.to_owned();
    agent.page().await
}

/// What an agent does, first things first.
const ACTIONS: [&str; 3] = ["/guichet/appeler", "/guichet/demarrer", "/guichet/terminer"];

#[tokio::test]
async fn r12_sixteen_agents_over_two_servers_of_which_one_dies_never_call_the_same_person() {
    const TICKETS: u64 = 48;
    let shared = Shared::new().await;
    let (mut first, second) = (shared.replica(), shared.replica());
    let borne = shared.borne(&first).await;
    assert_eq!(stored(shared.sync(&borne, &first.base, 1, &tickets(&borne, 1..=TICKETS)).await).await, TICKETS);
    let agents = shared.agents(&[&first.base, &second.base]).await;
    for agent in &agents[..2] {
        page_with(agent, TICKETS as usize).await;
    }
    let (told, mut calls) = tokio::sync::mpsc::unbounded_channel();
    let mut working = JoinSet::new();
    for mut agent in agents {
        let (lives, told) = (second.base.clone(), told.clone());
        working.spawn(async move {
            let mut mine = BTreeSet::new();
            let until = Instant::now() + DEADLINE;
            loop {
                assert!(Instant::now() < until, "{mine:?}");
                let shown = page(&mut agent, &lives).await;
                mine.extend(number(&shown));
                let offered = |action: &&&str| shown.contains(&format!("action=\"{action}\""));
                let Some(action) = ACTIONS.iter().find(offered) else {
                    panic!("nothing to do:\n{shown}");
                };
                let (_, shown) = post(&mut agent, &lives, action, &hidden_fields(&shown, action)).await;
                if *action == ACTIONS[0] {
                    // An empty queue says the same beside a number that was just called.
                    if number(&shown).is_none() && shown.contains("Personne n’attend pour ce guichet.") {
                        return mine;
                    }
                    mine.extend(number(&shown));
                    told.send(()).unwrap();
                }
            }
        });
    }
    for _ in 0..TICKETS / 3 {
        calls.recv().await.unwrap();
    }
    first.kill();
    let numbers: Vec<String> = working.join_all().await.into_iter().flatten().collect();
    assert_eq!(numbers.len() as u64, TICKETS, "nobody's number was at two counters: {numbers:?}");
    let expected: BTreeSet<String> = (1..=TICKETS).map(|n| format!("A {n}")).collect();
    assert_eq!(numbers.into_iter().collect::<BTreeSet<String>>(), expected);
    let (mut called, mut finished) = (BTreeSet::new(), BTreeSet::new());
    for received in shared.store.log(shared.desk().await, 1).await.unwrap() {
        if let EventBody::Called { ticket, .. } = received.event.body {
            assert!(called.insert(ticket), "called twice: {ticket:?}");
        } else if let EventBody::Finished { ticket, .. } = received.event.body {
            assert!(finished.insert(ticket), "finished twice: {ticket:?}");
        }
    }
    assert_eq!((called.len() as u64, finished.len() as u64), (TICKETS, TICKETS));
}

#[tokio::test]
async fn what_happens_at_one_server_is_seen_at_the_other() {
    let shared = Shared::new().await;
    let (first, second) = (shared.replica(), shared.replica());
    let borne = shared.borne(&first).await;
    let (_, cookie) = screen_in(shared.store.as_ref(), site_id(), "hall").await;
    let flow = shared.http.get(format!("{}/a/hall/flux", second.base)).header("cookie", cookie).send().await.unwrap();
    let mut screen = Events::of(flow);
    assert_eq!(screen.calls().await, []);
    assert_eq!(stored(shared.sync(&borne, &first.base, 1, &tickets(&borne, 1..=2)).await).await, 2);
    let agents = shared.agents(&[&first.base, &second.base]).await;
    let page = page_with(&agents[1], 2).await;
    let (_, page) = agents[1].submit(&page, "/guichet/appeler").await;
    assert_eq!(number(&page).as_deref(), Some("A 1"));
    let page = page_with(&agents[0], 1).await;
    let (_, page) = agents[0].submit(&page, "/guichet/appeler").await;
    assert_eq!(number(&page).as_deref(), Some("A 2"));
    // By a screen that hangs on the server at which nobody works.
    while screen.calls().await.first() != Some(&("A 2".to_owned(), "G1".to_owned())) {}

    // A session is valid everywhere, and a decision holds everywhere.
    let elsewhere = agents[0].browser.get(format!("{}/guichet", second.base)).send().await.unwrap();
    assert_eq!(number(&elsewhere.text().await.unwrap()).as_deref(), Some("A 2"));
    account_as(shared.store.as_ref(), "Zoé", Role::Supervisor, None).await;
    let supervisor = Agent { browser: browser(), base: first.base.clone() };
    supervisor.post("/connexion", &[("name", "Zoé"), ("password", PASSWORD)]).await;
    let page = supervisor.get("/salle/tickets").await.text().await.unwrap();
    let (status, page) = supervisor.submit(&page, "/salle/tickets/arreter").await;
    assert_eq!(status, 200, "{page}");
    let until = Instant::now() + DEADLINE;
    loop {
        let answer = shared.sync(&borne, &second.base, 3, &[]).await.unwrap().text().await.unwrap();
        let reply: SyncReply = serde_json::from_str(&answer).unwrap_or_else(|e| panic!("{e}: {answer}"));
        if !reply.hall.full.is_empty() {
            break;
        }
        assert!(Instant::now() < until, "the decision never reached the other server");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[tokio::test]
async fn a_borne_is_shut_out_everywhere_within_five_seconds() {
    let shared = Shared::new().await;
    let replicas = [shared.replica(), shared.replica()];
    let borne = shared.borne(&replicas[0]).await;
    for replica in &replicas {
        assert_eq!(stored(shared.sync(&borne, &replica.base, 1, &[]).await).await, 0);
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_accueil-server"));
    command.arg("--config").arg(shared.folder.path().join("server.toml"));
    let begun = Instant::now();
    let said = command.args(["borne", "revoke", &borne.id.to_string()]).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    for replica in &replicas {
        let refused: Problem = loop {
            let answer = shared.sync(&borne, &replica.base, 1, &[]).await.unwrap().text().await.unwrap();
            match serde_json::from_str(&answer) {
                Ok(refused) => break refused,
                Err(_) => assert!(begun.elapsed() < REVOKED_WITHIN, "{answer}"),
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        };
        assert_eq!(refused.kind, ProblemKind::Revoked);
    }
    assert!(begun.elapsed() < REVOKED_WITHIN, "{:?}", begun.elapsed());
}

/// As after a change of the primary that left the address with the one that was not promoted.
#[tokio::test]
async fn whoever_supervises_is_told_of_a_database_that_takes_no_writes() {
    let address = postgres::database().await;
    let site = support::Site::open_as(|settings| settings.store.address = address.clone()).await;
    let becomes = async |wanted: (u16, &str)| {
        let well = async || {
            let answer = site.send(Request::get("/sante").body(Body::empty()).unwrap()).await;
            let store = answer.json::<Value>()["store"].as_str().unwrap().to_owned();
            (answer.status.as_u16(), store) == (wanted.0, wanted.1.to_owned())
        };
        let end = Instant::now() + DEADLINE;
        while !well().await {
            assert!(Instant::now() < end, "{wanted:?}");
        }
    };
    becomes((200, "ok")).await;
    let mut own = PgConnection::connect(&postgres::url(&address)).await.unwrap();
    for (writes, wanted) in [("on", (503, "read_only")), ("off", (200, "ok"))] {
        let set = format!(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = {writes}', current_database()); END $$"
        );
        own.execute(AssertSqlSafe(set)).await.unwrap();
        // It holds for who connects from now on.
        let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                      WHERE datname = current_database() AND pid <> pg_backend_pid()";
        own.execute(others).await.unwrap();
        becomes(wanted).await;
    }
}
