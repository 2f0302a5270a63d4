//! What visitors are promised: tickets are kept seven days, and the secrets of their pages to the end of the day.

use std::time::Instant;

use accueil_server::Housekeeping;
use accueil_server::store::Session;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sqlx::{Connection, SqliteConnection};
use wire::problem::ProblemKind;
use wire::sync::SyncReply;
use wire::token::Hash32;

use crate::support::pages::number;
use crate::support::{Borne, Site, refused, site_id};
use crate::web::{Agent, DEADLINE, Web, account};

const DAY_S: i64 = 24 * 3600;

/// Whether any of the store's files holds these bytes.
fn holds(site: &Site, bytes: &[u8]) -> bool {
    let files = std::fs::read_dir(site.folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let stores = files.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("accueil.db"));
    let mut contents = stores.map(|path| std::fs::read(path).unwrap());
    contents.any(|content| content.windows(bytes.len()).any(|window| window == bytes))
}

fn token(ticket: &Value) -> String {
    ticket["token"].as_str().unwrap().to_owned()
}

async fn count(site: &Site, table: &str) -> i64 {
    let file = site.folder.path().join("accueil.db");
    let mut connection = SqliteConnection::connect(file.to_str().unwrap()).await.unwrap();
    let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
}

async fn expect_seq(site: &Site, borne: &Borne, from_seq: u64, events: &[Value], expected: u64) {
    site.advance(1);
    let answer = borne.sync(site, from_seq, events).await;
    refused(&answer, 409, ProblemKind::Sequence);
    assert_eq!(answer.problem().expected_seq, Some(expected));
}

#[tokio::test]
async fn after_seven_days_a_ticket_has_left_the_store_and_its_log_goes_on() {
    let mut site = Site::open().await;
    let mut housekeeping = Housekeeping::default();
    let borne = site.borne(1).await;
    let old: Vec<Value> = (1..=3).map(|seq| borne.issued(&site, seq, "titres")).collect();
    assert_eq!(borne.sync(&site, 1, &old).await.status, StatusCode::OK);
    for _ in 0..7 {
        site.advance(DAY_S);
        housekeeping.look(&site.app).await;
        assert_eq!(site.store().count_events(borne.id).await.unwrap(), 3);
    }
    let recent = borne.issued(&site, 4, "titres");
    assert_eq!(borne.sync(&site, 4, std::slice::from_ref(&recent)).await.status, StatusCode::OK);
    let ticket = borne.ticket(1);
    assert!(holds(&site, ticket.to_string().as_bytes()) && holds(&site, ticket.0.as_bytes()));

    site.advance(DAY_S);
    housekeeping.look(&site.app).await;
    assert_eq!(site.store().count_events(borne.id).await.unwrap(), 1);
    assert!(!holds(&site, ticket.to_string().as_bytes()) && !holds(&site, ticket.0.as_bytes()));

    // Sent again it is neither new nor another event, whether or not the server was restarted.
    for _ in 0..2 {
        expect_seq(&site, &borne, 1, &old, 5).await;
        expect_seq(&site, &borne, 2, &[old[1].clone(), old[2].clone(), recent.clone()], 5).await;
        assert_eq!(site.store().count_events(borne.id).await.unwrap(), 1);
        assert_eq!(site.store().bornes(site_id()).await.unwrap()[0].hwm, 4);
        site.reopen().await;
        housekeeping.look(&site.app).await;
    }
    // The borne was silent for a week, which is an alarm of its own.
    assert!(site.store().alarms(site_id(), 10).await.unwrap().iter().all(|alarm| alarm.lasts));
    let reply: SyncReply = borne.sync(&site, 5, &[]).await.json();
    assert_eq!((reply.hwm, reply.waits[0].ahead), (4, 0));
    // What is kept is still compared.
    site.advance(1);
    refused(&borne.sync(&site, 4, &[borne.issued(&site, 4, "ecole")]).await, 409, ProblemKind::Cloned);
}

#[tokio::test]
async fn a_tickets_secret_ends_with_its_service_day() {
    let site = Site::open().await;
    let mut housekeeping = Housekeeping::default();
    let borne = site.borne(1).await;
    let first = borne.issued(&site, 1, "titres");
    assert_eq!(borne.sync(&site, 1, std::slice::from_ref(&first)).await.status, StatusCode::OK);
    housekeeping.look(&site.app).await;
    assert!(holds(&site, token(&first).as_bytes()), "today it opens a page");

    // 03:59 the next morning in Paris, then the cut-over.
    site.advance(18 * 3600 + 17 * 60);
    housekeeping.look(&site.app).await;
    assert!(holds(&site, token(&first).as_bytes()));
    site.advance(60);
    housekeeping.look(&site.app).await;
    assert!(!holds(&site, token(&first).as_bytes()));
    assert_eq!(site.store().count_events(borne.id).await.unwrap(), 1, "the ticket itself stays");
    let kept = site.store().events_since(site_id(), Timestamp::MIN).await.unwrap();
    assert!(kept.iter().any(|received| received.event.encode().contains(&borne.ticket(1).to_string())));

    // Its bytes are still compared by their hash.
    expect_seq(&site, &borne, 1, std::slice::from_ref(&first), 2).await;
    assert!(site.store().alarms(site_id(), 10).await.unwrap().is_empty());

    // One of yesterday that arrives late loses its secret within the hour; one of today, and one of a borne that does
    // not know the date and is waiting now, keep theirs.
    let mut late = borne.issued(&site, 2, "titres");
    late["day"] = "2026-11-21".into();
    let mut today = borne.issued(&site, 3, "titres");
    today["day"] = "2026-11-22".into();
    let mut lost = borne.issued(&site, 4, "titres");
    (lost["day"], lost["uncertain"]) = ("2023-05-04".into(), true.into());
    let events = [late, today, lost];
    assert_eq!(borne.sync(&site, 2, &events).await.status, StatusCode::OK);
    site.advance(3600);
    housekeeping.look(&site.app).await;
    let held = events.each_ref().map(|ticket| holds(&site, token(ticket).as_bytes()));
    assert_eq!(held, [false, true, true]);

    let other = borne.issued(&site, 1, "ecole");
    refused(&borne.sync(&site, 1, std::slice::from_ref(&other)).await, 409, ProblemKind::Cloned);
    site.advance(DAY_S);
    housekeeping.look(&site.app).await;
    assert_eq!(events.map(|ticket| holds(&site, token(&ticket).as_bytes())), [false; 3]);
    assert_eq!(count(&site, "quarantine").await, 1, "another event under its number");
    site.advance(7 * DAY_S);
    housekeeping.look(&site.app).await;
    assert_eq!(count(&site, "quarantine").await, 0);
    assert!(
        site.store().bornes(site_id()).await.unwrap()[0].quarantined_at.is_some(),
        "what it says of the borne stays"
    );
}

#[tokio::test]
async fn a_ticket_that_a_counter_never_let_go_of_ends_with_its_day_and_leaves_the_store() {
    let site = Site::open().await;
    let mut housekeeping = Housekeeping::default();
    let borne = site.borne(1).await;
    account(&site, "Léa").await;
    assert_eq!(borne.sync(&site, 1, &[borne.issued(&site, 1, "titres")]).await.status, StatusCode::OK);
    let web = Web::start(&site).await;
    let agent = Agent::at(&web, "Léa", "1").await;
    let (_, page) = agent.submit(&agent.page().await, "/guichet/appeler").await;
    assert_eq!(number(&page).as_deref(), Some("A 1"));
    for (days, calls) in [(7, 1), (1, 0)] {
        site.advance(days * DAY_S);
        housekeeping.look(&site.app).await;
        let agent = Agent::at(&web, "Léa", "1").await;
        assert_eq!(number(&agent.page().await), None);
        assert_eq!(count(&site, "calls").await, calls);
    }
    web.stop().await;
}

#[tokio::test]
async fn sessions_that_are_over_leave_the_store() {
    let site = Site::open().await;
    let mut housekeeping = Housekeeping::default();
    account(&site, "Léa").await;
    for (n, hours) in [(1, 1), (2, 3)] {
        let expires_at = site.now() + SignedDuration::from_hours(hours);
        let account = site.store().account("Léa").await.unwrap().unwrap().id;
        let fresh_until = site.now();
        let session = Session { hash: Hash32::of(&[n]), account, site: None, fresh_until, expires_at };
        site.store().open_session(&session, site.now()).await.unwrap();
    }
    housekeeping.look(&site.app).await;
    assert_eq!(count(&site, "sessions").await, 2);
    site.advance(2 * 3600);
    housekeeping.look(&site.app).await;
    assert_eq!(count(&site, "sessions").await, 1);
}

#[tokio::test]
async fn a_server_that_was_off_for_weeks_forgets_when_it_starts() {
    let mut site = Site::open().await;
    let borne = site.borne(1).await;
    let events: Vec<Value> = (1..=900).map(|seq| borne.issued(&site, seq, "titres")).collect();
    for from in [1, 301, 601] {
        assert_eq!(borne.sync(&site, from, &events[from as usize - 1..][..300]).await.status, StatusCode::OK);
    }
    site.advance(30 * DAY_S);
    site.reopen().await;
    assert_eq!(site.store().count_events(borne.id).await.unwrap(), 900);
    let web = Web::start(&site).await;
    let deadline = Instant::now() + DEADLINE;
    while site.store().count_events(borne.id).await.unwrap() > 0 {
        assert!(Instant::now() < deadline, "nothing was forgotten");
    }
    let reply: SyncReply = borne.sync(&site, 901, &[]).await.json();
    assert_eq!(reply.hwm, 900);
    web.stop().await;
}
