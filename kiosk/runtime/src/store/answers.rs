//! The survey's cells and the batches on their way. Never in one transaction with a ticket: another file.

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, Row};
use uuid::Uuid;
use wire::ids::{ServiceId, SurveyId};
use wire::service_day::Period;
use wire::survey::{AnswerVector, MAX_CELLS, SurveyCell, VERSION};

use super::{StoreError, transaction};
use crate::survey::{CellKey, Cells, close};

/// Histogram cells of anonymous answers.
pub struct Answers {
    db: Connection,
    path: PathBuf,
}

/// Closed cells that may be sent now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Random; counted once by the server.
    pub id: Uuid,
    /// The body.
    pub payload: String,
}

impl Answers {
    /// Opens the file in a folder, or makes it.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join("answers.db");
        let db = super::open(&path, &super::ANSWERS)?;
        Ok(Self { db, path })
    }

    fn fault(&self) -> impl Fn(rusqlite::Error) -> StoreError + use<'_> {
        |source| StoreError::Sqlite { path: self.path.clone(), source }
    }

    /// Whether it takes what is written.
    pub fn probe(&self) -> Result<(), StoreError> {
        super::probe(&self.db).map_err(self.fault())
    }

    /// Counts one passage.
    pub fn count(&mut self, key: &CellKey) -> Result<(), StoreError> {
        add(&self.db, key, 1).map_err(self.fault())?;
        // The log of writes would hold answer after answer, in their order. Where it cannot be emptied now, closing
        // tries again.
        self.wipe().map(drop)
    }

    /// Every cell that has not left.
    pub fn cells(&self) -> Result<Cells, StoreError> {
        read(&self.db).map_err(self.fault())
    }

    /// How many batches wait to be sent.
    pub fn waiting(&self) -> Result<u64, StoreError> {
        self.db.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0)).map_err(self.fault())
    }

    /// Moves what may leave into batches that are sent after a delay, and wipes the pages it stood on. `delay` and
    /// `batch_id` are asked once a batch.
    pub fn close(
        &mut self,
        now: Timestamp,
        zone: &TimeZone,
        mut delay: impl FnMut() -> SignedDuration,
        mut batch_id: impl FnMut() -> Uuid,
    ) -> Result<usize, StoreError> {
        let closed = transaction(&self.db, |tx| {
            let cells = read(tx)?;
            let closing = close(cells.clone(), now, zone);
            if closing.stays == cells {
                return Ok(0);
            }
            tx.execute("DELETE FROM cells", [])?;
            for (key, count) in &closing.stays {
                add(tx, key, *count)?;
            }
            let mut made = 0;
            for batch in batches(&closing.leaves) {
                let id = batch_id();
                let send_after = (now + delay()).as_millisecond();
                let row = (id.to_string(), send_after, payload(batch, id));
                tx.execute("INSERT INTO outbox VALUES (?1, ?2, ?3)", row)?;
                made += 1;
            }
            Ok(made)
        });
        let made = closed.map_err(self.fault())?;
        self.wipe()?;
        Ok(made)
    }

    /// The next batch whose time has come.
    pub fn due(&self, now: Timestamp) -> Result<Option<Batch>, StoreError> {
        let mut statement = self
            .db
            .prepare("SELECT batch_id, payload FROM outbox WHERE send_after_ms <= ?1 ORDER BY batch_id LIMIT 1")
            .map_err(self.fault())?;
        let mut rows = statement
            .query_map([now.as_millisecond()], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))
            .map_err(self.fault())?;
        let Some(row) = rows.next() else { return Ok(None) };
        let (id, payload) = row.map_err(self.fault())?;
        Ok(id.parse().ok().map(|id| Batch { id, payload }))
    }

    /// The server has counted a batch.
    pub fn sent(&mut self, id: Uuid) -> Result<(), StoreError> {
        self.db.execute("DELETE FROM outbox WHERE batch_id = ?1", [id.to_string()]).map_err(self.fault())?;
        self.wipe().map(drop)
    }

    /// The server refuses a batch: the others go first.
    pub fn postpone(&mut self, id: Uuid, until: Timestamp) -> Result<(), StoreError> {
        let row = (id.to_string(), until.as_millisecond());
        self.db.execute("UPDATE outbox SET send_after_ms = ?2 WHERE batch_id = ?1", row).map_err(self.fault())?;
        Ok(())
    }

    /// Nothing of what was counted stays readable in the write-ahead log; false where a reader keeps it for a moment.
    fn wipe(&self) -> Result<bool, StoreError> {
        let busy: i64 =
            self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).map_err(self.fault())?;
        Ok(busy == 0)
    }
}

fn add(db: &Connection, key: &CellKey, count: u32) -> rusqlite::Result<()> {
    let service = key.service.as_ref().map_or("", ServiceId::as_str);
    db.prepare_cached(
        "INSERT INTO cells VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (survey, service, period, vector, suspect) DO UPDATE SET count = count + excluded.count",
    )?
    .execute((
        key.survey.as_str(),
        service,
        key.period.to_string(),
        key.vector.to_string(),
        key.suspect,
        count,
    ))?;
    Ok(())
}

fn read(db: &Connection) -> rusqlite::Result<Cells> {
    let mut statement = db.prepare("SELECT survey, service, period, vector, suspect, count FROM cells")?;
    let rows = statement.query_map([], |row| Ok(cell(row)?.zip(row.get(5).ok())))?;
    Ok(rows.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

fn cell(row: &Row<'_>) -> rusqlite::Result<Option<CellKey>> {
    let (survey, service): (String, String) = (row.get(0)?, row.get(1)?);
    let (period, vector): (String, String) = (row.get(2)?, row.get(3)?);
    let suspect = row.get(4)?;
    let key = || {
        Some(CellKey {
            survey: survey.parse::<SurveyId>().ok()?,
            service: if service.is_empty() { None } else { Some(service.parse().ok()?) },
            period: period.parse::<Period>().ok()?,
            vector: vector.parse::<AnswerVector>().ok()?,
            suspect,
        })
    };
    Ok(key())
}

/// What leaves, in uploads of a size the server takes.
fn batches(leaves: &Cells) -> impl Iterator<Item = Vec<(&CellKey, u32)>> {
    let all: Vec<_> = leaves.iter().map(|(key, count)| (key, *count)).collect();
    let chunks: Vec<Vec<_>> = all.chunks(MAX_CELLS).map(<[_]>::to_vec).collect();
    chunks.into_iter()
}

fn payload(batch: Vec<(&CellKey, u32)>, batch_id: Uuid) -> String {
    let mut cells: Vec<SurveyCell> = batch
        .into_iter()
        .map(|(key, count)| SurveyCell {
            v: VERSION,
            survey: key.survey.clone(),
            service: key.service.clone(),
            half_day: key.period,
            vector: key.vector.clone(),
            suspect: key.suspect,
            count,
            batch_id,
        })
        .collect();
    cells.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    serde_json::to_string(&cells).unwrap_or_else(|never| unreachable!("cells are plain data: {never}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(vector: &str) -> CellKey {
        CellKey {
            survey: "2026-1".parse().unwrap(),
            service: None,
            period: "2026-11-21.am".parse().unwrap(),
            vector: vector.parse().unwrap(),
            suspect: false,
        }
    }

    fn paris() -> TimeZone {
        TimeZone::get("Europe/Paris").unwrap()
    }

    #[test]
    fn answers_leave_after_their_half_day_and_their_delay_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut answers = Answers::open(folder.path()).unwrap();
        for vector in ["1.1", "1.1", "2.0", "1.1", "3.5"] {
            answers.count(&key(vector)).unwrap();
        }
        let close = |answers: &mut Answers, at: &str| {
            answers
                .close(at.parse().unwrap(), &paris(), || SignedDuration::from_mins(30), || Uuid::from_u128(7))
                .unwrap()
        };
        assert_eq!(close(&mut answers, "2026-11-21T11:00:00Z"), 0);
        assert_eq!(close(&mut answers, "2026-11-21T12:00:00Z"), 1);
        assert!(answers.cells().unwrap().is_empty());
        assert_eq!(answers.due("2026-11-21T12:29:59Z".parse().unwrap()).unwrap(), None);
        let batch = answers.due("2026-11-21T12:30:00Z".parse().unwrap()).unwrap().unwrap();
        let cells: Vec<SurveyCell> = serde_json::from_str(&batch.payload).unwrap();
        let counts: Vec<_> = cells.iter().map(|c| (c.vector.to_string(), c.count)).collect();
        assert_eq!(counts, [("1.1".into(), 3), ("2.0".into(), 1), ("3.5".into(), 1)]);
        answers.sent(batch.id).unwrap();
        assert_eq!(answers.waiting().unwrap(), 0);
    }

    #[test]
    fn the_log_of_writes_holds_no_answer_after_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let mut answers = Answers::open(folder.path()).unwrap();
        for vector in ["1.1", "2.0", "1.1"] {
            answers.count(&key(vector)).unwrap();
            assert_eq!(std::fs::metadata(folder.path().join("answers.db-wal")).unwrap().len(), 0);
        }
    }

    #[test]
    fn an_answer_counted_while_a_period_closes_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (mut counting, mut closing) =
            (Answers::open(folder.path()).unwrap(), Answers::open(folder.path()).unwrap());
        let (started, go) = std::sync::mpsc::channel();
        let counter = std::thread::spawn(move || {
            started.send(()).unwrap();
            for _ in 0..200 {
                counting.count(&key("1.1")).unwrap();
            }
        });
        go.recv().unwrap();
        let mut left = 0;
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        let mut n = 0;
        let mut close = |closing: &mut Answers| {
            n += 1;
            closing.close(now, &paris(), || SignedDuration::ZERO, || Uuid::from_u128(n)).unwrap();
            while let Some(batch) = closing.due(now).unwrap() {
                let cells: Vec<SurveyCell> = serde_json::from_str(&batch.payload).unwrap();
                left += cells.iter().map(|c| c.count).sum::<u32>();
                closing.sent(batch.id).unwrap();
            }
        };
        while !counter.is_finished() {
            close(&mut closing);
        }
        counter.join().unwrap();
        close(&mut closing);
        let stays: u32 = closing.cells().unwrap().values().sum();
        assert_eq!(left + stays, 200);
    }

    #[test]
    fn what_has_left_is_nowhere_in_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let mut answers = Answers::open(folder.path()).unwrap();
        for _ in 0..5 {
            answers.count(&key("1.2.3.4")).unwrap();
        }
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        answers.close(now, &paris(), || SignedDuration::ZERO, || Uuid::from_u128(7)).unwrap();
        answers.sent(Uuid::from_u128(7)).unwrap();
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let path = file.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(7).any(|w| w == b"1.2.3.4"), "{} still holds the answers", path.display());
        }
    }
}
