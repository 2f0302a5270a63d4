//! A ticket's number, its event and its print in one durable transaction (rule R4), before any byte is printed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use rusqlite::{Connection, ErrorCode};
use serde::Deserialize;
use wire::event::{Event, EventBody, TicketIssued};
use wire::ids::{Language, ServiceId, TicketId};
use wire::label::{Label, LabelForm, Prefix, Series};
use wire::service_day::ServiceDay;
use wire::token::TicketToken;

use super::log::{self, Paper};
use super::{Store, StoreError, transaction};
use crate::clock::{Moment, Trust};

/// What a ticket is made from; identities and randomness are the caller's.
#[derive(Clone, Debug)]
pub struct IssueRequest {
    /// Its identity (rule R1).
    pub ticket: TicketId,
    /// The secret of its page.
    pub token: TicketToken,
    /// What for.
    pub service: ServiceId,
    /// The service's letter.
    pub letter: Prefix,
    /// This borne's series.
    pub series: Series,
    /// Whether the series shows.
    pub form: LabelForm,
    /// The visit's language.
    pub lang: Language,
    /// No paper: no print is journalled.
    pub paperless: bool,
    /// The visitor says that they have priority.
    pub priority: bool,
    /// How many people come together, 1 to 9.
    pub group: u8,
    /// The borne's clock, and what it is worth.
    pub moment: Moment,
}

/// A ticket that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewTicket {
    /// The number people see.
    pub label: Label,
    /// The day it counts in.
    pub day: ServiceDay,
    /// The event's number, and its print's in the journal.
    pub seq: u64,
}

/// What the next number is made from: the log, as it was when it was last looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Numbers {
    /// The last event.
    last: u64,
    /// The day that tickets count in, where one has been issued.
    day: Option<ServiceDay>,
    /// The last number of each letter on that day.
    given: BTreeMap<Prefix, u32>,
    /// A ticket of that day was issued while nobody vouched for the clock.
    doubtful: bool,
}

/// What a ticket's event says of its number; of what else it says, a later version may know more.
#[derive(Deserialize)]
struct Given {
    day: ServiceDay,
    label: Label,
}

impl Numbers {
    /// Within a transaction: what is forgotten meanwhile must not be missed.
    pub(super) fn read(db: &Connection) -> rusqlite::Result<Self> {
        let fact = |name: &str| {
            let mut statement = db.prepare_cached("SELECT value FROM facts WHERE name = ?1")?;
            statement.query_row([name], |row| row.get::<_, u64>(0))
        };
        let mut numbers =
            Self { last: log::last_seq(db)?, day: None, given: BTreeMap::new(), doubtful: fact("uncertain")? > 0 };
        let mut base = db.prepare_cached("SELECT day, letter, next FROM counters ORDER BY day")?;
        let mut rows = base.query([])?;
        while let Some(row) = rows.next()? {
            let letter: String = row.get(1)?;
            let letter = letter.chars().next().and_then(|letter| Prefix::try_from(letter).ok());
            if let (Ok(day), Some(letter)) = (row.get::<_, String>(0)?.parse(), letter) {
                numbers.give(day, letter, row.get::<_, u32>(2)?.saturating_sub(1));
            }
        }
        let mut tail = db.prepare_cached("SELECT raw FROM log WHERE seq >= ?1 ORDER BY seq")?;
        let mut rows = tail.query([fact("numbered_from")?])?;
        while let Some(row) = rows.next()? {
            if let Ok(Given { day, label }) = serde_json::from_str(&row.get::<_, String>(0)?) {
                numbers.give(day, label.prefix, label.number);
            }
        }
        Ok(numbers)
    }

    /// A number of that day is taken; those of an earlier day count no more. Neither ever goes back.
    fn give(&mut self, day: ServiceDay, letter: Prefix, number: u32) {
        if self.day.is_none_or(|reached| day > reached) {
            self.given.clear();
            self.day = Some(day);
        }
        if self.day == Some(day) {
            let last = self.given.entry(letter).or_default();
            *last = number.max(*last);
        }
    }

    /// Writes down what the events so far tell, so that they may be forgotten.
    pub(super) fn settle(&self, tx: &Connection) -> rusqlite::Result<()> {
        tx.execute("DELETE FROM counters", [])?;
        if let Some(day) = self.day {
            self.hand_on(tx, day)?;
        }
        tx.execute("UPDATE facts SET value = ?1 WHERE name = 'numbered_from'", [self.last + 1])?;
        Ok(())
    }

    /// That day goes on from these numbers.
    fn hand_on(&self, tx: &Connection, day: ServiceDay) -> rusqlite::Result<()> {
        for (letter, number) in &self.given {
            let row = (day.to_string(), letter.letter().to_string(), number + 1);
            tx.execute("INSERT INTO counters VALUES (?1, ?2, ?3)", row)?;
        }
        Ok(())
    }

    /// A new day counts from one. Where tickets were issued in doubt, they may be this very day's under another name:
    /// then it goes on from their numbers, so that no number comes twice.
    fn begin_day(&self, tx: &Connection, day: ServiceDay) -> rusqlite::Result<()> {
        tx.execute("DELETE FROM counters", [])?;
        if self.doubtful {
            self.hand_on(tx, day)?;
        }
        tx.execute("UPDATE facts SET value = 0 WHERE name = 'uncertain'", [])?;
        tx.execute("UPDATE facts SET value = ?1 WHERE name = 'numbered_from'", [self.last + 1])?;
        Ok(())
    }
}

impl Store {
    /// Issues a ticket. It exists if and only if this answers `Ok`.
    ///
    /// Its event is the one row that is written: it bears the number, and its print's journal. Only a new day, or the
    /// first ticket in doubt, writes more.
    pub fn issue(&mut self, request: &IssueRequest, zone: &TimeZone) -> Result<NewTicket, StoreError> {
        let issued = match self.issue_next(request, zone) {
            // Somebody beside us added to the log, which the number of the event shows: look again. Nobody should, a
            // borne that runs is alone on its store.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                self.issue_next(request, zone)
            }
            issued => issued,
        };
        issued.map_err(self.fault())
    }

    /// An event of another kind is the last one now.
    pub(super) fn appended(&mut self, seq: u64) {
        // Where it does not follow what is known, somebody beside us has added others.
        self.numbers = self.numbers.take().filter(|numbers| numbers.last + 1 == seq);
        if let Some(numbers) = &mut self.numbers {
            numbers.last = seq;
        }
    }

    /// Looks at the numbers that were given, which the first ticket would do otherwise.
    pub fn recall_numbers(&mut self) -> Result<(), StoreError> {
        self.numbers = Some(self.transaction(Numbers::read)?);
        Ok(())
    }

    fn issue_next(&mut self, request: &IssueRequest, zone: &TimeZone) -> rusqlite::Result<NewTicket> {
        // Taken: what fails in the middle is looked at anew.
        let mut numbers = self.numbers.take().map_or_else(|| transaction(&self.db, Numbers::read), Ok)?;
        let day = counting_day(request.moment, numbers.day, zone);
        let begins = numbers.day.is_some_and(|reached| day > reached);
        let uncertain = request.moment.trust == Trust::Uncertain;
        let goes_on = !begins || numbers.doubtful;
        let number = if goes_on { numbers.given.get(&request.letter).map_or(1, |last| last + 1) } else { 1 };
        let label = Label::new(request.letter, request.series, request.form, number);
        let event = TicketIssued {
            ticket: request.ticket,
            label,
            day,
            service: request.service.clone(),
            lang: request.lang,
            token: request.token.hash(),
            paperless: request.paperless,
            uncertain,
            priority: request.priority,
            group: request.group,
            appointment: None,
            needs: BTreeSet::new(),
        };
        let paper = if request.paperless { Paper::None } else { Paper::Queued };
        let seq = numbers.last + 1;
        let event = Event { seq, at: request.moment.at, body: EventBody::TicketIssued(event) };
        let doubts = uncertain && !numbers.doubtful;
        if begins || doubts {
            transaction(&self.db, |tx| {
                if begins {
                    numbers.begin_day(tx, day)?;
                }
                if doubts {
                    tx.execute("UPDATE facts SET value = 1 WHERE name = 'uncertain'", [])?;
                }
                log::insert(tx, &event, paper)
            })?;
        } else {
            log::insert(&self.db, &event, paper)?;
        }
        if begins {
            numbers.doubtful = false;
            if goes_on {
                numbers.day = Some(day);
            }
        }
        numbers.doubtful |= uncertain;
        numbers.give(day, request.letter, number);
        numbers.last = seq;
        self.numbers = Some(numbers);
        Ok(NewTicket { label, day, seq })
    }
}

/// The service day of a ticket (rule R6): a clock that goes back keeps counting in the day it had reached. One that
/// nobody vouches for begins no day, except a first one, which is certainly not in the future.
fn counting_day(moment: Moment, reached: Option<ServiceDay>, zone: &TimeZone) -> ServiceDay {
    let told = if moment.trust == Trust::Uncertain { moment.floor } else { moment.at };
    let day = ServiceDay::of(told, zone);
    match reached {
        Some(reached) if moment.trust == Trust::Uncertain => reached,
        Some(reached) => reached.max(day),
        None => day,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;
    use wire::ids::HelpId;

    use super::*;

    pub(in crate::store) fn request(n: u128, letter: char, at: &str) -> IssueRequest {
        IssueRequest {
            ticket: TicketId(uuid::Uuid::from_u128(n)),
            token: TicketToken::from_random(n.to_be_bytes()),
            service: "etat-civil".parse().unwrap(),
            letter: letter.try_into().unwrap(),
            series: Series::FIRST,
            form: LabelForm::Plain,
            lang: Language::Fr,
            paperless: false,
            priority: false,
            group: 1,
            moment: sure(at),
        }
    }

    fn sure(at: &str) -> Moment {
        Moment { at: at.parse().unwrap(), trust: Trust::Server, floor: "2026-11-20T18:00:00Z".parse().unwrap() }
    }

    fn in_doubt(at: &str) -> Moment {
        Moment { trust: Trust::Uncertain, ..sure(at) }
    }

    fn paris() -> TimeZone {
        TimeZone::get("Europe/Paris").unwrap()
    }

    #[test]
    fn r4_number_event_and_print_are_one() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        let ticket = store.issue(&request(1, 'B', "2026-11-21T09:00:00Z"), &paris()).unwrap();
        assert_eq!((ticket.label.to_string().as_str(), ticket.seq), ("B 1", 1));
        let pending = store.pending(10, 1 << 20).unwrap();
        let event = Event::decode(&pending.raw[0]).unwrap();
        assert!(
            matches!(event.body, EventBody::TicketIssued(t) if t.label == ticket.label && t.ticket.0.as_u128() == 1)
        );
        assert_eq!(store.open_prints().unwrap().len(), 1);
    }

    #[test]
    fn a_letter_counts_by_itself_from_one_each_service_day() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        let mut label = |n, letter, at| store.issue(&request(n, letter, at), &paris()).unwrap().label.to_string();
        assert_eq!(label(1, 'B', "2026-11-21T09:00:00Z"), "B 1");
        assert_eq!(label(2, 'B', "2026-11-21T22:59:00Z"), "B 2");
        assert_eq!(label(3, 'A', "2026-11-22T02:59:59Z"), "A 1"); // before the cut-over at 04:00
        assert_eq!(label(4, 'B', "2026-11-22T02:59:59Z"), "B 3");
        assert_eq!(label(5, 'B', "2026-11-22T03:00:00Z"), "B 1");
    }

    #[test]
    fn r6_a_clock_that_goes_back_keeps_counting() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        store.issue(&request(1, 'B', "2026-11-21T09:00:00Z"), &paris()).unwrap();
        let ticket = store.issue(&request(2, 'B', "1970-01-01T00:00:00Z"), &paris()).unwrap();
        assert_eq!((ticket.label.to_string().as_str(), ticket.day.to_string().as_str()), ("B 2", "2026-11-21"));
    }

    #[test]
    fn r6_an_uncertain_clock_keeps_the_day_and_the_next_goes_on_from_its_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        let mut issue = |n, letter, moment| {
            let request = IssueRequest { moment, ..request(n, letter, "2026-11-21T09:00:00Z") };
            let ticket = store.issue(&request, &paris()).unwrap();
            format!("{} on {}", ticket.label, ticket.day)
        };
        assert_eq!(issue(1, 'B', sure("2026-11-21T09:00:00Z")), "B 1 on 2026-11-21");
        assert_eq!(issue(2, 'B', in_doubt("2026-11-22T08:00:00Z")), "B 2 on 2026-11-21");
        assert_eq!(issue(3, 'A', in_doubt("2031-01-01T08:00:00Z")), "A 1 on 2026-11-21");
        assert_eq!(issue(4, 'B', sure("2026-11-22T08:10:00Z")), "B 3 on 2026-11-22");
        assert_eq!(issue(5, 'A', sure("2026-11-22T08:11:00Z")), "A 2 on 2026-11-22");
        assert_eq!(issue(6, 'B', sure("2026-11-23T08:00:00Z")), "B 1 on 2026-11-23");
    }

    #[test]
    fn r6_an_uncertain_clock_begins_no_day_of_the_future() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        let mut issue = |n, moment| {
            let request = IssueRequest { moment, ..request(n, 'B', "2026-11-21T09:00:00Z") };
            let ticket = store.issue(&request, &paris()).unwrap();
            format!("{} on {}", ticket.label, ticket.day)
        };
        assert_eq!(issue(1, in_doubt("2031-01-01T08:00:00Z")), "B 1 on 2026-11-20");
        assert_eq!(issue(2, sure("2026-11-21T09:00:00Z")), "B 2 on 2026-11-21");
    }

    #[test]
    fn a_number_that_somebody_else_gave_is_not_given_again() {
        let folder = tempfile::tempdir().unwrap();
        let (mut store, mut beside) = (Store::open(folder.path()).unwrap(), Store::open(folder.path()).unwrap());
        let at = "2026-11-21T09:00:00Z";
        store.issue(&request(1, 'B', at), &paris()).unwrap();
        beside.issue(&request(2, 'B', at), &paris()).unwrap();
        let help = HelpId(uuid::Uuid::nil());
        store.append(at.parse().unwrap(), EventBody::HelpRequested { help }).unwrap();
        let ticket = store.issue(&request(3, 'B', at), &paris()).unwrap();
        assert_eq!((ticket.label.to_string().as_str(), ticket.seq), ("B 3", 4));
    }

    #[test]
    fn an_event_of_a_later_version_still_tells_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        let at = "2026-11-21T09:00:00Z";
        store.issue(&request(1, 'B', at), &paris()).unwrap();
        store.db.execute(r#"UPDATE log SET raw = replace(raw, '"lang":"fr"', '"lang":"xx"')"#, []).unwrap();
        assert!(Event::decode(&store.pending(1, 1 << 20).unwrap().raw[0]).is_err());
        let mut store = Store::open(folder.path()).unwrap();
        assert_eq!(store.issue(&request(2, 'B', at), &paris()).unwrap().label.to_string(), "B 2");
    }

    #[test]
    fn a_store_of_an_earlier_version_goes_on_from_its_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let old = crate::store::open(&folder.path().join("borne.db"), &crate::store::BORNE.up_to(2)).unwrap();
        old.execute("INSERT INTO counters VALUES ('2026-11-21', 'B', 43)", []).unwrap();
        drop(old);
        let mut store = Store::open(folder.path()).unwrap();
        let ticket = store.issue(&request(1, 'B', "2026-11-21T09:00:00Z"), &paris()).unwrap();
        assert_eq!(ticket.label.to_string(), "B 43");
    }

    #[test]
    fn tickets_of_an_uncertain_clock_say_so() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        let request =
            IssueRequest { moment: in_doubt("2026-11-21T09:00:00Z"), ..request(1, 'B', "2026-11-21T09:00:00Z") };
        store.issue(&request, &paris()).unwrap();
        let event = Event::decode(&store.pending(1, 1 << 20).unwrap().raw[0]).unwrap();
        assert!(matches!(event.body, EventBody::TicketIssued(ticket) if ticket.uncertain));
    }

    #[test]
    fn without_paper_nothing_is_journalled() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        let paperless = IssueRequest { paperless: true, ..request(1, 'B', "2026-11-21T09:00:00Z") };
        store.issue(&paperless, &paris()).unwrap();
        assert!(store.open_prints().unwrap().is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

        /// Whatever the clock does, whoever vouches for it, however often the borne restarts, whatever is forgotten, and
        /// whoever writes beside it: no label twice on a day, none of a day's that was given in doubt before, no gap in
        /// the log.
        #[test]
        fn no_number_twice(
            steps in proptest::collection::vec(
                (0..3u8, -100_000i64..200_000, any::<bool>(), any::<bool>(), 0..8u8, 0..8u8),
                1..60,
            ),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut store = Store::open(folder.path()).unwrap();
            let mut beside = Store::open(folder.path()).unwrap();
            let mut at: Timestamp = "2026-11-21T09:00:00Z".parse().unwrap();
            let mut seen = BTreeSet::new();
            let (mut day, mut doubtful, mut taken, mut events) = (None, BTreeSet::new(), BTreeSet::new(), 0);
            for (n, (letter, seconds, restart, certain, forget, intrude)) in (1u64..).zip(steps) {
                if restart {
                    store = Store::open(folder.path()).unwrap();
                }
                if forget == 0 {
                    beside.acknowledge(events).unwrap();
                    beside.forget_before(Timestamp::MAX).unwrap();
                }
                let help = HelpId(uuid::Uuid::from_u128(u128::from(n)));
                if intrude == 0 {
                    events = beside.append(at, EventBody::HelpRequested { help }).unwrap();
                }
                if intrude < 2 {
                    events = store.append(at, EventBody::HelpRequested { help }).unwrap();
                }
                at += jiff::SignedDuration::from_secs(seconds);
                let letter = ['A', 'B', 'C'][usize::from(letter)];
                let trust = if certain { Trust::Server } else { Trust::Uncertain };
                let moment = Moment { at, trust, ..sure("2026-11-21T09:00:00Z") };
                let request = IssueRequest { moment, ..request(u128::from(n), letter, "2026-11-21T09:00:00Z") };
                let ticket = store.issue(&request, &paris()).unwrap();
                events += 1;
                if day.replace(ticket.day) != Some(ticket.day) {
                    taken = std::mem::take(&mut doubtful);
                }
                prop_assert!(!taken.contains(&ticket.label), "{} was given in doubt", ticket.label);
                if !certain {
                    doubtful.insert(ticket.label);
                }
                prop_assert!(seen.insert((ticket.day, ticket.label)), "{} twice", ticket.label);
                prop_assert_eq!(ticket.seq, events);
                prop_assert_eq!(store.numbers.as_ref(), Some(&Numbers::read(&store.db).unwrap()));
            }
        }
    }
}
