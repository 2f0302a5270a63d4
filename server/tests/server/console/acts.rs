//! What agents do at the console, each as a browser without scripts does it.

use accueil_server::site::Plan;
use queue_engine::Policy;
use queue_engine::policy::Lane;

use super::linked;
use crate::support::acts::tickets;
use crate::support::pages::{between, number};
use crate::support::{Borne, SECOND, Site};
use crate::web::{Agent, PASSWORD, Web, account, browser};

/// A hall with tickets, and agents at its counters, from the first one on.
async fn open(services: &[&str], names: &[&str]) -> (Site, Borne, Web, Vec<Agent>) {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    tickets(&site, &borne, services).await;
    let web = Web::start(&site).await;
    let mut agents = Vec::new();
    for (counter, name) in (1..).zip(names) {
        account(&site, name).await;
        agents.push(Agent::at(&web, name, &counter.to_string()).await);
    }
    (site, borne, web, agents)
}

/// The numbers that wait, as a console lists them.
fn line(page: &str) -> Vec<String> {
    let rows = page.split("<li id=\"t-").skip(1);
    rows.map(|row| between(row, "<span class=\"label\">", "<").to_owned()).collect()
}

/// Opens the panel that a link of the page leads to.
async fn panel(agent: &Agent, page: &str, path: &str) -> String {
    agent.read(&linked(page, path)).await
}

/// Calls somebody before their turn.
async fn choose(agent: &Agent, label: &str) -> (u16, String) {
    let panel = agent.read("/guichet/choisir").await;
    agent.submit_with(&panel, "/guichet/choisir", &[("label", label), ("reason", "suite")]).await
}

#[tokio::test]
async fn two_agents_press_f2_together_twenty_times() {
    let (site, _borne, web, agents) = open(&["titres"; 41], &["Léa", "Omar"]).await;
    let mut called = Vec::new();
    for _ in 0..20 {
        let round = async |agent: &Agent| {
            let (_, page) = agent.submit(&agent.page().await, "/guichet/appeler").await;
            let number = number(&page).unwrap_or_else(|| panic!("{page}"));
            let (_, page) = agent.submit(&page, "/guichet/demarrer").await;
            agent.submit(&page, "/guichet/terminer").await;
            number
        };
        let (one, other) = tokio::join!(round(&agents[0]), round(&agents[1]));
        called.extend([one, other]);
        site.advance(2);
    }
    called.sort();
    called.dedup();
    assert_eq!(called.len(), 40);
    web.stop().await;
}

#[tokio::test]
async fn the_same_ticket_chosen_twice_is_one_success_and_one_sentence() {
    let (_site, _borne, web, agents) = open(&["titres"; 3], &["Léa", "Omar"]).await;
    let (status, page) = choose(&agents[0], "a2").await;
    assert_eq!((status, number(&page).as_deref()), (200, Some("A 2")));
    assert!(page.contains("<strong>Léa</strong> : Appelé avant son tour : Suite d’un dossier commencé."), "{page}");
    let (status, page) = choose(&agents[1], "A 2").await;
    assert_eq!((status, number(&page)), (409, None));
    assert!(page.contains("A 2 vient d’être appelé au guichet 1."), "{page}");
    let (status, page) = choose(&agents[1], "A 42").await;
    assert_eq!(status, 409);
    assert!(page.contains("Aucun numéro « A 42 » aujourd’hui."), "{page}");
    let panel = agents[1].read("/guichet/choisir").await;
    let (status, _) = agents[1].submit_with(&panel, "/guichet/choisir", &[("label", "A 3"), ("reason", "")]).await;
    assert_eq!(status, 409, "a reason is needed");
    let (status, page) = choose(&agents[0], "A 3").await;
    assert_eq!((status, number(&page).as_deref()), (409, Some("A 2")), "never while somebody is there");
    web.stop().await;
}

#[tokio::test]
async fn why_tells_what_was_stored_after_the_policy_changed() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let mut second = borne.issued(&site, 2, "titres");
    second["priority"] = true.into();
    let events = [borne.issued(&site, 1, "titres"), second, borne.issued(&site, 3, "titres")];
    borne.sync(&site, 1, &events).await;
    site.advance(12 * 60);
    account(&site, "Léa").await;
    let web = Web::start(&site).await;
    let agent = Agent::at(&web, "Léa", "1").await;
    let page = agent.page().await;
    let path = format!("/guichet/pourquoi/{}/1", borne.ticket(2));
    assert!(page.contains(&format!("href=\"{path}\"")), "{page}");
    let foretold = agent.read(&path).await;
    let sentence = "A 2 : prioritaire, attend depuis 12 min. Passe avant A 1 (12 min), loin du plafond de 45 min.";
    assert!(foretold.contains(sentence), "{foretold}");
    agent.submit(&page, "/guichet/appeler").await;
    let stored = agent.read(&path).await;
    assert!(stored.contains(sentence), "{stored}");
    let hall = site.hall();
    let mut policy = Policy { version: 7, ..hall.plan().policy.clone() };
    policy.lanes.order = vec![Lane::Ordinary, Lane::Return, Lane::Appointment, Lane::Priority];
    policy.ceiling.default_min = 5;
    hall.publish(Plan { catalogue: site.catalogue(), policy });
    site.advance(3600);
    assert_eq!(agent.read(&path).await, stored);
    let gone = agent.read(&format!("/guichet/pourquoi/{}/9", borne.ticket(3))).await;
    assert!(gone.contains("Ce numéro n’est plus le suivant"), "{gone}");
    web.stop().await;
}

#[tokio::test]
async fn undo_within_ten_seconds_and_not_after() {
    let (site, _borne, web, agents) = open(&["titres"; 3], &["Léa"]).await;
    let agent = &agents[0];
    let before = line(&agent.page().await);
    let (_, page) = agent.submit(&agent.page().await, "/guichet/appeler").await;
    assert!(page.contains("A 1 appelé.") && page.contains("data-left=\"10\""), "{page}");
    site.advance(9);
    let (status, page) = agent.submit(&page, "/guichet/annuler").await;
    assert_eq!((status, number(&page), line(&page)), (200, None, before));
    let (_, page) = agent.submit(&page, "/guichet/appeler").await;
    site.advance(11);
    let (status, late) = agent.submit(&page, "/guichet/annuler").await;
    assert_eq!((status, number(&late).as_deref()), (409, Some("A 1")));
    assert!(late.contains("Trop tard pour annuler : les 10 secondes sont passées."), "{late}");
    assert!(!late.contains("action=\"/guichet/annuler\""), "{late}");
    // What was finished is at its counter again, as far as it was.
    let (_, page) = agent.submit(&late, "/guichet/demarrer").await;
    let (_, page) = agent.submit(&page, "/guichet/terminer").await;
    assert!(page.contains("A 1 terminé."), "{page}");
    let (status, page) = agent.submit(&page, "/guichet/annuler").await;
    assert_eq!((status, number(&page).as_deref()), (200, Some("A 1")));
    assert!(page.contains("action=\"/guichet/terminer\""), "{page}");
    web.stop().await;
}

#[tokio::test]
async fn each_transfer_position_is_where_it_says() {
    let (site, _borne, web, agents) = open(&["titres"; 4], &["Léa"]).await;
    let agent = &agents[0];
    for (place, expected) in [
        ("own", ["A 1", "A 2", "A 3", "A 4"]),
        ("front", ["A 2", "A 1", "A 3", "A 4"]),
        ("back", ["A 1", "A 3", "A 4", "A 2"]),
    ] {
        site.advance(2);
        let (_, page) = choose(agent, "A 2").await;
        let (_, page) = agent.submit(&page, "/guichet/demarrer").await;
        let panel = panel(agent, &page, "/guichet/transferer").await;
        let filled = [("service", "titres"), ("counter", ""), ("place", place), ("note", "")];
        let (status, page) = agent.submit_with(&panel, "/guichet/transferer", &filled).await;
        assert_eq!((status, line(&page)), (200, expected.map(str::to_owned).to_vec()), "{place}");
    }
    web.stop().await;
}

#[tokio::test]
async fn a_ticket_goes_to_another_counter_with_a_note_for_whoever_sits_there() {
    let (_site, _borne, web, agents) = open(&["titres", "titres"], &["Léa", "Omar"]).await;
    let [lea, omar] = agents.as_slice() else { panic!("two agents") };
    let (_, page) = lea.submit(&lea.page().await, "/guichet/appeler").await;
    let form = panel(lea, &page, "/guichet/transferer").await;
    let (status, page) = lea.submit_with(&form, "/guichet/transferer", &[("service", ""), ("counter", "")]).await;
    assert_eq!(status, 409);
    assert!(page.contains("Choisissez une démarche ou un guichet"), "{page}");
    let note = format!("  Photo <refaite>\n, {}", "à voir ".repeat(40));
    let filled = [("service", ""), ("counter", "2"), ("place", "front"), ("note", note.as_str())];
    let (status, page) = lea.submit_with(&form, "/guichet/transferer", &filled).await;
    assert_eq!(status, 200);
    assert!(page.contains("A 1 transféré au guichet 2.") && line(&page) == ["A 2"], "{page}");
    let (_, page) = omar.submit(&omar.page().await, "/guichet/appeler").await;
    assert_eq!(number(&page).as_deref(), Some("A 1"));
    let shown = between(&page, "<p class=\"note\">", "</p>");
    assert!(shown.starts_with("<strong>Léa</strong> : Photo &#60;refaite&#62; , à voir"), "{shown}");
    assert_eq!(shown.replace("&#60;", "<").replace("&#62;", ">").chars().count() - 23, 140);
    web.stop().await;
}

#[tokio::test]
async fn who_is_set_aside_comes_back_to_this_counter_and_the_agent_is_reminded() {
    let (site, _borne, web, agents) = open(&["titres", "titres"], &["Léa", "Omar"]).await;
    let [lea, omar] = agents.as_slice() else { panic!("two agents") };
    let (_, page) = lea.submit(&lea.page().await, "/guichet/appeler").await;
    let form = panel(lea, &page, "/guichet/attente").await;
    let (_, page) = lea.submit_with(&form, "/guichet/attente", &[("reason", "photocopy")]).await;
    assert!(page.contains("En attente ici (1)") && page.contains("A 1 mis en attente ici."), "{page}");
    assert!(omar.page().await.contains("En attente ici (0)"));
    assert_eq!(line(&omar.page().await), ["A 2"]);
    site.advance(15 * 60);
    let page = lea.page().await;
    assert!(page.contains("À reprendre"), "{page}");
    let (status, page) = lea.submit(&page, "/guichet/reprendre").await;
    assert_eq!((status, number(&page).as_deref()), (200, Some("A 1")));
    assert!(page.contains("action=\"/guichet/terminer\""), "{page}");
    let form = panel(lea, &page, "/guichet/rediriger").await;
    let (status, page) = lea.submit_with(&form, "/guichet/rediriger", &[("service", "retrait")]).await;
    assert_eq!((status, line(&page)), (200, vec!["A 1".to_owned(), "A 2".to_owned()]), "its original place");
    web.stop().await;
}

#[tokio::test]
async fn changing_counter_never_calls() {
    let (site, _borne, web, agents) = open(&["titres"; 3], &["Léa"]).await;
    let agent = &agents[0];
    for counter in ["2", "4", "1"] {
        let page = agent.post("/poste", &[("counter", counter)]).await;
        assert_eq!(page.url().path(), "/guichet");
        let page = page.text().await.unwrap();
        assert_eq!((number(&page), line(&page).len()), (None, 3));
    }
    assert_eq!(site.hall().look(|hall| hall.held().count()), 0);
    let open = |id: &str| site.hall().look(|hall| hall.receives(&id.parse().unwrap()));
    assert_eq!(["1", "2", "4"].map(open), [true, false, false], "those that were left are closed");
    web.stop().await;
}

#[tokio::test]
async fn an_active_ticket_refuses_pause_and_change() {
    let (_site, _borne, web, agents) = open(&["titres"], &["Léa"]).await;
    let agent = &agents[0];
    let pause = agent.read("/guichet/pause").await;
    let empty = agent.page().await;
    agent.submit(&empty, "/guichet/appeler").await;
    let (status, page) = agent.submit_with(&pause, "/guichet/pause", &[("reason", "lunch")]).await;
    assert_eq!(status, 409);
    assert!(page.contains("Le numéro A 1 est encore à votre guichet. Terminez d’abord"), "{page}");
    assert_eq!(agent.submit(&page, "/guichet/fermer").await.0, 409);
    assert_eq!(agent.post("/poste", &[("counter", "2")]).await.status().as_u16(), 409);
    let (_, page) = agent.submit(&page, "/guichet/demarrer").await;
    agent.submit(&page, "/guichet/terminer").await;

    let (status, page) = agent.submit_with(&pause, "/guichet/pause", &[("reason", "lunch")]).await;
    assert_eq!(status, 200, "the form that was refused may be sent again:\n{page}");
    assert!(
        page.contains("En pause depuis 9 h 42 (repas).") && !page.contains("action=\"/guichet/appeler\""),
        "{page}"
    );
    let (_, page) = agent.submit(&page, "/guichet/ouvrir").await;
    assert!(page.contains("action=\"/guichet/appeler\""), "{page}");
    let (status, page) = agent.submit(&page, "/guichet/fermer").await;
    assert!(status == 200 && page.contains("À quel guichet êtes-vous ?"), "{page}");
    assert_eq!(agent.get("/guichet").await.url().path(), "/poste");
    web.stop().await;
}

#[tokio::test]
async fn an_appointment_is_noted_present_or_taken_out_of_the_queue() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let mut booked = borne.issued(&site, 1, "titres");
    booked["appointment"] = "2026-11-21T08:40:00Z".into();
    borne.sync(&site, 1, &[booked, borne.issued(&site, 2, "titres")]).await;
    account(&site, "Léa").await;
    let web = Web::start(&site).await;
    let agent = Agent::at(&web, "Léa", "1").await;
    let page = agent.page().await;
    assert!(page.contains("Rendez-vous 9 h 40") && line(&page) == ["A 1", "A 2"], "{page}");
    let form = panel(&agent, &page, "/guichet/rendez-vous").await;
    assert!(form.contains("Venu avec 2 min de retard : le rendez-vous est gardé."), "{form}");
    let (status, page) = agent.submit_with(&form, "/guichet/rendez-vous", &[("state", "present")]).await;
    assert_eq!((status, line(&page)), (200, vec!["A 1".to_owned(), "A 2".to_owned()]));
    let form = panel(&agent, &page, "/guichet/rendez-vous").await;
    assert!(form.contains("Présence notée à 9 h 42."), "{form}");
    let (status, page) = agent.submit_with(&form, "/guichet/rendez-vous", &[("state", "absent")]).await;
    assert_eq!((status, line(&page)), (200, vec!["A 2".to_owned()]));
    web.stop().await;
}

/// A second tab of the same browser has gone elsewhere: what the first one still shows is not done elsewhere.
#[tokio::test]
async fn a_tab_acts_nowhere_but_at_the_site_and_counter_that_it_shows() {
    let site = Site::open_two().await;
    let borne = site.borne(1).await;
    tickets(&site, &borne, &["titres"; 3]).await;
    account(&site, "Léa").await;
    let web = Web::start(&site).await;
    let here = site.hall();
    let there = site.app.site(SECOND.parse().unwrap()).unwrap();
    let lea = Agent { browser: browser(), base: web.url("") };
    lea.post("/connexion", &[("name", "Léa"), ("password", PASSWORD)]).await;
    let choice = [here.plan().catalogue.site.id.to_string(), SECOND.to_owned()];
    lea.post("/site", &[("site", &choice[0])]).await;
    let seats = lea.read("/poste").await;
    assert_eq!(lea.post("/poste", &[("counter", "1")]).await.url().path(), "/guichet");
    let (pause, chosen) = (lea.read("/guichet/pause").await, lea.read("/guichet/choisir").await);
    let free = lea.page().await;
    let (_, called) = lea.submit(&free, "/guichet/appeler").await;
    let (_, serving) = lea.submit(&called, "/guichet/demarrer").await;
    let next = between(&serving, "name=\"next\" value=\"", "\"");
    lea.submit(&serving, "/guichet/terminer").await;
    let forms = [
        (&pause, "/guichet/pause", vec![("reason", "lunch")]),
        (&chosen, "/guichet/choisir", vec![("label", "A 2"), ("reason", "suite")]),
        (&free, "/guichet/appeler", vec![]),
        (&serving, "/guichet/terminer", vec![("next", next)]),
        (&free, "/guichet/fermer", vec![]),
    ];

    assert_eq!(lea.post("/poste", &[("counter", "2")]).await.url().path(), "/guichet");
    for (page, action, filled) in &forms {
        site.advance(1);
        let (status, now) = lea.submit_with(page, action, filled).await;
        assert_eq!(status, 409, "{action}: {now}");
        assert!(now.contains("Dans un autre onglet, vous êtes passé à « Guichet 2 »"), "{now}");
        assert!(now.contains("Rien n’a été fait."), "{now}");
    }
    let receives = |hall: &accueil_server::site::Site, id: &str| hall.look(|hall| hall.receives(&id.parse().unwrap()));
    assert!(receives(&here, "2") && here.look(|hall| hall.held().count()) == 0);

    lea.post("/site", &[("site", SECOND)]).await;
    let (status, page) = lea.submit(&seats, "/poste").await;
    assert_eq!(status, 409, "{page}");
    assert!(page.contains("vous êtes passé à « Mairie de la seconde »"), "{page}");
    assert_eq!(lea.post("/poste", &[("counter", "1")]).await.url().path(), "/guichet");
    for (page, action, filled) in &forms {
        site.advance(1);
        let (status, now) = lea.submit_with(page, action, filled).await;
        assert_eq!(status, 409, "{action}: {now}");
        assert!(now.contains("vous êtes passé à « Mairie de la seconde ». Rien n’a été fait."), "{now}");
    }
    assert!(receives(&there, "1"), "nothing was closed or paused there");
    web.stop().await;
}
