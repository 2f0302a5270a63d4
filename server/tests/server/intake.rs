//! Ending a day's tickets: by quotas, by staff, and how everybody learns of it.

use accueil_server::Housekeeping;
use accueil_server::roles::Role;
use axum::body::Body;
use http::{Request, StatusCode};
use jiff::Timestamp;
use serde_json::Value;
use wire::event::{EventBody, Voider};
use wire::sync::{Hall, SyncReply};

use crate::display::{Events, told_to};
use crate::support::pages::{hidden_fields, number};
use crate::support::{Borne, Site, event};
use crate::web::{Agent, Web, account, account_as};

/// What a borne is told of the hall, with its events so far acknowledged.
async fn told(site: &Site, borne: &Borne, from_seq: u64, events: &[Value]) -> Hall {
    let answer = borne.sync(site, from_seq, events).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.text().contains("\"hall\""), !answer.json::<SyncReply>().hall.is_as_usual());
    answer.json::<SyncReply>().hall
}

fn full(hall: &Hall) -> Vec<&str> {
    hall.full.iter().map(wire::ids::ServiceId::as_str).collect()
}

async fn phone(site: &Site, language: &str) -> String {
    let ask = Request::get("/t/GAYTEMZUGU3DOOBZMFRGGZDFMY/A.42").header("accept-language", language);
    site.send(ask.body(Body::empty()).unwrap()).await.text().replace('\u{a0}', " ")
}

async fn screen(site: &Site) -> String {
    let snapshot = told_to(site, "hall").await;
    snapshot["notice"][0]["text"].as_str().unwrap_or_default().replace('\u{a0}', " ")
}

/// What the consoles show of it.
async fn stops(agent: &Agent) -> Vec<String> {
    let page = agent.page().await;
    let stops = page.split("<div class=\"stop\">").skip(1).map(|rest| {
        let start = rest.find("<p>").unwrap() + 3;
        rest[start..rest.find("</p>").unwrap()].replace('\u{a0}', " ")
    });
    stops.collect()
}

const KEPT: &str = "Vous avez un ticket ? Votre place est gardée.";

#[tokio::test]
async fn two_bornes_use_up_a_quota_and_a_voided_ticket_frees_its_place() {
    let site = Site::open().await;
    let (one, other) = (site.borne(1).await, site.borne(2).await);
    account_as(site.store().as_ref(), "Léa", Role::Supervisor, None).await;
    let quota = site.catalogue().service(&"identite-numerique".parse().unwrap()).unwrap().quota.unwrap();
    let half = u64::from(quota / 2);
    let issued = |borne: &Borne, from: u64, count: u64| -> Vec<Value> {
        (from..from + count).map(|seq| borne.issued(&site, seq, "identite-numerique")).collect()
    };
    assert!(told(&site, &one, 1, &issued(&one, 1, half)).await.is_as_usual());
    assert!(told(&site, &other, 1, &issued(&other, 1, u64::from(quota) - half - 1)).await.is_as_usual());
    let last = u64::from(quota) - half;
    let hall = told(&site, &other, last, &issued(&other, last, 1)).await;
    assert_eq!((full(&hall), hall.closes_at), (vec!["identite-numerique"], None));
    assert_eq!(full(&told(&site, &one, half + 1, &[]).await), ["identite-numerique"], "the other one learns of it too");
    assert_eq!(screen(&site).await, format!("Plus de ticket aujourd’hui pour : Identité numérique. {KEPT}"));
    let web = Web::start(&site).await;
    let agent = Agent::at(&web, "Léa", "1").await;
    let said = format!("Identité numérique : les {quota} tickets du jour sont donnés.");
    assert_eq!(stops(&agent).await, [said]);
    assert!(!agent.page().await.contains("action=\"/salle/tickets/redonner\""), "a quota is not undone in passing");
    assert!(agent.get("/salle/tickets").await.text().await.unwrap().contains(&format!("{quota} sur {quota} tickets")));

    let voided = event(&site, half + 1, EventBody::TicketVoided { ticket: one.ticket(1), by: Voider::Visitor });
    assert!(told(&site, &one, half + 1, &[voided]).await.is_as_usual());
    assert_eq!(stops(&agent).await, Vec::<String>::new());
    // A borne without network had given more: they all count, and everyone waits.
    let more = told(&site, &other, last + 1, &issued(&other, last + 1, 3)).await;
    assert_eq!(full(&more), ["identite-numerique"]);
    site.advance(24 * 3600);
    assert!(told(&site, &one, half + 2, &[]).await.is_as_usual(), "the next day has its own places");
    web.stop().await;
}

#[tokio::test]
async fn staff_end_the_days_tickets_and_everybody_learns_of_it_at_once() {
    let mut site = Site::open().await;
    let borne = site.borne(1).await;
    account_as(site.store().as_ref(), "Léa", Role::Supervisor, None).await;
    account(&site, "Omar").await;
    let web = Web::start(&site).await;
    let (lea, omar) = (Agent::at(&web, "Léa", "1").await, Agent::at(&web, "Omar", "3").await);
    let mut hall = Events::open(&web, "/a/hall/flux").await;
    assert_eq!(hall.notice().await, None);
    let mut console = Events::of(omar.get("/guichet/flux").await);
    assert_eq!(console.next("etat").await.as_deref(), Some("1"));
    assert!(told(&site, &borne, 1, &[]).await.is_as_usual());
    assert!(!phone(&site, "fr").await.contains("Plus de ticket"));

    assert!(lea.page().await.contains("href=\"/salle/tickets\""));
    let page = lea.get("/salle/tickets").await.text().await.unwrap();
    assert!(page.contains(">Ne plus donner de tickets aujourd’hui</button>"), "{page}");
    let (status, page) = lea.submit(&page, "/salle/tickets/arreter").await;
    assert_eq!(status, 200);
    assert!(page.contains("Redonner des tickets"), "its undoing stands beside it:\n{page}");
    assert_eq!(hall.notice().await.as_deref(), Some(&*format!("Plus de ticket aujourd’hui. {KEPT}")));
    assert_eq!(console.next("parkes").await.as_deref(), Some("1"), "every console hears of it");
    let shown = ["Les bornes ne donnent plus de tickets aujourd’hui (depuis 9 h 42)."];
    assert_eq!(stops(&omar).await, shown);
    let catalogue = site.catalogue();
    let every: Vec<&str> = catalogue.services.iter().map(|service| service.id.as_str()).collect();
    assert_eq!(full(&told(&site, &borne, 1, &[]).await), every);
    assert!(phone(&site, "fr").await.contains(&format!("Plus de ticket aujourd’hui. {KEPT}")));
    let arabic = phone(&site, "ar").await;
    assert!(arabic.contains("<html lang=\"ar\" dir=\"rtl\">") && arabic.contains("مكانك محفوظ"), "{arabic}");

    // Whoever waits is called as ever, and the same form sent again changes nothing.
    site.advance(60);
    let again = lea.post("/salle/tickets/arreter", &[]).await;
    assert_eq!(again.status().as_u16(), 200);
    assert_eq!(stops(&omar).await, shown);
    let ticket = borne.issued(&site, 1, "titres");
    assert_eq!(told(&site, &borne, 1, &[ticket]).await.full.len(), every.len());
    let (_, page) = lea.submit(&lea.page().await, "/guichet/appeler").await;
    assert_eq!(number(&page).as_deref(), Some("A 1"));

    let address = web.address;
    web.stop().await;
    site.reopen().await;
    let web = Web::start_on(&site, address).await;
    assert_eq!(stops(&omar).await, shown, "a restart keeps it");
    assert_eq!(told(&site, &borne, 2, &[]).await.full.len(), every.len());

    assert!(!omar.page().await.contains("/salle/tickets"), "an agent sees what was decided, and does not undo it");
    let page = lea.get("/salle").await.text().await.unwrap();
    assert_eq!(hidden_fields(&page, "/salle/tickets/redonner").last(), Some(&("matter".to_owned(), "full".to_owned())));
    for _ in 0..2 {
        let (status, after) = lea.submit(&page, "/salle/tickets/redonner").await;
        assert_eq!((status, stops(&omar).await), (200, vec![]), "{after}");
    }
    assert!(told(&site, &borne, 2, &[]).await.is_as_usual());
    assert_eq!(screen(&site).await, "");
    site.reopen().await;
    assert!(told(&site, &borne, 2, &[]).await.is_as_usual(), "undone for good");
    web.stop().await;
}

#[tokio::test]
async fn one_service_is_stopped_and_given_again_without_the_others() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    account_as(site.store().as_ref(), "Léa", Role::Supervisor, None).await;
    let web = Web::start(&site).await;
    let agent = Agent::at(&web, "Léa", "3").await;
    let stop = async |service: &str| agent.post("/salle/tickets/arreter", &[("service", service)]).await;
    assert_eq!(stop("ecole").await.status().as_u16(), 200);
    assert_eq!(screen(&site).await, format!("Plus de ticket aujourd’hui pour : Inscription à l’école. {KEPT}"));
    assert_eq!(stop("etat-civil").await.status().as_u16(), 200);
    assert_eq!(full(&told(&site, &borne, 1, &[]).await), ["etat-civil", "ecole"], "as the catalogue orders them");
    let nameless = format!("Plus de ticket aujourd’hui pour certaines démarches. {KEPT}");
    assert_eq!(screen(&site).await, nameless, "the hall need not know who comes for what");
    assert!(!phone(&site, "fr").await.contains("Plus de ticket"), "tickets are still given");
    assert_eq!(stop("piscine").await.status().as_u16(), 409);

    // All of them on top, and undone: what was stopped before stays stopped.
    site.advance(2);
    agent.post("/salle/tickets/arreter", &[]).await;
    assert_eq!(told(&site, &borne, 1, &[]).await.full.len(), site.catalogue().services.len());
    agent.post("/salle/tickets/redonner", &[("matter", "full")]).await;
    assert_eq!(full(&told(&site, &borne, 1, &[]).await), ["etat-civil", "ecole"]);
    agent.post("/salle/tickets/redonner", &[("matter", "full"), ("service", "ecole")]).await;
    assert_eq!(full(&told(&site, &borne, 1, &[]).await), ["etat-civil"]);
    assert_eq!(stops(&agent).await, ["Naissance, mariage, décès : plus de tickets aujourd’hui (depuis 9 h 42)."]);
    let services = &site.catalogue().services;
    for service in services {
        assert_ne!(screen(&site).await, format!("Plus de ticket aujourd’hui. {KEPT}"));
        site.advance(1);
        assert_eq!(stop(service.id.as_str()).await.status().as_u16(), 200);
        if service.id == services[services.len() - 2].id {
            let many = format!("Plus de ticket aujourd’hui pour certaines démarches. {KEPT}");
            assert_eq!(screen(&site).await, many, "more names than the screen has room for");
        }
    }
    assert_eq!(
        screen(&site).await,
        format!("Plus de ticket aujourd’hui. {KEPT}"),
        "one by one is all of them in the end"
    );
    web.stop().await;
}

#[tokio::test]
async fn reception_closes_at_the_hour_that_staff_chose_and_opens_as_usual_the_next_day() {
    let mut site = Site::open().await;
    let mut housekeeping = Housekeeping::default();
    let borne = site.borne(1).await;
    account_as(site.store().as_ref(), "Léa", Role::Supervisor, None).await;
    let web = Web::start(&site).await;
    let agent = Agent::at(&web, "Léa", "1").await;
    for (time, sentence) in [("09:30", "Cette heure est passée."), ("midi", "Cette heure n’est pas valable.")] {
        let refused = agent.post("/salle/tickets/fermer", &[("time", time)]).await;
        assert_eq!(refused.status().as_u16(), 409);
        assert!(refused.text().await.unwrap().contains(sentence), "{time}");
    }
    assert!(told(&site, &borne, 1, &[]).await.is_as_usual());
    agent.post("/salle/tickets/fermer", &[("time", "11:00")]).await;
    agent.post("/salle/tickets/fermer", &[("time", "10:30")]).await;
    let closes: Timestamp = "2026-11-21T09:30:00Z".parse().unwrap();
    let expected = Hall { closes_at: Some(closes), full: vec![] };
    assert_eq!(told(&site, &borne, 1, &[]).await, expected, "the last hour that was chosen, in Paris");
    assert_eq!(screen(&site).await, "Aujourd’hui, les tickets s’arrêtent à 10 h 30.");
    assert_eq!(stops(&agent).await, ["Les bornes ne donneront plus de tickets à partir de 10 h 30."]);
    let tickets = async || agent.get("/salle/tickets").await.text().await.unwrap();
    site.advance(2);
    agent.submit(&tickets().await, "/salle/tickets/redonner").await;
    assert_eq!(stops(&agent).await, Vec::<String>::new());
    assert!(told(&site, &borne, 1, &[]).await.is_as_usual());
    agent.post("/salle/tickets/fermer", &[("time", "10h30")]).await;
    assert!(tickets().await.contains(">Annuler la fermeture avancée<"));
    site.reopen().await;
    assert_eq!(told(&site, &borne, 1, &[]).await, expected);

    site.advance(closes.duration_since(site.now()).as_secs() - 1);
    housekeeping.look(&site.app).await;
    assert!(!phone(&site, "fr").await.contains("Plus de ticket"));
    let before = site.hall().watch();
    site.advance(1);
    housekeeping.look(&site.app).await;
    assert!(before.has_changed().unwrap(), "screens are told when the hour comes");
    housekeeping.look(&site.app).await;
    assert!(phone(&site, "en-GB").await.contains("No more tickets today."));
    assert_eq!(screen(&site).await, format!("Plus de ticket aujourd’hui. {KEPT}"));
    assert_eq!(told(&site, &borne, 1, &[]).await, expected);
    web.stop().await;

    // 03:59 belongs to the same service day; 04:00 to the next.
    let next: Timestamp = "2026-11-22T03:00:00Z".parse().unwrap();
    site.advance(next.duration_since(site.now()).as_secs() - 1);
    assert_eq!(told(&site, &borne, 1, &[]).await, expected);
    site.advance(1);
    assert!(told(&site, &borne, 1, &[]).await.is_as_usual());
    assert_eq!(screen(&site).await, "");
    site.reopen().await;
    assert!(told(&site, &borne, 1, &[]).await.is_as_usual());
}

#[tokio::test]
async fn only_who_may_end_the_day_ends_tickets_and_only_from_its_own_page() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    account(&site, "Omar").await;
    account_as(site.store().as_ref(), "Léa", Role::Supervisor, None).await;
    let web = Web::start(&site).await;
    let stranger = crate::web::browser();
    let agent = Agent::at(&web, "Omar", "3").await;
    for path in ["arreter", "fermer", "redonner"] {
        let form = [("time", "11:00"), ("matter", "full")];
        let address = format!("/salle/tickets/{path}");
        assert_eq!(stranger.post(web.url(&address)).form(&form).send().await.unwrap().url().path(), "/connexion");
        assert_eq!(agent.post(&address, &form).await.status().as_u16(), 403);
    }
    assert_eq!(agent.get("/salle/tickets").await.status().as_u16(), 403);
    let console = agent.get("/guichet").await.text().await.unwrap();
    assert!(!console.contains("/salle/tickets"), "it is offered to nobody who may not:\n{console}");
    let supervisor = Agent::sign_in_home(&web, "Léa").await;
    let page = supervisor.get("/salle/tickets").await;
    assert_eq!((page.status().as_u16(), page.url().path()), (200, "/salle/tickets"), "without a counter");
    for (header, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://elsewhere.example")] {
        let post = supervisor.browser.post(web.url("/salle/tickets/arreter")).header(header, value);
        assert_eq!(post.form(&[("a", "b")]).send().await.unwrap().status().as_u16(), 403, "{header}: {value}");
    }
    assert!(told(&site, &borne, 1, &[]).await.is_as_usual());
    web.stop().await;
}
