//! Offline from the start: a borne never waits for its server, and the server holds each ticket once.

#![expect(clippy::unwrap_used, reason = "a test ends where its hall cannot be built")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use integration_tests::PATIENCE;
use integration_tests::borne::Options;
use integration_tests::process::until;
use integration_tests::server::Server;
use integration_tests::site::{Site, example};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use kiosk_runtime::clock::{Clock, Moment, Trust};
use kiosk_runtime::config::Server as Address;
use kiosk_runtime::identity::Identity;
use kiosk_runtime::store::{IssueRequest, Store};
use kiosk_runtime::sync::{Client, Uplink, UplinkHandle};
use wire::event::{Event, EventBody};
use wire::ids::{Language, TicketId};
use wire::label::{LabelForm, Prefix, Series};
use wire::token::TicketToken;

fn zone() -> TimeZone {
    TimeZone::get("Europe/Paris").unwrap()
}

fn issue(store: &mut Store, n: u128) {
    let request = IssueRequest {
        ticket: TicketId(uuid::Uuid::now_v7()),
        token: TicketToken::from_random(n.to_be_bytes()),
        service: "titres".parse().unwrap(),
        letter: Prefix::try_from('A').unwrap(),
        series: Series::FIRST,
        form: LabelForm::Plain,
        lang: Language::Fr,
        paperless: true,
        priority: false,
        group: 1,
        moment: Moment { at: Timestamp::now(), trust: Trust::Server, floor: Timestamp::UNIX_EPOCH },
    };
    store.issue(&request, &zone()).unwrap();
}

fn labels(server: &Server) -> Vec<String> {
    let events = server.events().unwrap();
    let bodies = events.iter().map(|raw| Event::decode(raw).unwrap().body);
    bodies.filter_map(|b| if let EventBody::TicketIssued(t) = b { Some(t.label.to_string()) } else { None }).collect()
}

fn way_up(server: &Server, identity: &Identity, data: &Path, handle: &UplinkHandle) -> Uplink {
    let client = Client::new(&Address::at(server.url()), &Clock::default()).unwrap();
    Uplink::new(client, identity.clone(), data, Clock::default(), zone(), handle.clone(), |_| {}).unwrap()
}

/// A site, and a borne's folder that is enrolled there.
async fn enrolled() -> (Site, PathBuf, Identity) {
    let site = Site::open().await.unwrap();
    let data = site.folder().join("borne");
    let identity = site.enrol(&data, false).await.unwrap();
    (site, data, identity)
}

/// The server is killed in the middle of fifty tickets and started again.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_in_the_middle_of_fifty_tickets_holds_exactly_the_fifty() {
    let (mut site, data, identity) = enrolled().await;
    let mut store = Store::open(&data).unwrap();
    let handle = UplinkHandle::default();
    let task = tokio::spawn(way_up(&site.server, &identity, &data, &handle).run());

    for n in 0..20 {
        issue(&mut store, n);
        handle.wake();
    }
    until("some tickets at the server", PATIENCE, || async { Ok((!labels(&site.server).is_empty()).then_some(())) })
        .await
        .unwrap();
    for n in 20..35 {
        issue(&mut store, n);
        handle.wake();
        if n == 25 {
            site.server.kill().unwrap();
        }
    }
    until("the borne to notice", PATIENCE, || async { Ok((!handle.status().up).then_some(())) }).await.unwrap();
    for n in 35..50 {
        issue(&mut store, n);
        handle.wake();
    }
    site.server.start().await.unwrap();
    until("everything at the server", PATIENCE, || async {
        Ok((handle.status().up && store.acked_seq()? == store.last_seq()?).then_some(()))
    })
    .await
    .unwrap();
    task.abort();

    let held = labels(&site.server);
    let expected: Vec<String> = (1..=50).map(|n| format!("A {n}")).collect();
    assert_eq!(held, expected, "each once, in order");
    let ids: BTreeSet<String> = site.server.events().unwrap().into_iter().collect();
    assert_eq!(ids.len(), 50);
}

/// A site of one service: three touches a ticket.
fn site_of_one_service(folder: &Path) -> PathBuf {
    let mut table: toml::Table = std::fs::read_to_string(example()).unwrap().parse().unwrap();
    let services = table["service"].as_array_mut().unwrap();
    services.truncate(1);
    let only = services[0]["id"].clone();
    for counter in table["counter"].as_array_mut().unwrap() {
        counter["services"] = vec![only.clone()].into();
    }
    let path = folder.join("site.toml");
    std::fs::write(&path, table.to_string()).unwrap();
    path
}

/// As above, by the real program: every ticket touched on its screen, the server killed and started again meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn fifty_visitors_are_served_by_a_borne_whose_server_is_killed() {
    let place = tempfile::tempdir().unwrap();
    let mut site = Site::of(&site_of_one_service(place.path())).await.unwrap();
    let mut borne = site.start_borne(&Options::default()).await.unwrap();
    borne.reaches("a printer that is ready", |s| s.core.printer_ready).await.unwrap();

    for visitor in 1..=50 {
        borne.tap("Prendre un ticket", &["S04"]).await.unwrap();
        borne.tap("Prendre un ticket", &["S14", "S15"]).await.unwrap();
        if visitor == 20 {
            site.server.kill().unwrap();
        }
        if visitor == 35 {
            site.server.start().await.unwrap();
        }
        borne.becomes(|code| code == "S15", PATIENCE).await.unwrap();
        borne.tap("Terminer", &["S01"]).await.unwrap();
    }
    borne.reaches("nothing left to send", |s| s.uplink.up && s.uplink.unsent == 0).await.unwrap();
    let held = labels(&site.server);
    let letter = held[0].chars().next().unwrap();
    let expected: Vec<String> = (1..=50).map(|n| format!("{letter} {n}")).collect();
    assert_eq!(held, expected, "each once, in order");
    assert_eq!(borne.tickets().unwrap().len(), 50, "each on paper once");
    borne.stop().unwrap();
}

/// The real program, its server away since before it was switched on: tickets come out, and arrive later.
#[tokio::test(flavor = "multi_thread")]
async fn a_borne_that_boots_without_its_server_issues_and_prints() {
    let mut site = Site::open().await.unwrap();
    let options = Options::default();
    let mut borne = site.borne(&options).unwrap();
    site.enrol(&borne.folder().join("data"), false).await.unwrap();
    site.server.kill().unwrap();

    borne.start(&options, None).await.unwrap();
    borne.reaches("a printer that is ready", |s| s.core.printer_ready).await.unwrap();
    borne.tap("Prendre un ticket", &["S03"]).await.unwrap();
    borne.tap("Naissance, mariage, décès", &["S04"]).await.unwrap();
    let detail = borne.screen().await.unwrap();
    assert!(detail.elements.iter().any(|e| e.label.contains("connaissons pas")), "{detail:?}");
    borne.tap("Prendre un ticket", &["S14", "S15"]).await.unwrap();
    borne.becomes(|code| code == "S15", PATIENCE).await.unwrap();
    assert_eq!(borne.tickets().unwrap().len(), 1);
    borne.reaches("a server that is away", |s| !s.uplink.up && s.uplink.fault.is_some()).await.unwrap();

    // A person asks for help: nobody can be told, so the desk is named at once.
    let help = borne.tap("Appeler une personne", &["S22"]).await.unwrap();
    assert!(help.elements.iter().any(|e| e.label.contains("guichet d’accueil")), "{help:?}");

    site.server.start().await.unwrap();
    until("the ticket at the server", PATIENCE, || async { Ok((labels(&site.server) == ["E 1"]).then_some(())) })
        .await
        .unwrap();
    borne.reaches("nothing left to send", |s| s.uplink.up && s.uplink.unsent == 0).await.unwrap();
    assert_eq!(labels(&site.server), ["E 1"], "once");
    borne.stop().unwrap();
}

/// What the server refuses stays on the borne, with a word for the technician.
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_borne_loses_nothing_and_says_so() {
    let (site, data, identity) = enrolled().await;
    site.server.command(&["borne", "revoke", &identity.borne.to_string()], "").unwrap();
    let mut store = Store::open(&data).unwrap();
    issue(&mut store, 1);
    let handle = UplinkHandle::default();
    let task = tokio::spawn(way_up(&site.server, &identity, &data, &handle).run());
    let fault = until("the refusal", PATIENCE, || async { Ok(handle.status().fault) }).await.unwrap();
    assert!(fault.contains("403"), "{fault}");
    assert_eq!((store.acked_seq().unwrap(), store.last_seq().unwrap()), (0, 1));
    task.abort();
}

/// A borne whose clock is a day off is told the server's time, and its events arrive.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_keeps_no_ticket_back() {
    let (site, data, identity) = enrolled().await;
    let mut store = Store::open(&data).unwrap();
    issue(&mut store, 1);
    let (clock, handle) = (Clock::default(), UplinkHandle::default());
    clock.advance(jiff::SignedDuration::from_hours(25));
    let client = Client::new(&Address::at(site.server.url()), &Clock::default()).unwrap();
    let uplink = Uplink::new(client, identity, &data, clock, zone(), handle.clone(), |_| {}).unwrap();
    let task = tokio::spawn(uplink.run());
    until("the ticket at the server", Duration::from_secs(30), || async {
        Ok((store.acked_seq()? == 1).then_some(()))
    })
    .await
    .unwrap();
    assert_eq!(labels(&site.server), ["A 1"]);
    task.abort();
}

/// A borne that is enrolled anew begins a log of its own: nothing is sent twice, and the old log stays beside it.
#[tokio::test(flavor = "multi_thread")]
async fn a_borne_enrolled_anew_begins_its_own_log() {
    let site = Site::open().await.unwrap();
    let data = site.folder().join("borne");
    let mut origins = Vec::new();
    for (again, n) in [(false, 1), (true, 2)] {
        let identity = site.enrol(&data, again).await.unwrap();
        let mut store = Store::open(&data).unwrap();
        issue(&mut store, n);
        assert_eq!(store.last_seq().unwrap(), 1, "a log begins at 1");
        let task = tokio::spawn(way_up(&site.server, &identity, &data, &UplinkHandle::default()).run());
        until("the ticket at the server", PATIENCE, || async { Ok((store.acked_seq()? == 1).then_some(())) })
            .await
            .unwrap();
        task.abort();
        origins.push(identity.borne);
    }
    assert_eq!(labels(&site.server).len(), 2, "one ticket of each");
    assert!(data.join(format!("borne-{}.db", origins[0])).exists());
    assert_ne!(origins[0], origins[1]);
}
