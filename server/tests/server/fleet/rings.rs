//! `/parc/mises-a-jour`: what is wanted of a borne reaches it signed, and a ring's version goes on to the next one.

use accueil_server::roles::Role;
use serde_json::{Value, json};
use wire::ids::SiteId;
use wire::sync::SyncReply;
use wire::wanted::{Release, Ring, Wanted};

use super::{report, well, with};
use crate::support::pages::{between, words};
use crate::support::{Borne, SECOND, Site, site_id};
use crate::web::{Agent, Web, account_as, browser};

const ADDRESS: &str = "/parc/mises-a-jour";

/// What a borne is handed that says which version it holds.
async fn handed(site: &Site, borne: &Borne, held: u64) -> Option<Wanted> {
    // What is answered from memory waits for the store's changes, which a server reads each second.
    site.app.follow().await.unwrap();
    let body = json!({"v": 1, "borne": borne.id, "from_seq": 1, "events": [], "wanted": held});
    let reply: SyncReply = borne.post(site, "/v1/sync", body.to_string().as_bytes()).await.json();
    reply.wanted.map(|signed| signed.open(&borne.id, &site.app.public_key(), held).unwrap())
}

async fn want(tom: &Agent, bornes: &[&Borne], fields: &[(&str, &str)]) -> (u16, String) {
    let ids: Vec<String> = bornes.iter().map(|borne| borne.id.to_string()).collect();
    let all: Vec<(&str, &str)> = ids.iter().map(|id| ("borne", id.as_str())).chain(fields.iter().copied()).collect();
    let answer = tom.post(ADDRESS, &all).await;
    (answer.status().as_u16(), words(&answer.text().await.unwrap()))
}

async fn technician(site: &Site) -> (Web, Agent) {
    account_as(site.store().as_ref(), "Tom", Role::Technician, None).await;
    let web = Web::start(site).await;
    let tom = Agent::sign_in_home(&web, "Tom").await;
    (web, tom)
}

#[tokio::test]
async fn a_row_tells_what_a_borne_runs_and_what_it_is_to_run() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    report(&site, &borne, 1, &with(&site, "version", "0.1.0")).await;
    let (web, tom) = technician(&site).await;
    let told = async || {
        let (list, page) = (tom.read("/parc/etat").await, tom.read(&format!("/parc/{}", borne.id)).await);
        let cell = words(between(&list, "data-name=\"Version\">", "</td>"));
        (cell, words(between(&page, "<dt>Programme</dt>", "</div>")))
    };
    let both = |cell: &str, page: &str| (cell.to_owned(), page.to_owned());
    assert_eq!(told().await, both("0.1.0", "version 0.1.0, base 4"));
    want(&tom, &[&borne], &[("anneau", "early")]).await;
    assert_eq!(told().await, both("0.1.0", "version 0.1.0, base 4"), "the newest of a ring is the repository's matter");
    want(&tom, &[&borne], &[("version", "exact"), ("exacte", "0.2.0")]).await;
    assert_eq!(told().await, both("0.1.0 → , attendue : 0.2.0", "version 0.1.0, attendue : 0.2.0, base 4"));
    let list = tom.read("/parc/etat").await;
    assert!(list.contains("<span aria-hidden=\"true\">→</span>"), "an arrow is not read out: {list}");
    report(&site, &borne, 1, &with(&site, "version", "0.2.0")).await;
    assert_eq!(told().await, both("0.2.0", "version 0.2.0, base 4"));
    web.stop().await;
}

#[tokio::test]
async fn what_is_wanted_reaches_its_borne_signed_once_and_in_its_latest_version() {
    let site = Site::open().await;
    let (first, second) = (site.borne(1).await, site.borne(2).await);
    let (web, tom) = technician(&site).await;
    assert_eq!(handed(&site, &first, 0).await, None, "nothing is wanted");
    let (status, page) = want(&tom, &[&first], &[("anneau", "pilot"), ("version", "hold")]).await;
    assert!(status == 200 && page.contains("La borne l’apprend à son prochain échange"), "{page}");
    let wanted = handed(&site, &first, 0).await.unwrap();
    assert_eq!((wanted.version, wanted.ring, wanted.release), (1, Some(Ring::Pilot), Release::Hold));
    assert_eq!(handed(&site, &first, 1).await, None, "it holds that");
    assert_eq!(handed(&site, &second, 0).await, None, "it is another one's");
    site.advance(1);
    want(&tom, &[&first, &second], &[("version", "exact"), ("exacte", "0.2.0")]).await;
    let exact = Release::Exact("0.2.0".parse().unwrap());
    let wanted = handed(&site, &first, 1).await.unwrap();
    assert_eq!((wanted.version, wanted.ring, &wanted.release), (2, Some(Ring::Pilot), &exact), "the ring stays");
    let wanted = handed(&site, &second, 0).await.unwrap();
    assert_eq!((wanted.version, wanted.ring, &wanted.release), (1, None, &exact));
    site.advance(1);
    let (_, page) = want(&tom, &[&second], &[("version", "exact"), ("exacte", "0.2.0")]).await;
    assert!(page.contains("Rien n’a changé"), "{page}");
    assert_eq!(handed(&site, &second, 1).await, None);

    // A borne that does not ask is of an earlier version: it is told nothing that it would not know.
    let reply: SyncReply = first.sync(&site, 1, &[]).await.json();
    assert_eq!(reply.wanted, None);
    let kept = site.store().audit_from(1, 100).await.unwrap();
    let entry = kept.iter().find(|link| link.action == "borne").unwrap();
    assert_eq!((entry.actor.as_str(), entry.object.as_str()), ("Tom", first.id.to_string().as_str()));
    let diff: Value = serde_json::to_value(&entry.diff).unwrap();
    assert!(diff.to_string().contains("pilot") && diff.to_string().contains("hold"), "{diff}");
    web.stop().await;
}

#[tokio::test]
async fn a_borne_that_is_answered_from_memory_is_told_of_a_change() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let (web, tom) = technician(&site).await;
    for _ in 0..2 {
        assert_eq!(handed(&site, &borne, 0).await, None);
    }
    want(&tom, &[&borne], &[("version", "hold")]).await;
    assert_eq!(handed(&site, &borne, 0).await.map(|wanted| wanted.version), Some(1));
    assert_eq!(handed(&site, &borne, 1).await, None);
    assert_eq!(handed(&site, &borne, 0).await.map(|wanted| wanted.version), Some(1), "it has lost it");
    web.stop().await;
}

#[tokio::test]
async fn a_store_that_was_restored_makes_a_later_version_than_the_borne_holds() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let (web, tom) = technician(&site).await;
    report(&site, &borne, 1, &with(&site, "wanted", 7)).await;
    want(&tom, &[&borne], &[("version", "hold")]).await;
    assert_eq!(handed(&site, &borne, 7).await.map(|wanted| wanted.version), Some(8));
    web.stop().await;
}

#[tokio::test]
async fn the_next_ring_gets_what_the_one_before_runs_well() {
    let site = Site::open().await;
    let (pilot, ill, early) = (site.borne(1).await, site.borne(2).await, site.borne(3).await);
    let (web, tom) = technician(&site).await;
    let run = async |borne: &Borne, version: &str, paper: &str| {
        let mut told = well(&site);
        (told["version"], told["paper"]) = (version.into(), paper.into());
        report(&site, borne, 1, &told).await;
    };
    run(&pilot, "0.2.0", "enough").await;
    run(&ill, "0.2.0", "out").await;
    run(&early, "0.1.0", "enough").await;
    want(&tom, &[&pilot, &ill], &[("anneau", "pilot")]).await;
    site.advance(1);
    want(&tom, &[&early], &[("anneau", "early")]).await;
    let page = words(&tom.read(ADDRESS).await);
    assert!(page.contains("0.2.0 : 2 bornes, dont 1 sans alarme"), "{page}");
    assert!(page.contains("1 sur 2 bornes la fait tourner sans alarme. Donner 0.2.0 à « En avance »"), "{page}");
    let path = format!("{ADDRESS}/promouvoir");
    // What was drawn is not what runs now.
    site.advance(1);
    let stale = tom.post(&path, &[("anneau", "pilot"), ("version", "0.1.9")]).await;
    assert_eq!(stale.status().as_u16(), 409);
    site.advance(1);
    let page = tom.read(ADDRESS).await;
    let (status, page) = tom.submit(&page, &path).await;
    assert!(status == 200 && words(&page).contains("C’est demandé."), "{page}");
    let wanted = handed(&site, &early, 0).await.unwrap();
    assert_eq!((wanted.ring, wanted.release.to_string()), (Some(Ring::Early), "exact 0.2.0".to_owned()));
    assert_eq!(handed(&site, &pilot, 1).await, None, "the ring before keeps what was asked of it");
    assert!(!words(&page).contains("Donner 0.2.0"), "once");
    web.stop().await;
}

#[tokio::test]
async fn what_a_borne_took_back_stands_beside_its_name_and_before_the_next_ring() {
    let site = Site::open().await;
    let (fell_back, runs, early) = (site.borne(1).await, site.borne(2).await, site.borne(3).await);
    let (web, tom) = technician(&site).await;
    let run = async |borne: &Borne, version: &str, outcome: &str, wanted: u64| {
        let mut told = with(&site, "version", version);
        told["update"] = json!({"version": "0.2.0", "outcome": outcome, "at": site.now()});
        told["wanted"] = json!(wanted);
        report(&site, borne, 1, &told).await;
    };
    want(&tom, &[&fell_back, &runs], &[("anneau", "pilot")]).await;
    site.advance(1);
    want(&tom, &[&early], &[("anneau", "early")]).await;
    run(&fell_back, "0.1.0", "taken_back", 1).await;
    run(&runs, "0.2.0", "works", 1).await;
    let page = words(&tom.read(ADDRESS).await);
    let told = "0.2.0 : 1 borne, dont 1 sans alarme, essayée et reprise par 1 borne";
    assert!(page.contains(told), "{page}");
    let warned =
        "1 sur 2 bornes la fait tourner sans alarme. 1 borne l’a essayée et reprise : regardez d’abord pourquoi.";
    assert!(page.contains(warned), "{page}");
    let state = async || {
        let page = tom.read(ADDRESS).await;
        words(between(between(&page, &fell_back.id.to_string(), "</tr>"), "data-name=\"Où elle en est\">", "</td>"))
    };
    assert_eq!(state().await, "Suit son anneau. 0.2.0 essayée et reprise");
    site.advance(1);
    want(&tom, &[&fell_back], &[("version", "exact"), ("exacte", "0.2.0")]).await;
    run(&fell_back, "0.1.0", "taken_back", 2).await;
    assert_eq!(state().await, "Essayée et reprise");
    assert!(words(&tom.read("/parc/etat").await).contains("Version 0.2.0 essayée et reprise"));
    web.stop().await;
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_bornes_of_another_site_are_not_there() {
    let site = Site::open_two().await;
    let borne = site.borne(1).await;
    account_as(site.store().as_ref(), "Tom", Role::Technician, Some(site_id())).await;
    account_as(site.store().as_ref(), "Ana", Role::Technician, Some(SiteId(SECOND.parse().unwrap()))).await;
    let web = Web::start(&site).await;
    let enter = async |name: &str| {
        let agent = Agent { browser: browser(), base: web.url("") };
        agent.post("/connexion", &[("name", name), ("password", crate::web::PASSWORD)]).await;
        agent
    };
    let (tom, ana) = (enter("Tom").await, enter("Ana").await);
    for (fields, why) in [
        (vec![("version", "exact"), ("exacte", "0.2.0; reboot")], "comme les paquets la nomment"),
        (vec![("anneau", "nightly")], "un des anneaux proposés"),
        (vec![("version", "oldest")], "une des versions proposées"),
        (vec![], "Choisissez un anneau ou une version"),
    ] {
        site.advance(1);
        let (status, page) = want(&tom, &[&borne], &fields).await;
        assert!(status == 409 && page.contains(why), "{why}: {page}");
    }
    site.advance(1);
    let (status, page) = want(&tom, &[], &[("version", "hold")]).await;
    assert!(status == 409 && page.contains("Cochez au moins une borne"), "{page}");
    let (status, _) = want(&ana, &[&borne], &[("version", "hold")]).await;
    assert_eq!(status, 404);
    assert!(!ana.read(ADDRESS).await.contains(&borne.id.to_string()));
    assert_eq!(site.store().wanted(borne.id).await.unwrap(), None);
    web.stop().await;
}
