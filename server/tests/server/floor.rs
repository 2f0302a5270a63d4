//! The hall for whoever sees to it: what it shows, freeing a counter, taking over, closing the day.

use accueil_server::Housekeeping;
use accueil_server::desk::Act;
use accueil_server::roles::Role;
use http::StatusCode;
use queue_engine::State;
use serde_json::Value;
use uuid::Uuid;
use wire::event::{EventBody, ParkReason};
use wire::ids::TicketId;

use crate::display::Events;
use crate::support::acts::{act, seen, state, tickets};
use crate::support::pages::{hidden_fields, words};
use crate::support::{Site, event};
use crate::web::{Agent, Web, account, account_as};

async fn floor(agent: &Agent) -> String {
    words(&agent.get("/salle/etat").await.text().await.unwrap())
}

#[tokio::test]
async fn the_hall_shows_who_waits_what_counters_do_and_where_one_is_wanted() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    account(&site, "Omar").await;
    account_as(site.store().as_ref(), "Léa", Role::Supervisor, None).await;
    tickets(&site, &borne, &["titres"; 3]).await;
    let web = Web::start(&site).await;
    let omar = Agent::at(&web, "Omar", "1").await;
    assert_eq!(omar.get("/salle").await.status().as_u16(), 403);
    let lea = Agent::sign_in_home(&web, "Léa").await;
    let mut news = Events::of(lea.get("/salle/flux").await);
    assert_eq!(news.next("etat").await.as_deref(), Some("1"));
    let page = floor(&lea).await;
    assert!(page.contains("Personnes qui attendent 3"), "{page}");
    assert!(page.contains("Guichet 1 Omar Libre"), "{page}");
    act(&site, "1", Act::Call).await;
    assert_eq!(news.next("etat").await.as_deref(), Some("1"), "it hears of a call at once");
    let page = floor(&lea).await;
    assert!(page.contains("Personnes qui attendent 2") && page.contains("Omar Appelle A 1"), "{page}");
    assert!(!page.contains("Ouvrir un guichet"), "{page}");
    site.advance(46 * 60);
    let page = floor(&lea).await;
    assert!(page.contains("2 personnes attendent au-delà du plafond de 45 min"), "{page}");
    assert!(
        page.contains("Ouvrir un guichet Carte d’identité, passeport : une personne attend depuis 46 min"),
        "{page}"
    );
    let help = wire::ids::HelpId(Uuid::from_u128(4));
    let asked = event(&site, 4, EventBody::HelpRequested { help });
    assert_eq!(borne.sync(&site, 4, &[asked]).await.status, StatusCode::OK);
    let page = lea.get("/salle").await.text().await.unwrap();
    assert!(words(&page).contains("Borne 01 : une personne demande de l’aide"), "{page}");
    let (status, after) = lea.submit(&page, "/salle/aide").await;
    assert!(status == 200 && !after.contains("demande de l’aide"), "{after}");
    let (status, again) = lea.submit(&page, "/salle/aide").await;
    assert_eq!(status, 200, "the same form again is the same answer: {again}");
    web.stop().await;
}

#[tokio::test]
async fn a_page_that_is_gone_while_somebody_is_received_is_told_after_five_minutes() {
    let mut site = Site::open().await;
    let borne = site.borne(1).await;
    account(&site, "Omar").await;
    account_as(site.store().as_ref(), "Léa", Role::Supervisor, None).await;
    tickets(&site, &borne, &["titres"; 2]).await;
    let web = Web::start(&site).await;
    let omar = Agent::at(&web, "Omar", "1").await;
    let lea = Agent::sign_in_home(&web, "Léa").await;
    let first = act(&site, "1", Act::Call).await.unwrap();
    act(&site, "1", Act::Start(first)).await;
    let mut open = Events::of(omar.get("/guichet/flux").await);
    open.next("etat").await;
    site.advance(600);
    assert!(!floor(&lea).await.contains("ne répond plus"), "its page is open");
    Housekeeping::default().look(&site.app).await;
    drop(open);
    let address = web.address;
    web.stop().await;
    site.reopen().await;
    let web = Web::start_on(&site, address).await;
    site.advance(4 * 60);
    assert!(!floor(&lea).await.contains("ne répond plus"));
    site.advance(60);
    let page = floor(&lea).await;
    assert!(
        page.contains(
            "Guichet 1 (Omar) : sa page est fermée ou ne répond plus depuis 5 min, et le numéro A 1 y est encore."
        ),
        "{page}"
    );

    // She ends it for him: served, which says nothing of how long it takes; the counter is anybody's.
    let page = lea.get("/salle/guichet/1").await.text().await.unwrap();
    let mut fields = hidden_fields(&page, "/salle/guichet/1");
    fields.push(("then".into(), "fin".into()));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    for _ in 0..2 {
        let after = lea.post("/salle/guichet/1", &fields).await;
        assert_eq!((after.status().as_u16(), after.url().path()), (200, "/salle"), "twice is once");
    }
    assert_eq!(state(&site, first.ticket), State::Finished);
    let page = floor(&lea).await;
    assert!(page.contains("Guichet 1 Fermé") && !page.contains("ne répond plus"), "{page}");
    assert_eq!(omar.get("/guichet").await.url().path(), "/poste");
    account(&site, "Inès").await;
    Agent::at(&web, "Inès", "1").await;
    assert_eq!(lea.get("/salle/guichet/99").await.status().as_u16(), 404);
    web.stop().await;
}

#[tokio::test]
async fn a_supervisor_takes_over_whom_a_colleague_set_aside() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    account_as(site.store().as_ref(), "Léa", Role::Supervisor, None).await;
    tickets(&site, &borne, &["titres"; 2]).await;
    let mut parked = Vec::new();
    for _ in 0..2 {
        let called = act(&site, "1", Act::Call).await.unwrap();
        parked.push(act(&site, "1", Act::Park { seen: called, reason: ParkReason::Form }).await.unwrap().ticket);
        // The one longest aside stands first.
        site.advance(1);
    }
    let web = Web::start(&site).await;
    let lea = Agent::at(&web, "Léa", "3").await;
    let page = lea.get("/salle").await.text().await.unwrap();
    assert!(words(&page).contains("A 1 Carte d’identité, passeport Guichet 1 · formulaire à remplir"), "{page}");
    let (status, _) = lea.submit(&page, "/salle/reprendre").await;
    assert_eq!((status, state(&site, parked[0])), (200, State::Serving));
    let at = site.hall().look(|hall| hall.ticket(&parked[0]).unwrap().call().unwrap().counter.clone());
    assert_eq!(at, "3".parse().unwrap());
    let page = lea.get("/salle").await.text().await.unwrap();
    let (status, refused) = lea.submit(&page, "/salle/reprendre").await;
    assert_eq!(status, 409);
    assert!(refused.contains("Votre guichet reçoit déjà une personne."), "{refused}");
    // Into the queue they go from a page that was drawn while the supervisor sat elsewhere.
    act(&site, "3", Act::Finish { seen: seen(&site, parked[0]), inexact: false }).await;
    assert_eq!(lea.post("/poste", &[("counter", "4")]).await.url().path(), "/guichet");
    assert_eq!(lea.submit(&page, "/salle/remettre").await.0, 200);
    assert_eq!(state(&site, parked[1]), State::Waiting);
    web.stop().await;
}

#[tokio::test]
async fn closing_the_day_lists_who_waits_and_expires_them() {
    let mut site = Site::open().await;
    let borne = site.borne(1).await;
    account(&site, "Omar").await;
    account_as(site.store().as_ref(), "Léa", Role::Supervisor, None).await;
    tickets(&site, &borne, &["titres"; 5]).await;
    let ticket = |n| borne.ticket(n);
    let called = act(&site, "1", Act::Call).await.unwrap();
    act(&site, "1", Act::Park { seen: called, reason: ParkReason::Form }).await;
    let served = act(&site, "1", Act::Call).await.unwrap();
    act(&site, "1", Act::Start(served)).await;
    let web = Web::start(&site).await;
    let (omar, lea) = (Agent::at(&web, "Omar", "3").await, Agent::sign_in_home(&web, "Léa").await);
    assert_eq!(omar.get("/salle/cloture").await.status().as_u16(), 403);
    assert_eq!(omar.post("/salle/cloture", &[("message", "incident")]).await.status().as_u16(), 403);
    let mut screen = Events::open(&web, "/a/hall/flux").await;
    assert_eq!(screen.notice().await, None);
    let page = words(&lea.get("/salle/cloture").await.text().await.unwrap());
    assert!(
        page.contains("Qui attend encore (4)") && page.contains("A 1 Carte d’identité, passeport mis en attente"),
        "{page}"
    );
    assert!(page.contains("A 2 , Guichet 1 : sera reçu jusqu’au bout"), "{page}");
    assert!(page.contains("Clore la journée pour 4 personnes"), "{page}");
    assert_eq!(lea.post("/salle/cloture", &[("message", "rien")]).await.status().as_u16(), 409);

    let after = words(&lea.post("/salle/cloture", &[("message", "incident")]).await.text().await.unwrap());
    assert!(after.contains("La journée est close depuis 9 h 42 (Léa). 4 personnes attendaient encore."), "{after}");
    for n in [1, 3, 4, 5] {
        assert_eq!(state(&site, ticket(n)), State::Cancelled, "{n}");
    }
    assert_eq!(state(&site, ticket(2)), State::Serving, "who is at a counter is received to the end");
    let said = loop {
        if let Some(said) = screen.notice().await {
            break said;
        }
    };
    assert!(said.starts_with("En raison d’un incident, l’accueil ferme maintenant."), "{said}");
    let phone = site
        .send(
            http::Request::get("/t/GAYTEMZUGU3DOOBZMFRGGZDFMY/A.42")
                .header("accept-language", "en")
                .body(axum::body::Body::empty())
                .unwrap(),
        )
        .await;
    assert!(phone.text().contains("Because of an incident, reception is closing now."), "{}", phone.text());
    assert!(!borne.sync(&site, 6, &[]).await.json::<wire::sync::SyncReply>().hall.is_as_usual(), "bornes give no more");

    // A borne without network comes late with two more: closed once more, they are ended too.
    let late: Vec<Value> = (6..8).map(|n| borne.issued(&site, n, "titres")).collect();
    assert_eq!(borne.sync(&site, 6, &late).await.status, StatusCode::OK);
    lea.post("/salle/cloture", &[("message", "come_back")]).await;
    assert_eq!(state(&site, ticket(6)), State::Cancelled);
    let address = web.address;
    web.stop().await;
    site.reopen().await;
    let web = Web::start_on(&site, address).await;
    assert!(floor(&lea).await.contains("La journée est close depuis 9 h 42."), "a restart keeps it");

    let after = lea.post("/salle/cloture/rouvrir", &[]).await;
    assert_eq!(after.status().as_u16(), 200);
    assert_eq!(state(&site, ticket(1)), State::Parked);
    for n in [3, 4, 5, 6, 7] {
        assert_eq!(state(&site, ticket(n)), State::Waiting, "{n}");
    }
    assert!(borne.sync(&site, 8, &[]).await.json::<wire::sync::SyncReply>().hall.is_as_usual());
    assert!(!floor(&lea).await.contains("close"));
    web.stop().await;
}

#[tokio::test]
async fn what_nobody_ended_is_ended_with_the_day_and_does_not_count() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    tickets(&site, &borne, &["titres"; 4]).await;
    let served = act(&site, "1", Act::Call).await.unwrap();
    act(&site, "1", Act::Start(served)).await;
    let called = act(&site, "2", Act::Call).await.unwrap();
    let mut housekeeping = Housekeeping::default();
    housekeeping.look(&site.app).await;
    let yesterday: wire::service_day::ServiceDay = "2026-11-21".parse().unwrap();
    site.advance(18 * 3600 + 17 * 60);
    housekeeping.look(&site.app).await;
    assert_eq!(state(&site, served.ticket), State::Serving, "03:59 is the same day");
    site.advance(60);
    housekeeping.look(&site.app).await;
    let ends: Vec<(TicketId, Option<bool>)> = site
        .store()
        .events_since(crate::support::site_id(), site.now() - jiff::SignedDuration::from_mins(2))
        .await
        .unwrap()
        .into_iter()
        .filter_map(|received| {
            if let EventBody::NoShow { ticket, .. } = received.event.body {
                return Some((ticket, None));
            }
            let EventBody::Finished { ticket, inexact, .. } = received.event.body else { return None };
            Some((ticket, Some(inexact)))
        })
        .collect();
    assert_eq!(ends.len(), 2, "{ends:?}");
    assert!(ends.contains(&(served.ticket, Some(true))) && ends.contains(&(called.ticket, None)), "{ends:?}");
    let closed = site.store().closed_day(crate::support::site_id(), yesterday).await.unwrap().unwrap();
    assert_eq!((closed.by, closed.expired), (None, 2), "{closed:?}");
    assert!(site.hall().look(|hall| hall.held().next().is_none()), "both counters are free");
    housekeeping.look(&site.app).await;
    assert_eq!(site.store().closed_day(crate::support::site_id(), yesterday).await.unwrap(), Some(closed));
}
