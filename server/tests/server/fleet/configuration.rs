//! `/parc/{borne}/configuration`: what changes is shown first, asked for, refused by its borne, and taken back.

use accueil_server::roles::Role;
use serde_json::json;
use wire::ids::SiteId;
use wire::sync::SyncReply;
use wire::wanted::Wanted;

use super::{report, well, with};
use crate::support::pages::words;
use crate::support::{Borne, SECOND, Site};
use crate::web::{Agent, Web, account_as};

struct Desk {
    site: Site,
    web: Web,
    tom: Agent,
}

async fn desk() -> Desk {
    let site = Site::open_two().await;
    account_as(site.store().as_ref(), "Tom", Role::Technician, Some(crate::support::site_id())).await;
    let web = Web::start(&site).await;
    let tom = Agent::sign_in_home(&web, "Tom").await;
    Desk { site, web, tom }
}

fn page_of(borne: &Borne) -> String {
    format!("/parc/{}/configuration", borne.id)
}

impl Desk {
    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        self.site.advance(1);
        let answer = self.tom.post(path, fields).await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Types these values, reads what changes, and asks for it.
    async fn set(&self, borne: &Borne, fields: &[(&str, &str)], all: bool) -> String {
        let (status, page) = self.post(&page_of(borne), fields).await;
        assert_eq!(status, 200, "{}", words(&page));
        self.site.advance(1);
        let action = format!("{}/appliquer", page_of(borne));
        let more: &[(&str, &str)] = if all { &[("toutes", "1")] } else { &[] };
        let (status, asked) = self.tom.submit_with(&page, &action, more).await;
        assert_eq!(status, 200, "{}", words(&asked));
        words(&page)
    }

    /// What a borne is handed that holds nothing.
    async fn handed(&self, borne: &Borne) -> Option<Wanted> {
        self.site.app.follow().await.unwrap();
        let body = json!({"v": 1, "borne": borne.id, "from_seq": 1, "events": [], "wanted": 0});
        let reply: SyncReply = borne.post(&self.site, "/v1/sync", body.to_string().as_bytes()).await.json();
        reply.wanted.map(|signed| signed.open(&borne.id, &self.site.app.public_key(), 0).unwrap())
    }

    async fn settings(&self, borne: &Borne) -> Vec<(String, String)> {
        self.handed(borne).await.map(|wanted| wanted.settings.into_iter().collect()).unwrap_or_default()
    }
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn a_change_is_shown_line_by_line_before_it_is_asked_for_and_is_kept_with_who_asked() {
    let desk = desk().await;
    let borne = desk.site.borne(1).await;
    let settings = [("audio.rate_wpm", "140"), ("panel.theme", "night")];
    let (status, shown) = desk.post(&page_of(&borne), &settings).await;
    assert_eq!(status, 200);
    assert_eq!(desk.handed(&borne).await, None, "it is only shown");
    let shown = words(&shown);
    assert!(shown.contains("Couleurs comme la machine le dit → night"), "{shown}");
    desk.set(&borne, &settings, false).await;
    assert_eq!(desk.settings(&borne).await, pairs(&settings));
    let changed = desk.set(&borne, &[("audio.rate_wpm", "120")], false).await;
    assert!(changed.contains("Couleurs night → comme la machine le dit"), "{changed}");
    assert!(changed.contains("Vitesse de la voix 140 → 120"), "{changed}");
    assert_eq!(desk.settings(&borne).await, pairs(&[("audio.rate_wpm", "120")]));
    let page = words(&desk.tom.read(&page_of(&borne)).await);
    assert!(page.contains("Vitesse de la voix : 140 → 120") && page.contains("Tom"), "{page}");
    let kept = desk.site.store().audit_from(1, 100).await.unwrap();
    let entry = kept.iter().rev().find(|link| link.action == "borne").unwrap();
    let diff = serde_json::to_value(&entry.diff).unwrap().to_string();
    assert!(entry.actor == "Tom" && diff.contains("audio.rate_wpm") && diff.contains("140"), "{diff}");
    let (status, page) = desk.post(&page_of(&borne), &[("audio.rate_wpm", "120")]).await;
    assert!(status == 409 && page.contains("Rien ne change"), "{page}");
    desk.web.stop().await;
}

#[tokio::test]
async fn going_back_makes_a_version_that_is_exactly_the_one_before() {
    let desk = desk().await;
    let borne = desk.site.borne(1).await;
    let first = [("audio.quiet_hours", "20:00-08:00"), ("audio.rate_wpm", "140")];
    desk.set(&borne, &first, false).await;
    desk.set(&borne, &[("panel.theme", "night")], false).await;
    // The ring is asked for elsewhere, and stays.
    desk.post("/parc/mises-a-jour", &[("borne", &borne.id.to_string()), ("anneau", "early")]).await;
    let (status, _) = desk.post(&format!("{}/revenir", page_of(&borne)), &[("version", "1")]).await;
    assert_eq!(status, 200);
    let wanted = desk.handed(&borne).await.unwrap();
    assert_eq!((wanted.version, wanted.ring), (4, Some(wire::wanted::Ring::Early)));
    assert_eq!(wanted.settings.into_iter().collect::<Vec<_>>(), pairs(&first));
    let (status, _) = desk.post(&format!("{}/revenir", page_of(&borne)), &[("version", "9")]).await;
    assert_eq!(status, 404, "there was never one");
    desk.web.stop().await;
}

#[tokio::test]
async fn what_somebody_changed_meanwhile_is_not_written_over() {
    let desk = desk().await;
    let borne = desk.site.borne(1).await;
    let (_, shown) = desk.post(&page_of(&borne), &[("panel.theme", "night")]).await;
    desk.set(&borne, &[("audio.rate_wpm", "120")], false).await;
    desk.site.advance(1);
    let action = format!("{}/appliquer", page_of(&borne));
    let (status, page) = desk.tom.submit(&shown, &action).await;
    assert!(status == 409 && page.contains("Quelqu’un a changé ces réglages entre-temps"), "{page}");
    assert_eq!(desk.settings(&borne).await, pairs(&[("audio.rate_wpm", "120")]));
    desk.web.stop().await;
}

/// Two who ask in the same moment for what they saw: one of them is told, also by another server on the same store.
#[tokio::test]
async fn of_two_who_ask_at_once_one_is_refused() {
    let desk = desk().await;
    let borne = desk.site.borne(1).await;
    let action = format!("{}/appliquer", page_of(&borne));
    for round in 0..10 {
        let mut pages = Vec::new();
        for rate in [100 + round, 200 + round] {
            let (status, page) = desk.post(&page_of(&borne), &[("audio.rate_wpm", &rate.to_string())]).await;
            assert_eq!(status, 200, "{}", words(&page));
            pages.push(page);
        }
        desk.site.advance(2);
        let [first, second] = [&pages[0], &pages[1]].map(|page| desk.tom.submit(page, &action));
        let ((first, _), (second, said)) = tokio::join!(first, second);
        let mut both = [first, second];
        both.sort_unstable();
        assert_eq!(both, [200, 409], "{round}: {}", words(&said));
    }
    desk.web.stop().await;
}

#[tokio::test]
async fn one_change_goes_to_all_bornes_of_the_site_and_what_is_special_to_one_stays() {
    let desk = desk().await;
    let (first, second) = (desk.site.borne(1).await, desk.site.borne(2).await);
    desk.set(&second, &[("audio.rate_wpm", "100"), ("panel.theme", "night")], false).await;
    desk.set(&first, &[("panel.theme", "high_contrast")], true).await;
    assert_eq!(desk.settings(&first).await, pairs(&[("panel.theme", "high_contrast")]));
    let expected = pairs(&[("audio.rate_wpm", "100"), ("panel.theme", "high_contrast")]);
    assert_eq!(desk.settings(&second).await, expected);
    desk.web.stop().await;
}

#[tokio::test]
async fn the_page_says_what_is_in_force_where_it_comes_from_and_what_the_borne_refuses() {
    let desk = desk().await;
    let borne = desk.site.borne(1).await;
    report(&desk.site, &borne, 1, &well(&desk.site)).await;
    let page = words(&desk.tom.read(&page_of(&borne)).await);
    assert!(page.contains("n’a encore rien dit de ses réglages"), "{page}");
    desk.set(&borne, &[("audio.rate_wpm", "999")], false).await;
    let mut told = with(&desk.site, "wanted", 1);
    told["settings"] = json!({
        "in_force": [{"key": "audio.rate_wpm", "value": "150", "from": "file"}],
        "refused": "what the server wants: `audio.rate_wpm`: use 80 to 300 words a minute",
    });
    report(&desk.site, &borne, 1, &told).await;
    let page = words(&desk.tom.read(&page_of(&borne)).await);
    for text in ["La borne refuse ce qui est demandé", "use 80 to 300", "Vitesse de la voix 150 borne.toml"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    desk.set(&borne, &[("audio.rate_wpm", "120")], false).await;
    let page = words(&desk.tom.read(&page_of(&borne)).await);
    assert!(!page.contains("use 80 to 300") && page.contains("apprend ce qui est demandé"), "{page}");
    desk.web.stop().await;
}

#[tokio::test]
async fn nothing_but_what_is_set_from_afar_is_taken_and_nobody_elses_borne_is_there() {
    let desk = desk().await;
    let borne = desk.site.borne(1).await;
    let (status, page) = desk.post(&page_of(&borne), &[("server.url", "http://elsewhere.test")]).await;
    assert!(status == 409 && page.contains("Rien ne change"), "{page}");
    let long = "x".repeat(81);
    let (status, page) = desk.post(&page_of(&borne), &[("panel.theme", &long)]).await;
    assert!(status == 409 && page.contains("trop longue"), "{page}");
    account_as(desk.site.store().as_ref(), "Ana", Role::Technician, Some(SiteId(SECOND.parse().unwrap()))).await;
    let ana = Agent { browser: crate::web::browser(), base: desk.web.url("") };
    ana.post("/connexion", &[("name", "Ana"), ("password", crate::web::PASSWORD)]).await;
    assert_eq!(ana.get(&page_of(&borne)).await.status().as_u16(), 404);
    for (path, field) in
        [("", ("panel.theme", "night")), ("/appliquer", ("panel.theme", "night")), ("/revenir", ("version", "1"))]
    {
        desk.site.advance(1);
        let refused = ana.post(&format!("{}{path}", page_of(&borne)), &[field]).await;
        assert_eq!(refused.status().as_u16(), 404, "{path}");
    }
    assert_eq!(desk.handed(&borne).await, None);
    desk.web.stop().await;
}
