//! The rules of calls: changed, published, kept with each call; and days that were, served once more.

use accueil_server::Housekeeping;
use accueil_server::desk::{Act, Seen};
use accueil_server::roles::Role;
use accueil_server::store::PublicationKind;
use http::StatusCode;
use queue_engine::Rule;
use serde_json::Value;
use wire::catalogue::Catalogue;
use wire::event::{Actor, EventBody, Voider};

use crate::admin::{Admin, administrator};
use crate::support::acts::{act, seen, tickets};
use crate::support::pages::{form, words};
use crate::support::{Borne, Site, event, site_id};
use crate::web::{Agent, Web, account, account_as};

/// Fills the form of the draft in, changed in some fields, and sends it. Answers the status and the page.
async fn draft(agent: &Agent, changed: &[(&str, &str)]) -> (u16, String) {
    let page = agent.get("/regles/brouillon").await.text().await.unwrap();
    fill_in(agent, &page, changed).await
}

/// The same on a page that is open already.
async fn fill_in(agent: &Agent, page: &str, changed: &[(&str, &str)]) -> (u16, String) {
    let mut all = form(page, "/regles/brouillon");
    for (name, value) in changed {
        all.retain(|(known, _)| known != name);
        all.push(((*name).to_owned(), (*value).to_owned()));
    }
    let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (&**name, &**value)).collect();
    let answer = agent.post("/regles/brouillon", &all).await;
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn publish(site: &Site, agent: &Agent, from: &str, reason: &str) -> (u16, String) {
    let revision = site.store().draft(site_id(), PublicationKind::Policy).await.unwrap().revision.to_string();
    let form = [("revision", &*revision), ("from", from), ("reason", reason)];
    let answer = agent.post("/regles/publier", &form).await;
    (answer.status().as_u16(), words(&answer.text().await.unwrap()))
}

fn version(site: &Site) -> u32 {
    site.hall().plan().policy.version
}

async fn issue(site: &Site, borne: &Borne, seq: u64, priority: bool) {
    let mut issued = borne.issued(site, seq, "titres");
    if priority {
        issued["priority"] = true.into();
    }
    assert_eq!(borne.sync(site, seq, &[issued]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_policy_holds_from_the_next_day_or_at_once_with_a_reason() {
    let mut site = Site::open().await;
    let borne = site.borne(1).await;
    account(&site, "Omar").await;
    account_as(site.store().as_ref(), "Léa", Role::Supervisor, None).await;
    let web = Web::start(&site).await;
    let omar = Agent::at(&web, "Omar", "1").await;
    assert_eq!(omar.get("/regles").await.status().as_u16(), 403);
    assert_eq!(omar.post("/regles/publier", &[("revision", "1"), ("from", "demain")]).await.status().as_u16(), 403);
    let lea = Agent::sign_in_home(&web, "Léa").await;
    let page = words(&lea.get("/regles").await.text().await.unwrap());
    assert!(
        page.contains("En vigueur (règles d’origine)") && page.contains("Qui attend plus de 45 min passe d’abord"),
        "{page}"
    );

    // A draft changes nothing in the hall; what it changes stands beside it.
    let (status, page) = draft(&lea, &[("ceiling", "40"), ("in_a_row", "2")]).await;
    let page = words(&page);
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("Modifié par Léa") && page.contains("Ajouté : Qui attend plus de 40 min"), "{page}");
    assert!(page.contains("Attention. La loi (CASF, art. L241-3)"), "{page}");
    assert_eq!((version(&site), site.hall().plan().policy.ceiling.default_min), (0, 45));

    let (status, page) = publish(&site, &lea, "maintenant", "  ").await;
    assert!(status == 409 && page.contains("écrivez pourquoi"), "{status} {page}");
    let (status, page) = publish(&site, &lea, "demain", "").await;
    assert!(status == 200 && page.contains("Version 1 à venir dimanche 22 novembre à 4 h 00"), "{status} {page}");
    assert_eq!(version(&site), 0, "today goes on as it began");
    issue(&site, &borne, 1, false).await;
    let today = act(&site, "1", Act::Call).await.unwrap();
    act(&site, "1", Act::Start(today)).await;
    act(&site, "1", Act::Finish { seen: today, inexact: false }).await;

    let mut housekeeping = Housekeeping::default();
    site.advance(18 * 3600 + 17 * 60);
    housekeeping.look(&site.app).await;
    assert_eq!(version(&site), 0);
    site.advance(60);
    housekeeping.look(&site.app).await;
    assert_eq!((version(&site), site.hall().plan().policy.ceiling.default_min), (1, 40));
    site.advance(4 * 3600);
    let mut tomorrow = borne.issued_at(site.now(), "2026-11-22".parse().unwrap(), 2, "titres");
    tomorrow["label"] = "A 1".into();
    assert_eq!(borne.sync(&site, 2, &[tomorrow]).await.status, StatusCode::OK);
    let called = act(&site, "1", Act::Call).await.unwrap();

    // At once, and what was decided before keeps the version it was decided by.
    let lea = Agent::sign_in_home(&web, "Léa").await;
    draft(&lea, &[("ceiling", "30")]).await;
    let (status, page) = publish(&site, &lea, "maintenant", "affluence").await;
    assert!(status == 200 && page.contains("En vigueur (version 2)") && page.contains("affluence"), "{status} {page}");
    let why = async |seen: Seen| site.hall().why(seen.ticket, seen.episode).await.unwrap().unwrap().policy;
    assert_eq!((why(today).await, why(called).await), (0, 1));
    assert_eq!(version(&site), 2);
    let address = web.address;
    web.stop().await;
    site.reopen().await;
    assert_eq!(version(&site), 2, "a restart keeps it");
    let web = Web::start_on(&site, address).await;

    // Back to an earlier one: as a draft, which is published like any other.
    let page = words(&lea.get("/regles/1").await.text().await.unwrap());
    assert!(page.contains("Ajouté : Qui attend plus de 40 min"), "{page}");
    lea.post("/regles/1/reprendre", &[]).await;
    assert_eq!(version(&site), 2);
    let refused = lea.post("/regles/0/reprendre", &[]).await;
    assert_eq!(refused.status().as_u16(), 409, "a draft is not thrown away in passing");
    publish(&site, &lea, "maintenant", "retour").await;
    assert_eq!((version(&site), site.hall().plan().policy.ceiling.default_min), (3, 40));
    assert_eq!(lea.get("/regles/9").await.status().as_u16(), 404);
    assert_eq!(lea.get("/regles/abc").await.status().as_u16(), 404);
    web.stop().await;
}

#[tokio::test]
async fn what_cannot_be_published_says_what_to_change_and_two_editors_lose_no_word() {
    let site = Site::open().await;
    account_as(site.store().as_ref(), "Léa", Role::Supervisor, None).await;
    account_as(site.store().as_ref(), "Inès", Role::Administrator, None).await;
    let web = Web::start(&site).await;
    let (lea, ines) = (Agent::sign_in_home(&web, "Léa").await, Agent::sign_in_home(&web, "Inès").await);
    let (status, page) = draft(&lea, &[("ceiling", "quarante"), ("late", "12")]).await;
    assert_eq!(status, 409);
    assert!(
        page.contains("« quarante » n’est pas un nombre entier")
            || page.contains("quarante\u{a0}» n’est pas un nombre entier"),
        "{page}"
    );
    assert!(form(&page, "/regles/brouillon").contains(&("late".into(), "12".into())), "what was typed stays");
    let (status, page) = draft(&lea, &[("order.1", "ordinary"), ("min_calls", "0")]).await;
    let page = words(&page);
    assert!(status == 200 && page.contains("À corriger avant de publier"), "{page}");
    assert!(
        page.contains("« priorité » manque ou figure deux fois") && page.contains("demandez au moins 1 appel"),
        "{page}"
    );
    assert!(!page.contains("Publier ces règles"));
    let (status, page) = publish(&site, &lea, "demain", "").await;
    assert!(status == 409 && page.contains("Ces règles ne peuvent pas être publiées."), "{page}");

    site.advance(10);
    let open = lea.get("/regles/brouillon").await.text().await.unwrap();
    draft(&ines, &[("order.1", "priority"), ("min_calls", "3")]).await;
    let old: Vec<(String, String)> = form(&open, "/regles/brouillon");
    let old: Vec<(&str, &str)> = old.iter().map(|(name, value)| (&**name, &**value)).collect();
    let answer = lea.post("/regles/brouillon", &old).await;
    assert_eq!(answer.status().as_u16(), 409);
    assert!(answer.text().await.unwrap().contains("Un collègue a changé le brouillon"));
    let old = [("revision", "1"), ("from", "demain"), ("reason", "")];
    assert_eq!(lea.post("/regles/publier", &old).await.status().as_u16(), 409, "what nobody has read is not published");
    assert_eq!(version(&site), 0);

    // A quarter of an hour later the password is asked again, and nothing that was typed is lost.
    let open = lea.get("/regles/brouillon").await.text().await.unwrap();
    site.advance(16 * 60);
    let (status, page) = fill_in(&lea, &open, &[("min_calls", "4")]).await;
    assert!(
        status != 500 && page.contains("name=\"encore\"") && page.contains("name=\"min_calls\" value=\"4\""),
        "{page}"
    );
    web.stop().await;
}

/// A day of some people at two counters: one of them chosen by hand, some with priority.
async fn a_day(site: &Site, borne: &Borne, people: u64) {
    for seq in 1..=people {
        issue(site, borne, seq, seq % 7 == 0).await;
        site.advance(60);
        if seq % 3 != 0 {
            continue;
        }
        for counter in ["1", "2"] {
            let third = site.hall().look(|hall| hall.queue().get(2).map(|ticket| ticket.id));
            let act_of = match third.filter(|_| seq == 12 && counter == "1") {
                Some(third) => Act::CallThis(seen(site, third)),
                None => Act::Call,
            };
            let Some(called) = act(site, counter, act_of).await else { continue };
            site.advance(20);
            act(site, counter, Act::Start(called)).await;
            site.advance(40);
            act(site, counter, Act::Finish { seen: called, inexact: false }).await;
        }
    }
}

async fn counts(site: &Site) -> (usize, u64, Value) {
    let events = site.store().events_since(site_id(), "2026-11-01T00:00:00Z".parse().unwrap()).await.unwrap();
    let draft = site.store().draft(site_id(), PublicationKind::Policy).await.unwrap();
    let heads = site.store().publications(site_id(), PublicationKind::Policy, 100).await.unwrap();
    (events.len(), draft.revision, serde_json::json!([heads.len(), version(site)]))
}

#[tokio::test]
async fn the_current_policy_picks_yesterdays_tickets_again() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    account_as(site.store().as_ref(), "Léa", Role::Supervisor, None).await;
    a_day(&site, &borne, 48).await;
    let made =
        site.store().decisions_made(site_id(), "2026-11-21T03:00:00Z".parse().unwrap(), site.now()).await.unwrap();
    let by_hand = made.iter().filter(|decision| decision.rule == Rule::ByHand).count();
    assert!(by_hand == 1 && made.len() > 25, "{}", made.len());
    let web = Web::start(&site).await;
    let lea = Agent::sign_in_home(&web, "Léa").await;
    // Other rules, published at once in the middle of the day: each call is asked of those it was made by.
    draft(&lea, &[("order.1", "ordinary"), ("order.4", "priority")]).await;
    publish(&site, &lea, "maintenant", "essai").await;
    for seq in 49..=60 {
        issue(&site, &borne, seq, seq % 2 == 0).await;
        site.advance(60);
    }
    for _ in 0..4 {
        let called = act(&site, "1", Act::Call).await.unwrap();
        act(&site, "1", Act::Start(called)).await;
        act(&site, "1", Act::Finish { seen: called, inexact: false }).await;
    }
    site.advance(24 * 3600);
    let lea = Agent::sign_in_home(&web, "Léa").await;
    let answer = lea.post("/regles/simuler", &[("jour", "2026-11-21"), ("contre", "0")]).await;
    assert_eq!(answer.status().as_u16(), 200);
    let page = words(&answer.text().await.unwrap());
    let calls = made.len() - 1 + 4;
    assert!(
        page.contains(&format!(
            "choisissent les mêmes personnes ({calls} appels sur {calls}). Un appel choisi à la main"
        )),
        "{page}"
    );
    assert!(page.contains("Simulation à comportement constant. Ce n’est pas une promesse. 60 tickets."), "{page}");
    for words in [
        "Personnes prioritaires",
        "médiane",
        "9 sur 10",
        "la plus longue",
        "Dans l’engagement d’attente",
        "Personnes dépassées",
    ] {
        assert!(page.contains(words), "{words} is missing in {page}");
    }
    web.stop().await;
}

#[tokio::test]
async fn a_replay_has_the_counters_of_its_day_and_takes_in_whom_nobody_received_for() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    administrator(&site, "Inès", None).await;
    account_as(site.store().as_ref(), "Léa", Role::Supervisor, None).await;
    // No counter has sign language: those that receive for schools are nearest, 3 and 4.
    for seq in 1..=32 {
        let mut issued = borne.issued(&site, seq, if seq % 4 == 0 { "ecole" } else { "titres" });
        if seq % 4 == 0 {
            issued["needs"] = serde_json::json!(["langue-lsf"]);
        }
        assert_eq!(borne.sync(&site, seq, &[issued]).await.status, StatusCode::OK);
        site.advance(60);
    }
    let mut calls = 0;
    for counter in ["1", "3", "4", "3"].iter().cycle().take(48) {
        let Some(called) = act(&site, counter, Act::Call).await else { continue };
        calls += 1;
        site.advance(20);
        act(&site, counter, Act::Start(called)).await;
        site.advance(40);
        act(&site, counter, Act::Finish { seen: called, inexact: false }).await;
    }
    assert_eq!(calls, 32, "everybody is called");
    let web = Web::start(&site).await;
    let lea = Agent::sign_in_home(&web, "Léa").await;
    let run = async || {
        let answer = lea.post("/regles/simuler", &[("jour", "2026-11-21"), ("contre", "0")]).await;
        words(&answer.text().await.unwrap())
    };
    let found = run().await;
    assert!(found.contains("choisissent les mêmes personnes (32 appels sur 32)"), "{found}");
    assert!(found.contains("Encore en attente à la fin 0 0"), "{found}");

    // What is published afterwards changes nothing of the day that was.
    let admin = Admin::sign_in(&site, &web, "Inès").await;
    let (_, file) = admin.get("/admin/exporter").await;
    let mut catalogue: Catalogue = toml::from_str(&file).unwrap();
    catalogue.counters.retain(|counter| counter.id.as_str() != "3");
    catalogue.displays.retain(|display| display.counter.is_none());
    admin.import(&catalogue.to_toml().unwrap()).await;
    assert_eq!(admin.publish().await.0, 200);
    assert!(site.catalogue().counter(&"3".parse().unwrap()).is_none());
    let with_four = run().await;
    assert!(with_four.contains("choisissent les mêmes personnes (32 appels sur 32)"), "{with_four}");
    web.stop().await;
}

#[tokio::test]
async fn simulating_changes_nothing() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    account(&site, "Omar").await;
    account_as(site.store().as_ref(), "Léa", Role::Supervisor, None).await;
    a_day(&site, &borne, 36).await;
    let web = Web::start(&site).await;
    let lea = Agent::sign_in_home(&web, "Léa").await;
    draft(&lea, &[("mode", "weighted"), ("weight.ordinary", "3")]).await;
    let before = counts(&site).await;
    for contre in ["brouillon", "0"] {
        let answer = lea.post("/regles/simuler", &[("jour", "2026-11-21"), ("contre", contre)]).await;
        let page = words(&answer.text().await.unwrap());
        assert!(page.contains("36 tickets."), "{page}");
        assert!(contre != "0" || page.contains("pareil"), "the same rules wait alike: {page}");
    }
    assert_eq!(counts(&site).await, before);
    site.advance(10);
    for (jour, contre) in [("2026-10-01", "0"), ("demain", "0"), ("2026-11-21", "77"), ("2026-11-21", "x")] {
        let refused = lea.post("/regles/simuler", &[("jour", jour), ("contre", contre)]).await;
        assert_eq!(refused.status().as_u16(), 409, "{jour} {contre}");
        site.advance(1);
    }
    let omar = Agent::at(&web, "Omar", "1").await;
    let form = [("jour", "2026-11-21"), ("contre", "0")];
    assert_eq!(omar.post("/regles/simuler", &form).await.status().as_u16(), 403);
    web.stop().await;
}

#[tokio::test]
async fn under_thirty_tickets_it_declines() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    account_as(site.store().as_ref(), "Léa", Role::Supervisor, None).await;
    a_day(&site, &borne, 29).await;
    let web = Web::start(&site).await;
    let lea = Agent::sign_in_home(&web, "Léa").await;
    let run = async || {
        let answer = lea.post("/regles/simuler", &[("jour", "2026-11-21"), ("contre", "0")]).await;
        words(&answer.text().await.unwrap())
    };
    let page = run().await;
    assert!(page.contains("29 tickets ce jour-là : trop peu pour conclure. Il en faut au moins 30."), "{page}");
    assert!(!page.contains("médiane"), "{page}");
    issue(&site, &borne, 30, false).await;
    assert!(run().await.contains("médiane"));
    let issued = EventBody::TicketVoided { ticket: borne.ticket(30), by: Voider::Visitor };
    assert_eq!(borne.sync(&site, 31, &[event(&site, 31, issued)]).await.status, StatusCode::OK);
    assert!(run().await.contains("30 tickets."), "who gave up had come");
    web.stop().await;
}

#[tokio::test]
async fn whom_the_closing_of_the_day_ended_stands_apart_in_a_replay() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    account_as(site.store().as_ref(), "Léa", Role::Supervisor, None).await;
    tickets(&site, &borne, &["titres"; 30]).await;
    site.advance(60);
    let by = std::iter::once(Actor::Visitor).chain(std::iter::repeat(Actor::Policy));
    let cancelled = |(of, by)| EventBody::Cancelled { ticket: borne.ticket(of), episode: 1, by };
    let ended = (1..=30).zip(by).map(cancelled).zip(31..);
    let ended: Vec<Value> = ended.map(|(body, seq)| event(&site, seq, body)).collect();
    assert_eq!(borne.sync(&site, 31, &ended).await.status, StatusCode::OK);
    let web = Web::start(&site).await;
    let lea = Agent::sign_in_home(&web, "Léa").await;
    let answer = lea.post("/regles/simuler", &[("jour", "2026-11-21"), ("contre", "0")]).await;
    let page = words(&answer.text().await.unwrap());
    assert!(page.contains("Renoncements 1 1 Non reçus à la clôture de la journée 29 29"), "{page}");
    web.stop().await;
}
