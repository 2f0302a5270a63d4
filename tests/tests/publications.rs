//! What the office publishes reaches a borne that runs; what its server did not sign, or has published before, does not.

#![expect(clippy::unwrap_used, reason = "a test ends where its hall cannot be built")]

use std::path::{Path, PathBuf};

use integration_tests::PATIENCE;
use integration_tests::borne::{Borne, Options};
use integration_tests::office::Office;
use integration_tests::process::until;
use integration_tests::server::Server;
use integration_tests::site::Site;
use reqwest::Response;
use rusqlite::Connection;
use wire::publication::SignedCatalogue;

const OLD_NAME: &str = "Carte d’identité, passeport";
const NEW_NAME: &str = "Titres d’identité";
const WORST_NAME: &str = "Repassez demain";

/// Ada, who sits at the reception desk.
struct Ada {
    office: Office,
    _open: Response,
}

impl Ada {
    async fn sits(office: Office) -> Self {
        Self { _open: office.at_reception().await.unwrap(), office }
    }

    async fn back(server: &Server) -> Self {
        Self::sits(Office::open_again(server, "Ada").await.unwrap()).await
    }

    /// Publishes the site with another name of a service.
    async fn publish(&self, server: &Server, before: &str, after: &str) {
        let text = server.command(&["catalogue", "show"], "").unwrap();
        assert!(text.contains(before), "{text}");
        let text = text.replace(before, after);
        for (page, action, filled) in [
            ("/admin/transfert", "/admin/importer", ("fichier", text.as_str())),
            ("/admin/brouillon", "/admin/publier", ("raison", "un essai")),
        ] {
            let page = self.office.read(page).await.unwrap();
            self.office.submit(&page, action, &[filled]).await.unwrap();
        }
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
    let mut site = Site::open().await.unwrap();
    let ada = Ada::sits(Office::open(&site.server, "Ada", "administrator").await.unwrap()).await;
    let mut borne = site.start_borne(&Options::default()).await.unwrap();
    borne.reaches("a printer that is ready", |s| s.core.printer_ready && s.uplink.up).await.unwrap();
    holds(&borne, 1).await;
    offers(&borne, OLD_NAME, &[]).await;
    let first = site.folder().join("first.db");
    site.server.stop().unwrap();
    copy(&site.server.store(), &first);

    // What is published while it runs.
    drop(ada);
    site.server.start().await.unwrap();
    let ada = Ada::back(&site.server).await;
    has_listened(&borne).await;
    ada.publish(&site.server, OLD_NAME, NEW_NAME).await;
    holds(&borne, 2).await;
    offers(&borne, NEW_NAME, &[OLD_NAME]).await;

    // A newer one, signed with another key than that of the server which enrolled it.
    site.server.stop().unwrap();
    let store = Connection::open(site.server.store()).unwrap();
    let changed = store.execute("UPDATE settings SET value = ?1 WHERE key = 'server_key'", [[7_u8; 32].as_slice()]);
    assert_eq!(changed.unwrap(), 1);
    drop((store, ada));
    site.server.start().await.unwrap();
    let ada = Ada::back(&site.server).await;
    ada.publish(&site.server, NEW_NAME, WORST_NAME).await;
    let log = borne.folder().join("borne.log");
    let refused = || async {
        let told = std::fs::read_to_string(&log)?;
        Ok(told.lines().any(|line| line.contains("the published catalogue is not taken")).then_some(()))
    };
    until("the borne's refusal", PATIENCE, refused).await.unwrap();
    assert_eq!(held(&borne).unwrap().version, 2);
    offers(&borne, NEW_NAME, &[WORST_NAME]).await;

    // The right key, and what was in force before.
    site.server.stop().unwrap();
    restore(&site.server.store(), &first);
    drop(ada);
    site.server.start().await.unwrap();
    let ada = Ada::back(&site.server).await;
    has_listened(&borne).await;
    assert_eq!(held(&borne).unwrap().version, 2);
    offers(&borne, NEW_NAME, &[OLD_NAME, WORST_NAME]).await;

    // And what it publishes from there on is taken again.
    ada.publish(&site.server, OLD_NAME, "Passeports").await;
    ada.publish(&site.server, "Passeports", "Papiers d’identité").await;
    holds(&borne, 3).await;
    offers(&borne, "Papiers d’identité", &[NEW_NAME, WORST_NAME]).await;
    borne.stop().unwrap();
    site.server.stop().unwrap();
}
