//! The agent's console, by real HTTP with cookies.

mod acts;
mod late;
mod pieces;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::StatusCode;
use reqwest::Client;
use sqlx::{Connection, Executor, SqliteConnection};
use tokio::task::JoinSet;
use wire::event::EventBody;
use wire::ids::HelpId;
use wire::sync::SyncReply;

use crate::support::acts::tickets;
use crate::support::pages::{between, hidden_fields, number};
use crate::support::{Borne, Site, event};
use crate::web::{Agent, DEADLINE, PASSWORD, Web, account, browser};

/// A hall with tickets, and Léa at its first counter.
async fn opened(services: &[&str]) -> (Site, Borne, Web, Agent) {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    account(&site, "Léa").await;
    tickets(&site, &borne, services).await;
    let web = Web::start(&site).await;
    let agent = Agent::at(&web, "Léa", "1").await;
    (site, borne, web, agent)
}

/// Where a link of the page leads in full.
fn linked(page: &str, path: &str) -> String {
    let query = between(page, &format!("href=\"{path}?"), "\"");
    format!("{path}?{}", query.replace("&#38;", "&").replace("&amp;", "&"))
}

#[tokio::test]
async fn an_agent_receives_one_person_after_another() {
    let (site, _borne, web, agent) = opened(&["titres", "titres", "ecole"]).await;

    site.advance(14 * 60);
    let page = agent.page().await;
    assert!(page.contains("File (2)") && page.contains("14 min"), "the school is not received here:\n{page}");
    let (status, page) = agent.submit(&page, "/guichet/appeler").await;
    assert_eq!((status, number(&page).as_deref()), (200, Some("A 1")));
    assert!(page.contains("A attendu 14 min") && page.contains("File (1)"));

    site.advance(5);
    let (status, page) = agent.submit(&page, "/guichet/rappeler").await;
    assert_eq!(status, 200);
    assert!(page.contains("2<sup>e</sup> appel"), "{page}");
    let (_, page) = agent.submit(&page, "/guichet/demarrer").await;
    assert!(page.contains("Terminer A 1 et appeler le suivant"), "{page}");
    let (_, page) = agent.submit(&page, "/guichet/terminer").await;
    assert_eq!(number(&page), None);

    let (_, page) = agent.submit(&page, "/guichet/appeler").await;
    assert_eq!(number(&page).as_deref(), Some("A 2"));
    let (status, page) = agent.submit(&page, "/guichet/absent").await;
    assert_eq!(status, 409);
    assert!(page.contains("Rappelez ce numéro encore une fois avant de noter l’absence."), "{page}");
    let (status, soon) = agent.submit(&page, "/guichet/rappeler").await;
    assert_eq!(status, 409);
    assert!(soon.contains("Attendez encore 5 s avant de rappeler"), "{soon}");
    site.advance(6);
    agent.submit(&page, "/guichet/rappeler").await;
    let (_, early) = agent.submit(&page, "/guichet/absent").await;
    assert!(early.contains("Attendez encore 84 s avant de noter l’absence."), "{early}");
    site.advance(84);
    let (status, page) = agent.submit(&page, "/guichet/absent").await;
    assert_eq!((status, number(&page)), (200, None));
    let (_, page) = agent.submit(&page, "/guichet/appeler").await;
    assert!(page.contains("Personne n’attend pour ce guichet."), "{page}");
    web.stop().await;
}

#[tokio::test]
async fn what_a_visitor_said_of_themselves_is_shown_before_and_after_the_call() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    account(&site, "Léa").await;
    let said = [("fr", false, 1), ("fr", true, 4), ("uk", false, 1), ("zh", false, 9), ("fr-simple", true, 1)];
    let mut events = Vec::new();
    for (seq, (lang, priority, group)) in (1..).zip(said) {
        let mut issued = borne.issued(&site, seq, "titres");
        (issued["lang"], issued["priority"], issued["group"]) = (lang.into(), priority.into(), group.into());
        events.push(issued);
    }
    assert_eq!(borne.sync(&site, 1, &events).await.status, StatusCode::OK);
    let web = Web::start(&site).await;
    let agent = Agent::at(&web, "Léa", "1").await;
    // Those who have priority are called first.
    let expected: [&[&str]; 5] = [
        &["Prioritaire", "4 personnes"],
        &["Prioritaire", "français simplifié"],
        &[],
        &["ukrainien"],
        &["chinois", "9 personnes"],
    ];
    let tags = |html: &str| -> Vec<String> {
        let tags = html.split("<span class=\"tag\">").skip(1);
        tags.map(|rest| rest[..rest.find("</span>").unwrap()].replace("Langue : ", "")).collect()
    };
    let page = agent.page().await;
    let rows: Vec<Vec<String>> = page.split("<li id=\"t-").skip(1).map(tags).collect();
    assert_eq!(rows, expected, "{page}");
    for shown in expected {
        site.advance(3);
        let (_, page) = agent.submit(&agent.page().await, "/guichet/appeler").await;
        let current = &page[page.find("id=\"cours\"").unwrap()..page.find("id=\"barre\"").unwrap()];
        assert_eq!(tags(current), shown, "{current}");
        let (_, page) = agent.submit(&page, "/guichet/demarrer").await;
        agent.submit(&page, "/guichet/terminer").await;
    }
    web.stop().await;
}

#[tokio::test]
async fn r12_the_same_form_sent_twice_is_one_call() {
    let (_site, _borne, web, agent) = opened(&["titres", "titres"]).await;
    let empty = agent.page().await;
    for _ in 0..2 {
        let (_, page) = agent.submit(&empty, "/guichet/appeler").await;
        assert_eq!(number(&page).as_deref(), Some("A 1"));
    }
    let (_, page) = agent.submit(&agent.page().await, "/guichet/demarrer").await;
    let (status, stale) =
        agent.submit(&page.replacen("/guichet/terminer", "/guichet/demarrer", 1), "/guichet/demarrer").await;
    assert_eq!(status, 409);
    assert!(stale.contains("Ce numéro a changé d’état"), "{stale}");
    // The button that finishes and calls on; sent twice it calls once.
    let next = between(&page, "name=\"next\" value=\"", "\"");
    for _ in 0..2 {
        let (_, called) = agent.submit_with(&page, "/guichet/terminer", &[("next", next)]).await;
        assert_eq!(number(&called).as_deref(), Some("A 2"));
    }
    web.stop().await;
}

#[tokio::test]
async fn sixteen_agents_share_two_hundred_tickets_without_a_double() {
    let site = Arc::new(Site::open().await);
    let borne = site.borne(1).await;
    tickets(&site, &borne, &["titres"; 200]).await;
    let counter = site.catalogue().counters[0].clone();
    let mut agents = JoinSet::new();
    for n in 0..16 {
        let hall = site.hall();
        let counter = wire::catalogue::Counter { id: format!("c{n}").parse().unwrap(), ..counter.clone() };
        agents.spawn(async move {
            let mut mine = Vec::new();
            while let Some(ticket) = hall.serve_one(&counter).await.unwrap() {
                mine.push(ticket);
            }
            mine
        });
    }
    let all = agents.join_all().await.concat();
    assert_eq!(all.len(), 200);
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), 200);
}

#[tokio::test]
async fn a_counter_opened_twice_names_the_holder() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    for name in ["Léa", "Omar"] {
        account(&site, name).await;
    }
    tickets(&site, &borne, &["titres"]).await;
    let web = Web::start(&site).await;
    let lea = Agent::at(&web, "Léa", "1").await;
    let omar = Agent::sign_in(&web, "Omar").await;
    let refused = omar.post("/poste", &[("counter", "1")]).await;
    assert_eq!(refused.status().as_u16(), 409);
    assert!(refused.text().await.unwrap().contains("Guichet 1 est occupé par Léa."));
    assert_eq!(omar.post("/poste", &[("counter", "99")]).await.status().as_u16(), 404);
    assert_eq!(omar.get("/guichet").await.url().path(), "/poste");

    lea.submit(&lea.page().await, "/guichet/appeler").await;
    let stays = lea.post("/poste", &[("counter", "2")]).await;
    assert_eq!(stays.status().as_u16(), 409);
    assert!(stays.text().await.unwrap().contains("Terminez d’abord avec elle."));
    assert_eq!(lea.post("/deconnexion", &[]).await.url().path(), "/guichet", "not while somebody is called");
    let page = lea.page().await;
    let (_, page) = lea.submit(&page, "/guichet/demarrer").await;
    lea.submit(&page, "/guichet/terminer").await;
    assert_eq!(lea.post("/deconnexion", &[]).await.url().path(), "/connexion");
    assert_eq!(omar.post("/poste", &[("counter", "1")]).await.url().path(), "/guichet");
    web.stop().await;
}

#[tokio::test]
async fn a_call_for_help_is_taken_once_and_the_borne_learns_of_it() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    account(&site, "Léa").await;
    let web = Web::start(&site).await;
    let agent = Agent::at(&web, "Léa", "4").await;
    let help = HelpId(uuid::Uuid::from_u128(7));
    let asked: SyncReply = borne.sync(&site, 1, &[event(&site, 1, EventBody::HelpRequested { help })]).await.json();
    assert!(asked.help[0].staffed && !asked.help[0].answered);
    let page = agent.page().await;
    assert!(page.contains("<strong>Borne 01</strong> : une personne demande de l’aide"), "{page}");
    let other = agent.page().await;
    let (status, after) = agent.submit(&page, "/guichet/aide").await;
    assert_eq!(status, 200);
    assert!(!after.contains("demande de l’aide"));
    assert_eq!(agent.submit(&page, "/guichet/aide").await.0, 200, "the same form again");
    let (status, again) = agent.submit(&other, "/guichet/aide").await;
    assert_eq!(status, 409);
    assert!(again.contains("Léa y va déjà."), "{again}");
    let told: SyncReply = borne.sync(&site, 2, &[]).await.json();
    assert_eq!((told.help[0].answered, told.next_poll_s), (true, 30));
    site.advance(600);
    let later: SyncReply = borne.sync(&site, 2, &[]).await.json();
    assert!(later.help.is_empty());
    web.stop().await;
}

#[tokio::test]
async fn a_ticket_left_at_a_counter_days_ago_does_not_block_it() {
    let mut site = Site::open().await;
    let borne = site.borne(1).await;
    account(&site, "Léa").await;
    tickets(&site, &borne, &["titres"]).await;
    let web = Web::start(&site).await;
    let agent = Agent::at(&web, "Léa", "1").await;
    agent.submit(&agent.page().await, "/guichet/appeler").await;
    web.stop().await;
    site.advance(3 * 24 * 3600);
    site.reopen().await;
    let mut issued = borne.issued(&site, 2, "titres");
    issued["day"] = "2026-11-24".into();
    assert_eq!(borne.sync(&site, 2, &[issued]).await.status, StatusCode::OK);
    let web = Web::start(&site).await;
    let agent = Agent::at(&web, "Léa", "1").await;
    let (_, page) = agent.submit(&agent.page().await, "/guichet/appeler").await;
    assert_eq!(number(&page).as_deref(), Some("A 2"));
    web.stop().await;
}

#[tokio::test]
async fn signing_in_is_limited_by_account_and_by_address() {
    let site = Site::open().await;
    account(&site, "Léa").await;
    let web = Web::start(&site).await;
    let stranger = browser();
    let attempt = async |name: &str, password: &str| {
        let form = [("name", name), ("password", password)];
        stranger.post(web.url("/connexion")).form(&form).send().await.unwrap()
    };
    for _ in 0..5 {
        let answer = attempt("Léa", "faux mot de passe").await;
        assert_eq!(answer.status().as_u16(), 401);
        assert!(answer.text().await.unwrap().contains("Le nom ou le mot de passe n’est pas le bon."));
    }
    let sixth = attempt("Léa", PASSWORD).await;
    assert_eq!((sixth.status().as_u16(), sixth.headers()["retry-after"].to_str().unwrap()), (429, "12"));
    for n in 0..14 {
        assert_eq!(attempt(&format!("nobody {n}"), "x").await.status().as_u16(), 401);
    }
    assert_eq!(attempt("somebody else", "x").await.status().as_u16(), 429, "twenty from one address");
    site.advance(12);
    assert_eq!(attempt("Léa", PASSWORD).await.url().path(), "/poste");
    web.stop().await;
}

#[tokio::test]
async fn a_session_is_a_cookie_that_scripts_cannot_read_and_ends_after_ten_hours() {
    let site = Site::open().await;
    account(&site, "Léa").await;
    let web = Web::start(&site).await;
    let plain = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let form = [("name", "Léa"), ("password", PASSWORD)];
    let answer = plain.post(web.url("/connexion")).form(&form).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 303);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(
        cookie.starts_with("sid=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=36000"),
        "{cookie}"
    );
    let agent = Agent::at(&web, "Léa", "1").await;
    site.advance(10 * 3600);
    assert_eq!(agent.get("/guichet").await.url().path(), "/connexion");
    let fragment = agent.browser.get(web.url("/guichet")).header("hx-request", "true").send().await.unwrap();
    assert_eq!(fragment.headers()["hx-redirect"], "/connexion");
    web.stop().await;
}

#[tokio::test]
async fn the_console_loads_its_stream_before_it_starts() {
    let site = Site::open().await;
    account(&site, "Léa").await;
    let web = Web::start(&site).await;
    let page = Agent::at(&web, "Léa", "1").await.page().await;
    let scripts: Vec<&str> = page.match_indices("<script").map(|(at, _)| &page[at..at + 40]).collect();
    assert_eq!(scripts.len(), 3, "{page}");
    // Deferred, htmx starts by a timer that can win against the extension's own loading.
    assert!(scripts.iter().all(|script| script.starts_with("<script src=")), "{scripts:?}");
    assert!(page.find("htmx-").unwrap() < page.find("hx-sse-").unwrap());
    web.stop().await;
}

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let site = Site::open().await;
    account(&site, "Léa").await;
    let web = Web::start(&site).await;
    let agent = Agent::at(&web, "Léa", "1").await;
    let fields = hidden_fields(&agent.page().await, "/guichet/appeler");
    for (header, value, status) in [
        ("sec-fetch-site", "cross-site", 403),
        ("origin", "https://elsewhere.example", 403),
        ("sec-fetch-site", "same-origin", 200),
    ] {
        let post = agent.browser.post(web.url("/guichet/appeler")).header(header, value).form(&fields);
        assert_eq!(post.send().await.unwrap().status().as_u16(), status, "{header}: {value}");
    }
    web.stop().await;
}

/// The store is held by somebody else while a browser gives up waiting; what it asked for is done whole or not at all.
#[tokio::test]
async fn a_browser_that_goes_away_leaves_no_step_half_done() {
    let (site, _borne, web, agent) = opened(&["titres"]).await;
    let (_, page) = agent.submit(&agent.page().await, "/guichet/appeler").await;

    let mut holder = SqliteConnection::connect(site.folder.path().join("accueil.db").to_str().unwrap()).await.unwrap();
    holder.execute("BEGIN IMMEDIATE").await.unwrap();
    let fields = hidden_fields(&page, "/guichet/demarrer");
    let impatient = agent.browser.post(web.url("/guichet/demarrer")).form(&fields).timeout(Duration::from_millis(300));
    assert!(impatient.send().await.unwrap_err().is_timeout());
    holder.execute("ROLLBACK").await.unwrap();

    let deadline = Instant::now() + DEADLINE;
    let page = loop {
        let page = agent.page().await;
        if page.contains("action=\"/guichet/terminer\"") {
            break page;
        }
        assert!(Instant::now() < deadline, "the step never reached the hall:\n{page}");
    };
    let (status, page) = agent.submit(&page, "/guichet/terminer").await;
    assert_eq!((status, number(&page)), (200, None));
    web.stop().await;
}

/// A borne without network or battery may believe itself years back or days ahead: whoever took its ticket is called.
#[tokio::test]
async fn r6_tickets_of_a_borne_that_does_not_know_the_date_wait_in_the_hall_and_say_so() {
    let mut site = Site::open().await;
    let (lost, sound) = (site.borne(1).await, site.borne(2).await);
    account(&site, "Léa").await;
    let mut behind = lost.issued(&site, 1, "titres");
    (behind["at"], behind["day"], behind["uncertain"]) =
        ("2023-05-04T10:00:00Z".into(), "2023-05-04".into(), true.into());
    let mut ahead = lost.issued(&site, 2, "titres");
    (ahead["at"], ahead["day"]) = ("2026-12-24T10:00:00Z".into(), "2026-12-24".into());
    assert_eq!(sound.sync(&site, 1, &[sound.issued(&site, 1, "titres")]).await.status, StatusCode::OK);
    site.advance(60);
    let reply: SyncReply = lost.sync(&site, 1, &[behind, ahead]).await.json();
    assert_eq!(reply.waits[0].ahead, 3);
    site.advance(60);
    site.reopen().await;
    let web = Web::start(&site).await;
    let agent = Agent::at(&web, "Léa", "1").await;
    let page = agent.page().await;
    let row = |borne: &Borne, seq| {
        let start = page.find(&format!("<li id=\"t-{}\"", borne.ticket(seq))).unwrap_or_else(|| panic!("{page}"));
        &page[start..start + page[start..].find("</li>").unwrap()]
    };
    assert!(!row(&sound, 1).contains("Horloge à vérifier"), "{page}");
    for seq in [1, 2] {
        assert!(row(&lost, seq).contains("<span class=\"tag warn\">Horloge à vérifier</span>"), "{page}");
        assert!(!row(&lost, seq).contains("Pris hors ligne"), "{page}");
        assert!(row(&lost, seq).contains("1 min"), "it waits since its receipt: {page}");
    }
    site.advance(24 * 3600);
    let reply: SyncReply = lost.sync(&site, 3, &[]).await.json();
    assert_eq!(reply.waits[0].ahead, 0, "their day is over");
    web.stop().await;
}
