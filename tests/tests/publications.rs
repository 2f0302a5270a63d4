//! What the office publishes reaches a borne that runs; what its server did not sign, or has published before, does not.

#![expect(clippy::unwrap_used, reason = "a test ends where its hall cannot be built")]

use std::path::{Path, PathBuf};

use accueil_server::simulate::page;
use integration_tests::borne::{Borne, Options};
use integration_tests::process::until;
use integration_tests::server::Server;
use integration_tests::{PATIENCE, client, free_port, project};
use reqwest::{Client, Response};
use rusqlite::Connection;
use wire::publication::SignedCatalogue;

const PASSWORD: &str = "une longue phrase";
const OLD_NAME: &str = "Carte d’identité, passeport";
const NEW_NAME: &str = "Titres d’identité";
const WORST_NAME: &str = "Repassez demain";

/// Ada, who sits at the reception desk: while she does, bornes come back every few seconds.
struct Office {
    http: Client,
    url: String,
    _open: Response,
}

impl Office {
    async fn open(server: &Server) -> Self {
        let (http, url) = (client().unwrap().cookie_store(true).build().unwrap(), server.url());
        let fields = [("name", "Ada"), ("password", PASSWORD)];
        let home = http.post(format!("{url}/connexion")).form(&fields).send().await.unwrap();
        assert!(home.status().is_success() && home.url().path() == "/", "{}", home.url());
        let open = http.get(format!("{url}/accueil/flux")).send().await.unwrap().error_for_status().unwrap();
        Self { http, url, _open: open }
    }

    async fn send(&self, page: &str, action: &str, filled: &[(&str, &str)]) {
        let page = self.http.get(format!("{}{page}", self.url)).send().await.unwrap().text().await.unwrap();
        let form = page::form(&page, action).unwrap_or_else(|| panic!("no form {action} in {page}"));
        let fields: Vec<(&str, &str)> = form.hidden().into_iter().chain(filled.iter().copied()).collect();
        let answer = self.http.post(format!("{}{action}", self.url)).form(&fields).send().await.unwrap();
        assert!(answer.status().is_success(), "{action}: {}", answer.text().await.unwrap());
    }

    /// Publishes the site with another name of a service.
    async fn publish(&self, server: &Server, before: &str, after: &str) {
        let text = server.command(&["catalogue", "show"], "").unwrap();
        assert!(text.contains(before), "{text}");
        self.send("/admin/transfert", "/admin/importer", &[("fichier", &text.replace(before, after))]).await;
        self.send("/admin/brouillon", "/admin/publier", &[("raison", "un essai")]).await;
    }
}

fn data(borne: &Borne) -> PathBuf {
    borne.folder().join("data")
}

/// What the borne keeps of what was published.
fn held(borne: &Borne) -> Option<SignedCatalogue> {
    let text = std::fs::read_to_string(data(borne).join("catalogue.json")).ok()?;
    let kept: serde_json::Value = serde_json::from_str(&text).unwrap();
    Some(serde_json::from_value(kept["signed"].clone()).unwrap())
}

async fn holds(borne: &Borne, version: u64) {
    let held = || async { Ok(held(borne).is_some_and(|held| held.version == version).then_some(())) };
    until("the new catalogue at the borne", PATIENCE, held).await.unwrap();
}

/// The borne has spoken with the server twice since: what the first answer said has been looked at.
async fn has_listened(borne: &Borne) {
    for _ in 0..2 {
        let before = borne.status().await.unwrap().uplink.last_success;
        borne.reaches("an exchange", |now| now.uplink.up && now.uplink.last_success > before).await.unwrap();
    }
}

/// What visitors may choose from, once nobody is at the borne.
async fn offers(borne: &Borne, wanted: &str, not: &[&str]) {
    let shown = || async {
        borne.becomes(|code| code == "S01", PATIENCE).await?;
        let services = borne.tap("Prendre un ticket", &["S03"]).await?;
        let names: Vec<String> = services.elements.into_iter().map(|element| element.label).collect();
        borne.tap("Retour", &["S01"]).await?;
        Ok(names.iter().any(|name| name.contains(wanted)).then_some(names))
    };
    let names = until(wanted, PATIENCE, shown).await.unwrap();
    for not in not {
        assert!(!names.iter().any(|name| name.contains(not)), "{names:?}");
    }
}

fn copy(store: &Path, to: &Path) {
    // The server has ended: its file is whole.
    let from = Connection::open(store).unwrap();
    from.execute("VACUUM INTO ?1", [to.to_str().unwrap()]).unwrap();
}

fn restore(store: &Path, from: &Path) {
    for more in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{more}", store.display()));
    }
    std::fs::copy(from, store).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_borne_takes_what_its_server_publishes_and_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let site = project().join("config/examples/marseille/site.toml");
    let mut server = Server::prepare(&place.path().join("server"), &site, free_port().unwrap()).unwrap();
    server.add_person("Ada", "administrator", PASSWORD).unwrap();
    let code = server.enrolment_code().unwrap();
    server.start().await.unwrap();
    let office = Office::open(&server).await;
    let options = Options::default();
    let mut borne = Borne::prepare(&place.path().join("borne"), &server, &options).unwrap();
    borne.start(&options, Some(&code)).await.unwrap();
    borne.reaches("a printer that is ready", |s| s.core.printer_ready && s.uplink.up).await.unwrap();
    holds(&borne, 1).await;
    offers(&borne, OLD_NAME, &[]).await;
    let first = place.path().join("first.db");
    server.stop().unwrap();
    copy(&server.store(), &first);

    // What is published while it runs.
    drop(office);
    server.start().await.unwrap();
    let office = Office::open(&server).await;
    has_listened(&borne).await;
    office.publish(&server, OLD_NAME, NEW_NAME).await;
    holds(&borne, 2).await;
    offers(&borne, NEW_NAME, &[OLD_NAME]).await;

    // A newer one, signed with another key than that of the server which enrolled it.
    server.stop().unwrap();
    let store = Connection::open(server.store()).unwrap();
    let changed = store.execute("UPDATE settings SET value = ?1 WHERE key = 'server_key'", [[7_u8; 32].as_slice()]);
    assert_eq!(changed.unwrap(), 1);
    drop((store, office));
    server.start().await.unwrap();
    let office = Office::open(&server).await;
    office.publish(&server, NEW_NAME, WORST_NAME).await;
    let log = borne.folder().join("borne.log");
    let refused = || async {
        let told = std::fs::read_to_string(&log)?;
        Ok(told.lines().any(|line| line.contains("the published catalogue is not taken")).then_some(()))
    };
    until("the borne's refusal", PATIENCE, refused).await.unwrap();
    assert_eq!(held(&borne).unwrap().version, 2);
    offers(&borne, NEW_NAME, &[WORST_NAME]).await;

    // The right key, and what was in force before.
    server.stop().unwrap();
    restore(&server.store(), &first);
    drop(office);
    server.start().await.unwrap();
    let office = Office::open(&server).await;
    has_listened(&borne).await;
    assert_eq!(held(&borne).unwrap().version, 2);
    offers(&borne, NEW_NAME, &[OLD_NAME, WORST_NAME]).await;

    // And what it publishes from there on is taken again.
    office.publish(&server, OLD_NAME, "Passeports").await;
    office.publish(&server, "Passeports", "Papiers d’identité").await;
    holds(&borne, 3).await;
    offers(&borne, "Papiers d’identité", &[NEW_NAME, WORST_NAME]).await;
    borne.stop().unwrap();
    server.stop().unwrap();
}
