//! A store of an earlier version keeps everything when it is brought up to date.

use std::borrow::Cow;
use std::path::Path;

use accueil_server::roles::Role;
use accueil_server::store::sqlite::SqliteStore;
use accueil_server::store::{
    Acted, AlarmKind, Candidate, Enrolled, Enrolling, Grant, Ingested, NewAction, NewCall, NewCommand, NewEvent,
    Outcome, StoreAddress, StoreError, measure,
};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Connection, Executor, PgConnection, SqlSafeStr, SqliteConnection};
use tempfile::TempDir;
use wire::enrolment::PublicKey;
use wire::ids::{AgentRef, CommandId, OriginId, TicketId};
use wire::token::Hash32;

use super::{DESK, SITE, batch, now, ticket, uuid};
use crate::postgres;

/// The first version's tables, and a row or two in each.
const FIRST: &str = include_str!("../../../src/store/sqlite/migrations/0001_first.sql");

fn hex(bytes: &[u8]) -> String {
    format!("x'{}'", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

fn filled(tickets: &[String]) -> String {
    let id = |n: u128| hex(uuid(n).as_bytes());
    let hash = |text: &str| hex(&Hash32::of(text.as_bytes()).0);
    let ms = now().as_millisecond();
    let mut sql = format!(
        "INSERT INTO settings VALUES ('server_key', x'2a');
         INSERT INTO origins (id, uuid, site, name, enrolled_at, hwm) VALUES (1, {}, {site}, 'desk', {ms}, 1);
         INSERT INTO origins VALUES (2, {}, {site}, 'Borne 01', {}, 1, {ms}, NULL, NULL, 3, 40);
         INSERT INTO origins VALUES (3, {}, {site}, 'Borne 02', {}, 2, {ms}, {ms}, {ms}, 0, 1);
         INSERT INTO enrolment_codes VALUES ({}, {site}, 'Borne 03', {}, 9, NULL);
         INSERT INTO quarantine VALUES (3, 1, {}, {ms}, '{{}}');
         INSERT INTO alarms (at, origin, kind, detail) VALUES ({ms}, {}, 'cloned', 'of old');
         INSERT INTO calls VALUES ({}, {}, 1, '4', 1), ({}, {}, 1, '5', 2);
         INSERT INTO accounts VALUES ('Léa', 'agent', 'phc');
         INSERT INTO sessions VALUES ({session}, 'Léa', {});
         INSERT INTO seats VALUES ('4', {session}, {ms});
         INSERT INTO survey_batches VALUES ({});
         INSERT INTO survey_cells VALUES ('2026-1', '', '2026-11-21.am', '1.4', 0, 6);",
        hex(DESK.0.as_bytes()),
        id(1),
        hex(&[1; 32]),
        id(2),
        hex(&[2; 32]),
        hash("code"),
        ms + 1_000,
        hash("{}"),
        id(2),
        id(50),
        hex(ticket(1).0.as_bytes()),
        id(51),
        hex(ticket(2).0.as_bytes()),
        ms + 1_000,
        id(60),
        site = hex(SITE.0.as_bytes()),
        session = hash("session"),
    );
    for (seq, raw) in (1..).zip(tickets) {
        let kept = NewEvent::read(raw.clone()).unwrap().kept;
        let about = kept.ticket.map_or_else(|| "NULL".to_owned(), |ticket: TicketId| hex(ticket.0.as_bytes()));
        let (kind, hash) = (&kept.kind, hex(&kept.hash.0));
        sql += &format!("INSERT INTO events VALUES (2, {seq}, {ms}, -250, '{kind}', {about}, {hash}, '{raw}');");
    }
    sql
}

#[tokio::test]
async fn a_file_of_the_first_version_keeps_everything() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("accueil.db");
    let tickets = measure::tickets("2026-11-21".parse().unwrap(), &"titres".parse().unwrap(), now(), 1, 3);
    let mut old = SqliteConnection::connect(&format!("sqlite://{}?mode=rwc", path.display())).await.unwrap();
    let first = Migration::new(1, Cow::Borrowed("first"), MigrationType::Simple, FIRST.into_sql_str(), false);
    Migrator::with_migrations(vec![first]).run(&mut old).await.unwrap();
    old.execute(sqlx::AssertSqlSafe(filled(&tickets))).await.unwrap();
    old.close().await.unwrap();

    for _ in 0..2 {
        let store = accueil_server::store::open(&StoreAddress::Sqlite(path.clone())).await.unwrap();
        assert_eq!(store.setting_or("server_key", vec![1]).await.unwrap(), [42]);
        let bornes = store.bornes(SITE).await.unwrap();
        let shown: Vec<_> = bornes.iter().map(|b| (b.name.as_str(), b.series.digit(), b.hwm)).collect();
        assert_eq!(shown, [("Borne 01", 1, 3), ("Borne 02", 2, 0)]);
        assert_eq!((bornes[1].revoked_at, bornes[1].quarantined_at), (Some(now()), Some(now())));
        assert_eq!(bornes[0].public_key, PublicKey([1; 32]));
        let log = store.log(bornes[0].id, 1).await.unwrap();
        assert_eq!(log.iter().map(|received| received.event.encode()).collect::<Vec<_>>(), tickets);
        let alarm = &store.alarms(SITE, 10).await.unwrap()[0];
        assert_eq!((alarm.kind.as_str(), alarm.detail.as_str(), alarm.at), ("cloned", "of old", now()));
        let account = store.account("Léa").await.unwrap().unwrap();
        assert_eq!((account.id, account.password.as_deref()), (AgentRef(1), Some("phc")));
        assert_eq!(account.grants, [Grant { site: None, role: Role::Agent }]);
        let seated = store.session(Hash32::of(b"session"), now()).await.unwrap().unwrap();
        assert_eq!(
            (seated.account, seated.site, seated.counter),
            (AgentRef(1), Some(SITE), Some("4".parse().unwrap()))
        );
        assert_eq!(store.seats(SITE, now()).await.unwrap(), [("4".parse().unwrap(), "Léa".to_owned())]);
        assert!(!store.add_cells(SITE, uuid(60), &[]).await.unwrap());
        assert_eq!(store.cells(SITE).await.unwrap()[0].count, 6);
    }

    let store = accueil_server::store::open(&StoreAddress::Sqlite(path.clone())).await.unwrap();
    let call = |n, seq, counter: &str| {
        let candidate = Candidate { ticket: ticket(seq), episode: 1, origin: OriginId(uuid(1)), seq, decision: None };
        NewCall { call: uuid(n), candidates: vec![candidate], counter: counter.parse().unwrap(), seat: None }
    };
    let made = async |wanted| store.call(DESK, now(), &wanted).await.unwrap();
    assert_eq!(made(call(50, 1, "4")).await, Outcome::Before(Acted { ticket: Some(ticket(1)), ..Acted::default() }));
    assert_eq!(made(call(70, 3, "4")).await, Outcome::Busy);
    assert_eq!(made(call(71, 2, "5")).await, Outcome::Taken);
    assert!(matches!(made(call(72, 3, "5")).await, Outcome::Made(events) if events[0].seq == 2));
    let again = batch(OriginId(uuid(1)), 41, 3, 1, "Mars");
    assert!(!store.claim_nonce(OriginId(uuid(1)), 40).await.unwrap());
    assert_eq!(store.ingest(&[again]).await.unwrap(), [Ingested::Cloned { seq: 3 }], "its bytes are compared");
    let enrolling = Enrolling {
        code: Hash32::of(b"code"),
        site: SITE,
        id: OriginId(uuid(3)),
        public_key: PublicKey([3; 32]),
        name: String::new(),
        at: now(),
        day_begins: now(),
    };
    let Enrolled::Done { series, .. } = store.enrol(&enrolling).await.unwrap() else { panic!("the code is good") };
    assert_eq!(series.digit(), 3, "the second one's is in use until tomorrow");
    assert!(store.raise(now(), OriginId(uuid(1)), AlarmKind::Clock, "new", &[]).await.unwrap());
}

/// The same on PostgreSQL, whose first version was later.
const FIRST_DATABASE: &str = include_str!("../../../src/store/postgres/migrations/0001_first.sql");

#[tokio::test]
async fn a_database_of_the_first_version_keeps_everything() {
    let address = postgres::empty().await;
    let mut old = PgConnection::connect(&postgres::url(&address)).await.unwrap();
    let first = Migration::new(1, Cow::Borrowed("first"), MigrationType::Simple, FIRST_DATABASE.into_sql_str(), false);
    Migrator::with_migrations(vec![first]).run(&mut old).await.unwrap();
    let tickets = measure::tickets("2026-11-21".parse().unwrap(), &"titres".parse().unwrap(), now(), 1, 1);
    let kept = NewEvent::read(tickets[0].clone()).unwrap().kept;
    let (hash, raw) = (Hash32::of(b"session"), &tickets[0]);
    let bytes = |bytes: &[u8]| format!("'\\{}'::bytea", hex(bytes).replace('\'', ""));
    let sql = format!(
        "INSERT INTO origins (uuid, site, name, enrolled_at) VALUES ('{}', '{site}', 'desk', 0);
         INSERT INTO origins (uuid, site, name, public_key, series, enrolled_at, hwm)
             VALUES ('{borne}', '{site}', 'Borne 01', '\\x00', 1, 0, 1);
         INSERT INTO events (origin, seq, received_at, kind, ticket, hash, raw)
             SELECT id, 1, 0, '{}', '{ticket}', {}, '{raw}' FROM origins WHERE series = 1;
         INSERT INTO changes DEFAULT VALUES;
         INSERT INTO calls (call, ticket, episode, counter, at) VALUES ('{}', '{ticket}', 1, '4', 0);
         INSERT INTO accounts VALUES ('Léa', 'agent', 'phc'), ('Anne', 'agent', 'other');
         INSERT INTO sessions VALUES ({session}, 'Léa', {});
         INSERT INTO seats VALUES ('4', {session}, 0);
         INSERT INTO survey_cells VALUES ('2026-1', '', '2026-11-21.am', '1.4', false, 6);",
        DESK.0,
        kept.kind,
        bytes(&kept.hash.0),
        uuid(50),
        now().as_millisecond() + 1_000,
        site = SITE.0,
        borne = uuid(1),
        ticket = ticket(1).0,
        session = bytes(&hash.0),
    );
    old.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    old.close().await.unwrap();

    let store = accueil_server::store::open(&address).await.unwrap();
    let shown: Vec<_> = store.accounts(Some(SITE)).await.unwrap().into_iter().map(|a| (a.id, a.name)).collect();
    assert_eq!(shown, [(AgentRef(1), "Anne".to_owned()), (AgentRef(2), "Léa".to_owned())]);
    let account = store.account("Léa").await.unwrap().unwrap();
    assert_eq!(account.grants, [Grant { site: None, role: Role::Agent }]);
    let seated = store.session(hash, now()).await.unwrap().unwrap();
    assert_eq!((seated.account, seated.site, seated.counter), (account.id, Some(SITE), Some("4".parse().unwrap())));
    assert_eq!(store.cells(SITE).await.unwrap()[0].count, 6);
    let candidate = Candidate { ticket: ticket(1), episode: 1, origin: OriginId(uuid(1)), seq: 1, decision: None };
    let call = NewCall { call: uuid(51), candidates: vec![candidate], counter: "4".parse().unwrap(), seat: None };
    assert_eq!(store.call(DESK, now(), &call).await.unwrap(), Outcome::Busy);
}

/// How a kind of store writes bytes, identities and yes.
struct Written {
    bytes: fn(&[u8]) -> String,
    id: fn(u128) -> String,
    yes: &'static str,
}

/// A borne that was heard of and said how it is, a ticket, an alarm that lasts and one that ended, a command, somebody who
/// signed in: as programs left them that knew of reports and alarms, and of nothing that is asked of bornes.
fn left(ticket_of: &str, Written { bytes, id, yes }: &Written) -> String {
    let kept = NewEvent::read(ticket_of.to_owned()).unwrap().kept;
    let (desk, site, borne) = (id(DESK.0.as_u128()), id(SITE.0.as_u128()), id(1));
    let ms = now().as_millisecond();
    format!(
        "INSERT INTO origins (uuid, site, name, enrolled_at) VALUES ({desk}, {site}, 'desk', {ms});
         INSERT INTO origins (uuid, site, name, public_key, series, enrolled_at, hwm, nonce, heard_at)
             VALUES ({borne}, {site}, 'Borne 01', {key}, 1, {ms}, 1, 40, {ms});
         INSERT INTO events (origin, seq, received_at, kind, ticket, hash, raw)
             SELECT id, 1, {ms}, '{kind}', {ticket}, {hash}, '{ticket_of}' FROM origins WHERE series = 1;
         INSERT INTO reports (borne, at, raw) VALUES ({borne}, {ms}, '{{\"version\":\"0.1.0\"}}');
         INSERT INTO alarms (at, origin, kind, detail, lasts) VALUES ({ms}, {borne}, 'paper_out', 'lasts', {yes});
         INSERT INTO alarms (at, origin, kind, detail, lasts, ended_at)
             VALUES ({before}, {borne}, 'silent', 'ended', {yes}, {ms});
         INSERT INTO commands (id, borne, body, expires_at) VALUES ({command}, {borne}, 'command', {later});
         INSERT INTO accounts (name, password) VALUES ('Léa', 'phc');
         INSERT INTO grants (account, site, role) SELECT id, {site}, 'technician' FROM accounts;",
        key = bytes(&[1; 32]),
        kind = kept.kind,
        ticket = id(ticket(1).0.as_u128()),
        hash = bytes(&kept.hash.0),
        command = id(50),
        before = ms - 7_200_000,
        later = ms + 600_000,
    )
}

/// The steps up to a version.
async fn steps(kind: &str, last: i64) -> Migrator {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/store/{kind}/migrations"));
    let all = Migrator::new(folder).await.unwrap();
    Migrator::with_migrations(all.iter().filter(|step| step.version <= last).cloned().collect())
}

async fn keeps_what_was_left(address: &StoreAddress, ticket_of: &str) {
    for _ in 0..2 {
        let store = accueil_server::store::open(address).await.unwrap();
        let borne = &store.bornes(SITE).await.unwrap()[0];
        assert_eq!((borne.name.as_str(), borne.series.digit(), borne.hwm), ("Borne 01", 1, 1));
        assert_eq!(store.log(borne.id, 1).await.unwrap()[0].event.encode(), ticket_of);
        assert!(!store.claim_nonce(borne.id, 40).await.unwrap(), "a repeated request stays one");
        let words = &store.last_words(SITE).await.unwrap()[0];
        assert_eq!((words.heard_at, words.report.as_ref().map(|(at, _)| *at)), (Some(now()), Some(now())));
        let alarms = store.alarms(SITE, 10).await.unwrap();
        let told: Vec<_> = alarms.iter().map(|alarm| (alarm.detail.as_str(), alarm.lasts, alarm.ended_at)).collect();
        assert_eq!(told, [("ended", true, Some(now())), ("lasts", true, None)]);
        assert_eq!(store.open_commands(borne.id, now()).await.unwrap()[0], "command");
        let account = store.account("Léa").await.unwrap().unwrap();
        assert_eq!(account.grants, [Grant { site: Some(SITE), role: Role::Technician }]);
    }
    // What came since works on it.
    let (store, borne) = (accueil_server::store::open(address).await.unwrap(), OriginId(uuid(1)));
    let command = NewCommand { id: CommandId(uuid(51)), borne, body: "logs".into(), expires_at: now() };
    let asked = NewAction { command, kind: "logs", asked_by: "Léa".into(), asked_at: now() };
    assert!(store.ask(&asked).await.unwrap());
    assert_eq!(store.all_wanted(SITE).await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_store_of_two_versions_before_keeps_everything() {
    let ticket_of = measure::tickets("2026-11-21".parse().unwrap(), &"titres".parse().unwrap(), now(), 1, 1).remove(0);
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("accueil.db");
    let mut file = SqliteConnection::connect(&format!("sqlite://{}?mode=rwc", path.display())).await.unwrap();
    steps("sqlite", 18).await.run(&mut file).await.unwrap();
    let written = Written { bytes: hex, id: |n| hex(uuid(n).as_bytes()), yes: "1" };
    file.execute(sqlx::AssertSqlSafe(left(&ticket_of, &written))).await.unwrap();
    file.close().await.unwrap();
    keeps_what_was_left(&StoreAddress::Sqlite(path), &ticket_of).await;

    let address = postgres::empty().await;
    let mut database = PgConnection::connect(&postgres::url(&address)).await.unwrap();
    steps("postgres", 14).await.run(&mut database).await.unwrap();
    let bytes = |bytes: &[u8]| format!("'\\{}'::bytea", hex(bytes).replace('\'', ""));
    let written = Written { bytes, id: |n| format!("'{}'", uuid(n)), yes: "true" };
    database.execute(sqlx::AssertSqlSafe(left(&ticket_of, &written))).await.unwrap();
    database.close().await.unwrap();
    keeps_what_was_left(&address, &ticket_of).await;
}

#[tokio::test]
async fn a_store_of_a_later_version_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("accueil.db");
    SqliteStore::open(&path).await.unwrap();
    let later = |bytes: &str| {
        sqlx::AssertSqlSafe(format!(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (9999, 'later', true, {bytes}, 0)"
        ))
    };
    let mut file = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    file.execute(later("x'00'")).await.unwrap();
    let address = postgres::database().await;
    let mut database = PgConnection::connect(&postgres::url(&address)).await.unwrap();
    database.execute(later("''")).await.unwrap();
    for address in [StoreAddress::Sqlite(path), address] {
        let refused = accueil_server::store::open(&address).await.err().unwrap();
        assert!(matches!(refused, StoreError::Later { .. }), "{refused}");
    }
}

#[tokio::test]
async fn servers_that_start_at_once_on_an_empty_database_all_start() {
    let address = postgres::empty().await;
    let mut servers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let address = address.clone();
        servers.spawn(async move { accueil_server::store::open(&address).await.map(drop) });
    }
    for started in servers.join_all().await {
        started.unwrap();
    }
}
