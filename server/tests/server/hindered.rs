//! Publications that would leave people behind: they wait, or are set aside, for what no counter would receive any more.

use std::collections::BTreeSet;

use accueil_server::desk::{Act, Done, Made, Refusal, Seen, Wanted, Who};
use accueil_server::roles::Role;
use accueil_server::site::Plan;
use accueil_server::store::{NewDraft, PublicationKind};
use http::StatusCode;
use queue_engine::policy::{CounterRules, Overflow, Skill};
use queue_engine::{NotHere, Policy, State};
use serde_json::{Value, json};
use uuid::Uuid;
use wire::catalogue::Catalogue;
use wire::event::{ParkReason, QueuePlace};
use wire::ids::{AgentRef, TicketId};

use crate::admin::{Admin, administrator};
use crate::support::pages::{hidden_fields, words};
use crate::support::{Borne, Site, site_id};
use crate::web::{Agent, Web, account, account_as};

const AGENT: Who = Who::Staff { account: None, supervises: false };

async fn done(site: &Site, who: Who, counter: &str, act: Act) -> Done {
    let counter = site.catalogue().counter(&counter.parse().unwrap()).unwrap().clone();
    site.hall().act(who, Some(&counter), &Wanted { id: Uuid::new_v4(), act }).await.unwrap()
}

async fn act(site: &Site, counter: &str, act: Act) -> Seen {
    let done = done(site, AGENT, counter, act).await;
    let Done::Now(Made { ticket: Some(ticket), .. }) = done else { panic!("{done:?}") };
    seen(site, ticket)
}

fn seen(site: &Site, ticket: TicketId) -> Seen {
    Seen { ticket, episode: site.hall().look(|hall| hall.ticket(&ticket).unwrap().episode()) }
}

fn state(site: &Site, ticket: TicketId) -> State {
    site.hall().look(|hall| hall.ticket(&ticket).unwrap().state(hall.day()))
}

/// Tickets for a service, with what their holders need.
async fn issue(site: &Site, borne: &Borne, from: u64, service: &str, needs: &[&[&str]]) {
    let issued = |(seq, needs): (u64, &&[&str])| {
        let mut issued = borne.issued(site, seq, service);
        issued["needs"] = json!(needs);
        issued
    };
    let events: Vec<Value> = (from..).zip(needs).map(issued).collect();
    assert_eq!(borne.sync(site, from, &events).await.status, StatusCode::OK);
}

/// Rules that say what each counter receives for.
fn naming(services: &[(&str, &[&str])]) -> Policy {
    let rules = |(counter, services): &(&str, &[&str])| CounterRules {
        id: counter.parse().unwrap(),
        services: Some(services.iter().map(|service| service.parse().unwrap()).collect()),
        capabilities: BTreeSet::new(),
        overflow: None,
    };
    Policy { counters: services.iter().map(rules).collect(), ..Policy::default() }
}

/// Nobody but counter 3 receives for anything, and it not for identity cards.
fn without_titres() -> Policy {
    naming(&[("1", &["retrait"]), ("2", &["retrait"]), ("3", &["ecole"]), ("4", &["etat-civil"])])
}

/// Publishes rules from the page, after they were drafted. Answers the status and the page's words.
async fn publish(site: &Site, agent: &Agent, policy: &Policy, from: &str) -> (u16, String) {
    let store = site.store();
    let seen = store.draft(site_id(), PublicationKind::Policy).await.unwrap().revision;
    let body = Some(serde_json::to_string(policy).unwrap());
    let draft = NewDraft { body, by: None, at: site.now() };
    store.put_draft(site_id(), PublicationKind::Policy, seen, &draft).await.unwrap().expect("nobody else drafts");
    site.advance(1);
    let page = agent.read("/regles").await;
    let (status, page) = agent.submit_with(&page, "/regles/publier", &[("from", from), ("reason", "essai")]).await;
    (status, words(&page))
}

#[tokio::test]
async fn rules_that_leave_a_service_or_a_need_to_no_counter_wait_until_nobody_does() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    issue(&site, &borne, 1, "titres", &[&[], &[], &["pmr"]]).await;
    account_as(site.store().as_ref(), "Léa", Role::Supervisor, None).await;
    let web = Web::start(&site).await;
    let lea = Agent::sign_in_home(&web, "Léa").await;
    let set_aside = act(&site, "2", Act::Call).await;
    act(&site, "2", Act::Park { seen: set_aside, reason: ParkReason::Form }).await;

    let (status, page) = publish(&site, &lea, &without_titres(), "maintenant").await;
    assert_eq!(status, 409, "{page}");
    assert!(page.contains("Ces règles ne peuvent pas être appliquées tout de suite."), "{page}");
    let sentence =
        "3 personnes attendent pour « Carte d’identité, passeport » : plus aucun guichet ne recevrait cette démarche.";
    assert!(page.contains(sentence), "{page}");
    // Those who receive for it lack what one of them needs.
    let unequipped = naming(&[("1", &["retrait"])]);
    let (status, page) = publish(&site, &lea, &unequipped, "maintenant").await;
    assert_eq!(status, 409, "{page}");
    let sentence = "1 personne attend pour « Carte d’identité, passeport » : plus aucun guichet de cette démarche n’aurait ce qu’il faut (Accessible en fauteuil roulant).";
    assert!(page.contains(sentence) && !page.contains("3 personnes"), "{page}");
    // Help that begins with a fourth person comes for none of three.
    let mut helped = without_titres();
    let overflow =
        Overflow { services: ["titres".parse().unwrap()].into(), when_wait_over_min: None, when_longer_than: Some(3) };
    helped.counters[0].overflow = Some(overflow.clone());
    let (status, page) = publish(&site, &lea, &helped, "maintenant").await;
    assert!(status == 409 && page.contains("3 personnes attendent"), "{page}");
    // Nobody who may sit at a counter can do it.
    let lea_number = site.store().accounts(Some(site_id())).await.unwrap()[0].id;
    let unskilled = Skill { agent: lea_number, services: ["ecole".parse().unwrap()].into() };
    let unskilled = Policy { skills: vec![unskilled], ..Policy::default() };
    let (status, page) = publish(&site, &lea, &unskilled, "maintenant").await;
    assert!(status == 409 && page.contains("plus aucun agent ne saurait recevoir cette démarche"), "{page}");
    assert_eq!(site.hall().plan().policy.version, 0);

    // Somebody else who is not named can do it; help that comes after some minutes comes for everybody.
    account(&site, "Omar").await;
    assert_eq!(publish(&site, &lea, &unskilled, "maintenant").await.0, 200);
    helped.counters[0].overflow = Some(Overflow { when_wait_over_min: Some(5), ..overflow });
    assert_eq!(publish(&site, &lea, &helped, "maintenant").await.0, 200);
    // Tomorrow nobody waits any more.
    let (status, page) = publish(&site, &lea, &without_titres(), "demain").await;
    assert!(status == 200 && page.contains("Version 3 à venir"), "{page}");
    web.stop().await;
}

#[tokio::test]
async fn a_catalogue_is_held_against_the_rules_and_against_who_is_set_aside() {
    let site = Site::open().await;
    administrator(&site, "Inès", None).await;
    let borne = site.borne(1).await;
    issue(&site, &borne, 1, "titres", &[&[], &["pmr"], &["pmr"]]).await;
    let parked = act(&site, "2", Act::Call).await;
    let parked = act(&site, "2", Act::Park { seen: parked, reason: ParkReason::Form }).await;
    let web = Web::start(&site).await;
    let admin = Admin::sign_in(&site, &web, "Inès").await;
    let (_, file) = admin.get("/admin/exporter").await;
    let changed = |change: &dyn Fn(&mut Catalogue)| {
        let mut catalogue: Catalogue = toml::from_str(&file).unwrap();
        change(&mut catalogue);
        catalogue.to_toml().unwrap()
    };
    let refused = async |file: &str, sentence: &str| {
        let (_, draft) = admin.import(file).await;
        assert!(words(&draft).contains(sentence), "the draft's page says so: {}", words(&draft));
        let (status, page) = admin.publish().await;
        assert!(status == 409 && words(&page).contains(sentence), "{}", words(&page));
        assert_eq!(site.catalogue().version, 1);
    };
    let without = |counter: &'static str| {
        changed(&move |catalogue| {
            catalogue.counters.retain(|one| one.id.as_str() != counter);
            catalogue.displays.retain(|display| display.counter.is_none());
        })
    };
    refused(
        &without("2"),
        "1 personne est mise en attente à « Guichet 2 », que ce brouillon supprime. Reprenez-la ou remettez-la",
    )
    .await;
    // The rules leave identity cards to counters 1 and 4; the catalogue alone would leave them to 2 as well.
    let policy = naming(&[("2", &["retrait"]), ("4", &["etat-civil"])]);
    site.hall().publish(Plan { policy, ..Plan::clone(&site.hall().plan()) });
    let sentence =
        "3 personnes attendent pour « Carte d’identité, passeport » : plus aucun guichet ne recevrait cette démarche.";
    refused(&without("1"), sentence).await;
    let unequipped = changed(&|catalogue| catalogue.counters.iter_mut().for_each(|one| one.capabilities.clear()));
    refused(&unequipped, "2 personnes attendent pour « Carte d’identité, passeport » : plus aucun guichet de cette démarche n’aurait ce qu’il faut (Accessible en fauteuil roulant).").await;

    // What they wait for is seen to first, and then it is published.
    let supervisor = Who::Staff { account: None, supervises: true };
    let done = done(&site, supervisor, "3", Act::Resume(parked)).await;
    assert!(matches!(done, Done::Now(_)), "{done:?}");
    act(&site, "3", Act::Finish { seen: seen(&site, parked.ticket), inexact: false }).await;
    admin.import(&without("2")).await;
    assert_eq!(admin.publish().await.0, 200);
    assert_eq!(site.catalogue().version, 2);
    web.stop().await;
}

#[tokio::test]
async fn late_tickets_for_what_no_counter_receives_are_called_by_those_that_come_nearest() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let now = |policy: Policy| site.hall().publish(Plan { policy, ..Plan::clone(&site.hall().plan()) });
    // Rules name every counter's services and no agent's; identity cards are nobody's.
    now(Policy {
        skills: vec![Skill { agent: AgentRef(7), services: ["ecole".parse().unwrap()].into() }],
        ..without_titres()
    });
    issue(&site, &borne, 1, "titres", &[&[], &["pmr"], &["langue-lsf"]]).await;
    let call = async |who: Who, counter: &str| match done(&site, who, counter, Act::Call).await {
        Done::Now(Made { ticket, .. }) => ticket,
        Done::Nobody => None,
        other @ (Done::Before { .. } | Done::Refused(_)) => panic!("{other:?}"),
    };
    let skilled = Who::Staff { account: Some(AgentRef(7)), supervises: false };
    assert!(matches!(done(&site, skilled, "3", Act::Open { services: [].into() }).await, Done::Now(_)));
    // Who needs nothing is called anywhere, whatever the agent can do; who needs what counter 1 has is called there.
    assert_eq!(call(skilled, "3").await, Some(borne.ticket(1)));
    assert_eq!(call(AGENT, "1").await, Some(borne.ticket(2)));
    // What no counter has, every counter is as near to.
    assert_eq!(call(AGENT, "2").await, Some(borne.ticket(3)));

    // A service that counters receive for, and a need that none of these has: they take it, and the others do not.
    now(Policy::default());
    issue(&site, &borne, 4, "ecole", &[&["langue-lsf"]]).await;
    for held in [1, 2, 3] {
        let seen = seen(&site, borne.ticket(held));
        let counter = ["3", "1", "2"][held as usize - 1];
        act(&site, counter, Act::Start(seen)).await;
        act(&site, counter, Act::Finish { seen, inexact: false }).await;
    }
    assert_eq!(call(AGENT, "2").await, None);
    let this = Act::CallThis(seen(&site, borne.ticket(4)));
    let refused = done(&site, AGENT, "2", this).await;
    assert!(matches!(refused, Done::Refused(Refusal::NotHere(NotHere::Service(_)))), "{refused:?}");
    assert_eq!(call(AGENT, "3").await, Some(borne.ticket(4)));
}

#[tokio::test]
async fn who_was_handed_to_a_counter_that_is_no_more_is_called_elsewhere() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    issue(&site, &borne, 1, "titres", &[&[]]).await;
    let somebody = Who::Staff { account: Some(AgentRef(7)), supervises: false };
    assert!(matches!(done(&site, somebody, "2", Act::Open { services: [].into() }).await, Done::Now(_)));
    let handed = Act::Transfer {
        seen: seen(&site, borne.ticket(1)),
        service: None,
        counter: Some("2".parse().unwrap()),
        place: Some(QueuePlace::Own),
    };
    assert!(matches!(done(&site, AGENT, "1", handed).await, Done::Now(_)));
    assert_eq!(done(&site, AGENT, "1", Act::Call).await, Done::Nobody, "somebody sits where it was handed to");
    // That counter goes while its log still says that it is open.
    let mut plan = Plan::clone(&site.hall().plan());
    plan.catalogue.counters.retain(|counter| counter.id.as_str() != "2");
    site.hall().publish(plan);
    assert_eq!(act(&site, "1", Act::Call).await.ticket, borne.ticket(1));
}

#[tokio::test]
async fn who_is_set_aside_at_a_counter_that_is_no_more_is_anybodys() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    issue(&site, &borne, 1, "titres", &[&[], &[], &[], &[]]).await;
    let mut parked = Vec::new();
    for _ in 0..4 {
        let called = act(&site, "2", Act::Call).await;
        parked.push(act(&site, "2", Act::Park { seen: called, reason: ParkReason::Form }).await);
        site.advance(1);
    }
    let refused = done(&site, AGENT, "1", Act::Resume(parked[0])).await;
    assert!(matches!(refused, Done::Refused(Refusal::NotHere(NotHere::OtherCounter(_)))), "{refused:?}");
    account_as(site.store().as_ref(), "Léa", Role::Supervisor, None).await;
    account_as(site.store().as_ref(), "Zoé", Role::Reception, None).await;
    let web = Web::start(&site).await;
    let (lea, zoe) = (Agent::at(&web, "Léa", "3").await, Agent::sign_in_home(&web, "Zoé").await);
    let page_of = |n: usize| format!("/accueil/ticket/{}", parked[n].ticket);
    assert!(!zoe.read(&page_of(1)).await.contains("/accueil/remettre"), "its counter takes it again");
    let mut plan = Plan::clone(&site.hall().plan());
    plan.catalogue.counters.retain(|counter| counter.id.as_str() != "2");
    site.hall().publish(plan);

    // A supervisor takes one over from the page of the hall, whatever became of the counter.
    let salle = lea.read("/salle").await;
    assert!(words(&salle).contains("Mis en attente (4)"), "{salle}");
    let first = hidden_fields(&salle, "/salle/reprendre");
    assert!(first.contains(&("ticket".to_owned(), parked[0].ticket.to_string())), "{first:?}");
    assert_eq!(lea.submit(&salle, "/salle/reprendre").await.0, 200);
    assert_eq!(state(&site, parked[0].ticket), State::Serving);
    // The reception desk puts one back and cancels another.
    let page = zoe.read(&page_of(1)).await;
    let (status, after) = zoe.submit(&page, "/accueil/remettre").await;
    assert_eq!((status, state(&site, parked[1].ticket)), (200, State::Waiting), "{after}");
    let page = zoe.read(&page_of(2)).await;
    assert_eq!(zoe.submit(&page, "/accueil/annuler").await.0, 200);
    assert_eq!(state(&site, parked[2].ticket), State::Cancelled);
    // So does whoever has them before them at a counter.
    assert!(matches!(done(&site, AGENT, "1", Act::Resume(parked[3])).await, Done::Now(_)));
    web.stop().await;
}
