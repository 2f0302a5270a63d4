//! A ticket that was taken offline and comes late.

use http::StatusCode;

use crate::support::Site;
use crate::support::acts::tickets;
use crate::support::pages::number;
use crate::web::{Agent, Web, account};

#[tokio::test]
async fn a_late_ticket_takes_its_true_place_and_says_so() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    account(&site, "Léa").await;
    let early = borne.issued(&site, 1, "titres");
    site.advance(19 * 60);
    let other = site.borne(2).await;
    assert_eq!(other.sync(&site, 1, &[other.issued(&site, 1, "titres")]).await.status, StatusCode::OK);
    assert_eq!(borne.sync(&site, 1, &[early]).await.status, StatusCode::OK);
    let web = Web::start(&site).await;
    let agent = Agent::at(&web, "Léa", "1").await;
    let page = agent.page().await;
    assert!(page.contains("Pris hors ligne à 9 h 42, reçu à 10 h 01"), "{page}");
    let first = page.find("<li id=\"t-").unwrap();
    assert!(page[first..].starts_with(&format!("<li id=\"t-{}\"", borne.ticket(1))), "{page}");
    web.stop().await;
}

#[tokio::test]
async fn a_late_ticket_leaves_those_who_are_called_where_they_are() {
    let site = Site::open().await;
    let (late, borne) = (site.borne(2).await, site.borne(1).await);
    account(&site, "Léa").await;
    account(&site, "Omar").await;
    let early = late.issued(&site, 1, "titres");
    site.advance(10 * 60);
    tickets(&site, &borne, &["titres"; 3]).await;
    let web = Web::start(&site).await;
    let (lea, omar) = (Agent::at(&web, "Léa", "1").await, Agent::at(&web, "Omar", "2").await);
    lea.submit(&lea.page().await, "/guichet/appeler").await;
    let (_, page) = omar.submit(&omar.page().await, "/guichet/appeler").await;
    omar.submit(&page, "/guichet/demarrer").await;
    let held = || {
        site.hall().look(|hall| {
            ["1", "2"].map(|counter| {
                let ticket = hall.at_counter(&counter.parse().unwrap()).unwrap();
                (ticket.id, ticket.episode(), ticket.rank(), ticket.call().cloned())
            })
        })
    };
    let before = held();
    assert_eq!(before[0].0, borne.ticket(1));

    // It was there first, and comes when both are gone to their counters.
    assert_eq!(late.sync(&site, 1, &[early]).await.status, StatusCode::OK);
    assert_eq!(held(), before, "nobody is moved");
    assert_eq!(number(&lea.page().await).as_deref(), Some("A 1"));
    let (status, page) = lea.submit(&lea.page().await, "/guichet/demarrer").await;
    assert!(status == 200 && number(&page).as_deref() == Some("A 1"), "the call goes on: {page}");
    lea.submit(&page, "/guichet/terminer").await;
    lea.submit(&lea.page().await, "/guichet/appeler").await;
    let next = site.hall().look(|hall| hall.at_counter(&"1".parse().unwrap()).unwrap().id);
    assert_eq!(next, late.ticket(1), "the late one is next");
    web.stop().await;
}
