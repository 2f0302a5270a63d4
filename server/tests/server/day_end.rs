//! The end of a day: who was there is ended with it, comes back where it was, and nobody comes in by themselves meanwhile.

use accueil_server::Housekeeping;
use accueil_server::desk::{Act, Done, Refusal, Wanted, Who};
use accueil_server::roles::Role;
use accueil_server::store::{ClosedDay, ClosingMessage};
use http::StatusCode;
use queue_engine::{Hall, Parking, Place, State};
use uuid::Uuid;
use wire::event::{EventBody, ParkReason};
use wire::ids::TicketId;

use crate::support::acts::{act, seen, state, tickets};
use crate::support::pages::{hidden_fields, words};
use crate::support::{Borne, Site, site_id};
use crate::web::{Agent, Web, account_as};

const STAFF: Who = Who::Staff { account: None, supervises: true };

/// A hall of a site, where Léa supervises, and who waits: tickets 1 to `n`.
async fn hall(n: usize) -> (Site, Borne, Web, Agent) {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    tickets(&site, &borne, &vec!["titres"; n]).await;
    account_as(site.store().as_ref(), "Léa", Role::Supervisor, None).await;
    let web = Web::start(&site).await;
    let lea = Agent::sign_in_home(&web, "Léa").await;
    (site, borne, web, lea)
}

async fn close(lea: &Agent) {
    assert_eq!(lea.post("/salle/cloture", &[("message", "incident")]).await.status(), StatusCode::OK);
}

async fn reopen(lea: &Agent) {
    assert_eq!(lea.post("/salle/cloture/rouvrir", &[]).await.status(), StatusCode::OK);
}

async fn by(site: &Site, who: Who, act: Act) -> Done {
    site.hall().act(who, None, &Wanted { id: Uuid::new_v4(), act }).await.unwrap()
}

/// Where everybody who is left stands, in order, and which counter keeps whom.
fn standing(hall: &Hall) -> Vec<(TicketId, Option<Place>, Option<Parking>)> {
    let left = hall.queue().into_iter().chain(hall.parked());
    left.map(|ticket| (ticket.id, ticket.place().cloned(), ticket.parking().cloned())).collect()
}

/// Calls at a counter, and notes that nobody came.
async fn absent(site: &Site, counter: &str) -> TicketId {
    let called = act(site, counter, Act::Call).await.unwrap();
    site.advance(45);
    act(site, counter, Act::Recall(called)).await;
    site.advance(46);
    act(site, counter, Act::NoShow(called)).await.unwrap().ticket
}

#[tokio::test]
async fn a_day_that_is_opened_again_has_everybody_where_they_were() {
    let (site, borne, web, lea) = hall(6).await;
    let parked = act(&site, "1", Act::Call).await.unwrap();
    act(&site, "1", Act::Park { seen: parked, reason: ParkReason::Form }).await;
    let returned = absent(&site, "1").await;
    let handed = act(&site, "1", Act::Call).await.unwrap();
    let to = Act::Transfer { seen: handed, service: None, counter: Some("2".parse().unwrap()), place: None };
    act(&site, "1", to).await;
    let expected = seen(&site, borne.ticket(5));
    let slot = site.now() + jiff::SignedDuration::from_mins(40);
    assert!(matches!(by(&site, STAFF, Act::CheckIn { seen: expected, appointment: slot }).await, Done::Now(_)));
    let before = site.hall().look(standing);
    assert_eq!(before.len(), 6);
    assert!(before.iter().any(|(id, place, _)| *id == returned && place.as_ref().unwrap().returned));

    close(&lea).await;
    assert_eq!(site.hall().look(standing), []);
    // Long after anybody could take anything back by themselves.
    site.advance(3_600);
    reopen(&lea).await;
    assert_eq!(site.hall().look(standing), before);
    let appointment = site.hall().look(|hall| hall.ticket(&borne.ticket(5)).unwrap().issue().unwrap().appointment);
    assert_eq!(appointment, Some(slot));

    // By mistake once more, and once more.
    close(&lea).await;
    close(&lea).await;
    reopen(&lea).await;
    assert_eq!(site.hall().look(standing), before);
    web.stop().await;
}

#[tokio::test]
async fn who_gave_up_by_themselves_is_not_brought_back_and_does_not_come_back_into_a_closed_day() {
    let (site, borne, web, lea) = hall(4).await;
    for n in [1, 2] {
        let gone = Act::Cancel(seen(&site, borne.ticket(n)));
        assert!(matches!(by(&site, Who::Visitor, gone).await, Done::Now(_)));
    }
    close(&lea).await;
    let again = Act::Undo(seen(&site, borne.ticket(1)));
    assert_eq!(by(&site, Who::Visitor, again.clone()).await, Done::Refused(Refusal::DayClosed));
    // Reception takes somebody in after all, who gives up then.
    assert!(matches!(by(&site, STAFF, Act::Reinstate(seen(&site, borne.ticket(3)))).await, Done::Now(_)));
    assert!(matches!(by(&site, Who::Visitor, Act::Cancel(seen(&site, borne.ticket(3)))).await, Done::Now(_)));
    reopen(&lea).await;
    for n in 1..=3 {
        assert_eq!(state(&site, borne.ticket(n)), State::Cancelled, "{n}");
    }
    assert_eq!(state(&site, borne.ticket(4)), State::Waiting);
    assert!(matches!(by(&site, Who::Visitor, again).await, Done::Now(_)), "the day is open");
    web.stop().await;
}

#[tokio::test]
async fn what_comes_late_to_a_closed_day_is_ended_with_it_and_whom_staff_put_back_is_received() {
    let (site, borne, web, lea) = hall(4).await;
    let served = act(&site, "1", Act::Call).await.unwrap();
    act(&site, "1", Act::Start(served)).await;
    close(&lea).await;
    let late = borne.issued(&site, 5, "titres");
    assert_eq!(borne.sync(&site, 5, &[late]).await.status, StatusCode::OK);
    let on = Act::Transfer { seen: served, service: Some("etat-civil".parse().unwrap()), counter: None, place: None };
    let handed = act(&site, "1", on).await.unwrap();
    assert!(matches!(by(&site, STAFF, Act::Reinstate(seen(&site, borne.ticket(3)))).await, Done::Now(_)));
    site.advance(60);
    Housekeeping::default().look(&site.app).await;
    assert_eq!(state(&site, borne.ticket(5)), State::Cancelled);
    assert_eq!(state(&site, handed.ticket), State::Waiting, "an agent sent them on");
    assert_eq!(state(&site, borne.ticket(3)), State::Waiting, "reception took them in");
    // Whoever does not come when called has no turn any more.
    let absent = absent(&site, "1").await;
    assert_eq!(state(&site, absent), State::NoShow);
    reopen(&lea).await;
    assert_eq!(state(&site, borne.ticket(5)), State::Waiting);
    web.stop().await;
}

#[tokio::test]
async fn a_closing_that_was_broken_off_is_done_to_the_end() {
    let (site, borne, web, lea) = hall(3).await;
    let now = site.now();
    let day = site.hall().look(Hall::day);
    let closed = ClosedDay { at: now, by: None, message: ClosingMessage::default(), expired: 3 };
    assert!(site.store().close_day(site_id(), day, &closed).await.unwrap());
    let after = site.another().await;
    Housekeeping::default().look(&after).await;
    let there = after.site(site_id()).unwrap();
    assert_eq!(there.look(standing), []);
    // The one beside it learns of it, and opens the day again.
    reopen(&lea).await;
    assert_eq!(site.hall().look(standing).len(), 3);
    assert_eq!(state(&site, borne.ticket(1)), State::Waiting);
    web.stop().await;
}

#[tokio::test]
async fn who_was_about_to_be_ended_when_the_day_was_opened_again_is_not() {
    let (site, borne, web, lea) = hall(3).await;
    close(&lea).await;
    let beside = site.another().await;
    reopen(&lea).await;
    // The one beside it has not heard of that yet, and looks after the day.
    Housekeeping::default().look(&beside).await;
    for n in 1..=3 {
        assert_eq!(state(&site, borne.ticket(n)), State::Waiting, "{n}");
        let there = beside.site(site_id()).unwrap();
        assert!(there.look(|hall| hall.ticket(&borne.ticket(n)).unwrap().rank()) <= queue_engine::Rank::Cancelled);
    }
    let log = site.store().events_since(site_id(), site.now() - jiff::SignedDuration::from_mins(9)).await.unwrap();
    let ends = log.iter().filter(|it| matches!(it.event.body, EventBody::Cancelled { .. })).count();
    assert_eq!(ends, 3, "once each, when the day was closed");
    web.stop().await;
}

#[tokio::test]
async fn a_closed_day_gives_no_tickets_and_leaves_what_a_supervisor_had_stopped() {
    let (site, borne, web, lea) = hall(1).await;
    let bornes_give = async |seq| borne.sync(&site, seq, &[]).await.json::<wire::sync::SyncReply>().hall.is_as_usual();
    lea.post("/salle/tickets/arreter", &[]).await;
    close(&lea).await;
    let page = words(&lea.get("/salle/tickets").await.text().await.unwrap());
    assert!(page.contains("La journée est close depuis 9 h 42. Aucun ticket n’est donné"), "{page}");
    let again = lea.post("/salle/tickets/redonner", &[("matter", "full")]).await;
    assert_eq!(again.status(), StatusCode::OK);
    site.advance(2);
    assert!(!bornes_give(2).await, "the day is closed all the same");
    let desk = lea.get("/accueil").await.text().await.unwrap();
    let mut form = hidden_fields(&desk, "/accueil/ticket");
    let filled = [("service", "titres"), ("lang", "fr"), ("group", "1"), ("by", "ecran")];
    form.extend(filled.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let refused = lea.post("/accueil/ticket", &form).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    let said = words(&refused.text().await.unwrap());
    assert!(said.contains("La journée est close : aucun ticket n’est donné."), "{said}");
    lea.post("/salle/tickets/arreter", &[]).await;
    reopen(&lea).await;
    assert!(!bornes_give(2).await, "what was stopped before is stopped still");
    lea.post("/salle/tickets/redonner", &[("matter", "full")]).await;
    assert!(bornes_give(2).await);
    web.stop().await;
}

#[tokio::test]
async fn two_servers_end_one_day_once() {
    let (site, _, web, _) = hall(3).await;
    let served = act(&site, "1", Act::Call).await.unwrap();
    act(&site, "1", Act::Start(served)).await;
    let beside = site.another().await;
    let (mut here, mut there) = (Housekeeping::default(), Housekeeping::default());
    site.advance(19 * 3_600);
    tokio::join!(here.look(&site.app), there.look(&beside));
    let log = site.store().events_since(site_id(), site.now() - jiff::SignedDuration::from_mins(1)).await.unwrap();
    let ended = log.iter().filter(|received| matches!(received.event.body, EventBody::Finished { .. })).count();
    assert_eq!(ended, 1, "{log:?}");
    let day = site.hall().look(Hall::day).days_before(1);
    let closed = site.store().closed_day(site_id(), day).await.unwrap().unwrap();
    assert_eq!(closed.expired, 2);
    web.stop().await;
}
