//! Keys: made, shown once, closed; how often one may ask.

use accueil_server::Scope;
use accueil_server::roles::Role;
use axum::body::Body;
use data_encoding::BASE64URL_NOPAD;
use http::Request;
use tower::ServiceExt;
use uuid::Uuid;
use wire::ids::SiteId;
use wire::problem::ProblemKind;

use super::Program;
use crate::support::{Answer, Site, refused, site_id};
use crate::web::{Agent, Web, account_as};

#[tokio::test]
async fn a_key_is_made_shown_once_and_closed_on_its_page_and_opens_no_other_site() {
    let site = Site::open().await;
    let web = Web::start(&site).await;
    account_as(site.store().as_ref(), "Noé", Role::Administrator, Some(site_id())).await;
    let administrator = Agent::sign_in_home(&web, "Noé").await;
    let refused_form = administrator.post("/admin/cles", &[("name", "Agenda"), ("days", "30")]).await;
    assert!(refused_form.status() == 409 && refused_form.text().await.unwrap().contains("au moins un droit"));
    let fields = [("name", "Agenda <1>"), ("scope", "hall:read"), ("scope", "root"), ("days", "30")];
    let page = administrator.post("/admin/cles", &fields).await.text().await.unwrap();
    let key = &page[page.find("acc_").unwrap()..][..47];
    assert!(page.contains("Agenda &#60;1&#62;"), "{page}");
    let page = administrator.get("/admin/cles").await.text().await.unwrap();
    assert!(!page.contains("acc_"), "it is shown once");
    let ask = async || {
        let request = Request::get("/api/v1/services").header("authorization", format!("Bearer {key}"));
        site.send(request.body(Body::empty()).unwrap()).await
    };
    assert_eq!(ask().await.status, 200);
    let made = site.store().keys(site_id()).await.unwrap().remove(0);
    assert_eq!((made.scopes.as_slice(), made.used_at), (&[Scope::HallRead][..], Some(site.now())));
    site.advance(30 * 24 * 3600);
    refused(&ask().await, 401, ProblemKind::Key);

    // Closed at once; and one of a site that is not served here opens nothing.
    let key = Program::with(&site, &[Scope::HallRead]).await;
    assert_eq!(key.get("/api/v1/sites").await.status, 200);
    let page = administrator.get("/admin/cles").await;
    assert_eq!(page.url().path(), "/connexion", "thirty days are longer than a session");
    assert!(site.store().revoke_key(site_id(), key.id, site.now()).await.unwrap());
    refused(&key.get("/api/v1/sites").await, 401, ProblemKind::Key);
    let elsewhere = Program::of(&site, SiteId(Uuid::from_u128(99)), &Scope::ALL).await;
    refused(&elsewhere.get("/api/v1/sites").await, 401, ProblemKind::Key);
    web.stop().await;
}

#[tokio::test]
async fn a_key_asks_no_more_than_its_rate() {
    let site = Site::open().await;
    let program = Program::with(&site, &[Scope::HallRead]).await;
    let (header, router) = (format!("Bearer {}", program.key), site.router());
    let ask = async || {
        let request = Request::get("/api/v1/waits").header("authorization", &header);
        Answer::of(router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()).await
    };
    let mut answers = Vec::new();
    for _ in 0..61 {
        answers.push(ask().await);
    }
    let last = answers.pop().unwrap();
    assert!(answers.iter().all(|answer| answer.status == 200));
    refused(&last, 429, ProblemKind::TooManyRequests);
    assert_eq!(last.headers["retry-after"], "1");
    site.advance(1);
    assert_eq!(ask().await.status, 200);
}

#[tokio::test]
async fn who_guesses_keys_is_told_to_come_back() {
    let site = Site::open().await;
    let router = site.router();
    let ask = async |n: u8| {
        let key = format!("Bearer acc_{}", BASE64URL_NOPAD.encode(&[n; 32]));
        let request = Request::get("/api/v1/waits").header("authorization", key).body(Body::empty()).unwrap();
        Answer::of(router.clone().oneshot(request).await.unwrap()).await
    };
    for n in 0..60 {
        refused(&ask(n).await, 401, ProblemKind::Key);
    }
    let last = ask(60).await;
    refused(&last, 429, ProblemKind::TooManyRequests);
    assert_eq!(last.headers["retry-after"], "1");
    let program = Program::with(&site, &[Scope::HallRead]).await;
    program.see("/api/v1/waits").await;
}
