//! Whether the chain still says what was written.

use std::fmt;

use super::chain::{Head, Labelled, Link};

/// Something that is not as it was written. Shown, it says which entry, what that means and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// What an entry says is not what its hash was taken of.
    Changed {
        /// Its number.
        n: u64,
    },
    /// Entries are gone.
    Missing {
        /// The first one's number.
        from: u64,
        /// The last one's.
        to: u64,
    },
    /// An entry is whole and follows another one than stands before it.
    Unlinked {
        /// Its number.
        n: u64,
    },
    /// A number stands twice, or entries are not in order.
    Disorder {
        /// The later one's number.
        n: u64,
    },
    /// The label that is kept with an entry is another one.
    Label {
        /// Its number.
        n: u64,
    },
    /// The last entry is not the one that the store remembers as the last.
    End {
        /// Its number.
        n: u64,
    },
    /// An entry is not the one that somebody noted.
    Noted {
        /// Its number.
        n: u64,
    },
}

impl Broken {
    /// The entry that it is about.
    #[must_use]
    pub const fn at(self) -> u64 {
        match self {
            Self::Changed { n }
            | Self::Unlinked { n }
            | Self::Disorder { n }
            | Self::Label { n }
            | Self::End { n }
            | Self::Noted { n }
            | Self::Missing { from: n, .. } => n,
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { n } => write!(
                f,
                "entry {n} was changed after it was written: do not rely on what it says, and read it in the last backup \
                 from before"
            ),
            Self::Missing { from, to } if from == to => write!(
                f,
                "entry {from} was removed: somebody who can write to the store took it out; read it in the last backup \
                 from before"
            ),
            Self::Missing { from, to } => write!(
                f,
                "entries {from} to {to} were removed: somebody who can write to the store took them out; read them in the \
                 last backup from before"
            ),
            Self::Unlinked { n } => write!(
                f,
                "entry {n} does not follow the entry before it: one of the two was written anew, with all that follows; \
                 compare both with the last backup"
            ),
            Self::Disorder { n } => write!(
                f,
                "entry {n} stands twice or out of its place: entries were exchanged or put in; compare it with the last \
                 backup"
            ),
            Self::Label { n } => write!(
                f,
                "the label kept with entry {n} is not the one that was written: do not rely on it; the rest of the entry \
                 is as it was"
            ),
            Self::End { n } => write!(
                f,
                "the chain ends with entry {n}, and the store remembers another end: the last entries were written anew, \
                 or a part of the store was restored without the rest; compare it with the last backup"
            ),
            Self::Noted { n } => write!(
                f,
                "entry {n} is not the one that was noted: everything up to it may have been written anew; compare it with \
                 a backup of the time of the note"
            ),
        }
    }
}

/// Walks along the chain, an entry at a time.
#[derive(Clone, Debug)]
pub struct Verifier {
    before: Head,
    noted: Option<Head>,
}

impl Default for Verifier {
    fn default() -> Self {
        Self::new(None)
    }
}

impl Verifier {
    /// From the first entry on. `noted` is where the chain once stood, as somebody wrote down elsewhere: with it, a chain
    /// that was written anew as a whole is found out too.
    #[must_use]
    pub const fn new(noted: Option<Head>) -> Self {
        Self { before: Head::EMPTY, noted }
    }

    /// What is wrong with the next entry.
    pub fn next(&mut self, link: &Link) -> Vec<Broken> {
        let n = link.n;
        let before = std::mem::replace(&mut self.before, link.head());
        let mut broken = Vec::new();
        let expected = before.n + 1;
        if n < expected {
            broken.push(Broken::Disorder { n });
        } else if n > expected {
            broken.push(Broken::Missing { from: expected, to: n - 1 });
        }
        if link.reckoned() != link.hash {
            broken.push(Broken::Changed { n });
        } else if n == expected && link.prev != before.hash {
            broken.push(Broken::Unlinked { n });
        }
        if link.label.is_some() && link.label.as_ref().map(Labelled::hash) != link.label_hash {
            broken.push(Broken::Label { n });
        }
        if self.noted.is_some_and(|noted| noted.n == n && noted.hash != link.hash) {
            broken.push(Broken::Noted { n });
        }
        broken
    }

    /// How many entries there are, as far as was walked.
    #[must_use]
    pub const fn walked(&self) -> Head {
        self.before
    }

    /// What is wrong with the end, where the store remembers `head` as the last entry.
    #[must_use]
    pub fn end(&self, head: Head) -> Option<Broken> {
        let last = self.before;
        let most = self.noted.map_or(head.n, |noted| noted.n.max(head.n));
        if last.n < most {
            return Some(Broken::Missing { from: last.n + 1, to: most });
        }
        (last != head).then_some(Broken::End { n: last.n })
    }
}
