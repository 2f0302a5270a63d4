//! A badge's whole way: its card is read, the server's administrator adds it, the borne gets it and opens by it, with the
//! server and without; removed, it opens nothing from the next sync on.

#![expect(clippy::unwrap_used, reason = "a test ends where its hall cannot be built")]

use drivers::card::Uid;
use integration_tests::PATIENCE;
use integration_tests::process::until;
use integration_tests::site::Site;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use kiosk_runtime::badges::{Badges, Begun, Verdict};
use kiosk_runtime::clock::{Clock, Moment, Trust};
use kiosk_runtime::config::Server as Address;
use kiosk_runtime::store::{IssueRequest, Store};
use kiosk_runtime::sync::{Client, Uplink, UplinkHandle};
use wire::ids::{Language, TicketId};
use wire::label::{LabelForm, Prefix, Series};
use wire::staff::{Pin, StaffRole};
use wire::token::TicketToken;

fn zone() -> TimeZone {
    TimeZone::get("Europe/Paris").unwrap()
}

/// Something to send, so that the borne does not wait for its next poll.
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

#[tokio::test(flavor = "multi_thread")]
async fn a_badge_opens_with_its_pin_while_the_server_is_away_until_it_is_removed() {
    let mut site = Site::open().await.unwrap();
    let data = site.folder().join("borne");
    let address = Address::at(site.server.url());
    let identity = site.enrol(&data, false).await.unwrap();

    let badges = Badges::open(&data, identity.site);
    let (uid, pin) = (Uid::new(&[0x04, 0xA2, 0x2B, 0xC1]).unwrap(), Pin::typed("271828").unwrap());
    assert_eq!(badges.begin(&uid, Timestamp::now()), Begun::NoList);
    let handle = UplinkHandle::default();
    let way_up = |badges: &Badges| {
        let client = Client::new(&address, &Clock::default()).unwrap();
        let news = |_| {};
        let uplink = Uplink::new(client, identity.clone(), &data, Clock::default(), zone(), handle.clone(), news);
        tokio::spawn(uplink.unwrap().with_badges(badges.clone()).run())
    };
    let task = way_up(&badges);
    let reaches = |badges: &Badges, count| {
        let badges = badges.clone();
        async move {
            until("the badges", PATIENCE, || async { Ok((badges.count() == Some(count)).then_some(())) })
                .await
                .unwrap();
        }
    };
    reaches(&badges, 0).await;

    let shown = badges.fingerprint(&uid).unwrap();
    site.server.command(&["badge", "add", &shown, "--label", "Badge 12", "--role", "technician"], "271828\n").unwrap();
    assert_eq!(badges.begin(&uid, Timestamp::now()), Begun::Unknown, "not before the next sync");
    let mut store = Store::open(&data).unwrap();
    issue(&mut store, 1);
    handle.wake();
    reaches(&badges, 1).await;

    site.server.kill().unwrap();
    task.abort();
    let restarted = Badges::open(&data, identity.site);
    let opened = Verdict::Opened { role: StaffRole::Technician, label: "Badge 12".to_owned() };
    assert_eq!(restarted.verify(&uid, &pin, Timestamp::now()), opened, "without the server, after a restart");
    let wrong = Pin::typed("000000").unwrap();
    assert_eq!(restarted.verify(&uid, &wrong, Timestamp::now()), Verdict::Wrong);

    site.server.command(&["badge", "remove", "Badge 12"], "").unwrap();
    site.server.start().await.unwrap();
    let task = way_up(&restarted);
    reaches(&restarted, 0).await;
    assert_eq!(restarted.begin(&uid, Timestamp::now()), Begun::Unknown);
    assert_eq!(restarted.verify(&uid, &pin, Timestamp::now()), Verdict::Wrong);
    task.abort();
}
