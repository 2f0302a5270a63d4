//! Ending a day's tickets: by quotas, by staff, and how everybody learns of it.

use accueil_server::Housekeeping;
use axum::body::Body;
use http::{Request, StatusCode};
use jiff::Timestamp;
use serde_json::Value;
use wire::event::{EventBody, Voider};
use wire::sync::{Hall, SyncReply};

use crate::display::Events;
use crate::support::{Borne, Site, event};
use crate::web::{Agent, Web, account, hidden_fields};

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
    let page = site.send(Request::get("/a/hall").body(Body::empty()).unwrap()).await.text();
    let rest = &page[page.find("id=\"avis\"").unwrap()..];
    let text = &rest[rest.find('>').unwrap() + 1..rest.find("</p>").unwrap()];
    text.replace('\u{a0}', " ")
}

/// What the consoles show of it.
async fn stops(agent: &Agent) -> Vec<String> {
    let page = agent.page().await;
    let stops = page.split("<div class=\"stop\">").skip(1).map(|rest| {
        let start = rest.find("<p>").unwrap() + 3;
        rest[start..rest.find("</p>").unwrap()].to_owned()
    });
    stops.collect()
}

const KEPT: &str = "Vous avez un ticket ? Votre place est gardée.";

#[tokio::test]
async fn two_bornes_use_up_a_quota_and_a_voided_ticket_frees_its_place() {
    let site = Site::open().await;
    let (one, other) = (site.borne(1).await, site.borne(2).await);
    account(&site, "Léa").await;
    let quota = site.app.catalogue().service(&"identite-numerique".parse().unwrap()).unwrap().quota.unwrap();
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
    assert!(!agent.page().await.contains("action=\"/guichet/tickets/redonner\""), "a quota is not undone in passing");
    assert!(
        agent.get("/guichet/tickets").await.text().await.unwrap().contains(&format!("{quota} sur {quota} tickets"))
    );

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
    for name in ["Léa", "Omar"] {
        account(&site, name).await;
    }
    let web = Web::start(&site).await;
    let (lea, omar) = (Agent::at(&web, "Léa", "1").await, Agent::at(&web, "Omar", "3").await);
    let mut hall = Events::open(&web, "/a/hall/flux").await;
    assert_eq!(hall.notice().await, None);
    let mut console = Events::of(omar.get("/guichet/flux").await);
    assert_eq!(console.next("etat").await.as_deref(), Some("1"));
    assert!(told(&site, &borne, 1, &[]).await.is_as_usual());
    assert!(!phone(&site, "fr").await.contains("Plus de ticket"));

    assert!(lea.page().await.contains("href=\"/guichet/tickets\""));
    let page = lea.get("/guichet/tickets").await.text().await.unwrap();
    assert!(page.contains(">Ne plus donner de tickets aujourd’hui</button>"), "{page}");
    let (status, page) = lea.submit(&page, "/guichet/tickets/arreter").await;
    assert_eq!(status, 200);
    assert!(page.contains("Redonner des tickets"), "its undoing stands beside it:\n{page}");
    assert_eq!(hall.notice().await.as_deref(), Some(&*format!("Plus de ticket aujourd’hui. {KEPT}")));
    assert_eq!(console.next("etat").await.as_deref(), Some("1"), "every console hears of it");
    let shown = ["Les bornes ne donnent plus de tickets aujourd’hui (depuis 9 h 42)."];
    assert_eq!(stops(&omar).await, shown);
    let catalogue = site.app.catalogue().clone();
    let every: Vec<&str> = catalogue.services.iter().map(|service| service.id.as_str()).collect();
    assert_eq!(full(&told(&site, &borne, 1, &[]).await), every);
    assert!(phone(&site, "fr").await.contains(&format!("Plus de ticket aujourd’hui. {KEPT}")));
    let arabic = phone(&site, "ar").await;
    assert!(arabic.contains("<html lang=\"ar\" dir=\"rtl\">") && arabic.contains("مكانك محفوظ"), "{arabic}");

    // Whoever waits is called as ever, and the same form sent again changes nothing.
    site.advance(60);
    let again = lea.post("/guichet/tickets/arreter", &[]).await;
    assert_eq!(again.status().as_u16(), 200);
    assert_eq!(stops(&omar).await, shown);
    let ticket = borne.issued(&site, 1, "titres");
    assert_eq!(told(&site, &borne, 1, &[ticket]).await.full.len(), every.len());
    let (_, page) = lea.submit(&lea.page().await, "/guichet/appeler").await;
    assert_eq!(crate::web::number(&page).as_deref(), Some("A 1"));

    let address = web.address;
    web.stop().await;
    site.reopen().await;
    let web = Web::start_on(&site, address).await;
    assert_eq!(stops(&omar).await, shown, "a restart keeps it");
    assert_eq!(told(&site, &borne, 2, &[]).await.full.len(), every.len());

    let page = omar.page().await;
    assert_eq!(hidden_fields(&page, "/guichet/tickets/redonner"), [("matter".to_owned(), "full".to_owned())]);
    for _ in 0..2 {
        let (status, after) = omar.submit(&page, "/guichet/tickets/redonner").await;
        assert_eq!(status, 200);
        assert!(!after.contains("class=\"stop\""), "{after}");
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
    account(&site, "Léa").await;
    let web = Web::start(&site).await;
    let agent = Agent::at(&web, "Léa", "3").await;
    let stop = async |service: &str| agent.post("/guichet/tickets/arreter", &[("service", service)]).await;
    assert_eq!(stop("ecole").await.status().as_u16(), 200);
    assert_eq!(stop("etat-civil").await.status().as_u16(), 200);
    assert_eq!(full(&told(&site, &borne, 1, &[]).await), ["etat-civil", "ecole"], "as the catalogue orders them");
    assert_eq!(
        screen(&site).await,
        format!("Plus de ticket aujourd’hui pour : État civil ; Inscription à l’école. {KEPT}")
    );
    assert!(!phone(&site, "fr").await.contains("Plus de ticket"), "tickets are still given");
    assert_eq!(stop("piscine").await.status().as_u16(), 409);

    // All of them on top, and undone: what was stopped before stays stopped.
    agent.post("/guichet/tickets/arreter", &[]).await;
    assert_eq!(told(&site, &borne, 1, &[]).await.full.len(), site.app.catalogue().services.len());
    agent.post("/guichet/tickets/redonner", &[("matter", "full")]).await;
    assert_eq!(full(&told(&site, &borne, 1, &[]).await), ["etat-civil", "ecole"]);
    agent.post("/guichet/tickets/redonner", &[("matter", "full"), ("service", "ecole")]).await;
    assert_eq!(full(&told(&site, &borne, 1, &[]).await), ["etat-civil"]);
    assert_eq!(stops(&agent).await, ["Naissance, mariage, décès : plus de tickets aujourd’hui (depuis 9 h 42)."]);
    let services = &site.app.catalogue().services;
    for service in services {
        assert_ne!(screen(&site).await, format!("Plus de ticket aujourd’hui. {KEPT}"));
        site.advance(1);
        assert_eq!(stop(service.id.as_str()).await.status().as_u16(), 200);
        if service.id == services[services.len() - 2].id {
            let many = format!("Plus de ticket aujourd’hui pour plusieurs démarches. {KEPT}");
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
    account(&site, "Léa").await;
    let web = Web::start(&site).await;
    let agent = Agent::at(&web, "Léa", "1").await;
    for (time, sentence) in [("09:30", "Cette heure est passée."), ("midi", "Cette heure n’est pas valable.")] {
        let refused = agent.post("/guichet/tickets/fermer", &[("time", time)]).await;
        assert_eq!(refused.status().as_u16(), 409);
        assert!(refused.text().await.unwrap().contains(sentence), "{time}");
    }
    assert!(told(&site, &borne, 1, &[]).await.is_as_usual());
    agent.post("/guichet/tickets/fermer", &[("time", "11:00")]).await;
    agent.post("/guichet/tickets/fermer", &[("time", "10:30")]).await;
    let closes: Timestamp = "2026-11-21T09:30:00Z".parse().unwrap();
    let expected = Hall { closes_at: Some(closes), full: vec![] };
    assert_eq!(told(&site, &borne, 1, &[]).await, expected, "the last hour that was chosen, in Paris");
    assert_eq!(screen(&site).await, "Aujourd’hui, les tickets s’arrêtent à 10 h 30.");
    assert_eq!(stops(&agent).await, ["Les bornes ne donneront plus de tickets à partir de 10 h 30."]);
    let (_, page) = agent.submit(&agent.page().await, "/guichet/tickets/redonner").await;
    assert!(!page.contains("class=\"stop\""), "{page}");
    assert!(told(&site, &borne, 1, &[]).await.is_as_usual());
    agent.post("/guichet/tickets/fermer", &[("time", "10h30")]).await;
    assert!(agent.page().await.contains(">Annuler la fermeture avancée<"));
    site.reopen().await;
    assert_eq!(told(&site, &borne, 1, &[]).await, expected);

    site.advance(closes.duration_since(site.now()).as_secs() - 1);
    housekeeping.look(&site.app).await;
    assert!(!phone(&site, "fr").await.contains("Plus de ticket"));
    let before = site.app.watch();
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
async fn only_who_sits_at_a_counter_ends_tickets_and_only_from_its_own_page() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    account(&site, "Léa").await;
    let web = Web::start(&site).await;
    let stranger = crate::web::browser();
    let without_seat = Agent::sign_in(&web, "Léa").await;
    for path in ["arreter", "fermer", "redonner"] {
        let form = [("time", "11:00"), ("matter", "full")];
        let address = format!("/guichet/tickets/{path}");
        assert_eq!(stranger.post(web.url(&address)).form(&form).send().await.unwrap().url().path(), "/connexion");
        assert_eq!(without_seat.post(&address, &form).await.url().path(), "/poste");
    }
    assert_eq!(stranger.get(web.url("/guichet/tickets")).send().await.unwrap().url().path(), "/connexion");
    let agent = Agent::at(&web, "Léa", "1").await;
    for (header, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://elsewhere.example")] {
        let post = agent.browser.post(web.url("/guichet/tickets/arreter")).header(header, value);
        assert_eq!(post.form(&[("a", "b")]).send().await.unwrap().status().as_u16(), 403, "{header}: {value}");
    }
    assert!(told(&site, &borne, 1, &[]).await.is_as_usual());
    web.stop().await;
}
