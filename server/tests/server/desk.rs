//! Acts at a site: durable before they are answered, made once, the same at every server.

use std::collections::BTreeSet;
use std::sync::Arc;

use accueil_server::desk::{Act, Done, Made, NewTicket, Refusal, Seen, Wanted, Who};
use accueil_server::site::Site;
use accueil_server::store::{self, StoreAddress};
use accueil_server::{App, Clock, Settings};
use jiff::Timestamp;
use queue_engine::{Rank, State};
use sqlx::{Connection, SqliteConnection};
use tokio::task::JoinSet;
use uuid::Uuid;
use wire::catalogue::{Catalogue, Counter};
use wire::event::{Actor, EventBody, ParkReason, PauseReason, QueuePlace};
use wire::ids::{AgentRef, HelpId, Language, TicketId};

use crate::support::acts::seen_in;
use crate::support::{self, CATALOGUE, SECOND, event};

const AGENT: Who = Who::Staff { account: Some(AgentRef(17)), supervises: false };

fn counter(site: &Site, id: &str) -> Counter {
    site.plan().catalogue.counter(&id.parse().unwrap()).unwrap().clone()
}

fn wanted(act: Act) -> Wanted {
    Wanted { id: Uuid::new_v4(), act }
}

fn new_ticket() -> NewTicket {
    NewTicket {
        service: "titres".parse().unwrap(),
        lang: Language::Fr,
        priority: false,
        group: 2,
        appointment: None,
        needs: BTreeSet::new(),
        paperless: false,
    }
}

/// What was done, which it must have been.
async fn done(site: &Site, at: &str, act: Act) -> Made {
    let counter = counter(site, at);
    match site.act(AGENT, Some(&counter), &wanted(act.clone())).await.unwrap() {
        Done::Now(made) => made,
        other @ (Done::Before { .. } | Done::Nobody | Done::Refused(_)) => panic!("{act:?}: {other:?}"),
    }
}

async fn issue(site: &Site) -> TicketId {
    done(site, "1", Act::Issue(new_ticket())).await.ticket.unwrap()
}

/// Two servers on one PostgreSQL, neither of which reads what the other wrote unless it has to.
async fn two_servers() -> (Arc<Site>, Arc<Site>) {
    let address = crate::postgres::database().await;
    (server(&address).await, server(&address).await)
}

async fn server(address: &StoreAddress) -> Arc<Site> {
    let clock = Clock::new(|| "2026-11-21T08:42:00Z".parse::<Timestamp>().unwrap());
    let store = store::open(address).await.unwrap();
    let catalogue = Catalogue::from_toml(CATALOGUE).unwrap();
    let app = App::with_store(&Settings::default(), vec![catalogue], store, clock).await.unwrap();
    app.sites().remove(0)
}

#[tokio::test]
async fn every_act_twice_is_once_also_after_a_restart() {
    let mut open = support::Site::open().await;
    let site = open.hall();
    let borne = open.borne(1).await;
    let help = HelpId(Uuid::from_u128(5));
    borne.sync(&open, 1, &[event(&open, 1, EventBody::HelpRequested { help })]).await;
    let ids = [issue(&site).await, issue(&site).await];
    let first = |episode| Seen { ticket: ids[0], episode };
    let service = "ecole".parse().unwrap();
    let acts = [
        Act::Open { services: BTreeSet::new() },
        Act::Call,
        Act::Start(first(1)),
        Act::Park { seen: first(1), reason: ParkReason::Form },
        Act::Resume(first(2)),
        Act::Finish { seen: first(2), inexact: true },
        Act::Undo(first(2)),
        Act::Transfer { seen: first(3), service: None, counter: None, place: Some(QueuePlace::Front) },
        Act::CallThis(first(4)),
        Act::Undo(first(4)),
        Act::Redirect { seen: first(5), service },
        Act::Cancel(first(6)),
        Act::Reinstate(first(6)),
        Act::Reprint(first(7)),
        Act::AnswerHelp(help),
        Act::Issue(new_ticket()),
        Act::Pause(PauseReason::Lunch),
        Act::Close,
    ]
    .map(wanted);
    for wanted in &acts {
        let at = counter(&site, "1");
        let first = site.act(AGENT, Some(&at), wanted).await.unwrap();
        assert!(matches!(first, Done::Now(_)), "{wanted:?}: {first:?}");
        let again = site.act(AGENT, Some(&at), wanted).await.unwrap();
        assert!(matches!(again, Done::Before { .. }), "{wanted:?}: {again:?}");
    }
    let standing = |site: &Site| site.look(|hall| (hall.tickets().cloned().collect::<Vec<_>>(), hall.help().len()));
    let before = standing(&site);
    open.reopen().await;
    let site = open.hall();
    assert_eq!(standing(&site), before);
    for wanted in &acts {
        let again = site.act(AGENT, Some(&counter(&site, "1")), wanted).await.unwrap();
        let newest = || site.look(|hall| hall.tickets().map(|ticket| ticket.id).max());
        let of_a_ticket = wanted.act == Act::Call || wanted.act.seen().is_some();
        let whom = if matches!(wanted.act, Act::Issue(_)) { newest() } else { of_a_ticket.then_some(ids[0]) };
        assert_eq!(again, Done::Before { ticket: whom }, "{wanted:?}");
    }
    assert_eq!(standing(&site), before);
}

#[tokio::test]
async fn what_one_server_did_another_goes_on_with_at_once() {
    let (here, there) = two_servers().await;
    let id = issue(&here).await;
    let call = wanted(Act::Call);
    let (at_here, at_there) = (counter(&here, "1"), counter(&there, "2"));
    assert!(matches!(there.act(AGENT, Some(&at_there), &call).await.unwrap(), Done::Now(_)), "it learns who waits");
    let again = here.act(AGENT, Some(&at_here), &call).await.unwrap();
    assert_eq!(again, Done::Before { ticket: Some(id) });
    done(&here, "2", Act::Start(seen_in(&here, id))).await;
    let refused = there.act(AGENT, Some(&at_here), &wanted(Act::Start(Seen { ticket: id, episode: 1 }))).await.unwrap();
    let Done::Refused(Refusal::Moved(standing)) = refused else { panic!("{refused:?}") };
    assert_eq!((standing.state, standing.counter), (State::Serving, Some("2".parse().unwrap())));
    done(&there, "2", Act::Finish { seen: seen_in(&there, id), inexact: false }).await;
    done(&here, "2", Act::Undo(Seen { ticket: id, episode: 1 })).await;
    let back = |site: &Site| site.look(|hall| hall.at_counter(&at_there.id).map(|t| (t.id, t.rank(), t.episode())));
    assert_eq!(back(&here), Some((id, Rank::Serving, 2)));
    let busy = there.act(AGENT, Some(&at_there), &wanted(Act::Close)).await.unwrap();
    assert_eq!(busy, Done::Refused(Refusal::Busy { ticket: Some(id) }));
    assert_eq!(back(&there), back(&here));
}

#[tokio::test]
async fn cancel_and_call_at_once_one_wins() {
    let (here, there) = two_servers().await;
    for _ in 0..10 {
        let id = issue(&here).await;
        let (at, cancel, call) = (counter(&there, "1"), wanted(Act::Cancel(seen_in(&here, id))), wanted(Act::Call));
        let both = tokio::join!(here.act(Who::Visitor, None, &cancel), there.act(AGENT, Some(&at), &call));
        match (both.0.unwrap(), both.1.unwrap()) {
            (Done::Now(_), Done::Nobody) => {}
            (Done::Refused(Refusal::Moved(standing)), Done::Now(_)) => {
                assert_eq!(standing.counter, Some(at.id.clone()));
                done(&there, "1", Act::Start(seen_in(&there, id))).await;
                done(&there, "1", Act::Finish { seen: seen_in(&there, id), inexact: false }).await;
            }
            both => panic!("{both:?}"),
        }
    }
}

#[tokio::test]
async fn two_agents_choose_the_same_ticket_and_one_is_told_where_it_was_called() {
    let (here, there) = two_servers().await;
    let id = issue(&here).await;
    let chosen = Act::CallThis(seen_in(&here, id));
    let (one, two) = (counter(&here, "1"), counter(&there, "2"));
    let (first, second) = (wanted(chosen.clone()), wanted(chosen));
    let both = tokio::join!(here.act(AGENT, Some(&one), &first), there.act(AGENT, Some(&two), &second));
    let (winner, told) = match (both.0.unwrap(), both.1.unwrap()) {
        (Done::Now(_), Done::Refused(Refusal::Moved(told))) => (one.id, told),
        (Done::Refused(Refusal::Moved(told)), Done::Now(_)) => (two.id, told),
        both => panic!("{both:?}"),
    };
    assert_eq!((told.state, told.counter), (State::Called, Some(winner)));
}

#[tokio::test]
async fn undo_regains_the_exact_place_and_counter() {
    let open = support::Site::open().await;
    let site = open.hall();
    let ids = [issue(&site).await, issue(&site).await, issue(&site).await];
    let queue = || site.look(|hall| hall.queue().iter().map(|ticket| ticket.id).collect::<Vec<_>>());
    done(&site, "1", Act::Call).await;
    open.advance(9);
    let undone = done(&site, "1", Act::Undo(seen_in(&site, ids[0]))).await;
    assert_eq!((undone.ticket, queue()), (Some(ids[0]), ids.to_vec()));
    done(&site, "1", Act::Call).await;
    done(&site, "1", Act::Start(seen_in(&site, ids[0]))).await;
    let transfer =
        Act::Transfer { seen: seen_in(&site, ids[0]), service: None, counter: None, place: Some(QueuePlace::Back) };
    done(&site, "1", transfer).await;
    done(&site, "1", Act::Undo(seen_in(&site, ids[0]))).await;
    let held = site.look(|hall| hall.at_counter(&"1".parse().unwrap()).map(|ticket| (ticket.id, ticket.rank())));
    assert_eq!(held, Some((ids[0], Rank::Serving)));
    open.advance(11);
    let late = site.act(AGENT, Some(&counter(&site, "1")), &wanted(Act::Undo(seen_in(&site, ids[0])))).await.unwrap();
    assert!(matches!(late, Done::Refused(Refusal::NotUndone(_))), "{late:?}");
}

#[tokio::test]
async fn r10_the_desk_writes_series_seven_and_a_duplicate_has_a_new_link() {
    let (here, there) = two_servers().await;
    let mut desks = JoinSet::new();
    for n in 0..12 {
        let site = Arc::clone(if n % 2 == 0 { &here } else { &there });
        desks.spawn(async move { done(&site, "1", Act::Issue(new_ticket())).await });
    }
    let all = desks.join_all().await;
    let label = |made: &Made| {
        let EventBody::TicketIssued(issued) = &made.events[0].body else { panic!("{made:?}") };
        issued.label.to_string()
    };
    let labels: BTreeSet<String> = all.iter().map(label).collect();
    let letter = labels.first().unwrap()[..1].to_owned();
    assert_eq!(labels, (1..=12).map(|n| format!("{letter}7 {n}")).collect());

    let (id, link) = (all[0].ticket.unwrap(), all[0].token.unwrap());
    let again = done(&here, "1", Act::Reprint(Seen { ticket: id, episode: 1 })).await;
    let other = again.token.unwrap();
    assert_ne!(link, other);
    for link in [link, other] {
        assert_eq!(here.look(|hall| hall.by_link(&link.hash()).map(|ticket| ticket.id)), Some(id));
    }
}

#[tokio::test]
async fn why_tells_what_was_stored_after_the_policy_changed() {
    let open = support::Site::open().await;
    let site = open.hall();
    let ids = [issue(&site).await, issue(&site).await];
    open.advance(14 * 60);
    done(&site, "1", Act::Call).await;
    let mut plan = accueil_server::site::Plan::clone(&site.plan());
    plan.policy.version = 9;
    site.publish(plan);
    done(&site, "2", Act::CallThis(seen_in(&site, ids[1]))).await;
    let why = site.why(ids[0], 1).await.unwrap().unwrap();
    assert_eq!((why.ticket, why.policy, why.waited_s), (ids[0], 0, 14 * 60));
    assert_eq!(why.runner_up.map(|other| other.ticket), Some(ids[1]));
    let chosen = site.why(ids[1], 1).await.unwrap().unwrap();
    assert_eq!((chosen.policy, chosen.rule), (9, queue_engine::Rule::ByHand));
    assert_eq!(site.why(ids[1], 2).await.unwrap(), None);
}

#[tokio::test]
async fn an_acts_identity_is_one_sites_and_one_kinds() {
    let open = support::Site::open_two().await;
    let (site, other) = (open.hall(), open.app.site(SECOND.parse().unwrap()).unwrap());
    let (id, elsewhere) = (issue(&site).await, issue(&other).await);
    let call = wanted(Act::Call);
    let act = async |site: &Site, wanted: &Wanted| site.act(AGENT, Some(&counter(site, "1")), wanted).await.unwrap();
    assert!(matches!(act(&site, &call).await, Done::Now(_)));
    let refused = Done::Refused(Refusal::OtherAct);
    assert_eq!(act(&other, &call).await, refused, "another site's form");
    let other_act = |act| Wanted { id: call.id, act };
    assert_eq!(act(&site, &other_act(Act::Start(seen_in(&site, id)))).await, refused, "another kind");
    assert_eq!(act(&site, &other_act(Act::Issue(new_ticket()))).await, refused);
    assert_eq!(act(&site, &other_act(Act::Close)).await, refused, "also where the hall would refuse it");
    assert_eq!(act(&site, &call).await, Done::Before { ticket: Some(id) });
    let waits = other.look(|hall| hall.queue().iter().map(|ticket| ticket.id).collect::<Vec<_>>());
    assert_eq!(waits, [elsewhere], "nobody was called there");
}

#[tokio::test]
async fn an_act_that_others_overtake_each_time_is_told_so() {
    let open = support::Site::open().await;
    let site = open.hall();
    let id = issue(&site).await;
    // The store holds what no log tells: the hall never learns why it is slower.
    let mut file = SqliteConnection::connect(open.folder.path().join("accueil.db").to_str().unwrap()).await.unwrap();
    let sql = "INSERT INTO calls (ticket, episode, site, counter, state, at) VALUES (?, 1, ?, '', 2, 0)";
    let taken = sqlx::query(sql).bind(id.0.as_bytes().as_slice()).bind(support::site_id().0.into_bytes().to_vec());
    taken.execute(&mut file).await.unwrap();
    let at = counter(&site, "1");
    for act in [Act::Call, Act::CallThis(seen_in(&site, id))] {
        let done = site.act(AGENT, Some(&at), &wanted(act)).await.unwrap();
        assert_eq!(done, Done::Refused(Refusal::Overtaken));
    }
}

#[tokio::test]
async fn whose_ticket_a_borne_cancelled_is_in_the_queue_again() {
    let open = support::Site::open().await;
    let site = open.hall();
    let borne = open.borne(1).await;
    let ticket = borne.ticket(1);
    let cancelled = event(&open, 2, EventBody::Cancelled { ticket, episode: 1, by: Actor::Visitor });
    borne.sync(&open, 1, &[borne.issued(&open, 1, "titres"), cancelled]).await;
    let before = seen_in(&site, ticket);
    assert_eq!(done(&site, "1", Act::Reinstate(before)).await.ticket, Some(ticket));
    let again = site.act(AGENT, Some(&counter(&site, "1")), &wanted(Act::Reinstate(before))).await.unwrap();
    assert!(matches!(again, Done::Refused(Refusal::Moved(_))), "{again:?}");
    assert_eq!(done(&site, "1", Act::Call).await.ticket, Some(ticket));
}

#[tokio::test]
async fn somebody_with_a_need_is_called_where_it_is_met_and_sent_nowhere_else() {
    let open = support::Site::open().await;
    let site = open.hall();
    let need = |need: &str| BTreeSet::from([need.parse().unwrap()]);
    let id = done(&site, "1", Act::Issue(NewTicket { needs: need("pmr"), ..new_ticket() })).await.ticket.unwrap();
    let call = async |at: &str| site.act(AGENT, Some(&counter(&site, at)), &wanted(Act::Call)).await.unwrap();
    assert_eq!(call("2").await, Done::Nobody, "only counter 1 is equipped");
    let act = async |act: Act| site.act(AGENT, Some(&counter(&site, "1")), &wanted(act)).await.unwrap();
    let refused = |done: &Done| matches!(done, Done::Refused(Refusal::Unknown(_)));
    let to = |service: Option<&str>, counter: Option<&str>| Act::Transfer {
        seen: seen_in(&site, id),
        service: service.map(|id| id.parse().unwrap()),
        counter: counter.map(|id| id.parse().unwrap()),
        place: None,
    };
    for act_of in [
        to(Some("ecole"), None),
        to(None, Some("2")),
        Act::Redirect { seen: seen_in(&site, id), service: "ecole".parse().unwrap() },
        Act::Issue(NewTicket { needs: need("langue-lsf"), ..new_ticket() }),
    ] {
        let done = act(act_of.clone()).await;
        assert!(refused(&done), "{act_of:?}: {done:?}");
    }
    let mut plan = accueil_server::site::Plan::clone(&site.plan());
    plan.catalogue.counters.iter_mut().for_each(|counter| counter.services.retain(|id| id.as_str() != "ecole"));
    site.publish(plan);
    let plain = issue(&site).await;
    let done = act(Act::Redirect { seen: seen_in(&site, plain), service: "ecole".parse().unwrap() }).await;
    assert!(refused(&done), "no counter receives for it any more: {done:?}");
    assert!(matches!(call("1").await, Done::Now(Made { ticket: Some(called), .. }) if called == id));
}
