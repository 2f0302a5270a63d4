//! Forgetting: what is kept no longer is gone, and a log goes on as if it were there.

use accueil_server::store::{Batch, Cut, Forgotten, Ingested, NewCall, NewEvent, Outcome, Store};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use sqlx::{Connection, PgConnection};
use wire::event::EventBody;
use wire::ids::TicketId;
use wire::token::Hash32;

use super::{DESK, Opened, SITE, batch, promises, uuid};
use crate::postgres::url;

promises!(
    a_tickets_secret_ends_with_its_day_and_its_bytes_are_still_compared,
    the_secret_of_a_duplicates_link_ends_with_its_day_too,
    what_is_eight_days_old_is_gone_and_the_log_goes_on,
    servers_that_forget_at_once_do_it_once,
);

fn at(hours: i64) -> Cut {
    cut(super::now() + SignedDuration::from_hours(hours))
}

fn cut(now: Timestamp) -> Cut {
    Cut::at(now, &TimeZone::get("Europe/Paris").unwrap())
}

async fn secrets(store: &dyn Store) -> Vec<bool> {
    let events = store.events_since(SITE, Timestamp::MIN).await.unwrap();
    let secret = |body: &EventBody| {
        if let EventBody::TicketIssued(issued) = body { Some(issued.token != Hash32([0; 32])) } else { None }
    };
    events.iter().filter_map(|received| secret(&received.event.body)).collect()
}

/// Of a day that has not come, of today, of yesterday; each under the next number, from 1.
fn issues() -> Vec<NewEvent> {
    let days = ["2026-11-23", "2026-11-22", "2026-11-21"];
    let issue = |(seq, day): (u64, &str)| {
        let raw = super::measure::tickets(day.parse().unwrap(), &"titres".parse().unwrap(), super::now(), seq, 1);
        NewEvent::read(raw[0].clone()).unwrap().kept
    };
    (1..).zip(days).map(issue).collect()
}

async fn a_tickets_secret_ends_with_its_day_and_its_bytes_are_still_compared(on: Opened) {
    let received_at = super::now() + SignedDuration::from_hours(24);
    let sent = |nonce| Batch { events: issues(), received_at, ..batch(on.borne, nonce, 1, 0, "") };
    assert_eq!(on.ingest(sent(1)).await, Ingested::Stored { hwm: 3 });
    let told = on.store.forget(&at(24)).await.unwrap();
    assert_eq!(told.tokens, 1, "that of yesterday");
    assert_eq!(secrets(on.store.as_ref()).await, [true, true, false]);
    assert_eq!(on.store.forget(&at(25)).await.unwrap(), Forgotten::default());
    assert_eq!(on.ingest(sent(2)).await, Ingested::Sequence { expected: 4 }, "the same bytes are no clone");
    let told = on.store.forget(&at(48)).await.unwrap();
    assert_eq!(told.tokens, 2, "whatever they say, they were received yesterday");
    assert_eq!(secrets(on.store.as_ref()).await, [false, false, false]);
    let log = on.store.log(on.borne, 1).await.unwrap();
    assert!(
        log.iter().all(|received| matches!(&received.event.body, EventBody::TicketIssued(i) if i.label.number > 0))
    );
    assert_eq!(on.ingest(sent(3)).await, Ingested::Sequence { expected: 4 });
    assert_eq!(on.ingest(Batch { received_at, ..batch(on.borne, 4, 2, 1, "Mars") }).await, Ingested::Cloned { seq: 2 });
}

async fn the_secret_of_a_duplicates_link_ends_with_its_day_too(on: Opened) {
    let (ticket, token) = (TicketId(uuid(1)), Some(Hash32::of(b"new")));
    on.tell(EventBody::Reprinted { ticket, token }).await;
    assert_eq!(on.store.forget(&at(1)).await.unwrap(), Forgotten::default());
    assert_eq!(on.store.forget(&at(24)).await.unwrap().tokens, 1);
    let log = on.store.log(DESK, 1).await.unwrap();
    let erased = EventBody::Reprinted { ticket, token: Some(Hash32([0; 32])) };
    assert_eq!(log.into_iter().map(|received| received.event.body).collect::<Vec<_>>(), [erased]);
    assert_eq!(on.store.forget(&at(25)).await.unwrap(), Forgotten::default());
}

async fn what_is_eight_days_old_is_gone_and_the_log_goes_on(on: Opened) {
    on.issue(5_000).await;
    let call = NewCall { call: uuid(1), candidates: vec![on.candidate(1)], counter: "1".parse().unwrap(), seat: None };
    on.store.call(DESK, super::now(), &call).await.unwrap();
    assert_eq!(on.store.forget(&at(7 * 24)).await.unwrap().events, 0);
    assert_eq!(on.store.count_events(on.borne).await.unwrap(), 5_000);
    assert_eq!(on.store.forget(&at(8 * 24)).await.unwrap().events, 5_001);
    for origin in [on.borne, DESK] {
        assert_eq!(on.store.count_events(origin).await.unwrap(), 0);
    }
    assert_eq!(on.store.acted(uuid(1)).await.unwrap(), None);
    assert_eq!(on.store.call(DESK, super::now(), &call).await.unwrap(), Outcome::Taken);
    let received_at = super::now() + SignedDuration::from_hours(8 * 24);
    assert_eq!(on.ingest(batch(on.borne, 2, 7, 3, "Mars")).await, Ingested::Sequence { expected: 5_001 });
    let next = Batch { received_at, ..batch(on.borne, 3, 5_001, 1, "Mars") };
    assert_eq!(on.ingest(next).await, Ingested::Stored { hwm: 5_001 });
}

async fn servers_that_forget_at_once_do_it_once(on: Opened) {
    on.issue(5_000).await;
    let mut servers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let store = on.again().await;
        servers.spawn(async move { store.forget(&at(24 * 24)).await.unwrap() });
    }
    let told = servers.join_all().await;
    assert_eq!(told.iter().map(|told| told.events).sum::<u64>(), 5_000, "{told:?}");
}

/// Rows of PostgreSQL know the transaction that wrote them, which the changes' times and the logs' rows know as well.
#[tokio::test]
async fn no_row_of_anonymous_answers_tells_when_its_upload_came() {
    let on = Opened::postgres().await;
    for n in [3, 1, 2] {
        let cell = super::records::cell(Some(["ecole", "titres", "retrait"][n - 1]), false, 1, n as u128);
        assert!(on.store.add_cells(SITE, uuid(n as u128), &[cell]).await.unwrap());
        on.ingest(batch(on.borne, n as u64, n as u64, 0, "")).await;
    }
    on.store.forget(&at(0)).await.unwrap();
    let mut database = PgConnection::connect(&url(&on.address)).await.unwrap();
    let writers = "SELECT count(DISTINCT xmin::text) FROM
        (SELECT xmin FROM survey_batches UNION ALL SELECT xmin FROM survey_cells) AS rows";
    assert_eq!(sqlx::query_scalar::<_, i64>(writers).fetch_one(&mut database).await.unwrap(), 1);
    let order = "SELECT service FROM survey_cells ORDER BY ctid";
    let services: Vec<String> = sqlx::query_scalar(order).fetch_all(&mut database).await.unwrap();
    assert_eq!(services, ["ecole", "retrait", "titres"]);
    assert_eq!(on.store.cells(SITE).await.unwrap().len(), 3);
    assert!(!on.store.add_cells(SITE, uuid(1), &[]).await.unwrap());
}

/// What may happen to a log.
#[derive(Clone, Debug)]
enum Act {
    /// So many new events.
    Append(u64),
    /// Part of what is there already, and so many after it.
    Again {
        from: u64,
        count: u64,
    },
    /// Hours pass.
    Wait(i64),
    Forget,
    Restart,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        (1..40u64).prop_map(Act::Append),
        (0..100u64, 1..60u64).prop_map(|(from, count)| Act::Again { from, count }),
        (1..80i64).prop_map(Act::Wait),
        Just(Act::Forget),
        Just(Act::Restart),
    ];
    proptest::collection::vec(act, 1..25)
}

fn event(seq: u64) -> NewEvent {
    let raw = format!(r#"{{"seq":{seq},"at":"2026-11-21T08:42:00Z","type":"teleported"}}"#);
    NewEvent::read(raw).unwrap().kept
}

async fn play(on: Opened, acts: Vec<Act>) {
    let mut store = on.again().await;
    let zone = TimeZone::get("Europe/Paris").unwrap();
    let mut now: Timestamp = "2026-11-21T08:42:00Z".parse().unwrap();
    let borne = on.borne;
    // When each event was received, and how many of the first have been forgotten.
    let (mut received, mut forgotten): (Vec<Timestamp>, usize) = (Vec::new(), 0);
    for (act, nonce) in acts.into_iter().zip(1..) {
        let hwm = received.len() as u64;
        let batch = |from_seq: u64, count: u64| {
            let events = (from_seq..from_seq + count).map(event).collect();
            Batch { origin: borne, nonce, from_seq, events, received_at: now, clock_offset_ms: None }
        };
        match act {
            Act::Append(count) => {
                let stored = store.ingest(&[batch(hwm + 1, count)]).await.unwrap()[0];
                assert_eq!(stored, Ingested::Stored { hwm: hwm + count });
                received.extend((0..count).map(|_| now));
            }
            Act::Again { from, count } if hwm > 0 => {
                let answer = store.ingest(&[batch(from % hwm + 1, count)]).await.unwrap()[0];
                assert_eq!(answer, Ingested::Sequence { expected: hwm + 1 });
            }
            Act::Again { .. } => {}
            Act::Wait(hours) => now += SignedDuration::from_hours(hours),
            Act::Forget => {
                let cut = Cut::at(now, &zone);
                let before = received.iter().take_while(|at| **at < cut.kept_from).count();
                let told = store.forget(&cut).await.unwrap();
                assert_eq!(told.events, (before - forgotten) as u64);
                forgotten = before;
            }
            Act::Restart => store = on.again().await,
        }
        assert_eq!(store.bornes(SITE).await.unwrap()[0].hwm, received.len() as u64);
        assert_eq!(store.count_events(borne).await.unwrap(), (received.len() - forgotten) as u64);
    }
    assert!(store.alarms(SITE, 1).await.unwrap().is_empty());
}

fn run(play: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(play);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_log_is_contiguous_whatever_is_forgotten_repeated_and_restarted(acts in acts()) {
        run(async { play(Opened::sqlite().await, acts).await });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn on_postgresql_as_well(acts in acts()) {
        run(async { play(Opened::postgres().await, acts).await });
    }
}
