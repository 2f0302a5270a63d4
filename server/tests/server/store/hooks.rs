//! What is on its way to other programs: queued once with how far changes were read, in order, and together where an address
//! is away.

use accueil_server::store::{Attempt, Cursor, Delivery, DeliveryState, Hook, NewDelivery, Store};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use wire::ids::SiteId;

use super::{Opened, SITE, now, promises, uuid};

promises!(
    an_address_belongs_to_its_site,
    a_delivery_is_queued_once_and_settled,
    deliveries_leave_in_the_order_in_which_they_were_queued,
    deliveries_of_an_address_wait_together_where_nobody_answers,
    a_disabled_address_is_told_nothing_and_a_removed_one_is_forgotten,
);

fn hook(n: u128, site: SiteId) -> Hook {
    let (url, kinds) = (format!("https://hooks.example/{n}"), vec!["ticket.issued".into(), "ticket.called".into()]);
    Hook { id: uuid(n), site, url, secret: [9; 32], kinds, since: later(n as i64), disabled_at: None }
}

fn later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

fn new(hook: u128, event: &str, at: Timestamp) -> NewDelivery {
    let body = format!("{{\"é\":\"{event}\"}}");
    NewDelivery { hook: uuid(hook), event: event.into(), kind: "ticket.issued".into(), body, at }
}

/// What is due for all addresses, of each so many at most.
async fn due(store: &dyn Store, at: Timestamp, most: u32) -> Vec<Delivery> {
    let mut all = Vec::new();
    for hook in store.due_hooks(at).await.unwrap() {
        let due = store.due_deliveries(hook.id, at, most).await.unwrap();
        assert!(!due.is_empty(), "{hook:?}");
        all.extend(due);
    }
    all
}

fn events(due: &[Delivery]) -> Vec<(Uuid, &str)> {
    due.iter().map(|delivery| (delivery.what.hook, delivery.what.event.as_str())).collect()
}

async fn an_address_belongs_to_its_site(opened: Opened) {
    let store = &opened.store;
    let elsewhere = SiteId(uuid(99));
    let all = [hook(1, SITE), hook(2, elsewhere), hook(3, SITE)];
    for one in &all {
        store.add_hook(one).await.unwrap();
    }
    assert_eq!(store.hooks(None).await.unwrap(), all);
    assert_eq!(store.hooks(Some(SITE)).await.unwrap(), [all[0].clone(), all[2].clone()]);
    assert!(!store.disable_hook(SITE, uuid(2), Some(now())).await.unwrap());
    assert!(!store.remove_hook(SITE, uuid(2)).await.unwrap());
    assert!(store.disable_hook(elsewhere, uuid(2), Some(now())).await.unwrap());
    assert_eq!(store.hooks(Some(elsewhere)).await.unwrap()[0].disabled_at, Some(now()));
    assert!(!format!("{:?}", all[0]).contains('9'), "a secret is not shown");
}

async fn a_delivery_is_queued_once_and_settled(opened: Opened) {
    let store = &opened.store;
    assert_eq!(store.hook_cursor().await.unwrap(), None);
    let begun = store.tail().await.unwrap();
    store.add_hook(&hook(1, SITE)).await.unwrap();
    // One for an address that is gone by now is nobody's.
    let all = [new(1, "b.1", now()), new(1, "a.1", later(1)), new(7, "a.1", now())];
    store.queue(&begun, &all).await.unwrap();
    store.queue(&Cursor::kept("farther".into()), &[new(1, "b.1", later(60))]).await.unwrap();
    assert_ne!(store.hook_cursor().await.unwrap().as_ref(), Some(&begun));
    assert_eq!(events(&due(store.as_ref(), now(), 10).await), [(uuid(1), "b.1")]);
    let come = due(store.as_ref(), later(60), 10).await;
    assert_eq!(events(&come), [(uuid(1), "b.1"), (uuid(1), "a.1")]);
    assert_eq!((&come[0].what, come[0].attempts), (&all[0], 0));
    assert_eq!(due(store.as_ref(), later(60), 1).await.len(), 1);

    let taken = Attempt { state: DeliveryState::Delivered, detail: "HTTP 204".into(), all_wait: false };
    store.settle(uuid(1), "b.1", &taken).await.unwrap();
    store.queue(&begun, &[new(1, "b.1", now())]).await.unwrap();
    assert_eq!(events(&due(store.as_ref(), later(60), 10).await), [(uuid(1), "a.1")]);
    let shown = store.deliveries(uuid(1), 10).await.unwrap();
    assert_eq!(events(&shown), [(uuid(1), "a.1"), (uuid(1), "b.1")], "the newest first");
    assert_eq!(
        (shown[1].attempts, shown[1].state, shown[1].detail.as_str()),
        (1, DeliveryState::Delivered, "HTTP 204")
    );
    assert_eq!(store.forget_deliveries(later(1)).await.unwrap(), 1);
    assert_eq!(store.deliveries(uuid(1), 10).await.unwrap().len(), 1);
}

async fn deliveries_leave_in_the_order_in_which_they_were_queued(opened: Opened) {
    let store = &opened.store;
    store.add_hook(&hook(1, SITE)).await.unwrap();
    store.add_hook(&hook(2, SITE)).await.unwrap();
    // A log whose numbers have grown longer, and one whose name sorts before it; all at one moment, in two looks.
    let names: Vec<String> =
        (1..=12).map(|seq| format!("b.{seq}")).chain((9..=11).map(|seq| format!("a.{seq}"))).collect();
    let all: Vec<NewDelivery> = names.iter().map(|name| new(1, name, now())).collect();
    store.queue(&store.tail().await.unwrap(), &all[..11]).await.unwrap();
    store.queue(&store.tail().await.unwrap(), &[&all[11..], &[new(2, "b.1", now())]].concat()).await.unwrap();
    let told = |due: &[Delivery]| due.iter().map(|delivery| delivery.what.event.clone()).collect::<Vec<_>>();
    assert_eq!(told(&store.due_deliveries(uuid(1), now(), 99).await.unwrap()), names);
    // A flood to one address is no flood to another.
    assert_eq!(due(store.as_ref(), now(), 2).await.len(), 3);
    let shown = store.deliveries(uuid(1), 99).await.unwrap();
    assert_eq!(told(&shown).into_iter().rev().collect::<Vec<_>>(), names);
}

async fn deliveries_of_an_address_wait_together_where_nobody_answers(opened: Opened) {
    let store = &opened.store;
    for n in [1, 2] {
        store.add_hook(&hook(n, SITE)).await.unwrap();
    }
    let all = [new(1, "a.1", now()), new(1, "a.2", now()), new(2, "a.1", now())];
    store.queue(&store.tail().await.unwrap(), &all).await.unwrap();
    let refused = Attempt { state: DeliveryState::Waiting(later(5)), detail: "HTTP 404".into(), all_wait: false };
    store.settle(uuid(1), "a.1", &refused).await.unwrap();
    let come = due(store.as_ref(), later(4), 9).await;
    assert_eq!(events(&come), [(uuid(1), "a.2"), (uuid(2), "a.1")]);
    let away = Attempt { state: DeliveryState::Waiting(later(60)), detail: "HTTP 503".into(), all_wait: true };
    store.settle(uuid(1), "a.2", &away).await.unwrap();
    assert_eq!(events(&due(store.as_ref(), later(59), 9).await), [(uuid(2), "a.1")]);
    assert_eq!(due(store.as_ref(), later(60), 9).await.len(), 3);
    let over = Attempt { state: DeliveryState::GivenUp, detail: "HTTP 404".into(), all_wait: false };
    store.settle(uuid(1), "a.1", &over).await.unwrap();
    assert_eq!(due(store.as_ref(), later(60), 9).await.len(), 2);
}

async fn a_disabled_address_is_told_nothing_and_a_removed_one_is_forgotten(opened: Opened) {
    let store = &opened.store;
    store.add_hook(&hook(1, SITE)).await.unwrap();
    store.queue(&store.tail().await.unwrap(), &[new(1, "a.1", now())]).await.unwrap();
    assert!(store.disable_hook(SITE, uuid(1), Some(now())).await.unwrap());
    assert_eq!(due(store.as_ref(), later(60), 9).await, []);
    assert!(store.disable_hook(SITE, uuid(1), None).await.unwrap());
    assert_eq!(due(store.as_ref(), later(60), 9).await.len(), 1);
    assert!(store.remove_hook(SITE, uuid(1)).await.unwrap());
    assert_eq!(store.deliveries(uuid(1), 9).await.unwrap(), []);
}
