//! The print journal: what is known of each print, written before it can be untrue.

use std::path::Path;

use drivers::printer::{JobId, Journal, JournalError, Outcome, Stage};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension};
use wire::event::{CommandAnswer, Event, EventBody, PrintOutcome, TicketIssued};
use wire::ids::{CommandId, TicketId};

use super::log::{self, Paper};
use super::{Store, StoreError};

/// How long a command that was answered is known: commands end within minutes, and none that is over is brought back
/// by an answer that says it is earlier.
const COMMANDS_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A print without an outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPrint {
    /// The number of the event that asked for it.
    pub id: u64,
    /// The ticket.
    pub ticket: TicketId,
    /// Whether a byte may have gone.
    pub begun: bool,
}

impl Store {
    /// A print on request, which bears DUPLICATA: its event, with its journal.
    pub fn queue_duplicate(&mut self, ticket: TicketId, at: Timestamp) -> Result<u64, StoreError> {
        let seq =
            self.transaction(|tx| log::append(tx, at, EventBody::Reprinted { ticket, token: None }, Paper::Queued))?;
        self.appended(seq);
        Ok(seq)
    }

    /// The answer to a command of the server, with its print's journal where a ticket is printed. None where it was answered
    /// before: a command is carried out once.
    pub fn answer_command(
        &mut self,
        command: CommandId,
        answer: CommandAnswer,
        ticket: Option<TicketId>,
        at: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        let paper = if answer == CommandAnswer::Taken && ticket.is_some() { Paper::Queued } else { Paper::None };
        let answered = self.transaction(|tx| {
            let (id, ms) = (command.to_string(), at.as_millisecond());
            let sql = "INSERT INTO commands (id, at) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING";
            if tx.prepare_cached(sql)?.execute((&id, ms))? == 0 {
                return Ok(None);
            }
            let forgotten = at.checked_sub(COMMANDS_KEPT).map_or(i64::MIN, Timestamp::as_millisecond);
            tx.prepare_cached("DELETE FROM commands WHERE at < ?1 AND id <> ?2")?.execute((forgotten, &id))?;
            log::append(tx, at, EventBody::CommandAnswered { command, answer, ticket }, paper).map(Some)
        })?;
        if let Some(seq) = answered {
            self.appended(seq);
        }
        Ok(answered)
    }

    /// What became of a print, in the journal and in the log, at once. A second word on the same print is not heard.
    pub fn end_print(&mut self, id: u64, outcome: PrintOutcome, at: Timestamp) -> Result<bool, StoreError> {
        let word = match outcome {
            PrintOutcome::Printed => "printed",
            PrintOutcome::NotPrinted => "not_printed",
            PrintOutcome::Unknown => "unknown",
        };
        let (ended, told) = self.transaction(|tx| {
            let ended = tx
                .prepare_cached("UPDATE log SET outcome = ?2 WHERE seq = ?1 AND outcome IS NULL RETURNING raw")?
                .query_map((id, word), |row| row.get::<_, String>(0))?
                .collect::<Result<Vec<_>, _>>()?;
            let ticket = ended.first().and_then(|raw| ticket_of(raw));
            let tell = |ticket| log::append(tx, at, EventBody::TicketPrinted { ticket, outcome }, Paper::None);
            Ok((!ended.is_empty(), ticket.map(tell).transpose()?))
        })?;
        if let Some(seq) = told {
            self.appended(seq);
        }
        Ok(ended)
    }

    /// Prints that have no outcome yet; after a start, those that a power cut or a crash left behind.
    pub fn open_prints(&self) -> Result<Vec<OpenPrint>, StoreError> {
        let mut statement = self
            .db
            .prepare(
                "SELECT seq, raw, stage <> 'queued' FROM log WHERE stage IS NOT NULL AND outcome IS NULL ORDER BY seq",
            )
            .map_err(self.fault())?;
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?)))
            .map_err(self.fault())?;
        let mut open = Vec::new();
        for row in rows {
            let (id, raw, begun): (u64, String, bool) = row.map_err(self.fault())?;
            open.extend(ticket_of(&raw).map(|ticket| OpenPrint { id, ticket, begun }));
        }
        Ok(open)
    }

    /// Ends what a crash left behind: what had not begun was not printed, what had is unknown and never printed again
    /// by itself.
    pub fn end_left_behind(&mut self, at: Timestamp) -> Result<usize, StoreError> {
        let open = self.open_prints()?;
        for print in &open {
            let outcome = if print.begun { PrintOutcome::Unknown } else { PrintOutcome::NotPrinted };
            self.end_print(print.id, outcome, at)?;
        }
        Ok(open.len())
    }
}

fn ticket_of(raw: &str) -> Option<TicketId> {
    let body = Event::decode(raw).ok()?.body;
    if let EventBody::TicketIssued(TicketIssued { ticket, .. })
    | EventBody::Reprinted { ticket, .. }
    | EventBody::CommandAnswered { ticket: Some(ticket), .. } = body
    {
        Some(ticket)
    } else {
        None
    }
}

/// The printer thread's own way into the journal.
pub struct PrintJournal {
    db: Connection,
}

impl PrintJournal {
    /// Opens the journal beside a store that exists.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join("borne.db");
        Ok(Self { db: super::open(&path, &super::BORNE)? })
    }

    fn write(&mut self, job: JobId, stage: Stage) -> rusqlite::Result<()> {
        let (word, durable) = match stage {
            Stage::Queued => return Ok(()),
            Stage::Sending => ("sending", true),
            // A power cut may undo these: the print is then unknown rather than printed, which is no untruth.
            Stage::Sent => ("sent", false),
            Stage::Printed => ("printed", false),
            Stage::Cut => ("cut", false),
        };
        self.db.pragma_update(None, "synchronous", if durable { "FULL" } else { "NORMAL" })?;
        self.db.prepare_cached("UPDATE log SET stage = ?2 WHERE seq = ?1")?.execute((job.0, word))?;
        Ok(())
    }
}

impl Journal for PrintJournal {
    fn record(&mut self, job: JobId, stage: Stage) -> Result<(), JournalError> {
        self.write(job, stage).map_err(|e| JournalError(Box::new(e)))
    }

    fn last_begun(&mut self) -> Result<Option<Stage>, JournalError> {
        let last = "SELECT stage FROM log WHERE stage IS NOT NULL AND stage <> 'queued' ORDER BY seq DESC LIMIT 1";
        let word = self.db.query_row(last, (), |row| row.get::<_, String>(0)).optional();
        let word = word.map_err(|e| JournalError(Box::new(e)))?;
        let stages =
            [("sending", Stage::Sending), ("sent", Stage::Sent), ("printed", Stage::Printed), ("cut", Stage::Cut)];
        Ok(stages.into_iter().find(|(name, _)| word.as_deref() == Some(name)).map(|(_, stage)| stage))
    }
}

/// The journal's word for the driver's.
#[must_use]
pub const fn print_outcome(outcome: Outcome) -> PrintOutcome {
    match outcome {
        Outcome::Printed => PrintOutcome::Printed,
        Outcome::NotPrinted => PrintOutcome::NotPrinted,
        Outcome::Unknown => PrintOutcome::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket(n: u128) -> TicketId {
        TicketId(uuid::Uuid::from_u128(n))
    }

    fn outcomes(store: &Store) -> Vec<PrintOutcome> {
        let pending = store.pending(100, 1 << 20).unwrap();
        let bodies = pending.raw.iter().map(|r| Event::decode(r).unwrap().body);
        bodies
            .filter_map(|b| if let EventBody::TicketPrinted { outcome, .. } = b { Some(outcome) } else { None })
            .collect()
    }

    #[test]
    fn after_a_crash_what_had_begun_is_unknown_and_the_rest_not_printed() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        let waiting = store.queue_duplicate(ticket(1), Timestamp::UNIX_EPOCH).unwrap();
        let begun = store.queue_duplicate(ticket(2), Timestamp::UNIX_EPOCH).unwrap();
        let mut journal = PrintJournal::open(folder.path()).unwrap();
        journal.record(JobId(begun), Stage::Sending).unwrap();
        drop((store, journal));
        let mut store = Store::open(folder.path()).unwrap();
        let expected = [
            OpenPrint { id: waiting, ticket: ticket(1), begun: false },
            OpenPrint { id: begun, ticket: ticket(2), begun: true },
        ];
        assert_eq!(store.open_prints().unwrap(), expected);
        assert_eq!(store.end_left_behind(Timestamp::UNIX_EPOCH).unwrap(), 2);
        assert_eq!(outcomes(&store), [PrintOutcome::NotPrinted, PrintOutcome::Unknown]);
        assert_eq!(store.end_left_behind(Timestamp::UNIX_EPOCH).unwrap(), 0);
    }

    #[test]
    fn the_printer_learns_how_the_last_print_before_a_crash_stood() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        let mut journal = PrintJournal::open(folder.path()).unwrap();
        assert_eq!(journal.last_begun().unwrap(), None);
        let done = store.queue_duplicate(ticket(1), Timestamp::UNIX_EPOCH).unwrap();
        for stage in [Stage::Sending, Stage::Sent, Stage::Printed, Stage::Cut] {
            journal.record(JobId(done), stage).unwrap();
            assert_eq!(journal.last_begun().unwrap(), Some(stage));
        }
        let begun = store.queue_duplicate(ticket(2), Timestamp::UNIX_EPOCH).unwrap();
        journal.record(JobId(begun), Stage::Sending).unwrap();
        store.queue_duplicate(ticket(3), Timestamp::UNIX_EPOCH).unwrap();
        store.end_left_behind(Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(journal.last_begun().unwrap(), Some(Stage::Sending), "what has not begun left nothing behind");
    }

    #[test]
    fn a_command_is_answered_once_and_its_print_ends_like_any_other() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        let command = |n| CommandId(uuid::Uuid::from_u128(n));
        let day = |n: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * n);
        let taken = |store: &mut Store, n, at| {
            store.answer_command(command(n), CommandAnswer::Taken, Some(ticket(1)), at).unwrap()
        };
        assert_eq!(taken(&mut store, 1, day(0)), Some(1));
        assert_eq!(taken(&mut store, 1, day(0)), None);
        drop(store);
        let mut store = Store::open(folder.path()).unwrap();
        assert_eq!(taken(&mut store, 1, day(0)), None, "also after a restart");
        assert_eq!(store.end_left_behind(day(0)).unwrap(), 1);
        assert_eq!(outcomes(&store), [PrintOutcome::NotPrinted], "the ticket stays as it is (rule R4)");
        let refused = store.answer_command(command(2), CommandAnswer::Refused, Some(ticket(1)), day(0)).unwrap();
        assert_eq!((refused, store.open_prints().unwrap()), (Some(3), vec![]), "nothing is printed");
        assert_eq!(taken(&mut store, 3, day(8)), Some(4));
        let kept: u64 = store.db.query_row("SELECT count(*) FROM commands", (), |row| row.get(0)).unwrap();
        assert_eq!(kept, 1, "what no server asks for any more is forgotten");
    }

    #[test]
    fn a_print_ends_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        let id = store.queue_duplicate(ticket(1), Timestamp::UNIX_EPOCH).unwrap();
        assert!(store.end_print(id, PrintOutcome::Printed, Timestamp::UNIX_EPOCH).unwrap());
        assert!(!store.end_print(id, PrintOutcome::Unknown, Timestamp::UNIX_EPOCH).unwrap());
        assert_eq!(outcomes(&store), [PrintOutcome::Printed]);
    }
}
