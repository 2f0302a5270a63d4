//! What a screen announces, of a hall as it is: pure.
//!
//! Each ring is an entry of a log, and that entry is its number: the same on every server and after every restart, so a
//! screen that remembers what it rang never rings it twice. The screens make their own order of them, one at a time.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use queue_engine::{Hall, LastCall, UndoneCall};
use wire::catalogue::{Catalogue, Counter, Display, Layout};
use wire::ids::{CounterId, ServiceId};

/// For how long a call is rung; screens show older ones in silence.
pub(crate) const RING_FOR: SignedDuration = SignedDuration::from_secs(60);
/// For how long screens are told that a call was taken back; they tell it 5 s long themselves.
const UNDONE_FOR: SignedDuration = SignedDuration::from_secs(20);
/// Looked at of a hall's calls: as many as a minute may bring, and enough for the screens of one hall.
const LOOKED_AT: usize = 64;

/// A screen of a site.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Board<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) display: &'a Display,
}

/// What a screen shows and rings, newest first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Announced {
    /// The last calls, one line a ticket.
    pub(crate) calls: Vec<LastCall>,
    /// Those of the last minute: whoever has not rung one yet rings it.
    pub(crate) rings: Vec<LastCall>,
    /// Calls that were taken back.
    pub(crate) undone: Vec<UndoneCall>,
}

impl Board<'_> {
    /// What there is to announce.
    pub(crate) fn announced(&self, hall: &Hall, lines: usize, now: Timestamp) -> Announced {
        let mut calls = hall.last_calls(LOOKED_AT);
        calls.retain(|call| self.tells(&call.service, &call.counter));
        let rings = calls.iter().take_while(|call| now.duration_since(call.at) < RING_FOR).cloned().collect();
        if let Some(counter) = self.over() {
            // Over a counter stands who is expected there, and nobody else.
            let held = hall.all_at_counter(counter);
            calls.retain(|call| held.iter().any(|ticket| ticket.id == call.ticket));
        }
        calls.truncate(lines);
        let mut undone = hall.undone_calls(now - UNDONE_FOR);
        undone.retain(|call| self.tells(&call.service, &call.counter));
        Announced { calls, rings, undone }
    }

    /// The counter it hangs over.
    pub(crate) fn over(&self) -> Option<&CounterId> {
        self.display.counter.as_ref().filter(|_| self.display.layout == Layout::Counter)
    }

    /// Whether the person may sit before it: in the call's hall, or anywhere where they wait in another one. A person who
    /// took a ticket for a service sits where that service's counters are.
    fn tells(&self, service: &ServiceId, counter: &CounterId) -> bool {
        let Some(counter) = self.catalogue.counter(counter) else {
            return self.over().is_none();
        };
        if self.catalogue.shows(self.display, counter) {
            return true;
        }
        self.over().is_none() && self.changes_hall(service, counter)
    }

    /// « Salle changée »
    fn changes_hall(&self, service: &ServiceId, to: &Counter) -> bool {
        let serving = self.catalogue.counters.iter().filter(|counter| counter.services.contains(service));
        // A counter of no hall is heard in all of them; nobody sits anywhere else for its sake.
        let halls: BTreeSet<_> = serving.filter_map(|counter| counter.zone.as_ref()).collect();
        halls != to.zone.iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use queue_engine::Received;
    use uuid::Uuid;
    use wire::event::{Event, EventBody, Rank};
    use wire::ids::{OriginId, TicketId};

    use super::*;

    const CATALOGUE: &str = include_str!("../../config/examples/marseille/site.toml");

    fn at(second: i64) -> Timestamp {
        let start: Timestamp = "2026-11-21T08:42:00Z".parse().unwrap();
        start + SignedDuration::from_secs(second)
    }

    fn ticket(n: u32) -> TicketId {
        TicketId(Uuid::from_u128(u128::from(n) | 7 << 76))
    }

    /// Counters 1 and 2 stand in hall A, 3 and 4 in hall B; a screen hangs in each, one in both, one over counter 3.
    fn catalogue() -> Catalogue {
        let (before, after) = CATALOGUE.split_once("[[display]]").unwrap();
        let (_, after) = after.split_once("\n[survey]").unwrap();
        let mut text = format!("{before}\n[survey]{after}");
        for (id, rest) in [
            ("a", "zones = [\"salle-a\"]"),
            ("b", "zones = [\"salle-b\"]"),
            ("both", "layout = \"orientation\""),
            ("over", "layout = \"guichet\"\ncounter = \"3\""),
        ] {
            let display = format!("[[display]]\nid = \"{id}\"\nname = {{ fr = \"{id}\" }}\n{rest}\n\n[survey]");
            text = text.replacen("[survey]", &display, 1);
        }
        Catalogue::from_toml(&text).unwrap()
    }

    struct Hands {
        hall: Hall,
        seq: u64,
        catalogue: Catalogue,
    }

    impl Hands {
        fn new() -> Self {
            let day = "2026-11-21".parse().unwrap();
            Self { hall: Hall::new(day, TimeZone::UTC), seq: 0, catalogue: catalogue() }
        }

        fn write(&mut self, second: i64, body: EventBody) {
            self.seq += 1;
            let event = Event { seq: self.seq, at: at(second), body };
            let origin = OriginId(Uuid::from_u128(9));
            self.hall.apply(&Received { origin, received_at: at(second), clock_offset_ms: None, event });
        }

        fn issue(&mut self, n: u32, service: &str) {
            let json = serde_json::json!({
                "seq": 1, "at": at(0), "type": "ticket_issued", "ticket": ticket(n), "label": format!("A {n}"),
                "service": service, "lang": "fr", "day": "2026-11-21", "token": "0".repeat(64),
            });
            let event: Event = serde_json::from_value(json).unwrap();
            self.write(0, event.body);
        }

        fn call(&mut self, second: i64, n: u32, episode: u32, counter: &str) {
            let call = Uuid::from_u128(u128::from(n) << 32 | u128::from(episode));
            let body = serde_json::json!({
                "seq": 1, "at": at(0), "type": "called", "ticket": ticket(n), "episode": episode, "counter": counter,
                "call": call,
            });
            let event: Event = serde_json::from_value(body).unwrap();
            self.write(second, event.body);
        }

        fn told(&self, display: &str, second: i64) -> Announced {
            let display = self.catalogue.display(&display.parse().unwrap()).unwrap();
            Board { catalogue: &self.catalogue, display }.announced(&self.hall, 4, at(second))
        }

        fn numbers(&self, display: &str, second: i64) -> Vec<u32> {
            self.told(display, second).calls.iter().map(|call| call.label.number).collect()
        }
    }

    #[test]
    fn every_ring_is_a_number_of_its_own() {
        let mut hands = Hands::new();
        (1..=5).for_each(|n| hands.issue(n, "titres"));
        // Five calls within three seconds, on four lines: five rings.
        (1..=5).for_each(|n| hands.call(10 + i64::from(n / 2), n, 1, "1"));
        let told = hands.told("a", 13);
        assert_eq!((told.calls.len(), told.rings.len()), (4, 5));
        let mut entries: Vec<_> = told.rings.iter().map(|ring| ring.entry).collect();
        entries.sort_unstable();
        entries.dedup();
        assert_eq!(entries.len(), 5);
        // A recall is another one, on the same line.
        hands.write(20, EventBody::Recalled { ticket: ticket(5), episode: 1 });
        let again = hands.told("a", 20);
        assert_eq!(again.calls.len(), 4);
        assert!(again.rings[0].ticket == ticket(5) && !entries.contains(&again.rings[0].entry));
        // The same events folded anew, as after a restart, give the same numbers.
        assert_eq!(hands.told("a", 20), again);
        assert!(hands.told("a", 80).rings.is_empty() && hands.told("a", 80).calls.len() == 4, "older ones are shown");
    }

    #[test]
    fn a_call_goes_to_its_zone_and_to_all_when_the_hall_changed() {
        let mut hands = Hands::new();
        hands.issue(1, "titres");
        hands.issue(2, "ecole");
        hands.call(10, 2, 1, "3");
        assert_eq!((hands.numbers("a", 11), hands.numbers("b", 11)), (vec![], vec![2]), "school is hall b's");
        assert_eq!((hands.numbers("both", 11), hands.numbers("over", 11)), (vec![2], vec![2]));
        // Counter 4 stands in no hall: it is heard in all of them.
        hands.call(12, 1, 1, "4");
        assert_eq!((hands.numbers("a", 13), hands.numbers("b", 13)), (vec![1], vec![1, 2]));
        assert_eq!(hands.numbers("over", 13), [2], "over a counter stands its own call");
        hands.issue(3, "ecole");
        hands.call(14, 3, 1, "1");
        assert_eq!((hands.numbers("a", 15), hands.numbers("b", 15)), (vec![3, 1], vec![3, 1, 2]), "the hall changed");
    }

    #[test]
    fn a_call_that_was_taken_back_is_told_where_it_was_shown() {
        let mut hands = Hands::new();
        hands.issue(1, "ecole");
        hands.call(10, 1, 1, "3");
        let (ticket, rank) = (ticket(1), Rank::Waiting);
        hands.write(15, EventBody::Undone { ticket, episode: 2, back_to: 1, rank });
        let told = hands.told("b", 16);
        assert!(told.calls.is_empty() && told.rings.is_empty());
        assert_eq!(told.undone.iter().map(|call| call.label.number).collect::<Vec<_>>(), [1]);
        assert!(hands.told("a", 16).undone.is_empty());
        assert!(hands.told("b", 60).undone.is_empty());
    }

    #[test]
    fn over_a_counter_nothing_stands_once_nobody_is_expected() {
        let mut hands = Hands::new();
        hands.issue(1, "ecole");
        hands.call(10, 1, 1, "3");
        assert_eq!(hands.numbers("over", 11), [1]);
        let finished = serde_json::json!({
            "seq": 1, "at": at(0), "type": "no_show", "ticket": ticket(1), "episode": 1,
        });
        let event: Event = serde_json::from_value(finished).unwrap();
        hands.write(200, event.body);
        assert_eq!((hands.numbers("over", 201), hands.numbers("b", 201)), (vec![], vec![1]));
    }
}
