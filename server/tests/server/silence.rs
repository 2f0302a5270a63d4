//! What is secret is in no line that the server logs, however much it is asked to say.

use std::io::Write;
use std::sync::{Arc, Mutex};

use accueil_server::roles::Role;
use accueil_server::{logging, settings};
use axum::body::Body;
use http::{Request, StatusCode};
use tracing_subscriber::fmt::MakeWriter;
use wire::enrolment::EnrolmentCode;
use wire::event::{Event, EventBody, TicketIssued};
use wire::token::TicketToken;

use crate::support::{Borne, Site};
use crate::web::{Agent, PASSWORD, Web, account_as, browser};

/// What was logged, on this test's own thread: its server lives there too.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// A borne's ticket with a secret of its own.
async fn ticket(site: &Site, borne: &Borne) -> TicketToken {
    let token = TicketToken::from_random(*b"a tickets secret");
    let mut issued: TicketIssued = serde_json::from_value(borne.issued(site, 1, "titres")).unwrap();
    issued.token = token.hash();
    let event = Event { seq: 1, at: site.now(), body: EventBody::TicketIssued(issued) }.encode();
    let answer = borne.sync(site, 1, &[serde_json::from_str(&event).unwrap()]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    token
}

/// What a page shows this once: the text of its element with that class.
fn shown_once(page: &str) -> String {
    let after = page.split("class=\"secret\">").nth(1).unwrap_or_else(|| panic!("no secret in {page}"));
    after.split('<').next().unwrap().trim().to_owned()
}

/// Set in the process that this test runs in alone.
const ALONE: &str = "ACCUEIL_TEST_ALONE";

/// What is logged at all is decided once for a whole process, by whoever in it logs least: other tests log nothing.
#[test]
fn nothing_secret_is_logged_at_any_level() {
    if std::env::var_os(ALONE).is_some() {
        return tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(log_everything());
    }
    let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
    alone.args(["--exact", "silence::nothing_secret_is_logged_at_any_level"]).env(ALONE, "yes");
    let output = alone.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

async fn log_everything() {
    let log = Log::default();
    let everything = settings::Log { filter: "trace".into(), ..settings::Log::default() };
    let guard = tracing::subscriber::set_default(logging::subscriber(&everything, false, log.clone()).unwrap());
    let mut secrets = vec![PASSWORD.to_owned(), PASSWORD.replace(' ', "+"), "mot-de-passe-faux".to_owned()];

    let site = Site::open().await;
    secrets.push(EnrolmentCode::from_random([7; 10]).reveal().to_string());
    let borne = site.borne(7).await;
    let token = ticket(&site, &borne).await;
    secrets.push(token.in_address().to_string());
    for address in [format!("/t/{}", token.in_address()), format!("/t/{}/renoncer", token.in_address())] {
        let page = site.send(Request::get(address).body(Body::empty()).unwrap()).await;
        assert_eq!(page.status, StatusCode::OK);
    }

    account_as(site.store().as_ref(), "Inès", Role::Administrator, None).await;
    let web = Web::start(&site).await;
    let stranger = browser().post(web.url("/connexion")).form(&[("name", "Inès"), ("password", "mot-de-passe-faux")]);
    let refused = stranger.send().await.unwrap();
    assert!(refused.text().await.unwrap().contains("n’est pas le bon"));
    let sent = Agent { browser: browser(), base: web.url("") };
    let signed_in = sent.browser.post(web.url("/connexion")).form(&[("name", "Inès"), ("password", PASSWORD)]);
    signed_in.send().await.unwrap();
    // The session's own secret, as another browser would have to send it.
    let unfollowed = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let answer = unfollowed.post(web.url("/connexion")).form(&[("name", "Inès"), ("password", PASSWORD)]);
    let answer = answer.send().await.unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    secrets.push(cookie.split(['=', ';']).nth(1).unwrap().to_owned());

    let key = sent.post("/admin/cles", &[("name", "Agenda"), ("scope", "hall:read"), ("days", "30")]).await;
    let key = shown_once(&key.text().await.unwrap());
    let asked = unfollowed.get(web.url("/api/v1/services")).bearer_auth(&key).send().await.unwrap();
    assert_eq!(asked.status().as_u16(), 200);
    let hook = sent.post("/admin/webhooks", &[("url", "https://agenda.exemple/tickets")]).await;
    secrets.extend([key, shown_once(&hook.text().await.unwrap())]);
    web.stop().await;
    drop(guard);

    let log = log.text();
    assert!(log.contains("DEBUG accueil_server") && log.contains("/t/{token}"), "it says something:\n{log}");
    for secret in &secrets {
        assert!(secret.len() > 8, "{secret} is none");
        let told: Vec<&str> = log.lines().filter(|line| line.contains(secret.as_str())).collect();
        assert!(told.is_empty(), "{secret} is told:\n{}", told.join("\n"));
    }
}
