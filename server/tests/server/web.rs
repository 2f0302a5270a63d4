//! A server on a port of its own, and browsers of agents.

use std::net::SocketAddr;
use std::time::Duration;

use accueil_server::store::{Account, Role};
use accueil_server::{password, run};
use reqwest::{Client, Response};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::Site;

/// The longest a test waits for something that must come.
pub const DEADLINE: Duration = Duration::from_secs(20);

pub struct Web {
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Web {
    /// Serves a site over real HTTP.
    pub async fn start(site: &Site) -> Self {
        Self::start_on(site, SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    pub async fn start_on(site: &Site, address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async {
            let _ = stopped.await;
        };
        let running = tokio::spawn(run(site.app.clone(), listener, shutdown));
        Self { address, stop, running }
    }

    /// Asks it to stop and waits until it has.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        tokio::time::timeout(DEADLINE, self.running).await.expect("it stops").unwrap();
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

pub fn browser() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().cookie_store(true).timeout(DEADLINE).build().unwrap()
}

pub const PASSWORD: &str = "un mot de passe";

pub async fn account(site: &Site, name: &str) {
    let password = password::hash(PASSWORD).unwrap();
    site.store().put_account(&Account { name: name.into(), role: Role::Agent, password }).await.unwrap();
}

/// Somebody signed in at a counter.
pub struct Agent {
    pub browser: Client,
    base: String,
}

impl Agent {
    pub async fn sign_in(web: &Web, name: &str) -> Self {
        let agent = Self { browser: browser(), base: web.url("") };
        let page = agent.post("/connexion", &[("name", name), ("password", PASSWORD)]).await;
        assert_eq!((page.status().as_u16(), page.url().path()), (200, "/poste"));
        agent
    }

    pub async fn at(web: &Web, name: &str, counter: &str) -> Self {
        let agent = Self::sign_in(web, name).await;
        let page = agent.post("/poste", &[("counter", counter)]).await;
        assert_eq!((page.status().as_u16(), page.url().path()), (200, "/guichet"));
        agent
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.browser.post(format!("{}{path}", self.base)).form(fields).send().await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Response {
        self.browser.get(format!("{}{path}", self.base)).send().await.unwrap()
    }

    /// Posts a form of the page as a browser would: with its hidden fields. Answers status and page.
    pub async fn submit(&self, page: &str, action: &str) -> (u16, String) {
        let fields = hidden_fields(page, action);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let answer = self.post(action, &fields).await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    pub async fn page(&self) -> String {
        self.get("/guichet").await.text().await.unwrap()
    }
}

/// The hidden fields of the first form with this action.
pub fn hidden_fields(page: &str, action: &str) -> Vec<(String, String)> {
    let start = page.find(&format!("action=\"{action}\"")).unwrap_or_else(|| panic!("no form {action} in:\n{page}"));
    let form = &page[start..start + page[start..].find("</form>").unwrap()];
    let value = |input: &str, name: &str| {
        let rest = &input[input.find(&format!("{name}=\"")).unwrap() + name.len() + 2..];
        rest[..rest.find('"').unwrap()].to_owned()
    };
    let inputs = form.split("<input type=\"hidden\"").skip(1);
    inputs.map(|input| (value(input, "name"), value(input, "value"))).collect()
}

/// The number in large letters.
pub fn number(page: &str) -> Option<String> {
    let rest = &page[page.find("id=\"numero\">")? + 12..];
    Some(rest[..rest.find('<')?].replace('\u{a0}', " "))
}
