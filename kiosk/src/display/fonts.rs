//! The fonts that are shipped, and none from the system: the same letters on every machine.

use std::convert::Infallible;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};

/// Where fontconfig looks for its rules. It reads them once, when the first window is made.
const RULES: &str = "FONTCONFIG_FILE";

/// Puts the fonts of a folder in force, in a way that no thread can disturb: starts the program anew, in the same
/// process, with the folder's `fonts.conf` in the environment. Where it is there already (set by the service unit, or
/// by this), it comes back at once. To be called first in `main`.
///
/// # Errors
/// The folder has no rules, or the program cannot be started again.
pub fn put_in_force(folder: &Path) -> Result<(), FontsError> {
    let rules = rules_of(folder)?;
    if in_force(&rules) {
        return Ok(());
    }
    match start_anew(&rules) {
        Ok(never) => match never {},
        Err(source) => Err(FontsError::Start { source }),
    }
}

/// Whether the fonts of a folder are in force.
///
/// # Errors
/// They are not, or the folder has no rules.
pub fn check(folder: &Path) -> Result<(), FontsError> {
    let rules = rules_of(folder)?;
    if in_force(&rules) { Ok(()) } else { Err(FontsError::NotInForce { rules }) }
}

/// Whether a folder holds fonts that could be put in force.
///
/// # Errors
/// The folder has no rules.
pub fn rules_exist(folder: &Path) -> Result<(), FontsError> {
    rules_of(folder).map(drop)
}

fn rules_of(folder: &Path) -> Result<PathBuf, FontsError> {
    let rules = folder.join("fonts.conf");
    rules.canonicalize().map_err(|source| FontsError::Rules { rules, source })
}

fn in_force(rules: &Path) -> bool {
    std::env::var_os(RULES).and_then(|set| Path::new(&set).canonicalize().ok()).is_some_and(|set| set == rules)
}

fn start_anew(rules: &Path) -> std::io::Result<Infallible> {
    let mut arguments = std::env::args_os();
    let mut program = std::process::Command::new(std::env::current_exe()?);
    if let Some(name) = arguments.next() {
        program.arg0(name);
    }
    Err(program.args(arguments).env(RULES, rules).exec())
}

/// The shipped fonts cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FontsError {
    /// There is no `fonts.conf`.
    #[error("the fonts are not at {}; set the folder of the assets", rules.display())]
    Rules {
        /// Where it was looked for.
        rules: PathBuf,
        /// Why it cannot be read.
        source: std::io::Error,
    },
    /// The environment names other rules.
    #[error("fonts of the system would be used; set {RULES}={}", rules.display())]
    NotInForce {
        /// What should be set.
        rules: PathBuf,
    },
    /// The program could not be started anew.
    #[error("cannot start again with the shipped fonts")]
    Start {
        /// Why.
        source: std::io::Error,
    },
}
