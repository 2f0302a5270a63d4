//! A server with a clock of its own, and bornes that sign.

pub mod acts;
pub mod pages;
pub mod program;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use accueil_server::settings::{Catalogues, Http};
use accueil_server::store::{Store, StoreAddress};
use accueil_server::{App, Clock, Settings, router};
use axum::Router;
use axum::body::{Body, to_bytes};
use ed25519_dalek::{Signer, SigningKey};
use http::{Request, Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use wire::catalogue::Catalogue;
use wire::enrolment::{EnrolReply, EnrolmentCode, PublicKey};
use wire::event::{Event, EventBody, TicketIssued};
use wire::ids::{Language, OriginId, SiteId, TicketId};
use wire::problem::{Problem, ProblemKind};
use wire::service_day::ServiceDay;
use wire::signature::{self, Params};
use wire::token::Hash32;

pub const CATALOGUE: &str = include_str!("../../../../config/examples/marseille/site.toml");
/// Another site.
pub const SECOND: &str = "0192d3a0-1c00-7000-8000-00000000000b";
pub const HOST: &str = "accueil.test";

/// The site that tests open.
pub fn site_id() -> SiteId {
    Catalogue::from_toml(CATALOGUE).unwrap().site.id
}

pub struct Site {
    pub app: Arc<App>,
    pub folder: TempDir,
    settings: Settings,
    now_ms: Arc<AtomicI64>,
}

impl Site {
    /// A server on a new store, on a Saturday at 09:42 in Paris.
    pub async fn open() -> Self {
        Self::open_with(Http::default()).await
    }

    /// The same with a second site.
    pub async fn open_two() -> Self {
        let mut site = Self::open().await;
        site.second().await;
        site
    }

    /// Another server on the same store, as after a restart with a second site.
    pub async fn second(&mut self) {
        let name = self.catalogue().site.name.get(Language::Fr).to_owned();
        let second = CATALOGUE.replace(&self.hall().plan().catalogue.site.id.to_string(), SECOND);
        std::fs::write(self.folder.path().join("second.toml"), second.replace(&name, "Mairie de la seconde")).unwrap();
        self.reopen().await;
    }

    /// What the next server on the same store is told.
    pub fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    /// The same without any site.
    pub async fn open_empty() -> Self {
        Self::open_as(|settings| settings.site.catalogue = Catalogues::Each(Vec::new())).await
    }

    /// The same with settings of its own for connections.
    pub async fn open_with(http: Http) -> Self {
        Self::open_as(|settings| settings.http = http).await
    }

    /// The same with other settings of its own.
    pub async fn open_as(change: impl FnOnce(&mut Settings)) -> Self {
        let start: Timestamp = "2026-11-21T08:42:00Z".parse().unwrap();
        let now_ms = Arc::new(AtomicI64::new(start.as_millisecond()));
        let folder = TempDir::new().unwrap();
        let catalogue = folder.path().join("site.toml");
        std::fs::write(&catalogue, CATALOGUE).unwrap();
        let mut settings = Settings::default();
        settings.site.catalogue = Catalogues::One(catalogue);
        settings.store.address = StoreAddress::Sqlite(folder.path().join("accueil.db"));
        settings.display.media = folder.path().join("media");
        change(&mut settings);
        let app = start_app(&folder, &settings, &now_ms).await;
        Self { app, folder, settings, now_ms }
    }

    /// A server with settings of its own, whose clock a test moves.
    pub async fn over(settings: &Settings, now_ms: Arc<AtomicI64>) -> Self {
        let told = Arc::clone(&now_ms);
        let clock = Clock::new(move || Timestamp::from_millisecond(told.load(Ordering::SeqCst)).unwrap());
        let app = App::open(settings, clock).await.unwrap();
        Self { app, folder: TempDir::new().unwrap(), settings: settings.clone(), now_ms }
    }

    /// Another server on the same store, as after a restart.
    pub async fn reopen(&mut self) {
        self.app = start_app(&self.folder, &self.settings, &self.now_ms).await;
    }

    /// Another server on the same store, with a clock of its own.
    pub async fn beside(&self, now_ms: Arc<AtomicI64>) -> Arc<App> {
        start_app(&self.folder, &self.settings, &now_ms).await
    }

    /// The same with this one's clock.
    pub async fn another(&self) -> Arc<App> {
        self.beside(Arc::clone(&self.now_ms)).await
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now_ms.load(Ordering::SeqCst)).unwrap()
    }

    pub fn advance(&self, seconds: i64) {
        self.now_ms.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    pub fn router(&self) -> Router {
        router(Arc::clone(&self.app))
    }

    /// What the server holds of it.
    pub fn hall(&self) -> Arc<accueil_server::site::Site> {
        let id = Catalogue::from_toml(CATALOGUE).unwrap().site.id;
        self.app.site(id).unwrap()
    }

    pub fn catalogue(&self) -> Catalogue {
        self.hall().plan().catalogue.clone()
    }

    pub fn store(&self) -> &Arc<dyn Store> {
        self.app.store()
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        Answer::of(self.router().oneshot(request).await.unwrap()).await
    }

    pub async fn code(&self, bits: u8) -> EnrolmentCode {
        let code = EnrolmentCode::from_random([bits; 10]);
        let expires = self.now() + jiff::SignedDuration::from_hours(24);
        self.store().add_code(site_id(), code.hash(), None, expires).await.unwrap();
        code
    }

    pub async fn enrol_raw(&self, code: &EnrolmentCode, key: &SigningKey) -> Answer {
        let key = PublicKey(key.verifying_key().to_bytes());
        let body = json!({"v": 1, "code": code, "public_key": key, "name": "Borne 01"});
        self.send(Request::post("/v1/enrol").header("host", HOST).body(Body::from(body.to_string())).unwrap()).await
    }

    /// A borne that has enrolled.
    pub async fn borne(&self, n: u8) -> Borne {
        let key = SigningKey::from_bytes(&[n; 32]);
        let answer = self.enrol_raw(&self.code(n).await, &key).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let reply: EnrolReply = answer.json();
        self.advance(12);
        Borne { id: reply.borne, reply, key, nonce: AtomicU64::new(1) }
    }
}

async fn start_app(folder: &TempDir, settings: &Settings, now_ms: &Arc<AtomicI64>) -> Arc<App> {
    let mut settings = settings.clone();
    let (first, second) = (folder.path().join("site.toml"), folder.path().join("second.toml"));
    if second.exists() {
        settings.site.catalogue = Catalogues::Each(vec![first, second]);
    }
    let now_ms = Arc::clone(now_ms);
    let clock = Clock::new(move || Timestamp::from_millisecond(now_ms.load(Ordering::SeqCst)).unwrap());
    App::open(&settings, clock).await.unwrap()
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: http::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub async fn of(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 1 << 24).await.unwrap().to_vec();
        Self { status: parts.status, headers: parts.headers, body }
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json<T: serde::de::DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    /// The refusal, checked to be one.
    pub fn problem(&self) -> Problem {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{}", self.text());
        let problem: Problem = self.json();
        assert_eq!(problem.status, self.status.as_u16());
        assert!(!problem.detail.is_empty());
        problem
    }
}

pub struct Borne {
    pub id: OriginId,
    pub reply: EnrolReply,
    pub key: SigningKey,
    pub nonce: AtomicU64,
}

impl Borne {
    pub fn next_nonce(&self) -> u64 {
        self.nonce.fetch_add(1, Ordering::SeqCst)
    }

    pub fn params(&self, site: &Site) -> Params {
        Params { created: site.now().as_second(), nonce: self.next_nonce(), keyid: self.id.to_string() }
    }

    /// A request signed as the wire says, with what a test wants to be wrong.
    pub fn signed(&self, path: &str, body: &[u8], params: &Params) -> http::request::Builder {
        let content_digest = signature::content_digest(body);
        let request =
            signature::Request { method: "POST", authority: HOST, path, query: "", content_digest: &content_digest };
        let signed = self.key.sign(params.base(&request).as_bytes());
        Request::post(path)
            .header("host", HOST)
            .header("content-digest", content_digest)
            .header("signature-input", params.header())
            .header("signature", signature::header(&signed.to_bytes()))
    }

    pub async fn post(&self, site: &Site, path: &str, body: &[u8]) -> Answer {
        let params = self.params(site);
        site.send(self.signed(path, body, &params).body(Body::from(body.to_vec())).unwrap()).await
    }

    pub fn batch(&self, from_seq: u64, events: &[Value]) -> Vec<u8> {
        json!({"v": 1, "borne": self.id, "from_seq": from_seq, "events": events}).to_string().into_bytes()
    }

    pub async fn sync(&self, site: &Site, from_seq: u64, events: &[Value]) -> Answer {
        self.post(site, "/v1/sync", &self.batch(from_seq, events)).await
    }

    /// A ticket issued now under `seq`, number `seq`.
    pub fn issued(&self, site: &Site, seq: u64, service: &str) -> Value {
        self.issued_at(site.now(), "2026-11-21".parse().unwrap(), seq, service)
    }

    pub fn issued_at(&self, at: Timestamp, day: ServiceDay, seq: u64, service: &str) -> Value {
        let issued = TicketIssued {
            ticket: self.ticket(seq),
            label: format!("A {seq}").parse().unwrap(),
            day,
            service: service.parse().unwrap(),
            lang: Language::Fr,
            token: Hash32::of(&seq.to_le_bytes()),
            paperless: false,
            uncertain: false,
            priority: false,
            group: 1,
            appointment: None,
            needs: BTreeSet::new(),
        };
        serde_json::from_str(&Event { seq, at, body: EventBody::TicketIssued(issued) }.encode()).unwrap()
    }

    pub fn ticket(&self, seq: u64) -> TicketId {
        TicketId(uuid::Uuid::from_u128(self.id.0.as_u128() ^ (u128::from(seq) << 64)))
    }
}

pub fn event(site: &Site, seq: u64, body: EventBody) -> Value {
    serde_json::from_str(&Event { seq, at: site.now(), body }.encode()).unwrap()
}

/// The refusal's explanation, checked to be the expected refusal.
pub fn refused(answer: &Answer, status: u16, kind: ProblemKind) -> String {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    let problem = answer.problem();
    assert_eq!(problem.kind, kind);
    problem.detail
}
