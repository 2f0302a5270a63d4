//! The panel's backlight (Linux ABI, sysfs-class-backlight).

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::discovery::{Access, DeviceKind, Found};

/// Where the kernel tells of backlights.
pub const SYSFS: &str = "/sys/class/backlight";

/// What lets the borne set a backlight: attributes are no device nodes, so their group is changed by a program.
const UDEV_RULE: &str = concat!(
    r#"SUBSYSTEM=="backlight", ACTION=="add", "#,
    r#"RUN+="/bin/sh -c 'cd /sys$devpath && chgrp borne brightness bl_power; chmod g+w brightness bl_power'""#
);

/// `bl_power`: on, and off (FB_BLANK_UNBLANK and FB_BLANK_POWERDOWN of linux/fb.h).
const POWER_ON: &str = "0";
const POWER_OFF: &str = "4";

/// Which backlight; what it prints as is what it was parsed from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum BacklightSelector {
    /// `auto`: the one that the kernel's manual prefers (firmware's, then the platform's, then the chip's own).
    #[default]
    Auto,
    /// `backlight:NAME`: a folder of [`SYSFS`].
    Named(String),
}

/// Why a backlight cannot be used; the text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum BacklightError {
    /// The text selects none.
    #[error("\"{0}\" selects no backlight: use auto or backlight:NAME")]
    Selector(String),
    /// There is none.
    #[error("this machine tells of no backlight: set the brightness at the screen, and leave backlight empty")]
    None,
    /// There are others.
    #[error("there is no backlight {name:?}, only {}", known.join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is, as selectors.
        known: Vec<String>,
    },
    /// `auto` cannot choose.
    #[error("this machine has several backlights: choose {}", choices.join(" or "))]
    Several {
        /// Their selectors.
        choices: Vec<String>,
    },
    /// Permissions refuse.
    #[error("this program may not write {}: add the udev rule `{rule}`", node.display())]
    Forbidden {
        /// The attribute.
        node: PathBuf,
        /// The rule that is missing.
        rule: String,
    },
    /// The kernel refuses for another cause.
    #[error("the backlight's {} cannot be used: see the kernel's log", node.display())]
    Io {
        /// The attribute.
        node: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// An attribute holds no number.
    #[error("the backlight's {} holds no number: its driver is of no use", node.display())]
    NoNumber {
        /// The attribute.
        node: PathBuf,
    },
}

impl FromStr for BacklightSelector {
    type Err = BacklightError;

    fn from_str(text: &str) -> Result<Self, BacklightError> {
        match text.split_once(':') {
            None if text == "auto" => Ok(Self::Auto),
            Some(("backlight", name))
                if !matches!(name, "" | "." | "..")
                    && !name.contains(['/', '\0'])
                    && !name.contains(char::is_control) =>
            {
                Ok(Self::Named(name.to_owned()))
            }
            Some(_) | None => Err(BacklightError::Selector(text.to_owned())),
        }
    }
}

impl fmt::Display for BacklightSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Named(name) => write!(f, "backlight:{name}"),
        }
    }
}

/// A backlight. It is on again and as bright as it was when this is dropped; a process that is killed leaves it as it
/// is, and its next start takes that for what it was.
#[derive(Debug)]
pub struct Backlight {
    folder: PathBuf,
    max: u32,
    before: u32,
    /// What it is to have while it is on.
    level: u32,
    switch: Switch,
}

/// How it is switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Switch {
    Power,
    /// Its driver has no power switch.
    Brightness,
}

impl Backlight {
    /// Opens a backlight of this machine.
    pub fn open(selector: &BacklightSelector) -> Result<Self, BacklightError> {
        Self::open_in(Path::new(SYSFS), selector)
    }

    /// The same, of another folder than [`SYSFS`].
    pub fn open_in(sysfs: &Path, selector: &BacklightSelector) -> Result<Self, BacklightError> {
        let folder = choose(sysfs, selector)?;
        let max = number(&folder.join("max_brightness"))?;
        let before = number(&folder.join("brightness"))?;
        let switch = if folder.join("bl_power").exists() { Switch::Power } else { Switch::Brightness };
        let backlight = Self { folder, max, before, level: before, switch };
        backlight.write("brightness", &before.to_string())?;
        Ok(backlight)
    }

    /// Sets how bright it is while it is on: 0 to 100, more counts as 100. Only 0 is the driver's own 0, which some
    /// panels take for off.
    pub fn set_percent(&mut self, percent: u8) -> Result<(), BacklightError> {
        let level = fraction(self.max, percent);
        self.write("brightness", &level.to_string())?;
        self.level = level;
        Ok(())
    }

    /// Switches it off; the brightness is kept for [`on`](Self::on).
    pub fn off(&mut self) -> Result<(), BacklightError> {
        match self.switch {
            Switch::Power => self.write("bl_power", POWER_OFF),
            Switch::Brightness => self.write("brightness", "0"),
        }
    }

    /// Switches it on, as bright as it was set last.
    pub fn on(&mut self) -> Result<(), BacklightError> {
        if self.switch == Switch::Power {
            self.write("bl_power", POWER_ON)?;
        }
        self.write("brightness", &self.level.to_string())
    }

    fn write(&self, attribute: &str, text: &str) -> Result<(), BacklightError> {
        let node = self.folder.join(attribute);
        std::fs::OpenOptions::new()
            .write(true)
            .truncate(true)
            .open(&node)
            .and_then(|mut file| io::Write::write_all(&mut file, text.as_bytes()))
            .map_err(|source| refusal(node, source))
    }
}

impl Drop for Backlight {
    fn drop(&mut self) {
        self.level = self.before;
        if let Err(error) = self.on() {
            tracing::warn!(%error, "the backlight stays as it is");
        }
    }
}

/// Finds the backlights of this machine.
pub fn discover() -> Vec<Found> {
    discover_in(Path::new(SYSFS))
}

/// The same, of another folder than [`SYSFS`].
pub fn discover_in(sysfs: &Path) -> Vec<Found> {
    let describe = |name: String| {
        let folder = sysfs.join(&name);
        let kind = kind(&folder);
        let (level, max) = (number(&folder.join("brightness")), number(&folder.join("max_brightness")));
        let node = folder.join("brightness");
        let (range, access) = match (level, max) {
            (Ok(level), Ok(max)) => {
                let opened = std::fs::OpenOptions::new().write(true).open(&node);
                let access = opened.map_or_else(|error| access(refusal(node, error)), |_| Access::Granted);
                (format!(", {level} of {max}"), access)
            }
            (Err(error), _) | (_, Err(error)) => (String::new(), access(error)),
        };
        Found {
            kind: DeviceKind::Backlight,
            selector: BacklightSelector::Named(name.clone()).to_string(),
            name: format!("{name} ({kind}){range}"),
            firmware: None,
            access,
        }
    };
    names(sysfs).into_iter().map(describe).collect()
}

fn choose(sysfs: &Path, selector: &BacklightSelector) -> Result<PathBuf, BacklightError> {
    let names = names(sysfs);
    let selectors = |names: &[String]| -> Vec<String> {
        names.iter().map(|name| BacklightSelector::Named(name.clone()).to_string()).collect()
    };
    if names.is_empty() {
        return Err(BacklightError::None);
    }
    match selector {
        BacklightSelector::Named(name) if names.contains(name) => Ok(sysfs.join(name)),
        BacklightSelector::Named(name) => Err(BacklightError::Unknown { name: name.clone(), known: selectors(&names) }),
        BacklightSelector::Auto => {
            let rank = |name: &String| match kind(&sysfs.join(name)).as_str() {
                "firmware" => 0,
                "platform" => 1,
                _ => 2,
            };
            let best = names.iter().map(rank).min();
            let chosen: Vec<String> = names.iter().filter(|name| Some(rank(name)) == best).cloned().collect();
            match chosen.as_slice() {
                [only] => Ok(sysfs.join(only)),
                several => Err(BacklightError::Several { choices: selectors(several) }),
            }
        }
    }
}

fn names(sysfs: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(sysfs) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    names
}

fn kind(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("type")).map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned())
}

fn number(node: &Path) -> Result<u32, BacklightError> {
    let text = std::fs::read_to_string(node).map_err(|source| refusal(node.to_owned(), source))?;
    text.trim().parse().map_err(|_| BacklightError::NoNumber { node: node.to_owned() })
}

/// The part of `max`; more than nothing stays more than nothing.
fn fraction(max: u32, percent: u8) -> u32 {
    let percent = u64::from(percent.min(100));
    let level = (u64::from(max) * percent + 50) / 100;
    let level = u32::try_from(level).unwrap_or(max);
    if percent > 0 { level.max(1).min(max) } else { 0 }
}

fn refusal(node: PathBuf, source: io::Error) -> BacklightError {
    if source.kind() == io::ErrorKind::PermissionDenied {
        BacklightError::Forbidden { node, rule: UDEV_RULE.to_owned() }
    } else {
        BacklightError::Io { node, source }
    }
}

fn access(error: BacklightError) -> Access {
    match error {
        BacklightError::Forbidden { node, rule } => Access::Forbidden { node, rule },
        BacklightError::Selector(_)
        | BacklightError::None
        | BacklightError::Unknown { .. }
        | BacklightError::Several { .. }
        | BacklightError::Io { .. }
        | BacklightError::NoNumber { .. } => Access::Fault(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
