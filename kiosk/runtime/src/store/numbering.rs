//! A ticket's number, its event and its print in one durable transaction (rule R4), before any byte is printed.

use jiff::tz::TimeZone;
use rusqlite::{Connection, OptionalExtension};
use wire::event::{EventBody, TicketIssued};
use wire::ids::{Language, ServiceId, TicketId};
use wire::label::{Label, LabelForm, Prefix, Series};
use wire::service_day::ServiceDay;
use wire::token::TicketToken;

use super::log::{self, Paper};
use super::{Store, StoreError};
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

impl Store {
    /// Issues a ticket. It exists if and only if this answers `Ok`.
    pub fn issue(&mut self, request: &IssueRequest, zone: &TimeZone) -> Result<NewTicket, StoreError> {
        self.transaction(|tx| issue(tx, request, zone))
    }

    /// The day that tickets count in now, where one has been issued.
    pub fn reached_day(&self) -> Result<Option<ServiceDay>, StoreError> {
        let day = self.db.query_row("SELECT max(day) FROM counters", [], |row| row.get::<_, Option<String>>(0));
        Ok(day.map_err(self.fault())?.and_then(|day| day.parse().ok()))
    }
}

fn issue(tx: &Connection, request: &IssueRequest, zone: &TimeZone) -> rusqlite::Result<NewTicket> {
    let (reached, last): (Option<String>, Option<u64>) = tx
        .prepare_cached("SELECT (SELECT max(day) FROM counters), (SELECT max(seq) FROM log)")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let reached: Option<ServiceDay> = reached.and_then(|day| day.parse().ok());
    let day = counting_day(request.moment, reached, zone);
    match reached {
        Some(reached) if day > reached => begin_day(tx, reached, day)?,
        Some(_) | None => {}
    }
    if request.moment.trust == Trust::Uncertain {
        tx.prepare_cached("UPDATE facts SET value = 1 WHERE name = 'uncertain' AND value = 0")?.execute([])?;
    }
    let place = (day.to_string(), request.letter.letter().to_string());
    // Not RETURNING, which makes a table for the one row that it returns.
    let number: Option<u32> = tx
        .prepare_cached("SELECT next FROM counters WHERE day = ?1 AND letter = ?2")?
        .query_row((&place.0, &place.1), |row| row.get(0))
        .optional()?;
    let number = number.unwrap_or(1);
    tx.prepare_cached(
        "INSERT INTO counters VALUES (?1, ?2, ?3) ON CONFLICT (day, letter) DO UPDATE SET next = excluded.next",
    )?
    .execute((&place.0, &place.1, number + 1))?;
    let label = Label::new(request.letter, request.series, request.form, number);
    let event = TicketIssued {
        ticket: request.ticket,
        label,
        day,
        service: request.service.clone(),
        lang: request.lang,
        token: request.token.hash(),
        paperless: request.paperless,
        uncertain: request.moment.trust == Trust::Uncertain,
    };
    let paper = if request.paperless { Paper::None } else { Paper::Queued };
    let seq = last.unwrap_or(0) + 1;
    log::insert(tx, seq, request.moment.at, EventBody::TicketIssued(event), paper)?;
    Ok(NewTicket { label, day, seq })
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

/// A new day counts from one. Where tickets were issued in doubt, they may be this very day's under another name: then
/// it goes on from their numbers, so that no number comes twice.
fn begin_day(tx: &Connection, reached: ServiceDay, day: ServiceDay) -> rusqlite::Result<()> {
    let (reached, day) = (reached.to_string(), day.to_string());
    let cleared = tx.execute("UPDATE facts SET value = 0 WHERE name = 'uncertain' AND value = 1", [])?;
    if cleared > 0 {
        tx.execute("INSERT INTO counters SELECT ?2, letter, next FROM counters WHERE day = ?1", (&reached, &day))?;
    }
    tx.execute("DELETE FROM counters WHERE day < ?1", [&day])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::Timestamp;
    use proptest::prelude::*;
    use wire::event::Event;

    use super::*;

    fn request(n: u128, letter: char, at: &str) -> IssueRequest {
        IssueRequest {
            ticket: TicketId(uuid::Uuid::from_u128(n)),
            token: TicketToken::from_random(n.to_be_bytes()),
            service: "etat-civil".parse().unwrap(),
            letter: letter.try_into().unwrap(),
            series: Series::FIRST,
            form: LabelForm::Plain,
            lang: Language::Fr,
            paperless: false,
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
        #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

        /// Whatever the clock does, whoever vouches for it, and however often the borne restarts: no label twice on a
        /// day, none of a day's that was given in doubt before, no gap in the log.
        #[test]
        fn no_number_twice(
            steps in proptest::collection::vec((0..3u8, -100_000i64..200_000, any::<bool>(), any::<bool>()), 1..60),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut store = Store::open(folder.path()).unwrap();
            let mut at: Timestamp = "2026-11-21T09:00:00Z".parse().unwrap();
            let mut seen = BTreeSet::new();
            let (mut day, mut doubtful, mut taken) = (None, BTreeSet::new(), BTreeSet::new());
            for (n, (letter, seconds, restart, certain)) in (1u64..).zip(steps) {
                if restart {
                    store = Store::open(folder.path()).unwrap();
                }
                at += jiff::SignedDuration::from_secs(seconds);
                let letter = ['A', 'B', 'C'][usize::from(letter)];
                let trust = if certain { Trust::Server } else { Trust::Uncertain };
                let moment = Moment { at, trust, ..sure("2026-11-21T09:00:00Z") };
                let request = IssueRequest { moment, ..request(u128::from(n), letter, "2026-11-21T09:00:00Z") };
                let ticket = store.issue(&request, &paris()).unwrap();
                if day.replace(ticket.day) != Some(ticket.day) {
                    taken = std::mem::take(&mut doubtful);
                }
                prop_assert!(!taken.contains(&ticket.label), "{} was given in doubt", ticket.label);
                if !certain {
                    doubtful.insert(ticket.label);
                }
                prop_assert!(seen.insert((ticket.day, ticket.label)), "{} twice", ticket.label);
                prop_assert_eq!(ticket.seq, n);
            }
        }
    }
}
