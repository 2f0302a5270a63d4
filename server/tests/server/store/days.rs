//! Service days, counters that were heard of, seats that are freed.

use accueil_server::store::{ClosedDay, ClosingMessage, Cut, KEPT_DAYS, What};
use jiff::SignedDuration;
use wire::ids::{AgentRef, CounterId, SiteId};
use wire::service_day::ServiceDay;

use super::{Opened, SITE, now, promises, uuid};

promises!(
    a_day_is_closed_once_and_may_be_opened_again,
    a_counter_was_heard_of_when_it_was_last,
    ends_of_days_and_counters_are_forgotten_with_the_tickets,
);

async fn a_day_is_closed_once_and_may_be_opened_again(on: Opened) {
    let day = "2026-11-21".parse().unwrap();
    let closed = ClosedDay { at: now(), by: Some(AgentRef(7)), message: ClosingMessage::Incident, expired: 4 };
    let later = ClosedDay { at: now() + SignedDuration::from_hours(1), by: None, ..closed };
    let cursor = on.store.tail().await.unwrap();
    assert_eq!(on.store.closed_day(SITE, day).await.unwrap(), None);
    assert!(on.store.close_day(SITE, day, &closed).await.unwrap());
    assert!(!on.store.close_day(SITE, day, &later).await.unwrap());
    assert_eq!(on.store.closed_day(SITE, day).await.unwrap(), Some(closed), "as it was closed first");
    assert_eq!(on.store.closed_day(SiteId(uuid(14)), day).await.unwrap(), None);
    assert_eq!(on.store.closed_day(SITE, day.days_before(1)).await.unwrap(), None);
    let touched = on.again().await.changes(&cursor).await.unwrap().touched;
    assert!(touched.contains(&(SITE, What::Decisions)), "other servers learn of it: {touched:?}");
    assert!(on.store.reopen_day(SITE, day).await.unwrap());
    assert!(!on.store.reopen_day(SITE, day).await.unwrap());
    assert!(on.store.close_day(SITE, day, &later).await.unwrap());
    assert_eq!(on.store.closed_day(SITE, day).await.unwrap(), Some(later));
}

async fn a_counter_was_heard_of_when_it_was_last(on: Opened) {
    let counter = |id: &str| -> CounterId { id.parse().unwrap() };
    let later = now() + SignedDuration::from_mins(1);
    on.store.note_heard(SITE, &[(counter("1"), later), (counter("2"), now())]).await.unwrap();
    // Another server heard of it earlier.
    on.again().await.note_heard(SITE, &[(counter("1"), now()), (counter("2"), later)]).await.unwrap();
    assert_eq!(on.store.heard(SITE).await.unwrap(), [(counter("1"), later), (counter("2"), later)]);
    assert_eq!(on.store.heard(SiteId(uuid(14))).await.unwrap(), []);
}

async fn ends_of_days_and_counters_are_forgotten_with_the_tickets(on: Opened) {
    let utc = jiff::tz::TimeZone::UTC;
    let day = ServiceDay::of(now(), &utc);
    let closed = ClosedDay { at: now(), by: Some(AgentRef(7)), message: ClosingMessage::Incident, expired: 4 };
    on.store.close_day(SITE, day, &closed).await.unwrap();
    on.store.note_heard(SITE, &[("1".parse().unwrap(), now())]).await.unwrap();
    let left = async || (on.store.closed_day(SITE, day).await.unwrap(), on.store.heard(SITE).await.unwrap().len());
    let later = |days: i64| Cut::at(now() + SignedDuration::from_hours(24 * days), &utc);
    on.store.forget(&later(i64::from(KEPT_DAYS))).await.unwrap();
    assert_eq!(left().await, (Some(closed), 1));
    on.store.forget(&later(i64::from(KEPT_DAYS) + 1)).await.unwrap();
    assert_eq!(left().await, (None, 0));
}
