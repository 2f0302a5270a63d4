//! The borne's log and how much of it the server holds.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};
use wire::event::{Event, EventBody};

use super::numbering::Numbers;
use super::{Store, StoreError};

/// Events that the server does not hold yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The number of the first, or of the next one to come.
    pub from_seq: u64,
    /// Their bytes, in order.
    pub raw: Vec<String>,
}

/// The server acknowledges what this log does not hold.
#[derive(Debug, thiserror::Error)]
pub enum AckError {
    /// The server knows of events that this log never held: the card was replaced or restored.
    #[error(
        "the server holds {acked} events of this borne, which knows {last}: enrol it anew, its store is not the one that was enrolled"
    )]
    Ahead {
        /// The server's mark.
        acked: u64,
        /// The last event here.
        last: u64,
    },
    /// The server asks for events that are no longer kept.
    #[error(
        "the server asks again for event {wanted}, the oldest still kept here is {oldest}: restore a newer backup of the server"
    )]
    Gone {
        /// What it wants.
        wanted: u64,
        /// What is left.
        oldest: u64,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Adds an event and answers its number.
    pub fn append(&mut self, at: Timestamp, body: EventBody) -> Result<u64, StoreError> {
        let seq = self.transaction(|tx| append(tx, at, body, Paper::None))?;
        self.appended(seq);
        Ok(seq)
    }

    /// The number of the last event; 0 where there is none.
    pub fn last_seq(&self) -> Result<u64, StoreError> {
        last_seq(&self.db).map_err(self.fault())
    }

    /// The server's mark, as last told.
    pub fn acked_seq(&self) -> Result<u64, StoreError> {
        self.fact("acked")
    }

    /// What to send next: at most `limit` events of at most `bytes` together.
    pub fn pending(&self, limit: usize, bytes: usize) -> Result<Pending, StoreError> {
        let from_seq = self.acked_seq()? + 1;
        let mut statement = self
            .db
            .prepare_cached("SELECT raw FROM log WHERE seq >= ?1 ORDER BY seq LIMIT ?2")
            .map_err(self.fault())?;
        let rows =
            statement.query_map((from_seq, limit as u64), |row| row.get::<_, String>(0)).map_err(self.fault())?;
        let mut raw = Vec::new();
        let mut room = bytes;
        for row in rows {
            let event = row.map_err(self.fault())?;
            if event.len() > room {
                break;
            }
            room -= event.len();
            raw.push(event);
        }
        Ok(Pending { from_seq, raw })
    }

    /// The time of the oldest event that the server does not hold.
    pub fn oldest_pending(&self) -> Result<Option<Timestamp>, StoreError> {
        let pending = self.pending(1, usize::MAX)?;
        Ok(pending.raw.first().and_then(|raw| Event::decode(raw).ok()).map(|event| event.at))
    }

    /// When an event happened that is still kept.
    pub fn happened_at(&self, seq: u64) -> Result<Option<Timestamp>, StoreError> {
        let mut statement = self.db.prepare_cached("SELECT raw FROM log WHERE seq = ?1").map_err(self.fault())?;
        let raw: Option<String> = statement.query_row([seq], |row| row.get(0)).optional().map_err(self.fault())?;
        Ok(raw.and_then(|raw| Event::decode(&raw).ok()).map(|event| event.at))
    }

    /// The server's word: everything up to here is durable there. It may go back, when the server was restored.
    pub fn acknowledge(&mut self, acked: u64) -> Result<(), AckError> {
        let last = self.last_seq()?;
        if acked > last {
            return Err(AckError::Ahead { acked, last });
        }
        let oldest = self.oldest_seq()?;
        if acked + 1 < oldest {
            return Err(AckError::Gone { wanted: acked + 1, oldest });
        }
        if acked != self.acked_seq()? {
            self.set_fact("acked", acked)?;
        }
        Ok(())
    }

    fn oldest_seq(&self) -> Result<u64, StoreError> {
        let oldest = self.db.query_row("SELECT min(seq) FROM log", [], |row| row.get::<_, Option<u64>>(0));
        Ok(oldest.map_err(self.fault())?.unwrap_or(1))
    }

    /// Forgets acknowledged events of before a time. The last one stays, so that numbers go on.
    pub fn forget_before(&mut self, time: Timestamp) -> Result<usize, StoreError> {
        let acked = self.acked_seq()?;
        let last = self.last_seq()?;
        let mut keep_from = self.oldest_seq()?;
        while keep_from <= acked && keep_from < last {
            let raw: Option<String> = self
                .db
                .query_row("SELECT raw FROM log WHERE seq = ?1", [keep_from], |row| row.get(0))
                .optional()
                .map_err(self.fault())?;
            let old = raw.and_then(|r| Event::decode(&r).ok()).is_none_or(|event| event.at < time);
            if !old {
                break;
            }
            keep_from += 1;
        }
        if keep_from == self.oldest_seq()? {
            return Ok(0);
        }
        self.transaction(|tx| {
            Numbers::read(tx)?.settle(tx)?;
            tx.execute("DELETE FROM log WHERE seq < ?1", [keep_from])
        })
    }
}

pub(super) fn last_seq(db: &Connection) -> rusqlite::Result<u64> {
    let mut statement = db.prepare_cached("SELECT max(seq) FROM log")?;
    Ok(statement.query_row([], |row| row.get::<_, Option<u64>>(0))?.unwrap_or(0))
}

/// Whether an event asks for paper.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Paper {
    None,
    Queued,
}

pub(super) fn append(db: &Connection, at: Timestamp, body: EventBody, paper: Paper) -> rusqlite::Result<u64> {
    let seq = last_seq(db)? + 1;
    insert(db, &Event { seq, at, body }, paper)?;
    Ok(seq)
}

/// Adds the event that comes after the last.
pub(super) fn insert(db: &Connection, event: &Event, paper: Paper) -> rusqlite::Result<()> {
    let stage = (paper == Paper::Queued).then_some("queued");
    db.prepare_cached("INSERT INTO log (seq, raw, stage) VALUES (?1, ?2, ?3)")?.execute((
        event.seq,
        event.encode(),
        stage,
    ))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use wire::ids::HelpId;

    use super::*;

    fn store_with(events: u64) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        for n in 1..=events {
            let at = Timestamp::from_second(i64::try_from(n).unwrap()).unwrap();
            let help = HelpId(uuid::Uuid::from_u128(u128::from(n)));
            assert_eq!(store.append(at, EventBody::HelpRequested { help }).unwrap(), n);
        }
        (folder, store)
    }

    #[test]
    fn what_is_not_acknowledged_is_pending_in_order() {
        let (_folder, mut store) = store_with(5);
        store.acknowledge(2).unwrap();
        let pending = store.pending(2, 1 << 20).unwrap();
        assert_eq!(pending.from_seq, 3);
        let seqs: Vec<u64> = pending.raw.iter().map(|r| Event::decode(r).unwrap().seq).collect();
        assert_eq!(seqs, [3, 4]);
        assert_eq!(store.pending(10, 150).unwrap().raw.len(), 1, "the size of a request is limited");
    }

    #[test]
    fn an_acknowledgement_of_what_never_was_is_refused() {
        let (_folder, mut store) = store_with(2);
        assert!(matches!(store.acknowledge(3), Err(AckError::Ahead { acked: 3, last: 2 })));
        assert_eq!(store.acked_seq().unwrap(), 0);
    }

    #[test]
    fn a_server_restored_from_a_backup_gets_its_events_again() {
        let (_folder, mut store) = store_with(5);
        store.acknowledge(5).unwrap();
        store.acknowledge(1).unwrap();
        assert_eq!(store.pending(10, 1 << 20).unwrap().from_seq, 2);
    }

    #[test]
    fn old_events_go_once_acknowledged_and_numbers_go_on() {
        let (_folder, mut store) = store_with(5);
        store.acknowledge(3).unwrap();
        let gone = store.forget_before(Timestamp::from_second(100).unwrap()).unwrap();
        assert_eq!(gone, 3, "events 4 and 5 are not acknowledged");
        assert!(matches!(store.acknowledge(1), Err(AckError::Gone { wanted: 2, oldest: 4 })));
        store.acknowledge(5).unwrap();
        store.forget_before(Timestamp::from_second(100).unwrap()).unwrap();
        let help = HelpId(uuid::Uuid::nil());
        assert_eq!(store.append(Timestamp::UNIX_EPOCH, EventBody::HelpRequested { help }).unwrap(), 6);
    }
}
