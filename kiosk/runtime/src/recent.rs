//! The program's last lines, for a technician elsewhere: in memory, so that nothing of them outlives the program.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use wire::outcome::{MAX_LINES, MAX_LOGS};

/// The longest line: as many as are kept fit into what is sent.
const LINE_MAX: usize = MAX_LOGS / MAX_LINES - 1;

/// The last lines, shared by whoever writes and whoever reads them.
#[derive(Clone, Debug, Default)]
pub struct Recent(Arc<Mutex<VecDeque<String>>>);

impl Recent {
    /// Keeps a line, cut where it is too long; the oldest one goes.
    pub fn push(&self, line: &str) {
        let line = line.split(['\n', '\r']).next().unwrap_or_default();
        let kept = line[..line.floor_char_boundary(LINE_MAX)].to_owned();
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == MAX_LINES {
            lines.pop_front();
        }
        lines.push_back(kept);
    }

    /// Every line, oldest first.
    #[must_use]
    pub fn text(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_and_fit_into_what_is_sent() {
        let recent = Recent::default();
        for n in 0..MAX_LINES + 3 {
            recent.push(&format!("{n} {}\nand more", "é".repeat(LINE_MAX)));
        }
        let text = recent.text();
        assert_eq!(text.lines().count(), MAX_LINES);
        assert!(text.starts_with("3 é") && !text.contains("and more"));
        assert!(text.len() <= MAX_LOGS, "{}", text.len());
    }
}
