//! A ticket's number, its event and its print in one durable transaction (rule R4), before any byte is printed.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::{OptionalExtension, TransactionBehavior};
use wire::event::{EventBody, TicketIssued};
use wire::ids::{Language, ServiceId, TicketId};
use wire::label::{Label, LabelForm, Prefix, Series};
use wire::service_day::ServiceDay;
use wire::token::TicketToken;

use super::log::{self, Paper};
use super::{Store, StoreError};

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
    /// The borne's clock.
    pub at: Timestamp,
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
        let path = self.path.clone();
        self.issue_in_transaction(request, zone).map_err(|source| StoreError::Sqlite { path, source })
    }

    fn issue_in_transaction(&mut self, request: &IssueRequest, zone: &TimeZone) -> rusqlite::Result<NewTicket> {
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // A clock that goes back keeps counting in the day it had reached (rule R6).
        let reached: Option<String> =
            tx.prepare_cached("SELECT max(day) FROM counters")?.query_row([], |row| row.get(0))?;
        let today = ServiceDay::of(request.at, zone);
        let day = reached.and_then(|d| d.parse().ok()).map_or(today, |reached: ServiceDay| reached.max(today));
        let (day_key, letter) = (day.to_string(), request.letter.letter().to_string());
        let number: u32 = tx
            .prepare_cached("SELECT next FROM counters WHERE day = ?1 AND letter = ?2")?
            .query_row((&day_key, &letter), |row| row.get(0))
            .optional()?
            .unwrap_or(1);
        tx.prepare_cached(
            "INSERT INTO counters VALUES (?1, ?2, ?3) ON CONFLICT (day, letter) DO UPDATE SET next = excluded.next",
        )?
        .execute((&day_key, &letter, number + 1))?;
        if number == 1 {
            tx.execute("DELETE FROM counters WHERE day < ?1", [&day_key])?;
        }
        let label = Label::new(request.letter, request.series, request.form, number);
        let event = TicketIssued {
            ticket: request.ticket,
            label,
            day,
            service: request.service.clone(),
            lang: request.lang,
            token: request.token.hash(),
            paperless: request.paperless,
        };
        let paper = if request.paperless { Paper::None } else { Paper::Queued };
        let seq = log::append(&tx, request.at, EventBody::TicketIssued(event), paper)?;
        tx.commit()?;
        Ok(NewTicket { label, day, seq })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

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
            at: at.parse().unwrap(),
        }
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
    fn without_paper_nothing_is_journalled() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        let paperless = IssueRequest { paperless: true, ..request(1, 'B', "2026-11-21T09:00:00Z") };
        store.issue(&paperless, &paris()).unwrap();
        assert!(store.open_prints().unwrap().is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

        /// Whatever the clock does and however often the borne restarts: no label twice on a day, no gap in the log.
        #[test]
        fn no_number_twice(steps in proptest::collection::vec((0..3u8, -100_000i64..200_000, any::<bool>()), 1..60)) {
            let folder = tempfile::tempdir().unwrap();
            let mut store = Store::open(folder.path()).unwrap();
            let mut at: Timestamp = "2026-11-21T09:00:00Z".parse().unwrap();
            let mut seen = BTreeSet::new();
            for (n, (letter, seconds, restart)) in (1u64..).zip(steps) {
                if restart {
                    store = Store::open(folder.path()).unwrap();
                }
                at += jiff::SignedDuration::from_secs(seconds);
                let letter = ['A', 'B', 'C'][usize::from(letter)];
                let request = IssueRequest { at, ..request(u128::from(n), letter, "2026-11-21T09:00:00Z") };
                let ticket = store.issue(&request, &paris()).unwrap();
                prop_assert!(seen.insert((ticket.day, ticket.label)), "{} twice", ticket.label);
                prop_assert_eq!(ticket.seq, n);
            }
        }
    }
}
