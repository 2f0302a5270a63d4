//! One stream a screen: whoever opens the newest has it, and the one before is told so and ends.
//!
//! The newest wins, because an older line may hang half-open on a machine that has lost its network: it must not lock its
//! own screen out. A page that was told so waits until no other stream is open: two that take the place from each other
//! would show nothing. Each server counts its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;
use wire::token::Hash32;

/// The stream that each screen has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines(Arc<Mutex<Open>>);

#[derive(Debug, Default)]
struct Open {
    /// How many there have been.
    count: u64,
    by_screen: HashMap<Hash32, (u64, CancellationToken)>,
}

/// A screen's stream, for as long as it is held.
#[derive(Debug)]
pub(super) struct Line {
    lines: Lines,
    screen: Hash32,
    n: u64,
    /// Once a newer one has its place.
    pub(super) replaced: CancellationToken,
}

impl Lines {
    /// Gives a screen its stream; the one that it had is replaced.
    pub(super) fn take(&self, screen: Hash32) -> Line {
        let mut open = self.lock();
        open.count += 1;
        let (n, replaced) = (open.count, CancellationToken::new());
        if let Some((_, before)) = open.by_screen.insert(screen, (n, replaced.clone())) {
            before.cancel();
        }
        Line { lines: self.clone(), screen, n, replaced }
    }

    /// Whether a screen has a stream.
    pub(super) fn is_open(&self, screen: Hash32) -> bool {
        self.lock().by_screen.contains_key(&screen)
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut open = self.lines.lock();
        if open.by_screen.get(&self.screen).is_some_and(|(n, _)| *n == self.n) {
            open.by_screen.remove(&self.screen);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_has_it_and_an_older_one_that_ends_takes_nothing_away() {
        let (lines, screen, other) = (Lines::default(), Hash32([1; 32]), Hash32([2; 32]));
        let (first, beside) = (lines.take(screen), lines.take(other));
        let second = lines.take(screen);
        assert!(first.replaced.is_cancelled() && !second.replaced.is_cancelled() && !beside.replaced.is_cancelled());
        drop(first);
        assert!(lines.is_open(screen));
        drop(second);
        assert!(!lines.is_open(screen) && lines.is_open(other));
    }
}
