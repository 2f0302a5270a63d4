//! A server on a port of its own, and browsers of agents.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use accueil_server::roles::Role;
use accueil_server::store::{DisplayCode, Grant, NewAccount, Store};
use accueil_server::{App, password, run};
use jiff::SignedDuration;
use reqwest::{Client, Response};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;
use wire::ids::SiteId;
use wire::token::Hash32;

use crate::support::Site;
use crate::support::pages::{drawn, hidden_fields, spaced};

/// The longest a test waits for something that must come.
pub const DEADLINE: Duration = Duration::from_secs(20);

pub struct Web {
    pub address: SocketAddr,
    app: Arc<App>,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Web {
    /// Serves a site over real HTTP.
    pub async fn start(site: &Site) -> Self {
        Self::start_on(site, SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    pub async fn start_on(site: &Site, address: SocketAddr) -> Self {
        Self::serve(site.app.clone(), address).await
    }

    pub async fn serve(app: Arc<App>, address: SocketAddr) -> Self {
        provide_tls();
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async {
            let _ = stopped.await;
        };
        let running = tokio::spawn(run(app.clone(), listener, shutdown));
        Self { address, app, stop, running }
    }

    /// Asks it to stop and waits until it has.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        tokio::time::timeout(DEADLINE, self.running).await.expect("it stops").unwrap();
    }

    /// A machine that was given a display: its cookie.
    pub async fn screen(&self, display: &str) -> String {
        let site = self.app.sites()[0].plan().catalogue.site.id;
        screen_in(self.app.store().as_ref(), site, display).await.1
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// A machine that was given a display: the hash of its token, and its cookie.
pub async fn screen_in(store: &dyn Store, site: SiteId, display: &str) -> (Hash32, String) {
    let (hash, bits) = (Hash32::of(Uuid::new_v4().as_bytes()), [*Uuid::new_v4().as_bytes(); 2].concat());
    let now = jiff::Timestamp::now();
    let expires_at = now + SignedDuration::from_hours(1);
    let code = DisplayCode { hash, site, display: display.parse().unwrap(), expires_at };
    store.add_display_code(&code, now).await.unwrap();
    let screen = store.enrol_screen(hash, Hash32::of(&bits), now).await.unwrap().expect("a screen");
    let bits = data_encoding::BASE64URL_NOPAD.encode(&bits);
    (screen.token, format!("ecran={bits}; __Host-ecran={bits}"))
}

/// Clients need to know which cryptography there is, even those that speak in the clear.
pub fn provide_tls() {
    // The first call in a process decides; a later one finds it decided.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

pub fn browser() -> Client {
    provide_tls();
    Client::builder().cookie_store(true).timeout(DEADLINE).build().unwrap()
}

pub const PASSWORD: &str = "un mot de passe";

pub async fn account(site: &Site, name: &str) {
    account_in(site.store().as_ref(), name).await;
}

pub async fn account_in(store: &dyn Store, name: &str) {
    account_as(store, name, Role::Agent, None).await;
}

/// Somebody with a role at a site, or at all.
pub async fn account_as(store: &dyn Store, name: &str, role: Role, site: Option<SiteId>) {
    let password = password::hash(PASSWORD).unwrap();
    let account = NewAccount { name: name.into(), password: Some(password), ..NewAccount::default() };
    let id = store.put_account(&account).await.unwrap();
    assert!(store.set_grants(id, &[Grant { site, role }]).await.unwrap());
}

/// Somebody signed in at a counter.
pub struct Agent {
    pub browser: Client,
    pub base: String,
}

impl Agent {
    pub async fn sign_in(web: &Web, name: &str) -> Self {
        Self::sign_in_to(&web.url(""), name).await
    }

    /// The same at a server's address.
    pub async fn sign_in_to(base: &str, name: &str) -> Self {
        let agent = Self { browser: browser(), base: base.to_owned() };
        let page = agent.post("/connexion", &[("name", name), ("password", PASSWORD)]).await;
        assert_eq!((page.status().as_u16(), page.url().path()), (200, "/poste"));
        agent
    }

    /// Somebody who may open several rooms.
    pub async fn sign_in_home(web: &Web, name: &str) -> Self {
        let agent = Self { browser: browser(), base: web.url("") };
        let page = agent.post("/connexion", &[("name", name), ("password", PASSWORD)]).await;
        assert_eq!((page.status().as_u16(), page.url().path()), (200, "/"));
        agent
    }

    pub async fn at(web: &Web, name: &str, counter: &str) -> Self {
        let agent = Self { browser: browser(), base: web.url("") };
        assert_eq!(agent.post("/connexion", &[("name", name), ("password", PASSWORD)]).await.status().as_u16(), 200);
        let page = agent.post("/poste", &[("counter", counter)]).await;
        assert_eq!((page.status().as_u16(), page.url().path()), (200, "/guichet"));
        agent
    }

    /// Posts a form. What its page says that it was drawn for is said as of now, unless the fields say it.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let room = match path.split('/').nth(1) {
            Some("poste" | "guichet") => Some("/poste"),
            Some("accueil") => Some("/accueil"),
            Some("salle") => Some("/salle/tickets"),
            Some("regles") => Some("/regles/simuler"),
            Some("parc") => Some("/parc/enroler"),
            Some("admin") => Some("/admin/transfert"),
            _ => None,
        };
        let mut all = fields.to_vec();
        let mut now = None;
        if let Some(room) = room.filter(|_| !fields.iter().any(|(name, _)| *name == "ici")) {
            now = drawn(&self.read(room).await);
        }
        all.extend(now.as_deref().map(|now| ("ici", now)));
        self.post_bare(path, &all).await
    }

    /// Posts these fields and no others.
    pub async fn post_bare(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.browser.post(format!("{}{path}", self.base)).form(fields).send().await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Response {
        self.browser.get(format!("{}{path}", self.base)).send().await.unwrap()
    }

    /// Posts a form of the page as a browser would: with its hidden fields. Answers status and page.
    pub async fn submit(&self, page: &str, action: &str) -> (u16, String) {
        self.submit_with(page, action, &[]).await
    }

    /// The same with what somebody fills in.
    pub async fn submit_with(&self, page: &str, action: &str, filled: &[(&str, &str)]) -> (u16, String) {
        let fields = hidden_fields(page, action);
        let hidden = fields.iter().map(|(k, v)| (k.as_str(), v.as_str()));
        let fields: Vec<(&str, &str)> = hidden.chain(filled.iter().copied()).collect();
        let answer = self.post(action, &fields).await;
        (answer.status().as_u16(), spaced(&answer.text().await.unwrap()))
    }

    /// A page or a piece of one.
    pub async fn read(&self, path: &str) -> String {
        spaced(&self.get(path).await.text().await.unwrap())
    }

    pub async fn page(&self) -> String {
        self.read("/guichet").await
    }
}
