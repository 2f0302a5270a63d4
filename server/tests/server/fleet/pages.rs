//! `/parc`: what technicians see, who may become a borne, and who is one no longer.

use accueil_server::roles::Role;
use serde_json::json;
use wire::enrolment::EnrolmentCode;
use wire::ids::SiteId;

use super::{report, well, with};
use crate::display::Events;
use crate::support::pages::{between, words};
use crate::support::{SECOND, Site, site_id};
use crate::web::{Agent, Web, account_as};

async fn technician(site: &Site) -> (Web, Agent) {
    account_as(site.store().as_ref(), "Tom", Role::Technician, None).await;
    let web = Web::start(site).await;
    let tom = Agent::sign_in_home(&web, "Tom").await;
    (web, tom)
}

async fn seen(tom: &Agent) -> String {
    words(&tom.read("/parc/etat").await)
}

#[tokio::test]
async fn bornes_with_alarms_come_first_and_silence_is_never_well() {
    let site = Site::open().await;
    let (first, second) = (site.borne(1).await, site.borne(2).await);
    report(&site, &first, 1, &well(&site)).await;
    report(&site, &second, 1, &with(&site, "paper", "out")).await;
    let (web, tom) = technician(&site).await;
    assert!(tom.read("/").await.contains("href=\"/parc\""), "the bar leads there");
    let page = seen(&tom).await;
    assert!(page.starts_with("1 borne en alarme."), "{page}");
    let (ill, good) = (page.find("série 2").unwrap(), page.find("série 1").unwrap());
    assert!(ill < good, "{page}");
    assert!(
        page[ill..good].contains("En ligne il y a moins de 1 min Plus de papier Vide Prête Aucun Sûre Audible"),
        "{page}"
    );
    assert!(
        page[good..].contains("En ligne il y a moins de 1 min Aucune Suffisant Prête Aucun Sûre Audible"),
        "{page}"
    );
    for (minutes, state) in [(3, "À surveiller il y a 3 min"), (7, "Hors ligne il y a 10 min")] {
        site.advance(minutes * 60);
        let page = seen(&tom).await;
        assert_eq!(page.matches(state).count(), 2, "{page}");
        assert!(!page.contains("En ligne"), "{page}");
        assert!(!tom.read("/parc/etat").await.contains("data-level=\"good\""), "nor is what it said before");
    }
    assert_eq!(seen(&tom).await.matches("Hors ligne depuis 10 min").count(), 2);
    web.stop().await;
}

#[tokio::test]
async fn the_page_hears_of_a_change_and_of_nothing_else() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    report(&site, &borne, 1, &well(&site)).await;
    let (web, tom) = technician(&site).await;
    let mut news = Events::of(tom.get("/parc/flux").await);
    assert_eq!(news.next("etat").await.as_deref(), Some("1"), "how it stands");
    report(&site, &borne, 1, &with(&site, "clock_uncertain", true)).await;
    assert_eq!(news.next("etat").await.as_deref(), Some("1"));
    assert!(seen(&tom).await.contains("Heure douteuse"));
    web.stop().await;
}

#[tokio::test]
async fn a_bornes_page_tells_all_that_it_says_and_nothing_of_other_sites() {
    let site = Site::open_two().await;
    let borne = site.borne(1).await;
    let devices = json!([{"kind": "printer", "condition": "cover_open"}, {"kind": "scanner", "condition": "gone"}]);
    report(&site, &borne, 1, &with(&site, "devices", devices)).await;
    account_as(site.store().as_ref(), "Tom", Role::Technician, Some(site_id())).await;
    let other = SiteId(SECOND.parse().unwrap());
    account_as(site.store().as_ref(), "Ana", Role::Technician, Some(other)).await;
    let web = Web::start(&site).await;
    let tom = Agent { browser: crate::web::browser(), base: web.url("") };
    tom.post("/connexion", &[("name", "Tom"), ("password", crate::web::PASSWORD)]).await;
    let path = format!("/parc/{}", borne.id);
    let page = words(&tom.read(&path).await);
    for text in [
        "Imprimante : capot ouvert",
        "Ne répond pas : douchette",
        "Douchette Absent",
        "8 000",
        "16 000",
        "Vérifiez le câble",
    ] {
        let plain = page.replace('\u{202f}', " ");
        assert!(plain.contains(text), "{text}: {page}");
    }
    let ana = Agent { browser: crate::web::browser(), base: web.url("") };
    ana.post("/connexion", &[("name", "Ana"), ("password", crate::web::PASSWORD)]).await;
    assert_eq!(ana.get(&path).await.status().as_u16(), 404);
    assert!(!ana.read("/parc").await.contains("Borne 01"));
    let refused = ana.post(&format!("{path}/retirer"), &[("name", "Borne 01")]).await;
    assert_eq!(refused.status().as_u16(), 404);
    assert_eq!(site.store().borne(borne.id).await.unwrap().unwrap().revoked_at, None);
    web.stop().await;
}

#[tokio::test]
async fn a_borne_is_retired_by_its_name_and_that_is_kept() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let (web, tom) = technician(&site).await;
    let path = format!("/parc/{}", borne.id);
    let action = format!("{path}/retirer");
    let page = tom.read(&path).await;
    let (status, page) = tom.submit_with(&page, &action, &[("name", "Borne 02")]).await;
    assert!(status == 409 && page.contains("Ce n’est pas son nom. Rien n’a changé."), "{page}");
    assert_eq!(site.store().borne(borne.id).await.unwrap().unwrap().revoked_at, None);
    let (status, page) = tom.submit_with(&page, &action, &[("name", "Borne 01")]).await;
    assert!(status == 200 && page.contains("Cette borne a été retirée"), "{page}");
    assert!(!page.contains("/retirer"), "once");
    assert_eq!(site.store().borne(borne.id).await.unwrap().unwrap().revoked_at, Some(site.now()));
    assert!(seen(&tom).await.contains("Aucune borne n’est enrôlée"));
    let kept = site.store().audit_from(1, 100).await.unwrap();
    let entry = kept.iter().rev().find(|link| link.action == "borne").unwrap();
    assert_eq!((entry.actor.as_str(), entry.object.as_str()), ("Tom", borne.id.to_string().as_str()));
    web.stop().await;
}

#[tokio::test]
async fn a_code_that_waits_is_taken_back_by_its_site_alone() {
    let site = Site::open_two().await;
    account_as(site.store().as_ref(), "Tom", Role::Technician, Some(site_id())).await;
    account_as(site.store().as_ref(), "Ana", Role::Technician, Some(SiteId(SECOND.parse().unwrap()))).await;
    let web = Web::start(&site).await;
    let tom = Agent::sign_in_home(&web, "Tom").await;
    let page = tom.read("/parc/enroler").await;
    let (_, page) = tom.submit_with(&page, "/parc/enroler", &[("name", "Borne du hall")]).await;
    let code: EnrolmentCode = between(&page, "borne enrol ", "<").trim().parse().unwrap();
    let action = format!("/parc/enroler/{}/annuler", code.hash());
    let ana = Agent { browser: crate::web::browser(), base: web.url("") };
    ana.post("/connexion", &[("name", "Ana"), ("password", crate::web::PASSWORD)]).await;
    assert_eq!(ana.post(&action, &[]).await.status().as_u16(), 404);
    site.advance(1);
    let (status, page) = tom.submit(&page, &action).await;
    assert!(status == 200 && words(&page).contains("Codes qui attendent Aucun."), "{page}");
    site.advance(1);
    assert_eq!(tom.post(&action, &[]).await.status().as_u16(), 404, "once");
    let key = ed25519_dalek::SigningKey::from_bytes(&[9; 32]);
    assert_ne!(site.enrol_raw(&code, &key).await.status.as_u16(), 200);
    let kept = site.store().audit_from(1, 100).await.unwrap();
    let entry = kept.iter().rev().find(|link| link.action == "borne").unwrap();
    assert_eq!((entry.actor.as_str(), entry.object.as_str()), ("Tom", "Borne du hall"));
    web.stop().await;
}

#[tokio::test]
async fn a_code_is_shown_once_and_makes_a_borne() {
    let site = Site::open().await;
    let (web, tom) = technician(&site).await;
    let page = tom.read("/parc/enroler").await;
    let (status, page) = tom.submit_with(&page, "/parc/enroler", &[("name", "Borne du hall")]).await;
    assert_eq!(status, 200, "{page}");
    let code: EnrolmentCode = between(&page, "borne enrol ", "<").trim().parse().unwrap();
    let listed = words(&tom.read("/parc/enroler").await);
    assert!(listed.contains("Borne du hall 22/11/2026 à 9 h 42") && !listed.contains(&code.reveal()), "{listed}");
    let key = ed25519_dalek::SigningKey::from_bytes(&[9; 32]);
    assert_eq!(site.enrol_raw(&code, &key).await.status.as_u16(), 200);
    assert!(seen(&tom).await.contains("Borne du hall série 1"));
    assert!(words(&tom.read("/parc/enroler").await).contains("Codes qui attendent Aucun."));
    let refused = tom.post("/parc/enroler", &[("name", &"x".repeat(41))]).await;
    assert_eq!(refused.status().as_u16(), 409);
    web.stop().await;
}
