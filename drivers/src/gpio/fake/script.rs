//! The script of a board, a step a line: pure.

use std::time::Duration;

/// The longest pause a script may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// What a script can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// `input NAME` or `output NAME`: the board has this line.
    Declare {
        /// Its name.
        name: String,
        /// Whether programs drive it.
        output: bool,
    },
    /// `set NAME high|low|float`: something outside drives an input, or lets go of it.
    Set {
        /// Its name.
        name: String,
        /// `None` lets go: the pull decides.
        level: Option<bool>,
    },
    /// `bounce NAME high|low COUNT`: so many contacts within a moment, ending in that level.
    Bounce {
        /// Its name.
        name: String,
        /// The level that stays.
        level: bool,
        /// Edges before it.
        count: u16,
    },
    /// `wait MILLISECONDS`.
    Wait(Duration),
    /// `unplug`: the chip is gone, with all its lines.
    Unplug,
    /// `plug`: it is back.
    Plug,
}

/// Reads one line of a script; empty lines and what follows `#` say nothing.
pub fn parse(line: &str) -> Result<Option<Step>, String> {
    let told = line.split('#').next().unwrap_or_default();
    let words: Vec<&str> = told.split_whitespace().collect();
    let name = |name: &str| name.to_owned();
    let step = match *words.as_slice() {
        [] => return Ok(None),
        ["input", line] => Step::Declare { name: name(line), output: false },
        ["output", line] => Step::Declare { name: name(line), output: true },
        ["set", line, "float"] => Step::Set { name: name(line), level: None },
        ["set", line, level] => Step::Set { name: name(line), level: Some(high(level)?) },
        ["bounce", line, level, count] => Step::Bounce {
            name: name(line),
            level: high(level)?,
            count: count.parse().map_err(|_| format!("\"{count}\" is no number of edges"))?,
        },
        ["wait", time] => {
            let time =
                time.parse().map(Duration::from_millis).map_err(|_| format!("\"{time}\" are no milliseconds"))?;
            if time > LONGEST_WAIT {
                return Err(format!("a wait of {} s is too long: an hour is the most", time.as_secs()));
            }
            Step::Wait(time)
        }
        ["unplug"] => Step::Unplug,
        ["plug"] => Step::Plug,
        [..] => {
            return Err(format!(
                "\"{}\" is no step: use input NAME, output NAME, set NAME high|low|float, \
                 bounce NAME high|low COUNT, wait MILLISECONDS, unplug or plug",
                told.trim()
            ));
        }
    };
    Ok(Some(step))
}

fn high(level: &str) -> Result<bool, String> {
    match level {
        "high" => Ok(true),
        "low" => Ok(false),
        _ => Err(format!("\"{level}\" is no level: use high or low")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_is_read() {
        let bell = || "BELL".to_owned();
        let cases = [
            ("", None),
            ("  # the hall's button", None),
            ("input BELL  # to ground", Some(Step::Declare { name: bell(), output: false })),
            ("output BELL", Some(Step::Declare { name: bell(), output: true })),
            ("set BELL low", Some(Step::Set { name: bell(), level: Some(false) })),
            ("set BELL float", Some(Step::Set { name: bell(), level: None })),
            ("bounce BELL high 9", Some(Step::Bounce { name: bell(), level: true, count: 9 })),
            ("wait 1500", Some(Step::Wait(Duration::from_millis(1500)))),
            ("unplug", Some(Step::Unplug)),
            ("plug", Some(Step::Plug)),
        ];
        for (line, step) in cases {
            assert_eq!(parse(line), Ok(step), "{line}");
        }
    }

    #[test]
    fn what_is_no_step_is_named() {
        for (line, said) in [
            ("press BELL", "\"press BELL\" is no step: use input NAME"),
            ("set BELL on", "\"on\" is no level"),
            ("bounce BELL low many", "\"many\" is no number"),
            ("wait a while", "is no step"),
            ("wait soon", "are no milliseconds"),
            ("wait 3600001", "too long"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(said), "{line}: {error}");
        }
    }
}
