//! What goes wrong at a virtual printer, as data: steps that come at a byte, and what each of them is.

use std::fmt;
use std::str::FromStr;

/// What may happen at a printer, by itself or by a hand on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Happening {
    /// A full roll is in: what was held back is printed.
    PaperLoaded,
    /// The near-end sensor sees the core of the roll; printing goes on.
    PaperNearEnd,
    /// The roll is empty: nothing is printed until another is in.
    PaperOut,
    /// The cover is open: nothing is printed until it is closed.
    CoverOpened,
    /// The cover is closed.
    CoverClosed,
    /// The next cut fails: the blade sticks, which the printer notices only then.
    CutterJams,
    /// The blade moves again, and cuts what it owes.
    CutterFreed,
    /// The printer works on nothing more and takes no data once its buffer is full; its sensors tell nothing of it.
    Stalls,
    /// It works again.
    GoesOn,
    /// The cable is out and in again: what was on its way is lost, what had come is printed.
    LinkLost,
    /// The cable is out.
    Unplugged,
    /// The cable is in; a USB printer comes back under another device number, unless it has one of its own.
    PluggedIn,
    /// The printer is switched off and on: it forgets what it had not printed, and the link is lost.
    PowerCycled,
    /// The printer answers nothing, but prints.
    FallsSilent,
    /// It answers again.
    Speaks,
    /// Another computer has the printer: a network printer takes no second link, a USB interface is claimed.
    Taken,
    /// The other computer lets it go.
    Released,
}

impl Happening {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::PaperLoaded,
        Self::PaperNearEnd,
        Self::PaperOut,
        Self::CoverOpened,
        Self::CoverClosed,
        Self::CutterJams,
        Self::CutterFreed,
        Self::Stalls,
        Self::GoesOn,
        Self::LinkLost,
        Self::Unplugged,
        Self::PluggedIn,
        Self::PowerCycled,
        Self::FallsSilent,
        Self::Speaks,
        Self::Taken,
        Self::Released,
    ];

    const fn words(self) -> &'static str {
        match self {
            Self::PaperLoaded => "paper loaded",
            Self::PaperNearEnd => "paper near end",
            Self::PaperOut => "paper out",
            Self::CoverOpened => "cover opened",
            Self::CoverClosed => "cover closed",
            Self::CutterJams => "cutter jams",
            Self::CutterFreed => "cutter freed",
            Self::Stalls => "stalls",
            Self::GoesOn => "goes on",
            Self::LinkLost => "link lost",
            Self::Unplugged => "unplugged",
            Self::PluggedIn => "plugged in",
            Self::PowerCycled => "power cycled",
            Self::FallsSilent => "falls silent",
            Self::Speaks => "speaks",
            Self::Taken => "taken",
            Self::Released => "released",
        }
    }
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// One step of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Once the printer has worked on so many bytes since it was made; bytes in its buffer do not count.
    pub at: u64,
    /// What happens then.
    pub what: Happening,
}

impl Step {
    /// That, at that byte.
    pub const fn at(at: u64, what: Happening) -> Self {
        Self { at, what }
    }
}

/// Steps as a text, one a line: `at BYTE WHAT`; empty lines and lines that begin with `#` are nothing.
///
/// ```
/// use drivers::virtual_printer::{Happening, Script, Step};
///
/// let script: Script = "at 120 paper near end\nat 300 paper out".parse()?;
/// assert_eq!(script.0[1], Step::at(300, Happening::PaperOut));
/// # Ok::<(), drivers::virtual_printer::ScriptError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script(pub Vec<Step>);

/// Why a text is no script; the text says which line, and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: \"{text}\" is no step: write `at BYTE WHAT`, where WHAT is one of: {allowed}", allowed = allowed())]
pub struct ScriptError {
    /// Which line, from 1.
    pub line: usize,
    /// What stands there.
    pub text: String,
}

fn allowed() -> String {
    Happening::ALL.map(Happening::words).join(", ")
}

impl FromStr for Script {
    type Err = ScriptError;

    fn from_str(text: &str) -> Result<Self, ScriptError> {
        let mut steps = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let step = step(line).ok_or_else(|| ScriptError { line: number + 1, text: line.to_owned() })?;
            steps.push(step);
        }
        Ok(Self(steps))
    }
}

fn step(line: &str) -> Option<Step> {
    let (byte, words) = line.strip_prefix("at ")?.split_once(' ')?;
    let what = Happening::ALL.into_iter().find(|what| what.words() == words.trim())?;
    Some(Step { at: byte.parse().ok()?, what })
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|step| writeln!(f, "at {} {}", step.at, step.what))
    }
}

impl IntoIterator for Script {
    type Item = Step;
    type IntoIter = std::vec::IntoIter<Step>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_read_as_it_is_written() {
        let script = Script(Happening::ALL.into_iter().zip(0..).map(|(what, at)| Step { at, what }).collect());
        assert_eq!(script.to_string().parse(), Ok(script));
        let spaced = "\n# a roll that ends\n  at 7 paper out  \n".parse::<Script>();
        assert_eq!(spaced, Ok(Script(vec![Step::at(7, Happening::PaperOut)])));
    }

    #[test]
    fn what_is_no_step_is_named_with_its_line() {
        for text in ["paper out", "at x paper out", "at 3", "at 3 paper gone", "at -1 stalls", "3 stalls"] {
            let error = format!("at 1 stalls\n{text}").parse::<Script>().expect_err(text);
            assert_eq!((error.line, error.text.as_str()), (2, text));
            assert!(error.to_string().contains("paper out"), "{error}");
        }
    }
}
