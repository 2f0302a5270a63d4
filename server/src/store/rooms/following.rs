//! What others wrote to the same store.

use std::collections::BTreeSet;

use async_trait::async_trait;
use queue_engine::Received;
use wire::ids::SiteId;

use super::super::Result;

/// What was committed, by whomever.
#[async_trait]
pub trait Following: Send + Sync + 'static {
    /// Where the changes stand. Whoever asks this first and reads the rest then, and the changes after it, misses nothing.
    async fn tail(&self) -> Result<Cursor>;

    /// What was committed after a cursor, by whomever, a piece at a time: nothing that commits late is passed over, and
    /// nothing that another transaction holds open delays the rest.
    async fn changes(&self, after: &Cursor) -> Result<Changes>;
}

/// Where a reader of the changes stands: a word that each store writes in its own way, and that may be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub(in crate::store) String);

impl Cursor {
    /// One that was kept.
    #[must_use]
    pub const fn kept(word: String) -> Self {
        Self(word)
    }

    /// What is to be kept of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What was committed after a cursor.
#[derive(Clone, Debug)]
pub struct Changes {
    /// Where to read on.
    pub cursor: Cursor,
    /// Events and the sites of their logs, in the order of each log.
    pub events: Vec<(SiteId, Received)>,
    /// What else was changed of which site.
    pub touched: BTreeSet<(SiteId, What)>,
    /// Whether there is more to read at once.
    pub more: bool,
    /// The reader was ahead: the store is another one, restored behind its back. What it knows is to be read anew.
    pub restored: bool,
}

/// What of a site was changed, beside its logs: whoever keeps it in memory reads it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// What staff decided for the service day.
    Decisions,
    /// The catalogue or the rules of calls.
    Publications,
    /// Accounts, what they may do, their sessions and seats.
    People,
    /// Displays and what they may show.
    Displays,
    /// Which bornes are enrolled and whether they may write, what they are asked to do, whose badges they take.
    Bornes,
}

impl What {
    /// Everything.
    pub const ALL: [Self; 5] = [Self::Decisions, Self::Publications, Self::People, Self::Displays, Self::Bornes];

    /// Its name in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Decisions => "decisions",
            Self::Publications => "publications",
            Self::People => "people",
            Self::Displays => "displays",
            Self::Bornes => "bornes",
        }
    }
}

impl Changes {
    pub(in crate::store) const fn none(cursor: Cursor) -> Self {
        Self { cursor, events: Vec::new(), touched: BTreeSet::new(), more: false, restored: false }
    }
}
