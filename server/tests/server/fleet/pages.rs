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
async fn the_table_stands_in_the_order_that_its_address_asks_for() {
    let site = Site::open().await;
    let bornes = [site.borne(1).await, site.borne(2).await, site.borne(3).await];
    let told = [well(&site), with(&site, "paper", "low"), with(&site, "clock_uncertain", true)];
    for (borne, told) in bornes.iter().zip(&told) {
        report(&site, borne, 1, told).await;
        site.advance(20);
    }
    let (web, tom) = technician(&site).await;
    let order = |page: &str| -> String {
        let page = words(page);
        let mut series: Vec<_> = (1..=3).map(|n| (page.find(&format!("série {n}")).unwrap(), n)).collect();
        series.sort_unstable();
        series.iter().map(|(_, n)| n.to_string()).collect()
    };
    for (query, expected, sorted) in [
        ("", "231", "Alarmes"),
        ("?tri=alarmes&sens=asc", "123", "Alarmes"),
        // They are called alike here: alarms first.
        ("?tri=borne", "231", "Borne"),
        ("?tri=borne&sens=desc", "231", "Borne"),
        ("?tri=vue", "123", "Vue"),
        ("?tri=papier", "231", "Papier"),
        ("?tri=heure", "321", "Heure"),
        ("?tri=couleur&sens=asc", "231", "Alarmes"),
        ("?tri=papier&sens=%00", "231", "Alarmes"),
    ] {
        let page = tom.read(&format!("/parc{query}")).await.replace("&#38;", "&").replace("&amp;", "&");
        assert_eq!(order(&page), expected, "{query}");
        let head = between(&page, "aria-sort=\"", "</th>");
        assert!(head.contains(&format!(">{sorted}<span class=\"unseen\"> : trier, ")), "{query}: {head}");
        assert_eq!(page.matches("aria-sort=").count(), 1);
        // What renews the table, and who has no scripts, ask for the same.
        let renewed = between(&page, "hx-get=\"", "\"");
        assert_eq!(order(&tom.read(renewed).await), expected, "{renewed}");
        let again = format!("/parc{}", &renewed[renewed.find("&tri=").unwrap()..].replacen('&', "?", 1));
        assert!(page.contains(&format!("href=\"{again}\">Actualiser")), "{again}: {page}");
    }
    web.stop().await;
}

#[tokio::test]
async fn where_a_bornes_panel_hangs_is_seen_and_not_changed_from_afar() {
    let site = Site::open().await;
    let (new, old) = (site.borne(1).await, site.borne(2).await);
    report(&site, &new, 1, &with(&site, "panel", json!({"bottom_mm": 890, "height_mm": 476}))).await;
    report(&site, &old, 1, &well(&site)).await;
    let (web, tom) = technician(&site).await;
    let read = async |path: String| words(&tom.read(&path).await).replace('\u{202f}', " ");
    let page = read(format!("/parc/{}", new.id)).await;
    assert!(page.contains("Bas de l’écran à 890 mm du sol Zone tactile de 900 mm à 1 220 mm du sol"), "{page}");
    let page = read(format!("/parc/{}/configuration", new.id)).await;
    assert!(page.contains("Bas de l’écran : à 890 mm du sol. Zone tactile : de 900 mm à 1 220 mm du sol."), "{page}");
    for path in [format!("/parc/{}", old.id), format!("/parc/{}/configuration", old.id)] {
        let page = read(path).await;
        assert!(!page.contains("Bas de l’écran"), "an older one does not tell: {page}");
    }
    let beyond = with(&site, "panel", json!({"bottom_mm": 60_000, "height_mm": 476}));
    report(&site, &old, 1, &beyond).await;
    let alarms = site.store().alarms(site_id(), 10).await.unwrap();
    assert_eq!((alarms.len(), alarms[0].kind.as_str()), (1, "unreadable"));
    web.stop().await;
}

#[tokio::test]
async fn a_screen_that_lets_nothing_sound_is_told_until_it_does_or_is_gone() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    report(&site, &borne, 1, &well(&site)).await;
    let (web, tom) = technician(&site).await;
    assert!(seen(&tom).await.starts_with("Tout va bien."));
    let mut news = Events::of(tom.get("/parc/flux").await);
    assert_eq!(news.next("etat").await.as_deref(), Some("1"), "how it stands");
    let (screen, other) = (web.screen("hall").await, web.screen("hall").await);
    let say = async |cookie: &str, fields: &[(&str, &str)]| {
        let post = crate::web::browser().post(web.url("/a/hall/etat")).header("cookie", cookie);
        post.form(fields).send().await.unwrap().status().as_u16()
    };
    assert_eq!(say(&screen, &[("son", "coupe")]).await, 204);
    assert_eq!(say(&other, &[("son", "ouvert")]).await, 204);
    assert_eq!(news.next("etat").await.as_deref(), Some("1"));
    let page = seen(&tom).await;
    assert!(page.starts_with("1 écran d’appel sans son."), "{page}");
    assert_eq!(page.matches(": son coupé Depuis le 21/11/2026 à 9 h 42.").count(), 1, "{page}");
    site.advance(120);
    assert_eq!(say(&screen, &[("son", "coupe")]).await, 204);
    assert_eq!(say(&screen, &[]).await, 204, "another page has its place: nothing is said of sound");
    let page = seen(&tom).await;
    assert!(page.contains(": son coupé Depuis le 21/11/2026 à 9 h 42."), "since the first word of it: {page}");
    assert_eq!(say(&screen, &[("son", "ouvert")]).await, 204);
    assert!(!seen(&tom).await.contains("son coupé"), "it is over");
    assert_eq!(say(&screen, &[("son", "coupe")]).await, 204);
    assert!(seen(&tom).await.contains("son coupé"));
    site.advance(179);
    assert!(seen(&tom).await.contains("son coupé"));
    site.advance(1);
    assert!(!seen(&tom).await.contains("son coupé"), "the screen is gone");
    web.stop().await;
}

#[tokio::test]
async fn nobody_but_linked_screens_tells_of_sound_and_they_do_not_tell_without_end() {
    let site = Site::open_two().await;
    account_as(site.store().as_ref(), "Tom", Role::Technician, Some(site_id())).await;
    account_as(site.store().as_ref(), "Ana", Role::Technician, Some(SiteId(SECOND.parse().unwrap()))).await;
    let web = Web::start(&site).await;
    let say = async |cookie: &str| {
        let post = crate::web::browser().post(web.url("/a/hall/etat")).header("cookie", cookie);
        post.form(&[("son", "coupe")]).send().await.unwrap().status().as_u16()
    };
    let forged = format!("__Host-ecran={0}; ecran={0}", "A".repeat(43));
    assert_eq!((say("").await, say(&forged).await), (401, 401));
    let screen = web.screen("hall").await;
    let mut answers = Vec::new();
    for _ in 0..6 {
        answers.push(say(&screen).await);
    }
    assert_eq!(answers, [204, 204, 204, 204, 204, 429]);
    let [tom, ana] = [Agent::sign_in_home(&web, "Tom").await, Agent::sign_in_home(&web, "Ana").await];
    assert_eq!(seen(&tom).await.matches("son coupé").count(), 1);
    assert!(!seen(&ana).await.contains("son coupé"), "not of another site");
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
