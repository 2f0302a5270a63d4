//! The hall's display: snapshots over a stream, before and after a restart.

use std::time::Instant;

use accueil_server::desk::{Act, Done, NewTicket, Wanted, Who};
use accueil_server::roles::Role;
use accueil_server::store::{DisplayCode, Move, Outcome};
use axum::body::Body;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use http::{Request, StatusCode};
use jiff::SignedDuration;
use serde_json::Value;
use tokio::time::timeout;
use tower::ServiceExt;
use uuid::Uuid;
use wire::catalogue::Display;
use wire::enrolment::EnrolmentCode;
use wire::event::{EventBody, Rank};
use wire::ids::{DisplayId, Language, OriginId, SiteId};

use crate::support::{SECOND, Site, site_id};
use crate::web::{Agent, DEADLINE, Web, account, account_as, browser, screen_in};

/// The events of a stream, read as they come.
pub struct Events {
    bytes: BoxStream<'static, Vec<u8>>,
    text: String,
}

impl Events {
    /// The stream of a display, on a machine that is new.
    pub async fn open(web: &Web, path: &str) -> Self {
        let display = path.split('/').nth(2).unwrap();
        Self::open_as(web, path, &web.screen(display).await).await
    }

    /// The same on a machine that has a cookie.
    pub async fn open_as(web: &Web, path: &str, cookie: &str) -> Self {
        Self::of(browser().get(web.url(path)).header("cookie", cookie).send().await.unwrap())
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
        snapshot["notice"][0]["text"].as_str().map(|text| text.replace('\u{a0}', " "))
    }

    pub async fn snapshot(&mut self) -> Value {
        serde_json::from_str(&self.next("appels").await.expect("a snapshot")).unwrap()
    }

    pub async fn calls(&mut self) -> Vec<(String, String)> {
        let snapshot = self.snapshot().await;
        let text = |call: &Value, key: &str| call[key].as_str().unwrap().replace('\u{a0}', " ");
        let calls = snapshot["calls"].as_array().unwrap();
        calls.iter().map(|call| (text(call, "label"), text(call, "counter"))).collect()
    }
}

/// What a new machine is told first, without a connection.
pub async fn told_to(site: &Site, display: &str) -> Value {
    let (_, cookie) = screen_in(site.store().as_ref(), site_id(), display).await;
    let request = Request::get(format!("/a/{display}/flux")).header("cookie", cookie).body(Body::empty()).unwrap();
    let mut body = site.router().oneshot(request).await.unwrap().into_body().into_data_stream();
    let mut text = String::new();
    while !text.contains("\n\n") {
        let piece = timeout(DEADLINE, body.next()).await.expect("an event in time").expect("an event").unwrap();
        text.push_str(std::str::from_utf8(&piece).unwrap());
    }
    serde_json::from_str(text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap()).unwrap()
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
    // Nothing is told of a counter that opened: what has not changed is not sent.
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
    agent.submit(&page, "/guichet/terminer").await;
    agent.submit(&agent.page().await, "/guichet/appeler").await;
    assert_eq!(screen.calls().await, [shown("A 2", "Guichet 1"), shown("A 1", "Guichet 1")]);
    web.stop().await;
}

async fn code(site: &Site, bits: u8, hours: i64) -> String {
    let code = EnrolmentCode::from_random([bits; 10]);
    let display: DisplayId = "hall".parse().unwrap();
    let expires_at = site.now() + SignedDuration::from_hours(hours);
    let kept = DisplayCode { hash: code.hash(), site: site_id(), display, expires_at };
    site.store().add_display_code(&kept, site.now()).await.unwrap();
    code.reveal()
}

#[tokio::test]
async fn a_display_code_is_spent_once_and_a_revoked_token_stops_the_stream() {
    let site = Site::open().await;
    account(&site, "Léa").await;
    let code = code(&site, 5, 24).await;
    let web = Web::start(&site).await;
    let (machine, other) = (browser(), browser());
    let stranger = machine.get(web.url("/a/hall")).header("accept", "text/html").send().await.unwrap();
    assert_eq!((stranger.status().as_u16(), stranger.url().path()), (200, "/afficher"));
    assert_eq!(machine.get(web.url("/a/hall/flux")).send().await.unwrap().status().as_u16(), 401);
    let typed = |client: &reqwest::Client, code: &str| client.post(web.url("/afficher")).form(&[("code", code)]).send();
    let short = typed(&machine, "ABCD").await.unwrap();
    assert_eq!(short.status().as_u16(), 422);
    assert!(short.text().await.unwrap().contains("16 lettres"));
    let enrolled = typed(&machine, &code.to_lowercase().replace('-', " ")).await.unwrap();
    assert_eq!((enrolled.status().as_u16(), enrolled.url().path()), (200, "/a/hall"));
    let again = typed(&other, &code).await.unwrap();
    assert_eq!(again.status().as_u16(), 401);
    assert!(again.text().await.unwrap().contains("Il sert une fois"));

    let kept = site.store().audit_from(1, 10).await.unwrap();
    let enrolled = kept.iter().filter(|link| link.action == "display").collect::<Vec<_>>();
    let name = site.store().screens(site_id()).await.unwrap()[0].audited();
    assert_eq!(enrolled.len(), 1, "a code that was spent enrols nobody");
    assert_eq!((enrolled[0].actor.as_str(), enrolled[0].site, &enrolled[0].object), ("écran", Some(site_id()), &name));
    assert_eq!(enrolled[0].diff, r#"[{"field":"état","after":"enrôlé"}]"#);

    // The token reads its display, and nothing else.
    let mut screen = Events::of(machine.get(web.url("/a/hall/flux")).send().await.unwrap());
    assert_eq!(screen.calls().await, []);
    for path in ["/a/other", "/a/other/flux", "/a/hall/son/x.wav", "/a/hall/media/site.toml"] {
        assert_eq!(machine.get(web.url(path)).send().await.unwrap().status().as_u16(), 404, "{path}");
    }
    assert_eq!(machine.get(web.url("/guichet")).send().await.unwrap().url().path(), "/connexion");
    let told = machine.post(web.url("/a/hall/etat")).form(&[("son", "coupe")]).send().await.unwrap();
    assert_eq!(told.status().as_u16(), 204);
    let screens = site.store().screens(site_id()).await.unwrap();
    assert_eq!((screens.len(), screens[0].sounds, screens[0].seen_at), (1, Some(false), Some(site.now())));

    let begun = Instant::now();
    assert!(site.store().revoke_screen(site_id(), screens[0].token, site.now()).await.unwrap());
    assert_eq!(screen.next("appels").await, None, "the stream ends");
    assert!(begun.elapsed().as_secs() < 6, "{:?}", begun.elapsed());
    assert_eq!(machine.get(web.url("/a/hall/flux")).send().await.unwrap().status().as_u16(), 401);
    web.stop().await;
}

#[tokio::test]
async fn a_code_is_too_old_after_a_day_and_cross_site_forms_are_refused() {
    let site = Site::open().await;
    let code = code(&site, 6, 24).await;
    let post = |origin: Option<&str>| {
        let mut request = Request::post("/afficher").header("content-type", "application/x-www-form-urlencoded");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        site.send(request.body(Body::from(format!("code={code}"))).unwrap())
    };
    assert_eq!(post(Some("https://elsewhere.example")).await.status, StatusCode::FORBIDDEN);
    site.advance(24 * 3600);
    assert_eq!(post(None).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_call_sounds_in_french_and_then_in_the_tickets_language() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    account(&site, "Léa").await;
    let mut ticket = borne.issued(&site, 1, "titres");
    ticket["lang"] = "uk".into();
    assert_eq!(borne.sync(&site, 1, &[ticket]).await.status, StatusCode::OK);
    let web = Web::start(&site).await;
    let cookie = web.screen("hall").await;
    let mut screen = Events::open_as(&web, "/a/hall/flux", &cookie).await;
    let before = screen.snapshot().await;
    assert!(before["rings"].as_array().unwrap().is_empty());
    let agent = Agent::at(&web, "Léa", "1").await;
    agent.submit(&agent.page().await, "/guichet/appeler").await;
    let told = screen.snapshot().await;
    let rings = told["rings"].as_array().unwrap();
    assert_eq!((rings.len(), &rings[0]["n"]), (1, &told["calls"][0]["n"]));
    let clips: Vec<&str> = rings[0]["clips"].as_array().unwrap().iter().map(|clip| clip.as_str().unwrap()).collect();
    assert_eq!(clips.len(), 2);
    let fetch = |path: String| browser().get(web.url(&path)).header("cookie", cookie.clone()).send();
    for clip in &clips {
        let sound = fetch((*clip).to_owned()).await.unwrap();
        assert_eq!(sound.headers()["content-type"], "audio/wav");
        assert!(sound.bytes().await.unwrap().len() > 40_000, "{clip}");
    }
    // A minute later it rings for nobody who comes, and no sound is made of what nobody announces.
    site.advance(61);
    let late = told_to(&site, "hall").await;
    assert_eq!((late["rings"].as_array().unwrap().len(), late["calls"].as_array().unwrap().len()), (0, 1));
    let other = format!("/a/hall/son/{}.wav", "0".repeat(32));
    assert_eq!(fetch(other).await.unwrap().status().as_u16(), 404);
    web.stop().await;
}

#[tokio::test]
async fn an_undone_call_leaves_in_a_second() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    account(&site, "Léa").await;
    assert_eq!(borne.sync(&site, 1, &[borne.issued(&site, 1, "titres")]).await.status, StatusCode::OK);
    let web = Web::start(&site).await;
    let mut screen = Events::open(&web, "/a/hall/flux").await;
    screen.snapshot().await;
    let agent = Agent::at(&web, "Léa", "1").await;
    agent.submit(&agent.page().await, "/guichet/appeler").await;
    let called = screen.snapshot().await;
    assert_eq!(called["calls"].as_array().unwrap().len(), 1);
    // What the desk writes when the agent takes it back.
    let desk = site.store().setting_or(&format!("desk.{}", site_id()), Vec::new()).await.unwrap();
    let desk = OriginId(Uuid::from_slice(&desk).unwrap());
    let mut log = site.store().log(desk, 1).await.unwrap().into_iter();
    let ticket = log.find_map(|entry| {
        let EventBody::Called { ticket, .. } = entry.event.body else { return None };
        Some(ticket)
    });
    let undone = EventBody::Undone { ticket: ticket.unwrap(), episode: 2, back_to: 1, rank: Rank::Waiting };
    let begun = Instant::now();
    let taken_back = Move { act: Uuid::new_v4(), free: None, passages: Vec::new(), bodies: vec![undone] };
    let made = site.store().make(desk, site.now(), &taken_back).await.unwrap();
    assert!(matches!(made, Outcome::Made(_)), "{made:?}");
    let told = screen.snapshot().await;
    assert!(begun.elapsed().as_millis() < 1_000, "{:?}", begun.elapsed());
    assert_eq!(told["calls"].as_array().unwrap().len(), 0);
    assert_eq!(told["undone"][0]["label"], called["calls"][0]["label"]);
    web.stop().await;
}

#[tokio::test]
async fn a_hall_is_dark_when_it_is_closed_and_says_when_it_opens() {
    let site = Site::open().await;
    let at = |time: &str| time.parse::<jiff::Timestamp>().unwrap();
    let told = async |time: &str| {
        site.advance(at(time).duration_since(site.now()).as_secs());
        let told = told_to(&site, "hall").await;
        let closed = told["closed"][0]["text"].as_str().map(|text| text.replace('\u{a0}', " "));
        (closed, told["black"].as_bool().unwrap())
    };
    assert_eq!(told("2026-11-23T09:00:00Z").await, (None, false));
    let (closed, black) = told("2026-11-23T22:00:00Z").await;
    assert!(closed.unwrap().starts_with("Fermé. Ouverture demain à "));
    assert!(black, "nothing shines in the night");
}

#[tokio::test]
async fn a_sensitive_service_is_never_named() {
    let site = Site::open().await;
    let plan = site.app.sites()[0].plan();
    let sensitive = plan.catalogue.services.iter().find(|service| service.sensitive).unwrap();
    let name = sensitive.name.get(Language::Fr);
    account_as(site.store().as_ref(), "Léa", Role::Supervisor, None).await;
    let web = Web::start(&site).await;
    let agent = Agent::sign_in_home(&web, "Léa").await;
    let service = sensitive.id.to_string();
    assert_eq!(agent.post("/salle/tickets/arreter", &[("service", &service)]).await.status().as_u16(), 200);
    let told = told_to(&site, "hall").await;
    let notice = told["notice"][0]["text"].as_str().unwrap();
    assert!(notice.starts_with("Plus de ticket aujourd’hui pour certaines démarches."), "{notice}");
    assert!(!told.to_string().contains(name), "{told}");
    web.stop().await;
}

#[tokio::test]
async fn what_keeps_the_screen_on_its_machine_is_served_to_everybody_and_never_old() {
    let site = Site::open().await;
    let worker = site.send(Request::get("/a/travailleur.js").body(Body::empty()).unwrap()).await;
    assert_eq!(worker.status, StatusCode::OK);
    assert_eq!(worker.headers["content-type"], "text/javascript");
    assert_eq!(worker.headers["cache-control"], "no-cache");
    assert_eq!(worker.headers["service-worker-allowed"], "/a/");
    for path in ["/actifs/polices/AtkinsonHyperlegibleNext_700Bold.ttf", "/actifs/polices/NotoSansSC-Bold.ttf"] {
        let font = site.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(
            (font.status, font.headers["content-type"].as_bytes()),
            (StatusCode::OK, &b"font/ttf"[..]),
            "{path}"
        );
    }
}

#[tokio::test]
async fn pictures_are_those_of_the_display_and_nothing_else_of_their_folder() {
    let site = Site::open().await;
    let folder = site.folder.path().join("media");
    std::fs::create_dir(&folder).unwrap();
    for file in ["affiche.png", "autre.png", "notes.txt"] {
        std::fs::write(folder.join(file), file).unwrap();
    }
    let mut plan = (*site.app.sites()[0].plan()).clone();
    let shown: Display = serde_json::from_value(serde_json::json!({
        "id": "hall", "name": {"fr": "Hall"}, "layout": "partage",
        "media": [{"file": "affiche.png"}, {"file": "partie.png"}, {"file": "notes.txt"}],
    }))
    .unwrap();
    plan.catalogue.displays = vec![shown];
    site.app.sites()[0].publish(plan);
    let (_, cookie) = screen_in(site.store().as_ref(), site_id(), "hall").await;
    let get = |path: &str| site.send(Request::get(path).header("cookie", &cookie).body(Body::empty()).unwrap());
    let picture = get("/a/hall/media/affiche.png").await;
    assert_eq!((picture.status, picture.text().as_str()), (StatusCode::OK, "affiche.png"));
    assert_eq!(picture.headers["content-type"], "image/png");
    for path in ["autre.png", "partie.png", "notes.txt", "..%2Faccueil.db", "%2Fetc%2Fpasswd"] {
        assert_eq!(get(&format!("/a/hall/media/{path}")).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let page = get("/a/hall").await.text();
    assert!(
        page.contains("/a/hall/media/affiche.png?") && !page.contains("partie.png"),
        "what is not there is not shown"
    );
    let stranger = site.send(Request::get("/a/hall/media/affiche.png").body(Body::empty()).unwrap()).await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
}

/// A machine is given a display of a site: which one that is does not hang on its name alone.
#[tokio::test]
async fn two_sites_whose_displays_have_one_name_show_each_its_own_calls() {
    let site = Site::open_two().await;
    let second: SiteId = SECOND.parse().unwrap();
    let there = site.app.site(second).unwrap();
    let who = Who::Staff { account: None, supervises: false };
    let new = NewTicket {
        service: "titres".parse().unwrap(),
        lang: Language::Fr,
        priority: false,
        group: 1,
        appointment: None,
        needs: [].into(),
        paperless: false,
    };
    let plan = there.plan();
    let counter = plan.catalogue.counter(&"1".parse().unwrap());
    for act in [Act::Issue(new), Act::Call] {
        let done = there.act(who, counter, &Wanted { id: Uuid::new_v4(), act }).await.unwrap();
        assert!(matches!(done, Done::Now(_)), "{done:?}");
    }
    let web = Web::start(&site).await;
    for (at, calls) in [(site_id(), 0), (second, 1)] {
        let cookie = screen_in(site.store().as_ref(), at, "hall").await.1;
        let mut screen = Events::open_as(&web, "/a/hall/flux", &cookie).await;
        assert_eq!(screen.calls().await.len(), calls, "{at}");
        let page = browser().get(web.url("/a/hall")).header("cookie", &cookie).send().await.unwrap();
        let page = page.text().await.unwrap();
        assert_eq!(page.contains("Mairie de la seconde"), calls == 1, "{page}");
    }
    web.stop().await;
}
