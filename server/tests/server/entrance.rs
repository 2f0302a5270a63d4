//! Coming in: who may open what, where.

use accueil_server::password;
use accueil_server::roles::Role;
use accueil_server::store::{Grant, NewAccount};
use http::StatusCode;
use queue_engine::CounterState;
use wire::ids::SiteId;

use crate::support::{SECOND, Site};
use crate::web::{Agent, PASSWORD, Web, browser};

async fn somebody(site: &Site, name: &str, grants: &[Grant], must_change: bool) {
    let password = Some(password::hash(PASSWORD).unwrap());
    let account = NewAccount { name: name.into(), password, must_change, ..NewAccount::default() };
    let id = site.store().put_account(&account).await.unwrap();
    assert!(site.store().set_grants(id, grants).await.unwrap());
}

async fn signed_in(web: &Web, name: &str, password: &str) -> (Agent, String) {
    let agent = Agent { browser: browser(), base: web.url("") };
    let page = agent.post("/connexion", &[("name", name), ("password", password)]).await;
    assert_eq!(page.status(), StatusCode::OK);
    let path = page.url().path().to_owned();
    (agent, path)
}

const fn everywhere(role: Role) -> Grant {
    Grant { site: None, role }
}

#[tokio::test]
async fn a_role_opens_its_pages_and_no_others() {
    let site = Site::open().await;
    let web = Web::start(&site).await;
    somebody(&site, "Dana", &[everywhere(Role::Dpo)], false).await;
    somebody(&site, "Ali", &[everywhere(Role::Agent)], false).await;
    somebody(&site, "Noé", &[], false).await;

    let (dpo, _) = signed_in(&web, "Dana", PASSWORD).await;
    for path in ["/poste", "/guichet", "/guichet/flux"] {
        let page = dpo.get(path).await;
        assert_eq!(page.status(), StatusCode::FORBIDDEN, "{path}");
        assert!(page.text().await.unwrap().contains("Page réservée"), "{path}");
    }
    assert_eq!(dpo.post("/poste", &[("counter", "1")]).await.status(), StatusCode::FORBIDDEN);

    let (agent, landed) = signed_in(&web, "Ali", PASSWORD).await;
    assert_eq!(landed, "/poste", "who may open one room goes there");
    assert_eq!(agent.post("/poste", &[("counter", "1")]).await.url().path(), "/guichet");

    let (nobody, landed) = signed_in(&web, "Noé", PASSWORD).await;
    assert_eq!(landed, "/site");
    assert!(nobody.get("/site").await.text().await.unwrap().contains("n’a de rôle sur aucun site"));
    web.stop().await;
}

#[tokio::test]
async fn a_role_holds_where_it_was_given_and_a_site_is_chosen_where_there_are_several() {
    let site = Site::open_two().await;
    let web = Web::start(&site).await;
    let second: SiteId = SECOND.parse().unwrap();
    somebody(&site, "Ali", &[Grant { site: Some(second), role: Role::Agent }], false).await;
    somebody(&site, "Zoé", &[everywhere(Role::Agent)], false).await;

    let (only, landed) = signed_in(&web, "Ali", PASSWORD).await;
    assert_eq!(landed, "/poste", "the only site needs no choice");
    assert!(only.get("/poste").await.text().await.unwrap().contains("Mairie de la seconde"));
    let first = site.hall().plan().catalogue.site.id.to_string();
    assert_eq!(only.post("/site", &[("site", &first)]).await.status(), StatusCode::NOT_FOUND);

    let (both, landed) = signed_in(&web, "Zoé", PASSWORD).await;
    assert_eq!(landed, "/site");
    assert_eq!(both.post("/site", &[("site", SECOND)]).await.url().path(), "/poste");
    assert_eq!(both.post("/poste", &[("counter", "1")]).await.url().path(), "/guichet");
    // The same counter's number elsewhere is another counter.
    assert_eq!(both.post("/site", &[("site", &first)]).await.url().path(), "/poste");
    assert_eq!(both.post("/poste", &[("counter", "1")]).await.url().path(), "/guichet");
    assert!(!both.get("/guichet").await.text().await.unwrap().contains("Mairie de la seconde"));
    web.stop().await;
}

#[tokio::test]
async fn a_password_given_for_one_time_is_changed_before_anything_else() {
    let site = Site::open().await;
    let web = Web::start(&site).await;
    somebody(&site, "Ali", &[everywhere(Role::Agent)], true).await;
    let (agent, landed) = signed_in(&web, "Ali", PASSWORD).await;
    assert_eq!(landed, "/moi");
    assert_eq!(agent.get("/poste").await.url().path(), "/moi");
    let change = async |old: &str, new: &str, again: &str| {
        let page = agent.post("/moi", &[("old", old), ("new", new), ("again", again)]).await;
        (page.status().as_u16(), page.url().path().to_owned(), page.text().await.unwrap())
    };
    assert!(change("faux", "une longue phrase", "une longue phrase").await.2.contains("actuel n’est pas le bon"));
    assert!(change(PASSWORD, "court", "court").await.2.contains("8 caractères au moins"));
    assert!(change(PASSWORD, "une longue phrase", "une autre phrase").await.2.contains("ne sont pas les mêmes"));
    assert!(change(PASSWORD, PASSWORD, PASSWORD).await.2.contains("le même que l’ancien"));
    site.advance(60);
    let (status, path, _) = change(PASSWORD, "une longue phrase", "une longue phrase").await;
    assert_eq!((status, path.as_str()), (200, "/poste"));
    let (_, landed) = signed_in(&web, "Ali", "une longue phrase").await;
    assert_eq!(landed, "/poste");
    web.stop().await;
}

#[tokio::test]
async fn an_administrator_who_does_nothing_for_half_an_hour_is_signed_out_and_an_agent_is_not() {
    let site = Site::open().await;
    let web = Web::start(&site).await;
    somebody(&site, "Zoé", &[everywhere(Role::Administrator)], false).await;
    somebody(&site, "Ali", &[everywhere(Role::Agent)], false).await;
    let ((admin, _), (agent, _)) = (signed_in(&web, "Zoé", PASSWORD).await, signed_in(&web, "Ali", PASSWORD).await);
    assert_eq!(admin.post("/poste", &[("counter", "1")]).await.url().path(), "/guichet");
    for _ in 0..3 {
        site.advance(29 * 60);
        assert_eq!(admin.get("/guichet").await.url().path(), "/guichet", "use goes on");
    }
    // What a page does by itself is no use of it.
    site.advance(20 * 60);
    let renewed = admin.browser.get(web.url("/guichet/file")).header("hx-request", "true").send().await.unwrap();
    assert!(renewed.text().await.unwrap().contains("id=\"file\""));
    let stream = admin.browser.get(web.url("/guichet/flux")).header("accept", "text/event-stream").send();
    assert_eq!(stream.await.unwrap().status(), StatusCode::OK);
    let taken = agent.post("/poste", &[("counter", "1")]).await;
    assert!(taken.text().await.unwrap().contains("est occupé par Zoé"));
    site.advance(10 * 60);
    assert_eq!(admin.get("/admin").await.url().path(), "/connexion");
    assert_eq!(agent.post("/poste", &[("counter", "1")]).await.url().path(), "/guichet", "the counter is free");
    web.stop().await;
}

#[tokio::test]
async fn who_signs_out_closes_their_counter_unless_somebody_is_there() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    borne.sync(&site, 1, &[borne.issued(&site, 1, "titres")]).await;
    let web = Web::start(&site).await;
    somebody(&site, "Ali", &[everywhere(Role::Agent)], false).await;
    let (agent, _) = signed_in(&web, "Ali", PASSWORD).await;
    assert_eq!(agent.post("/poste", &[("counter", "1")]).await.url().path(), "/guichet");
    let hall = site.hall();
    let state = || hall.look(|hall| hall.counter(&"1".parse().unwrap()).map(|(_, state)| state.clone()));
    let (_, page) = agent.submit(&agent.page().await, "/guichet/appeler").await;
    assert_eq!(agent.post("/deconnexion", &[]).await.url().path(), "/guichet");
    assert!(state().is_some_and(|state| state.is_open()), "somebody is called there");
    let (_, page) = agent.submit(&page, "/guichet/demarrer").await;
    let (_, page) = agent.submit(&page, "/guichet/terminer").await;
    assert_eq!(agent.post("/deconnexion", &[]).await.url().path(), "/connexion");
    assert_eq!(state(), Some(CounterState::Closed));
    assert_eq!(agent.submit(&page, "/guichet/appeler").await.0, 200, "to the page that asks who they are");
    assert_eq!(hall.look(|hall| hall.held().count()), 0);
    web.stop().await;
}
