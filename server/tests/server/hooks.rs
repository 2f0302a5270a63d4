//! Webhooks: what is sent can be proved to be from here, comes at least once, and reaches nothing that it must not.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use accueil_server::Settings;
use accueil_server::hooks::signature;
use accueil_server::roles::Role;
use accueil_server::settings::Catalogues;
use accueil_server::store::{DeliveryState, Hook, StoreAddress};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::support::{CATALOGUE, Site, site_id};
use crate::web::{Agent, DEADLINE, Web, account_as};

/// What came to an address of another program.
struct Message {
    headers: HeaderMap,
    body: String,
}

impl Message {
    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Another program, which answers what a test says and shows what came.
struct Receiver {
    address: SocketAddr,
    came: mpsc::UnboundedReceiver<Message>,
}

#[derive(Clone)]
struct Desk {
    refuse: Arc<AtomicUsize>,
    came: mpsc::UnboundedSender<Message>,
}

impl Receiver {
    /// One that says 503 so many times, then takes everything.
    async fn start(refusals: usize) -> Self {
        let (sender, came) = mpsc::unbounded_channel();
        let desk = Desk { refuse: Arc::new(AtomicUsize::new(refusals)), came: sender };
        let take = async |State(desk): State<Desk>, headers: HeaderMap, body: Bytes| {
            let _ = desk.came.send(Message { headers, body: String::from_utf8(body.to_vec()).unwrap() });
            let again = desk.refuse.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            if again.is_ok() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::NO_CONTENT }
        };
        let router = Router::new().route("/accueil", post(take)).with_state(desk);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, came }
    }

    fn url(&self) -> String {
        format!("http://{}/accueil", self.address)
    }

    /// What comes as a clock goes on, a second at a time.
    async fn next_in_time(&mut self, site: &Site) -> Message {
        const BEAT: std::time::Duration = std::time::Duration::from_millis(50);
        for _ in 0..DEADLINE.as_millis() / BEAT.as_millis() {
            if let Ok(message) = tokio::time::timeout(BEAT, self.came.recv()).await {
                return message.unwrap();
            }
            site.advance(1);
        }
        panic!("it is not told");
    }

    async fn next(&mut self) -> Message {
        tokio::time::timeout(DEADLINE, self.came.recv()).await.expect("it is told").unwrap()
    }
}

/// What servers of one store have in common.
struct House {
    _folder: TempDir,
    settings: Settings,
    now_ms: Arc<AtomicI64>,
}

impl House {
    async fn server(&self) -> Site {
        Site::over(&self.settings, Arc::clone(&self.now_ms)).await
    }
}

fn house(allowed: &[&str]) -> House {
    let folder = TempDir::new().unwrap();
    let catalogue = folder.path().join("site.toml");
    std::fs::write(&catalogue, CATALOGUE).unwrap();
    let mut settings = Settings::default();
    settings.site.catalogue = Catalogues::One(catalogue);
    settings.store.address = StoreAddress::Sqlite(folder.path().join("accueil.db"));
    settings.hooks.allowed_networks = allowed.iter().map(|network| network.parse().unwrap()).collect();
    let start: Timestamp = "2026-11-21T08:42:00Z".parse().unwrap();
    House { _folder: folder, settings, now_ms: Arc::new(AtomicI64::new(start.as_millisecond())) }
}

/// Looks until something is so.
async fn until<T>(look: impl AsyncFn() -> Option<T>) -> T {
    let seen = async {
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, seen).await.expect("it comes to be so")
}

/// The server begins to follow with its first look: what came before is nobody's.
async fn follows(site: &Site) {
    until(async || site.store().hook_cursor().await.unwrap()).await;
}

fn hook(site: &Site, url: String, kinds: &[&str]) -> Hook {
    Hook {
        id: Uuid::now_v7(),
        site: site_id(),
        url,
        secret: [7; 32],
        kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        since: site.now(),
        disabled_at: None,
    }
}

#[tokio::test]
async fn a_hook_is_signed_retried_and_idempotent() {
    let house = house(&["127.0.0.1"]);
    let site = house.server().await;
    let mut receiver = Receiver::start(2).await;
    let hook = hook(&site, receiver.url(), &["ticket.issued", "ticket.called"]);
    site.store().add_hook(&hook).await.unwrap();
    let web = Web::start(&site).await;
    let borne = site.borne(1).await;
    follows(&site).await;
    let ticket = borne.issued(&site, 1, "titres");
    assert_eq!(borne.sync(&site, 1, std::slice::from_ref(&ticket)).await.status, 200);

    // Two refusals, then it is taken: the same event, the same bytes, signed each time.
    let mut seen = Vec::new();
    for _ in 0..3 {
        let message = receiver.next_in_time(&site).await;
        let signed = message.header("x-accueil-signature").to_owned();
        let at = Timestamp::from_second(signed[2..signed.find(',').unwrap()].parse().unwrap()).unwrap();
        assert_eq!(signed, signature(&hook.secret, at, &message.body));
        assert_eq!(message.header("x-accueil-event"), "ticket.issued");
        seen.push((message.header("x-accueil-delivery").to_owned(), message.body.clone()));
        let told = message.json();
        assert_eq!((told["label"].as_str(), told["service"].as_str()), (Some("A 1"), Some("titres")));
        assert_eq!(told["id"], format!("{}.1", borne.id));
        for secret in ["token", "priority", "needs", "lang"] {
            assert!(told.get(secret).is_none(), "{told}");
        }
    }
    assert!(seen.iter().all(|one| *one == seen[0]), "{seen:?}");
    let settled = async || site.store().deliveries(hook.id, 10).await.unwrap();
    let delivered = async || settled().await.pop().filter(|last| last.state == DeliveryState::Delivered);
    assert_eq!(until(delivered).await.attempts, 3);

    // What it did not ask for is not told; what happens next is, once, also when another server takes over.
    web.stop().await;
    let site = house.server().await;
    let web = Web::start(&site).await;
    account_as(site.store().as_ref(), "Léa", Role::Agent, None).await;
    let agent = Agent::at(&web, "Léa", "4").await;
    let page = agent.page().await;
    assert_eq!(agent.submit(&page, "/guichet/appeler").await.0, 200);
    let message = receiver.next().await;
    assert_eq!(message.header("x-accueil-event"), "ticket.called");
    let told = message.json();
    assert_eq!((told["counter"].as_str(), told["label"].as_str()), (Some("4"), Some("A 1")));
    // What comes after it has come before anything that was left out could: neither the opening of the counter nor the ticket
    // once more.
    assert_eq!(borne.sync(&site, 2, &[borne.issued(&site, 2, "titres")]).await.status, 200);
    assert_eq!(receiver.next().await.json()["label"], "A 2");
    web.stop().await;
}

#[tokio::test]
async fn a_hook_never_reaches_loopback() {
    let house = house(&[]);
    let site = house.server().await;
    let mut receiver = Receiver::start(0).await;
    // As if it had been registered while it was allowed, by its number and by a name that stands for it.
    let port = receiver.address.port();
    let urls = [receiver.url(), format!("https://127.0.0.1:{port}/"), format!("https://localhost:{port}/accueil")];
    for url in &urls {
        site.store().add_hook(&hook(&site, url.clone(), &[])).await.unwrap();
    }
    let web = Web::start(&site).await;
    let borne = site.borne(1).await;
    follows(&site).await;
    assert_eq!(borne.sync(&site, 1, &[borne.issued(&site, 1, "titres")]).await.status, 200);
    for hook in site.store().hooks(None).await.unwrap() {
        let tried =
            async || site.store().deliveries(hook.id, 1).await.unwrap().pop().filter(|tried| tried.attempts > 0);
        let delivery = until(tried).await;
        assert!(matches!(delivery.state, DeliveryState::Waiting(_)), "{delivery:?}");
        assert!(delivery.detail.contains("hooks.allowed_networks"), "{}: {}", hook.url, delivery.detail);
    }
    assert!(receiver.came.try_recv().is_err());

    // And nobody registers one.
    account_as(site.store().as_ref(), "Noé", Role::Administrator, None).await;
    let administrator = Agent::sign_in_home(&web, "Noé").await;
    for url in [format!("https://127.0.0.1:{port}/"), receiver.url(), "https://169.254.169.254/latest".to_owned()] {
        site.advance(1);
        let answer = administrator.post("/admin/webhooks", &[("url", &url)]).await;
        assert_eq!(answer.status(), 409, "{url}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("allowed_networks") && page.contains(&url), "{page}");
    }
    // Nor one that is told of nothing that there is: that would be one that is told of everything.
    site.advance(1);
    let fields = [("url", "https://hooks.example/"), ("kind", "ticket.nonsense")];
    let answer = administrator.post("/admin/webhooks", &fields).await;
    assert_eq!(answer.status(), 409);
    assert!(answer.text().await.unwrap().contains("Choisissez parmi"));
    assert_eq!(site.store().hooks(None).await.unwrap().len(), urls.len());
    web.stop().await;
}

#[tokio::test]
async fn an_address_is_added_tried_suspended_and_removed_on_its_page() {
    let house = house(&["127.0.0.1"]);
    let site = house.server().await;
    let mut receiver = Receiver::start(0).await;
    let web = Web::start(&site).await;
    account_as(site.store().as_ref(), "Noé", Role::Administrator, None).await;
    let administrator = Agent::sign_in_home(&web, "Noé").await;
    let fields = [("url", receiver.url()), ("kind", "ticket.called".into()), ("kind", "ticket.nonsense".into())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = administrator.post("/admin/webhooks", &fields).await.text().await.unwrap();
    let made = site.store().hooks(Some(site_id())).await.unwrap().remove(0);
    assert_eq!(made.kinds, ["ticket.called"]);
    let shown: String = made.secret.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(page.contains(&shown), "{page}");
    let own = format!("/admin/webhooks/{}", made.id);
    let page = administrator.get(&own).await.text().await.unwrap();
    assert!(!page.contains(&shown), "it is shown once");

    let (status, page) = administrator.submit(&page, &format!("{own}/essayer")).await;
    assert!(status == 200 && page.contains("L’essai est arrivé"), "{page}");
    let trial = receiver.next().await;
    assert_eq!((trial.header("x-accueil-event"), trial.json()["type"].as_str()), ("trial", Some("trial")));
    site.advance(1);
    let (_, page) = administrator.submit(&page, &format!("{own}/suspendre")).await;
    assert!(page.contains("Suspendue depuis le 21/11/2026"), "{page}");
    site.advance(1);
    let (_, page) = administrator.submit(&page, &format!("{own}/reprendre")).await;
    assert!(!page.contains("Suspendue"), "{page}");
    site.advance(1);
    let (_, page) = administrator.submit(&page, &format!("{own}/supprimer")).await;
    assert!(page.contains("Aucune adresse"), "{page}");
    web.stop().await;
}

#[tokio::test]
async fn an_address_that_is_away_keeps_nobody_else_waiting() {
    let house = house(&["127.0.0.1"]);
    let site = house.server().await;
    let (mut away, mut there) = (Receiver::start(usize::MAX).await, Receiver::start(0).await);
    for url in [away.url(), there.url()] {
        site.store().add_hook(&hook(&site, url, &["ticket.issued"])).await.unwrap();
    }
    let web = Web::start(&site).await;
    let borne = site.borne(1).await;
    follows(&site).await;
    let tickets: Vec<Value> = (1..=12).map(|seq| borne.issued(&site, seq, "titres")).collect();
    assert_eq!(borne.sync(&site, 1, &tickets).await.status, 200);
    let mut labels = Vec::new();
    for _ in 0..12 {
        labels.push(there.next().await.json()["label"].as_str().unwrap().to_owned());
    }
    assert_eq!(labels, (1..=12).map(|n| format!("A {n}")).collect::<Vec<_>>(), "in the order in which it happened");
    away.next().await;
    // Three days later it is given up.
    site.advance(3 * 24 * 3600 + 6 * 3600);
    let dead = site.store().hooks(None).await.unwrap().remove(0);
    let given_up = async || {
        site.advance(3600);
        site.store().deliveries(dead.id, 1).await.unwrap().pop().filter(|last| last.state == DeliveryState::GivenUp)
    };
    until(given_up).await;
    web.stop().await;
}

#[tokio::test]
async fn an_address_that_never_answers_delays_nobody_else() {
    let house = house(&["127.0.0.1"]);
    let site = house.server().await;
    // It takes connections, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut there = Receiver::start(0).await;
    let slow = hook(&site, format!("http://{}/", silent.local_addr().unwrap()), &["ticket.issued"]);
    site.store().add_hook(&slow).await.unwrap();
    site.store().add_hook(&hook(&site, there.url(), &["ticket.issued"])).await.unwrap();
    let web = Web::start(&site).await;
    let borne = site.borne(1).await;
    follows(&site).await;
    // Several looks, all while the first attempt at the silent one waits for its answer.
    for seq in 1..=4 {
        assert_eq!(borne.sync(&site, seq, &[borne.issued(&site, seq, "titres")]).await.status, 200);
        assert_eq!(there.next().await.json()["label"], format!("A {seq}"));
        assert_eq!(site.store().deliveries(slow.id, 9).await.unwrap().last().unwrap().attempts, 0, "A {seq}");
    }
    web.stop().await;
}
