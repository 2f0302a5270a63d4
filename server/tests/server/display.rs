//! The hall's display: snapshots over a stream, before and after a restart.

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use http::StatusCode;
use serde_json::Value;
use tokio::time::timeout;

use crate::support::Site;
use crate::web::{Agent, DEADLINE, Web, account, browser};

/// The events of a stream, read as they come.
pub struct Events {
    bytes: BoxStream<'static, Vec<u8>>,
    text: String,
}

impl Events {
    pub async fn open(web: &Web, path: &str) -> Self {
        let answer = browser().get(web.url(path)).send().await.unwrap();
        Self::of(answer)
    }

    pub fn of(answer: reqwest::Response) -> Self {
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let bytes =
            answer.bytes_stream().filter_map(|piece| std::future::ready(piece.ok().map(|b| b.to_vec()))).boxed();
        Self { bytes, text: String::new() }
    }

    /// The data of the next event of a name; none where the stream has ended.
    pub async fn next(&mut self, name: &str) -> Option<String> {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let event = event.to_owned();
                self.text = rest.to_owned();
                if event.lines().any(|line| line == format!("event: {name}")) {
                    return event.lines().find_map(|line| line.strip_prefix("data: ")).map(str::to_owned);
                }
            }
            let piece = timeout(DEADLINE, self.bytes.next()).await.expect("an event in time")?;
            self.text.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }

    /// What the next snapshot says of tickets, in plain spaces.
    pub async fn notice(&mut self) -> Option<String> {
        let snapshot: Value = serde_json::from_str(&self.next("appels").await.expect("a snapshot")).unwrap();
        snapshot["notice"].as_str().map(|text| text.replace('\u{a0}', " "))
    }

    pub async fn calls(&mut self) -> Vec<(String, String)> {
        let snapshot: Value = serde_json::from_str(&self.next("appels").await.expect("a snapshot")).unwrap();
        let text = |call: &Value, key: &str| call[key].as_str().unwrap().replace('\u{a0}', " ");
        let calls = snapshot["calls"].as_array().unwrap();
        calls.iter().map(|call| (text(call, "label"), text(call, "counter"))).collect()
    }
}

fn shown(label: &str, counter: &str) -> (String, String) {
    (label.to_owned(), counter.to_owned())
}

#[tokio::test]
async fn a_call_reaches_the_display_and_outlives_a_restart() {
    let mut site = Site::open().await;
    let borne = site.borne(1).await;
    account(&site, "Léa").await;
    let events: Vec<Value> = (1..=2).map(|n| borne.issued(&site, n, "titres")).collect();
    assert_eq!(borne.sync(&site, 1, &events).await.status, StatusCode::OK);
    let web = Web::start(&site).await;
    let mut screen = Events::open(&web, "/a/hall/flux").await;
    assert_eq!(screen.calls().await, []);
    let agent = Agent::at(&web, "Léa", "1").await;
    assert_eq!(screen.calls().await, [], "a counter opened, nobody called");
    agent.submit(&agent.page().await, "/guichet/appeler").await;
    assert_eq!(screen.calls().await, [shown("A 1", "Guichet 1")]);

    let address = web.address;
    web.stop().await;
    assert_eq!(screen.next("appels").await, None, "the stream ended with the server");
    site.reopen().await;
    let web = Web::start_on(&site, address).await;
    let mut screen = Events::open(&web, "/a/hall/flux").await;
    assert_eq!(screen.calls().await, [shown("A 1", "Guichet 1")]);
    let (_, page) = agent.submit(&agent.page().await, "/guichet/demarrer").await;
    assert_eq!(screen.calls().await, [shown("A 1", "Guichet 1")]);
    agent.submit(&page, "/guichet/terminer").await;
    assert_eq!(screen.calls().await, [shown("A 1", "Guichet 1")]);
    agent.submit(&agent.page().await, "/guichet/appeler").await;
    assert_eq!(screen.calls().await, [shown("A 2", "Guichet 1"), shown("A 1", "Guichet 1")]);
    web.stop().await;
}

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
    let begun = std::time::Instant::now();
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
    assert_eq!(stream.next("etat").await.as_deref(), Some("1"));
    agent.post("/deconnexion", &[]).await;
    assert_eq!(stream.next("etat").await, None, "signed out");
    assert_eq!(browser().get(web.url("/guichet/flux")).send().await.unwrap().url().path(), "/connexion");
    web.stop().await;
}
