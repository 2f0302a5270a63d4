//! Live pages: one stream a screen, as long as whoever listens may; none keeps the server from stopping.

use std::time::Instant;

use accueil_server::roles::Role;
use accueil_server::store::Grant;
use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt;
use http::{Request, StatusCode};
use tokio::time::timeout;
use tower::ServiceExt;

use crate::display::Events;
use crate::support::{Site, site_id};
use crate::web::{Agent, DEADLINE, Web, account, account_as, browser, screen_in};

#[tokio::test]
async fn fifty_open_streams_do_not_keep_the_server_from_stopping() {
    let site = Site::open().await;
    let web = Web::start(&site).await;
    let mut screens = Vec::new();
    for _ in 0..50 {
        let mut screen = Events::open(&web, "/a/hall/flux").await;
        screen.calls().await;
        screens.push(screen);
    }
    let begun = Instant::now();
    web.stop().await;
    assert!(begun.elapsed().as_secs_f64() < 3.0, "{:?}", begun.elapsed());
    for mut screen in screens {
        assert_eq!(screen.next("appels").await, None);
    }
}

#[tokio::test]
async fn the_console_hears_of_changes_and_its_stream_needs_a_session() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    account(&site, "Léa").await;
    let web = Web::start(&site).await;
    let agent = Agent::at(&web, "Léa", "1").await;
    let answer = agent.get("/guichet/flux").await;
    let mut stream = Events::of(answer);
    assert_eq!(stream.next("etat").await.as_deref(), Some("1"));
    assert_eq!(borne.sync(&site, 1, &[borne.issued(&site, 1, "titres")]).await.status, StatusCode::OK);
    assert_eq!(stream.next("file").await.as_deref(), Some("1"));
    agent.post("/deconnexion", &[]).await;
    assert_eq!(stream.next("etat").await, None, "signed out");
    assert_eq!(browser().get(web.url("/guichet/flux")).send().await.unwrap().url().path(), "/connexion");
    web.stop().await;
}

/// What is said next on a stream; nothing where it has ended.
async fn said(body: &mut BodyDataStream) -> Option<String> {
    let piece = timeout(DEADLINE, body.next()).await.expect("an event in time")?;
    Some(String::from_utf8(piece.unwrap().to_vec()).unwrap())
}

#[tokio::test]
async fn a_screens_newest_stream_has_its_place_and_whoever_was_replaced_waits_for_it() {
    let site = Site::open().await;
    let (_, cookie) = screen_in(site.store().as_ref(), site_id(), "hall").await;
    let (_, other) = screen_in(site.store().as_ref(), site_id(), "hall").await;
    let open = async |query: &str, cookie: &str| {
        let ask = Request::get(format!("/a/hall/flux{query}")).header("cookie", cookie).body(Body::empty()).unwrap();
        let answer = site.router().oneshot(ask).await.unwrap();
        (answer.status(), answer.into_body().into_data_stream())
    };
    let (_, mut beside) = open("", &other).await;
    let (_, mut first) = open("", &cookie).await;
    assert!(said(&mut first).await.unwrap().contains("event: appels"));
    let (status, mut second) = open("", &cookie).await;
    assert_eq!(status, StatusCode::OK, "a machine whose line hangs is not locked out");
    assert!(said(&mut second).await.unwrap().contains("event: appels"));
    assert!(said(&mut first).await.unwrap().contains("event: remplace"), "it is told why");
    assert_eq!(said(&mut first).await, None, "and ends");
    drop(first);
    assert!(said(&mut beside).await.unwrap().contains("event: appels"), "another screen has a stream of its own");
    // Who was told so takes nothing back before the other one is gone.
    assert_eq!(open("?attend=true", &cookie).await.0, StatusCode::CONFLICT);
    drop(second);
    let (status, mut again) = open("?attend=true", &cookie).await;
    assert_eq!(status, StatusCode::OK);
    assert!(said(&mut again).await.unwrap().contains("event: appels"));
}

#[tokio::test]
async fn a_role_that_is_lost_ends_the_streams_that_it_opened() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let web = Web::start(&site).await;
    let rooms = [(Role::Agent, "/guichet/flux"), (Role::Reception, "/accueil/flux"), (Role::Supervisor, "/salle/flux")];
    for (seq, (role, path)) in (1..).zip(rooms) {
        let name = role.to_string();
        account_as(site.store().as_ref(), &name, role, None).await;
        let agent = Agent::at(&web, &name, &seq.to_string()).await;
        let mut stream = Events::of(agent.get(path).await);
        assert_eq!(stream.next("etat").await.as_deref(), Some("1"), "{path}");
        let account = site.store().account(&name).await.unwrap().unwrap().id;
        site.store().set_grants(account, &[Grant { site: None, role: Role::Dpo }]).await.unwrap();
        assert_eq!(borne.sync(&site, seq, &[borne.issued(&site, seq, "titres")]).await.status, StatusCode::OK);
        let ended = timeout(DEADLINE, stream.next("anything more")).await.expect("it ends");
        assert_eq!(ended, None, "{path}");
        assert_eq!(agent.get(path).await.status(), 403, "still signed in, and no more allowed: {path}");
    }
    web.stop().await;
}
