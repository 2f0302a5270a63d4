//! Exchanges without news, which are answered from memory: nothing that another server or an office has changed is
//! overlooked, and nothing is answered twice.

use std::sync::Arc;

use accueil_server::store::NewCommand;
use accueil_server::{App, router};
use axum::body::Body;
use http::{Request, StatusCode};
use jiff::SignedDuration;
use serde_json::json;
use tower::ServiceExt;
use uuid::Uuid;
use wire::event::EventBody;
use wire::ids::{CommandId, HelpId};
use wire::problem::ProblemKind;
use wire::staff::{BadgeHash, NO_LIST, PinHash, StaffBadge, StaffRole};
use wire::sync::SyncReply;
use wire::token::Hash32;

use crate::support::{Answer, Borne, Site, event, refused, site_id};

/// A site whose server has heard of everything so far, and a borne that it knows.
async fn known() -> (Site, Borne) {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    site.app.follow().await.unwrap();
    assert_eq!(borne.sync(&site, 1, &[]).await.status, StatusCode::OK);
    (site, borne)
}

/// Whether the store has not been told of the last request: the only trace of one that was answered from memory. It is
/// then.
async fn only_in_memory(site: &Site, borne: &Borne) -> bool {
    let last = borne.next_nonce() - 1;
    site.store().claim_nonce(borne.id, last).await.unwrap()
}

#[tokio::test]
async fn without_news_the_store_is_not_asked_until_counters_are_kept() {
    let (site, borne) = known().await;
    assert!(!only_in_memory(&site, &borne).await, "the first exchange is the store's");
    let reply: SyncReply = borne.sync(&site, 1, &[]).await.json();
    assert_eq!((reply.hwm, reply.server_time, reply.commands.len()), (0, site.now(), 0));
    assert!(only_in_memory(&site, &borne).await);
    borne.sync(&site, 1, &[]).await;
    site.app.keep_counters().await;
    assert!(!only_in_memory(&site, &borne).await);
}

#[tokio::test]
async fn the_hall_is_told_as_it_is_now() {
    let (site, borne) = known().await;
    let other = site.borne(2).await;
    site.app.follow().await.unwrap();
    borne.sync(&site, 1, &[]).await;
    other.sync(&site, 1, &[other.issued(&site, 1, "titres")]).await;
    let reply: SyncReply = borne.sync(&site, 1, &[]).await.json();
    assert_eq!(reply.waits[0].ahead, 1);
    assert!(only_in_memory(&site, &borne).await);
    let reply: SyncReply = borne.sync(&site, 1, &[borne.issued(&site, 1, "titres")]).await.json();
    assert_eq!((reply.hwm, reply.waits[0].ahead), (1, 2));
    let reply: SyncReply = borne.sync(&site, 2, &[]).await.json();
    assert_eq!((reply.hwm, reply.waits[0].ahead), (1, 2));
    assert!(only_in_memory(&site, &borne).await, "the mark is known from the exchange before");
    refused(&borne.sync(&site, 1, &[]).await, 409, ProblemKind::Sequence);
}

#[tokio::test]
async fn a_repetition_is_refused_before_and_after_counters_are_kept_and_after_a_restart() {
    let (mut site, borne) = known().await;
    let body = borne.batch(1, &[]);
    let params = borne.params(&site);
    let request = || borne.signed("/v1/sync", &body, &params).body(Body::from(body.clone())).unwrap();
    assert_eq!(site.send(request()).await.status, StatusCode::OK);
    refused(&site.send(request()).await, 401, ProblemKind::Replay);
    // The site's bornes have changed: the store is asked, which has not been told of this counter.
    site.store().revoke(site.borne(2).await.id, site.now()).await.unwrap();
    site.app.follow().await.unwrap();
    refused(&site.send(request()).await, 401, ProblemKind::Replay);
    site.app.keep_counters().await;
    refused(&site.send(request()).await, 401, ProblemKind::Replay);
    site.advance(10);
    site.reopen().await;
    refused(&site.send(request()).await, 401, ProblemKind::Replay);
    assert_eq!(borne.sync(&site, 1, &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn of_the_same_request_twice_at_once_one_is_answered() {
    let (site, borne) = known().await;
    let body = borne.batch(1, &[]);
    let params = borne.params(&site);
    let request = || borne.signed("/v1/sync", &body, &params).body(Body::from(body.clone())).unwrap();
    let (one, other) = tokio::join!(site.send(request()), site.send(request()));
    let mut statuses = [one.status, other.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::UNAUTHORIZED]);
}

#[tokio::test]
async fn a_borne_revoked_elsewhere_is_refused_once_the_change_has_been_heard() {
    let (site, borne) = known().await;
    site.store().revoke(borne.id, site.now()).await.unwrap();
    site.app.follow().await.unwrap();
    refused(&borne.sync(&site, 1, &[]).await, 403, ProblemKind::Revoked);
}

#[tokio::test]
async fn a_borne_quarantined_elsewhere_is_refused_once_the_change_has_been_heard() {
    let (site, borne) = known().await;
    let elsewhere = Elsewhere::open(&site).await;
    assert_eq!(elsewhere.sync(&site, &borne, &[borne.issued(&site, 1, "titres")]).await.status, StatusCode::OK);
    site.app.follow().await.unwrap();
    assert_eq!(borne.sync(&site, 2, &[]).await.status, StatusCode::OK);
    assert_eq!(borne.sync(&site, 2, &[]).await.status, StatusCode::OK);
    let other = elsewhere.sync(&site, &borne, &[borne.issued(&site, 1, "ecole")]).await;
    refused(&other, 409, ProblemKind::Cloned);
    site.app.follow().await.unwrap();
    refused(&borne.sync(&site, 2, &[]).await, 409, ProblemKind::Cloned);
}

#[tokio::test]
async fn what_was_sent_to_another_server_is_not_denied() {
    let (site, borne) = known().await;
    let elsewhere = Elsewhere::open(&site).await;
    elsewhere.sync(&site, &borne, &[borne.issued(&site, 1, "titres")]).await;
    let reply: SyncReply = borne.sync(&site, 2, &[]).await.json();
    assert_eq!(reply.hwm, 1, "not yet heard, but asked for");
    site.app.follow().await.unwrap();
    let reply: SyncReply = borne.sync(&site, 2, &[]).await.json();
    assert_eq!((reply.hwm, reply.waits[0].ahead), (1, 1));
}

#[tokio::test]
async fn a_command_is_told_until_it_is_answered() {
    let (site, borne) = known().await;
    let id = CommandId(Uuid::now_v7());
    let expires_at = site.now() + SignedDuration::from_mins(3);
    let body = json!({"id": id, "expires_at": expires_at, "what": "later"}).to_string();
    site.store().add_command(&NewCommand { id, borne: borne.id, body, expires_at }).await.unwrap();
    site.app.follow().await.unwrap();
    for _ in 0..2 {
        let reply: SyncReply = borne.sync(&site, 1, &[]).await.json();
        assert_eq!(reply.commands.len(), 1);
    }
}

#[tokio::test]
async fn badges_that_change_are_told() {
    let (site, borne) = known().await;
    let held = async |held: &str| {
        let body = json!({"v": 1, "borne": borne.id, "from_seq": 1, "events": [], "staff": held}).to_string();
        let reply: SyncReply = borne.post(&site, "/v1/sync", body.as_bytes()).await.json();
        reply.staff
    };
    let version = held(NO_LIST).await.unwrap().version;
    assert!(held(&version).await.is_none());
    assert!(held(&version).await.is_none());
    assert!(only_in_memory(&site, &borne).await);
    let badge = StaffBadge {
        badge: BadgeHash(Hash32::of(b"1")),
        pin: PinHash("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA".to_owned()),
        role: StaffRole::Staff,
        label: "Badge 1".to_owned(),
        expires: None,
    };
    site.store().put_badge(site_id(), &badge).await.unwrap();
    site.app.follow().await.unwrap();
    let news = held(&version).await.unwrap();
    assert_eq!(news.badges.len(), 1);
    assert!(held(&news.version).await.is_none());
    site.advance(10);
    site.store().remove_badge(site_id(), "Badge 1").await.unwrap();
    site.app.follow().await.unwrap();
    assert!(held(&news.version).await.unwrap().badges.is_empty());
}

#[tokio::test]
async fn a_call_for_help_is_told_from_memory_too() {
    let (site, borne) = known().await;
    let asked = event(&site, 1, EventBody::HelpRequested { help: HelpId(Uuid::from_u128(7)) });
    borne.sync(&site, 1, &[asked]).await;
    let reply: SyncReply = borne.sync(&site, 2, &[]).await.json();
    assert_eq!((reply.help.len(), reply.next_poll_s), (1, 2));
    assert!(only_in_memory(&site, &borne).await);
}

/// Another server on the same store, which tells this one nothing.
struct Elsewhere(Arc<App>);

impl Elsewhere {
    async fn open(site: &Site) -> Self {
        Self(site.another().await)
    }

    /// Sends events from the first number on.
    async fn sync(&self, site: &Site, borne: &Borne, events: &[serde_json::Value]) -> Answer {
        let body = borne.batch(1, events);
        let request: Request<Body> =
            borne.signed("/v1/sync", &body, &borne.params(site)).body(Body::from(body)).unwrap();
        Answer::of(router(Arc::clone(&self.0)).oneshot(request).await.unwrap()).await
    }
}
