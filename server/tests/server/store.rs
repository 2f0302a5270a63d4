//! What every store promises. A store to come runs the same suite.

use std::collections::BTreeSet;
use std::sync::Arc;

use accueil_server::store::sqlite::SqliteStore;
use accueil_server::store::{
    Account, AlarmKind, Batch, CallOutcome, Cut, Decision, Enrolled, Enrolling, Ingested, Matter, NewCall, NewEvent,
    NewOrigin, Role, SeatOutcome, Session, Step, StepKind, Store, measure,
};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use tokio::task::JoinSet;
use uuid::Uuid;
use wire::enrolment::PublicKey;
use wire::event::EventBody;
use wire::ids::{HelpId, OriginId, SiteId, TicketId};
use wire::token::Hash32;

fn now() -> Timestamp {
    "2026-11-21T08:42:00Z".parse().unwrap()
}

fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

const SITE: SiteId = SiteId(Uuid::from_u128(13));
const DESK: OriginId = OriginId(Uuid::from_u128(7));

/// A store with a desk and one borne, and where it lives.
async fn sqlite() -> (Arc<dyn Store>, OriginId, TempDir) {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(&folder.path().join("accueil.db")).await.unwrap();
    store.ensure_desk(&NewOrigin { id: DESK, site: SITE, at: now() }).await.unwrap();
    let code = Hash32::of(b"code");
    store.add_code(SITE, code, Some("Borne 01"), now() + SignedDuration::from_hours(24)).await.unwrap();
    let enrolling = Enrolling {
        code,
        site: SITE,
        id: OriginId(uuid(1)),
        public_key: PublicKey([1; 32]),
        name: "its own".into(),
        at: now(),
        day_begins: now(),
    };
    assert!(matches!(store.enrol(&enrolling).await.unwrap(), Enrolled::Done { .. }));
    (Arc::new(store), enrolling.id, folder)
}

fn batch(origin: OriginId, nonce: u64, from_seq: u64, count: u64, word: &str) -> Batch {
    let event = |seq| {
        let raw = format!(r#"{{"seq":{seq},"at":"2026-11-21T08:42:00Z","type":"teleported","to":"{word}"}}"#);
        NewEvent::read(raw).unwrap().kept
    };
    Batch {
        origin,
        nonce,
        from_seq,
        events: (from_seq..from_seq + count).map(event).collect(),
        received_at: now(),
        clock_offset_ms: Some(-250),
    }
}

#[tokio::test]
async fn the_library_has_the_fix_for_the_wal_reset() {
    let (_, _, folder) = sqlite().await;
    let store = SqliteStore::open(&folder.path().join("accueil.db")).await.unwrap();
    let version = store.engine_version().await.unwrap();
    let figures: Vec<u32> = version.split('.').map(|figure| figure.parse().unwrap()).collect();
    assert!(figures >= vec![3, 51, 3], "SQLite {version}");
}

#[tokio::test]
async fn a_log_is_contiguous_and_never_overwritten() {
    let (store, borne, _folder) = sqlite().await;
    assert_eq!(store.ingest(&batch(borne, 1, 1, 3, "Mars")).await.unwrap(), Ingested::Stored { hwm: 3 });
    assert_eq!(store.ingest(&batch(borne, 2, 5, 1, "Mars")).await.unwrap(), Ingested::Sequence { expected: 4 });
    assert_eq!(store.ingest(&batch(borne, 3, 2, 5, "Mars")).await.unwrap(), Ingested::Sequence { expected: 4 });
    assert_eq!(store.ingest(&batch(borne, 3, 4, 1, "Mars")).await.unwrap(), Ingested::Replay);
    assert_eq!(store.ingest(&batch(borne, 4, 4, 0, "")).await.unwrap(), Ingested::Stored { hwm: 3 });
    let copy = store.ingest(&batch(borne, 2, 3, 2, "Venus")).await.unwrap();
    assert_eq!(copy, Ingested::Cloned { seq: 3 }, "its counter is behind, and still it is found out");
    assert_eq!(store.ingest(&batch(borne, 6, 4, 1, "Mars")).await.unwrap(), Ingested::Cloned { seq: 4 });
    assert_eq!(store.count_events(borne).await.unwrap(), 3);
    assert_eq!(store.alarms(10).await.unwrap().len(), 1, "one alarm, however often it happens");
    let stranger = batch(OriginId(uuid(99)), 1, 1, 1, "Mars");
    assert_eq!(store.ingest(&stranger).await.unwrap(), Ingested::Revoked);
}

#[tokio::test]
async fn bytes_come_back_as_they_were_written() {
    let (store, borne, _folder) = sqlite().await;
    let help = HelpId(uuid(5));
    let raw = format!(r#"{{ "seq":1,"at":"2026-11-21T08:41:00Z" ,"type":"help_requested","help":"{help}"}}"#);
    let reading = NewEvent::read(raw).unwrap();
    let mut sent = batch(borne, 1, 1, 0, "");
    sent.events.push(reading.kept);
    store.ingest(&sent).await.unwrap();
    let answered = store.append(DESK, now(), EventBody::HelpAnswered { help }).await.unwrap();
    let all = store.events_since(now()).await.unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!((all[0].origin, &all[0].event), (DESK, &answered));
    assert_eq!(
        (all[1].origin, all[1].clock_offset_ms, Some(&all[1].event)),
        (borne, Some(-250), reading.event.as_ref())
    );
    assert!(store.events_since(now() + SignedDuration::from_secs(1)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_code_belongs_to_its_site_and_gives_its_name() {
    let (store, _, _folder) = sqlite().await;
    assert_eq!(store.bornes().await.unwrap()[0].name, "Borne 01");
    let elsewhere = Enrolling {
        code: Hash32::of(b"second"),
        site: SiteId(uuid(14)),
        id: OriginId(uuid(2)),
        public_key: PublicKey([2; 32]),
        name: "Borne 02".into(),
        at: now(),
        day_begins: now(),
    };
    store.add_code(SITE, elsewhere.code, None, now() + SignedDuration::from_hours(1)).await.unwrap();
    assert_eq!(store.enrol(&elsewhere).await.unwrap(), Enrolled::WrongCode);
    assert!(matches!(store.enrol(&Enrolling { site: SITE, ..elsewhere }).await.unwrap(), Enrolled::Done { .. }));
    assert_eq!(store.bornes().await.unwrap()[1].name, "Borne 02");
}

fn call(call: u128, ticket: u128, counter: &str) -> NewCall {
    NewCall { call: uuid(call), ticket: TicketId(uuid(ticket)), episode: 1, counter: counter.parse().unwrap() }
}

fn step(ticket: u128, counter: &str, kind: StepKind) -> Step {
    Step { counter: counter.parse().unwrap(), ticket: TicketId(uuid(ticket)), episode: 1, kind }
}

#[tokio::test]
async fn r12_a_ticket_is_called_once_and_a_counter_holds_one() {
    let (store, _, _folder) = sqlite().await;
    assert!(matches!(store.call(DESK, now(), &call(1, 100, "1")).await.unwrap(), CallOutcome::Made(_)));
    let again = store.call(DESK, now(), &call(1, 101, "1")).await.unwrap();
    assert_eq!(again, CallOutcome::Repeated(TicketId(uuid(100))));
    assert_eq!(store.call(DESK, now(), &call(2, 101, "1")).await.unwrap(), CallOutcome::Busy);
    assert_eq!(store.call(DESK, now(), &call(3, 100, "2")).await.unwrap(), CallOutcome::Taken);
    assert_eq!(store.called_by(uuid(1)).await.unwrap(), Some(TicketId(uuid(100))));
    assert_eq!(store.called_by(uuid(9)).await.unwrap(), None);
    assert_eq!(store.count_events(DESK).await.unwrap(), 1);
}

#[tokio::test]
async fn steps_go_forward_from_the_state_they_need() {
    let (store, _, _folder) = sqlite().await;
    store.call(DESK, now(), &call(1, 100, "1")).await.unwrap();
    let take =
        async |ticket, counter, kind| store.step(DESK, now(), &step(ticket, counter, kind)).await.unwrap().is_some();
    assert!(!take(100, "1", StepKind::Finish).await, "service has not started");
    assert!(!take(100, "2", StepKind::Start).await, "another counter");
    assert!(!take(101, "1", StepKind::Start).await, "another ticket");
    assert!(take(100, "1", StepKind::Recall).await);
    assert!(take(100, "1", StepKind::Start).await);
    assert!(!take(100, "1", StepKind::Recall).await);
    assert!(!take(100, "1", StepKind::NoShow).await);
    assert!(take(100, "1", StepKind::Finish).await);
    assert!(!take(100, "1", StepKind::Finish).await);
    store.call(DESK, now(), &call(2, 101, "1")).await.unwrap();
    assert!(take(101, "1", StepKind::NoShow).await);
    assert_eq!(store.count_events(DESK).await.unwrap(), 6);
}

#[tokio::test]
async fn sixteen_agents_never_get_the_same_ticket() {
    let (store, _, _folder) = sqlite().await;
    let mut agents = JoinSet::new();
    for agent in 0..16u128 {
        let store = Arc::clone(&store);
        agents.spawn(async move {
            let counter = format!("c{agent}");
            let mut mine = Vec::new();
            // Everybody tries every ticket, in the same order: the worst race there is.
            for ticket in 0..200u128 {
                let wanted = call(agent * 1_000 + ticket + 1, 10_000 + ticket, &counter);
                match store.call(DESK, now(), &wanted).await.unwrap() {
                    CallOutcome::Made(_) => {
                        mine.push(ticket);
                        for kind in [StepKind::Start, StepKind::Finish] {
                            let done = store.step(DESK, now(), &step(10_000 + ticket, &counter, kind)).await.unwrap();
                            assert!(done.is_some());
                        }
                    }
                    CallOutcome::Taken => {}
                    other @ (CallOutcome::Repeated(_) | CallOutcome::Busy) => panic!("{other:?}"),
                }
            }
            mine
        });
    }
    let all: Vec<u128> = agents.join_all().await.concat();
    assert_eq!(all.len(), 200);
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), 200);
    assert_eq!(store.count_events(DESK).await.unwrap(), 600);
}

#[tokio::test]
async fn a_counter_has_one_open_session_and_its_holder_is_named() {
    let (store, _, _folder) = sqlite().await;
    let counter = |name: &str| name.parse().unwrap();
    let session = |n: u8| Hash32::of(&[n]);
    for (n, name) in [(1, "Léa"), (2, "Omar"), (3, "Léa")] {
        store.put_account(&Account { name: name.into(), role: Role::Agent, password: "-".into() }).await.unwrap();
        let expires_at = now() + SignedDuration::from_hours(10);
        store.open_session(&Session { hash: session(n), account: name.into(), expires_at }, now()).await.unwrap();
    }
    assert_eq!(store.take_seat(session(1), &counter("4"), now()).await.unwrap(), SeatOutcome::Taken);
    let held = store.take_seat(session(2), &counter("4"), now()).await.unwrap();
    assert_eq!(held, SeatOutcome::Held { by: "Léa".into() });
    assert_eq!(store.take_seat(session(3), &counter("4"), now()).await.unwrap(), SeatOutcome::Taken, "her other tab");
    assert_eq!(store.session(session(1), now()).await.unwrap().unwrap().counter, None);
    store.call(DESK, now(), &call(1, 100, "4")).await.unwrap();
    assert_eq!(store.take_seat(session(3), &counter("1"), now()).await.unwrap(), SeatOutcome::TicketOpen);
    assert_eq!(store.seats(now()).await.unwrap(), [(counter("4"), "Léa".to_owned())]);
    store.close_session(session(3)).await.unwrap();
    assert_eq!(store.take_seat(session(2), &counter("4"), now()).await.unwrap(), SeatOutcome::Taken);
    let tomorrow = now() + SignedDuration::from_hours(10);
    assert_eq!(store.session(session(2), tomorrow).await.unwrap(), None);
    assert!(store.seats(tomorrow).await.unwrap().is_empty());
    assert_eq!(store.take_seat(session(2), &counter("4"), tomorrow).await.unwrap(), SeatOutcome::NoSession);
}

#[tokio::test]
async fn a_decision_holds_for_its_site_and_service_day_until_it_is_taken_back() {
    let (store, _, _folder) = sqlite().await;
    let days = ["2026-11-21".parse().unwrap(), "2026-11-22".parse().unwrap()];
    let decision = |matter, minutes| Decision { matter, at: now() + SignedDuration::from_mins(minutes) };
    let school = || Matter::Full("ecole".parse().unwrap());
    for made in [decision(Matter::AllFull, 0), decision(school(), 1), decision(Matter::Closing, 60)] {
        store.decide(SITE, days[0], &made).await.unwrap();
    }
    store.decide(SITE, days[0], &decision(Matter::Closing, 30)).await.unwrap();
    store.decide(SITE, days[1], &decision(school(), 600)).await.unwrap();
    let held = [decision(Matter::Closing, 30), decision(Matter::AllFull, 0), decision(school(), 1)];
    assert_eq!(store.decisions(SITE, days[0]).await.unwrap(), held);
    assert_eq!(store.decisions(SITE, days[1]).await.unwrap(), [decision(school(), 600)]);
    assert!(store.decisions(SiteId(uuid(14)), days[0]).await.unwrap().is_empty());

    assert!(store.undecide(SITE, days[0], &Matter::AllFull).await.unwrap());
    assert!(!store.undecide(SITE, days[0], &Matter::AllFull).await.unwrap());
    assert_eq!(store.decisions(SITE, days[0]).await.unwrap(), [held[0].clone(), held[2].clone()]);
    let zone = TimeZone::get("Europe/Paris").unwrap();
    store.forget(&Cut::at(now() + SignedDuration::from_hours(24), &zone)).await.unwrap();
    assert!(store.decisions(SITE, days[0]).await.unwrap().is_empty(), "its day is over");
    assert_eq!(store.decisions(SITE, days[1]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn settings_and_alarms_stay() {
    let (store, borne, _folder) = sqlite().await;
    store.ping().await.unwrap();
    assert_eq!(store.setting_or("k", b"first".to_vec()).await.unwrap(), b"first");
    assert_eq!(store.setting_or("k", b"second".to_vec()).await.unwrap(), b"first");
    assert!(store.raise(now(), borne, AlarmKind::Unreadable, "detail").await.unwrap());
    let alarms = store.alarms(1).await.unwrap();
    assert_eq!((alarms[0].at, alarms[0].origin, alarms[0].detail.as_str()), (now(), Some(borne), "detail"));
    assert!(store.claim_nonce(borne, 5).await.unwrap());
    assert!(!store.claim_nonce(borne, 5).await.unwrap());
}

#[tokio::test]
async fn an_alarm_of_a_borne_and_kind_is_kept_once_an_hour() {
    let (store, borne, _folder) = sqlite().await;
    let raise = async |minutes, kind, origin| {
        store.raise(now() + SignedDuration::from_mins(minutes), origin, kind, "detail").await.unwrap()
    };
    assert!(raise(0, AlarmKind::Clock, borne).await);
    assert!(!raise(59, AlarmKind::Clock, borne).await);
    assert!(raise(59, AlarmKind::Signature, borne).await);
    assert!(raise(59, AlarmKind::Clock, OriginId(uuid(2))).await);
    assert!(raise(60, AlarmKind::Clock, borne).await);
    assert!(raise(-30, AlarmKind::Clock, borne).await, "alarms of a clock that was ahead silence nothing");
    assert_eq!(store.alarms(10).await.unwrap().len(), 5);
}

#[tokio::test]
async fn what_is_measured_is_what_is_kept() {
    let (store, _, folder) = sqlite().await;
    let origin = measure::enrol(store.as_ref(), SITE, now()).await.unwrap();
    let events = measure::tickets("2026-11-21".parse().unwrap(), &"titres".parse().unwrap(), now(), 1, 2_500);
    measure::ingest(store.as_ref(), origin, now(), &events, 1_000).await.unwrap();
    assert_eq!(store.count_events(origin).await.unwrap(), 2_500);
    let plain = folder.path().join("plain.db");
    measure::plain_insert(&plain, now(), &events, 1_000).await.unwrap();
    let plain = SqliteStore::open(&plain).await.unwrap();
    let only = plain.bornes().await.unwrap()[0].id;
    assert_eq!(plain.count_events(only).await.unwrap(), 2_500);
}
