//! What a borne holds that its server does not, read beside whoever writes, and where nobody does.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};

use super::StoreError;

/// What would be lost with the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsent {
    /// Events that the server has not acknowledged.
    pub events: u64,
    /// Passages through the survey: those that are still counted here, and those in batches that wait.
    pub answers: u64,
}

const EVENTS: &str = "SELECT max(0, coalesce((SELECT max(seq) FROM log), 0) - value) FROM facts WHERE name = 'acked'";
const ANSWERS: &str = "SELECT coalesce((SELECT sum(count) FROM cells), 0)
    + coalesce((SELECT sum(cell.value ->> 'count') FROM outbox, json_each(outbox.payload) AS cell), 0)";

impl Unsent {
    /// Reads the store of a folder, and changes nothing. Where there is none, nothing can be lost.
    ///
    /// # Errors
    /// When a file is there and cannot be read: what it holds is not known.
    pub fn read(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self { events: ask(&folder.join("borne.db"), EVENTS)?, answers: ask(&folder.join("answers.db"), ANSWERS)? })
    }

    /// Whether nothing would be lost.
    #[must_use]
    pub const fn is_nothing(self) -> bool {
        self.events == 0 && self.answers == 0
    }
}

fn ask(path: &Path, question: &str) -> Result<u64, StoreError> {
    if matches!(path.try_exists(), Ok(false)) {
        return Ok(0);
    }
    let fault = |source| StoreError::Sqlite { path: path.to_owned(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(fault)?;
    db.busy_timeout(Duration::from_secs(5)).map_err(fault)?;
    db.query_row(question, [], |row| row.get(0)).map_err(fault)
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp, tz::TimeZone};
    use wire::event::EventBody;

    use super::*;
    use crate::store::{Answers, Store};
    use crate::survey::CellKey;

    fn append(store: &mut Store) {
        let at: Timestamp = "2026-11-21T08:00:00Z".parse().unwrap();
        store.append(at, EventBody::ClockUncertain { day: "2026-11-21".parse().unwrap() }).unwrap();
    }

    fn key(period: &str) -> CellKey {
        CellKey {
            survey: "2026-1".parse().unwrap(),
            service: None,
            period: period.parse().unwrap(),
            vector: "1.1".parse().unwrap(),
            suspect: false,
        }
    }

    #[test]
    fn nothing_is_lost_where_nothing_was_kept() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Unsent::read(folder.path()).unwrap(), Unsent::default());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "it makes nothing");
        drop((Store::open(folder.path()).unwrap(), Answers::open(folder.path()).unwrap()));
        assert!(Unsent::read(folder.path()).unwrap().is_nothing());
    }

    #[test]
    fn what_the_server_has_not_got_is_counted_while_a_borne_runs_and_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        let mut answers = Answers::open(folder.path()).unwrap();
        (0..3).for_each(|_| append(&mut store));
        store.acknowledge(1).unwrap();
        (0..20).for_each(|_| answers.count(&key("2026-11-20.am")).unwrap());
        let at: Timestamp = "2026-11-21T08:00:00Z".parse().unwrap();
        let zone = TimeZone::get("Europe/Paris").unwrap();
        assert_eq!(answers.close(at, &zone, || SignedDuration::ZERO, uuid::Uuid::now_v7).unwrap(), 1);
        (0..2).for_each(|_| answers.count(&key("2026-11-21.am")).unwrap());
        let all = Unsent { events: 2, answers: 22 };
        assert_eq!(Unsent::read(folder.path()).unwrap(), all);
        // As a power cut leaves it: what was committed last stands in the log of writes alone.
        let cut = tempfile::tempdir().unwrap();
        for name in ["borne.db", "borne.db-wal", "answers.db"] {
            std::fs::copy(folder.path().join(name), cut.path().join(name)).unwrap();
        }
        assert_eq!(Unsent::read(cut.path()).unwrap(), all);
        drop((store, answers));
        assert_eq!(Unsent::read(folder.path()).unwrap(), all);
    }

    #[test]
    fn what_cannot_be_read_is_not_nothing() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("borne.db"), "no database at all").unwrap();
        assert!(Unsent::read(folder.path()).is_err());
    }
}
