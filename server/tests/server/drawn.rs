//! Forms of pages that were left open while their session went elsewhere, or while a service day began: they do nothing,
//! and whoever sends one gets the page as it is now.

use std::sync::Arc;

use accueil_server::desk::{Act, Done, Made, Seen, Wanted, Who};
use accueil_server::roles::Role;
use accueil_server::store::PublicationKind;
use http::StatusCode;
use queue_engine::{CounterState, State};
use serde_json::Value;
use uuid::Uuid;
use wire::event::{EventBody, ParkReason};
use wire::ids::{HelpId, SiteId, TicketId};

use crate::admin::{Admin, administrator};
use crate::support::pages::{drawn, hidden_fields, spaced};
use crate::support::{Borne, SECOND, Site, event, site_id};
use crate::web::{Agent, PASSWORD, Web, account_as, browser};

/// A form of a page that somebody has open, with what they fill in.
struct Open {
    page: String,
    action: String,
    filled: Vec<(&'static str, &'static str)>,
}

impl Open {
    fn new(page: &str, action: &str, filled: &[(&'static str, &'static str)]) -> Self {
        // Every form of these pages says what it was drawn for.
        let hidden = hidden_fields(page, action);
        assert!(hidden.iter().any(|(name, _)| name == "ici"), "{action}: {hidden:?}");
        Self { page: page.to_owned(), action: action.to_owned(), filled: filled.to_vec() }
    }

    async fn send(&self, agent: &Agent) -> (u16, String) {
        agent.submit_with(&self.page, &self.action, &self.filled).await
    }
}

async fn act(site: &Site, counter: &str, act: Act) -> Seen {
    let counter = site.catalogue().counter(&counter.parse().unwrap()).unwrap().clone();
    let who = Who::Staff { account: None, supervises: false };
    let done = site.hall().act(who, Some(&counter), &Wanted { id: Uuid::new_v4(), act }).await.unwrap();
    let Done::Now(Made { ticket: Some(ticket), .. }) = done else { panic!("{done:?}") };
    Seen { ticket, episode: site.hall().look(|hall| hall.ticket(&ticket).unwrap().episode()) }
}

fn state(site: &Site, ticket: TicketId) -> State {
    site.hall().look(|hall| hall.ticket(&ticket).unwrap().state(hall.day()))
}

fn second() -> SiteId {
    SECOND.parse().unwrap()
}

/// One of three is set aside at counter 1, one is called there, one waits; a borne asks for help.
async fn busy(site: &Site, borne: &Borne) -> (Seen, Seen) {
    let mut events: Vec<Value> = (1..=3).map(|n| borne.issued(site, n, "titres")).collect();
    events.push(event(site, 4, EventBody::HelpRequested { help: HelpId(Uuid::from_u128(4)) }));
    assert_eq!(borne.sync(site, 1, &events).await.status, StatusCode::OK);
    let first = act(site, "1", Act::Call).await;
    let parked = act(site, "1", Act::Park { seen: first, reason: ParkReason::Form }).await;
    let called = act(site, "1", Act::Call).await;
    (parked, called)
}

/// A supervisor of every site, who works at the first.
async fn supervisor(site: &Site, web: &Web) -> Agent {
    account_as(site.store().as_ref(), "Léa", Role::Supervisor, None).await;
    let lea = Agent { browser: browser(), base: web.url("") };
    lea.post("/connexion", &[("name", "Léa"), ("password", PASSWORD)]).await;
    go_to(&lea, site_id()).await;
    lea
}

async fn go_to(agent: &Agent, site: SiteId) {
    assert_eq!(agent.post("/site", &[("site", &site.to_string())]).await.status().as_u16(), 200);
}

#[tokio::test]
async fn what_was_drawn_at_another_site_is_done_at_neither() {
    let site = Site::open_two().await;
    let borne = site.borne(1).await;
    let (parked, called) = busy(&site, &borne).await;
    let web = Web::start(&site).await;
    let lea = supervisor(&site, &web).await;
    let there = site.app.site(second()).unwrap();
    // Drafts of the same revision at both.
    for at in [second(), site_id()] {
        let policy = serde_json::to_string(&there.plan().policy).unwrap();
        let draft = accueil_server::store::NewDraft { body: Some(policy), by: None, at: site.now() };
        assert!(site.store().put_draft(at, PublicationKind::Policy, 0, &draft).await.unwrap().is_some());
    }
    assert_eq!(lea.post("/poste", &[("counter", "3")]).await.url().path(), "/guichet");
    let (salle, tickets, cloture) =
        (lea.read("/salle").await, lea.read("/salle/tickets").await, lea.read("/salle/cloture").await);
    let ticket = lea.read(&format!("/accueil/ticket/{}", borne.ticket(3))).await;
    let (accueil, regles) = (lea.read("/accueil").await, lea.read("/regles").await);
    let given = [("service", "titres"), ("lang", "fr"), ("group", "1"), ("by", "ecran")];
    let forms = [
        Open::new(&salle, "/salle/aide", &[]),
        Open::new(&salle, "/salle/reprendre", &[]),
        Open::new(&salle, "/salle/remettre", &[]),
        Open::new(&lea.read("/salle/guichet/1").await, "/salle/guichet/1", &[("then", "file")]),
        Open::new(&tickets, "/salle/tickets/arreter", &[]),
        Open::new(&tickets, "/salle/tickets/fermer", &[("time", "15:30")]),
        Open::new(&cloture, "/salle/cloture", &[("message", "incident")]),
        Open::new(&accueil, "/accueil/ticket", &given),
        Open::new(&accueil, "/accueil/aide", &[]),
        Open::new(&ticket, "/accueil/annuler", &[]),
        Open::new(&ticket, "/accueil/reporter", &[]),
        Open::new(&ticket, "/accueil/presenter", &[("at", "10:40")]),
        Open::new(&ticket, "/accueil/dupliquer", &[("by", "ecran")]),
        Open::new(&regles, "/regles/publier", &[("from", "maintenant"), ("reason", "essai")]),
        Open::new(&regles, "/regles/brouillon/abandonner", &[]),
        Open::new(&lea.read("/regles/brouillon").await, "/regles/brouillon", &[("mode", "strict")]),
        Open::new(&lea.read("/regles/simuler").await, "/regles/simuler", &[("jour", "2026-11-21"), ("contre", "0")]),
        Open::new(&lea.page().await, "/guichet/appeler", &[]),
        Open::new(&lea.page().await, "/guichet/aide", &[]),
        Open::new(&lea.read("/poste").await, "/poste", &[]),
    ];
    let events = async |at| site.store().events_since(at, "2026-11-01T00:00:00Z".parse().unwrap()).await.unwrap().len();
    // Leaving the counter closes it.
    go_to(&lea, second()).await;
    let (here_before, there_before) = (events(site_id()).await, events(second()).await);
    for form in &forms {
        site.advance(2);
        let (status, page) = form.send(&lea).await;
        assert_eq!(status, 409, "{}: {page}", form.action);
        assert!(
            page.contains("vous êtes passé à « Mairie de la seconde ». Rien n’a été fait."),
            "{}: {page}",
            form.action
        );
        assert!(page.contains("</html>") && page.contains("Mairie de la seconde"), "the page as it is now: {page}");
    }
    assert_eq!((events(site_id()).await, events(second()).await), (here_before, there_before));
    assert_eq!((state(&site, parked.ticket), state(&site, called.ticket)), (State::Parked, State::Called));
    for at in [&site.hall(), &there] {
        assert_eq!(at.plan().policy.version, 0);
        let id = at.plan().catalogue.site.id;
        assert_eq!(site.store().draft(id, PublicationKind::Policy).await.unwrap().revision, 1);
        let day = at.look(queue_engine::Hall::day);
        assert!(site.store().decisions(id, day).await.unwrap().is_empty(), "tickets are given as ever");
        assert!(site.store().closed_day(id, day).await.unwrap().is_none());
    }
    assert!(there.look(|hall| hall.counter(&"3".parse().unwrap()).is_none()), "nobody sat down there");
    web.stop().await;
}

#[tokio::test]
async fn a_form_that_says_nothing_of_where_it_was_drawn_is_not_done() {
    let site = Site::open().await;
    let web = Web::start(&site).await;
    let lea = supervisor(&site, &web).await;
    for value in [None, Some(""), Some("hier"), Some("019aa5f0-7c00-7000-8000-0000000000ff")] {
        let fields: Vec<(&str, &str)> = value.map(|value| ("ici", value)).into_iter().collect();
        let answer = lea.post_bare("/salle/tickets/arreter", &fields).await;
        let (status, page) = (answer.status().as_u16(), answer.text().await.unwrap());
        assert!(
            status == 409 && page.contains("Cette page était trop ancienne. Rien n’a été fait."),
            "{value:?}: {page}"
        );
        site.advance(1);
    }
    let day = site.hall().look(queue_engine::Hall::day);
    assert!(site.store().decisions(site_id(), day).await.unwrap().is_empty());
    web.stop().await;
}

#[tokio::test]
async fn what_was_drawn_on_another_day_ends_nothing_of_this_one() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    site.advance(11 * 3600);
    let (parked, _) = busy(&site, &borne).await;
    let web = Web::start(&site).await;
    let lea = supervisor(&site, &web).await;
    // 03:59 on Sunday morning: the service day is Saturday's.
    let cut_over: jiff::Timestamp = "2026-11-22T03:00:00Z".parse().unwrap();
    site.advance(cut_over.duration_since(site.now()).as_secs() - 60);
    let (salle, tickets, cloture) =
        (lea.read("/salle").await, lea.read("/salle/tickets").await, lea.read("/salle/cloture").await);
    let ticket = lea.read(&format!("/accueil/ticket/{}", borne.ticket(3))).await;
    let forms = [
        Open::new(&salle, "/salle/remettre", &[]),
        Open::new(&tickets, "/salle/tickets/arreter", &[]),
        Open::new(&tickets, "/salle/tickets/fermer", &[("time", "15:30")]),
        Open::new(&cloture, "/salle/cloture", &[("message", "incident")]),
        Open::new(&ticket, "/accueil/annuler", &[]),
    ];
    let accueil = lea.read("/accueil").await;
    assert_eq!(state(&site, parked.ticket), State::Parked);
    site.advance(60);
    for form in &forms {
        let (status, page) = form.send(&lea).await;
        assert_eq!(status, 409, "{}: {page}", form.action);
        assert!(page.contains("Cette page montrait une autre journée"), "{}: {page}", form.action);
        assert!(page.contains("samedi 21 novembre") && page.contains("Rien n’a été fait."), "{page}");
        site.advance(1);
    }
    let today = site.hall().look(queue_engine::Hall::day);
    assert_eq!(today.to_string(), "2026-11-22");
    assert!(site.store().decisions(site_id(), today).await.unwrap().is_empty());
    assert!(site.store().closed_day(site_id(), today).await.unwrap().is_none());
    // A person at the desk gets a ticket of the day that it is now.
    let given = [("service", "titres"), ("lang", "fr"), ("group", "1"), ("by", "ecran")];
    let (status, page) = lea.submit_with(&accueil, "/accueil/ticket", &given).await;
    assert!(status == 200 && page.contains("Ticket A7 1"), "{page}");
    // The page that came in the place of the old one is today's.
    let (_, page) = forms[3].send(&lea).await;
    let (status, page) = lea.submit_with(&page, "/salle/cloture", &[("message", "incident")]).await;
    assert!(status == 200 && page.contains("La journée est close depuis"), "{page}");
    web.stop().await;
}

#[tokio::test]
async fn a_part_of_a_page_is_not_put_into_the_page_of_another_site_or_counter() {
    let site = Site::open_two().await;
    let web = Web::start(&site).await;
    let lea = supervisor(&site, &web).await;
    lea.post("/poste", &[("counter", "1")]).await;
    let console = drawn(&lea.page().await).unwrap();
    let hall = drawn(&lea.read("/salle/tickets").await).unwrap();
    let part = async |path: &str, drawn: &str| {
        let ask = lea.browser.get(web.url(&format!("{path}?ici={drawn}"))).header("hx-request", "true");
        let answer = ask.send().await.unwrap();
        let whole = answer.headers().get("hx-refresh").is_some_and(|value| value == "true");
        (answer.status().as_u16(), whole, answer.text().await.unwrap())
    };
    for path in ["/salle/etat", "/accueil", "/guichet/file", "/guichet/cours"] {
        let (status, whole, text) = part(path, &console).await;
        assert!(status == 200 && !whole && text.contains("ici="), "{path}: {text}");
    }
    lea.post("/poste", &[("counter", "2")]).await;
    assert!(part("/guichet/file", &console).await.1, "another counter's queue");
    assert!(!part("/salle/etat", &hall).await.1, "the hall is the same from every counter");
    go_to(&lea, second()).await;
    for path in ["/salle/etat", "/accueil"] {
        let (status, whole, text) = part(path, &hall).await;
        assert_eq!((status, whole, text.as_str()), (200, true, ""), "{path}");
    }
    web.stop().await;
}

#[tokio::test]
async fn who_left_their_counter_chooses_one_before_a_form_of_it_is_done() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    busy(&site, &borne).await;
    let web = Web::start(&site).await;
    let lea = supervisor(&site, &web).await;
    lea.post("/poste", &[("counter", "3")]).await;
    let page = lea.page().await;
    let other = Arc::clone(&site.app);
    other.store().free_seat(site_id(), &"3".parse().unwrap()).await.unwrap();
    let (status, seats) = lea.submit(&page, "/guichet/appeler").await;
    assert!(status == 409 && seats.contains("Vous n’êtes plus à ce guichet. Voici"), "{seats}");
    assert!(seats.contains("À quel guichet êtes-vous ?"), "{seats}");
    let fields = hidden_fields(&page, "/guichet/appeler");
    let scripted = lea.browser.post(web.url("/guichet/appeler")).header("hx-request", "true").form(&fields);
    let answer = scripted.send().await.unwrap();
    assert_eq!(answer.headers()["hx-redirect"], "/poste", "the console has no place for that page");
    let state = site.hall().look(|hall| hall.counter(&"3".parse().unwrap()).map(|(_, state)| state.clone()));
    assert!(matches!(state, Some(CounterState::Open { .. })), "{state:?}");
    web.stop().await;
}

#[tokio::test]
async fn what_an_administrator_typed_for_one_site_changes_no_other() {
    let site = Site::open_two().await;
    administrator(&site, "Inès", None).await;
    let web = Web::start(&site).await;
    let admin = Admin::sign_in(&site, &web, "Inès").await;
    let at = async |id: SiteId| assert_eq!(admin.post("/site", &[("site", &id.to_string())]).await.0, 200);
    // Drafts of the same revision at both.
    for id in [second(), site_id()] {
        at(id).await;
        let (status, page) = admin.fill("/admin/services/titres", &[("places", "35")]).await;
        assert_eq!(status, 200, "{page}");
    }
    let mut open = Vec::new();
    for (page, action, typed) in [
        ("/admin/services/titres", "/admin/services/titres", [("places", "40")].as_slice()),
        ("/admin/site", "/admin/site", &[("public", "https://ailleurs.exemple.fr")]),
        ("/admin/brouillon", "/admin/publier", &[("raison", "essai")]),
        ("/admin/brouillon", "/admin/abandonner", &[]),
        ("/admin/cles", "/admin/cles", &[("name", "Agenda"), ("days", "30"), ("scope", "hall:read")]),
        ("/admin/webhooks", "/admin/webhooks", &[("url", "https://hooks.exemple/"), ("kind", "ticket.called")]),
        ("/admin/comptes/nouveau", "/admin/comptes/nouveau", &[("nom", "Omar")]),
    ] {
        let (status, page) = admin.get(page).await;
        assert_eq!(status, 200, "{page}");
        open.push((page, action, typed));
    }
    at(second()).await;
    let accounts = site.store().accounts(None).await.unwrap().len();
    for (page, action, typed) in open {
        site.advance(2);
        let (status, answer) = admin.send(&page, action, typed).await;
        let answer = spaced(&answer);
        assert_eq!(status, 409, "{action}: {answer}");
        assert!(
            answer.contains("vous êtes passé à « Mairie de la seconde ». Rien n’a été fait."),
            "{action}: {answer}"
        );
        assert!(answer.contains("Revenez en arrière pour retrouver ce que vous aviez écrit."), "{answer}");
    }
    for id in [site_id(), second()] {
        assert_eq!(site.app.site(id).unwrap().plan().catalogue.version, 1);
        assert_eq!(site.store().draft(id, PublicationKind::Catalogue).await.unwrap().revision, 1);
        assert!(site.store().hooks(Some(id)).await.unwrap().is_empty());
    }
    assert_eq!(site.store().accounts(None).await.unwrap().len(), accounts);
    assert!(!admin.get("/admin/cles").await.1.contains("Agenda"));
    web.stop().await;
}
