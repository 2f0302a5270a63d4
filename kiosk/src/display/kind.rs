//! Which display draws the screens.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// What `--display` takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// A window where there is a desktop, the bare screen where there is one, memory otherwise.
    #[default]
    Auto,
    /// A window on a desktop.
    Window,
    /// The bare screen of a Linux machine.
    Kms,
    /// Memory: for tests, for the live view.
    Headless,
}

/// What is there to draw on.
pub(super) struct Surroundings {
    /// A desktop session is reachable.
    pub desktop: bool,
    /// The kernel drives a screen.
    pub screen: bool,
}

impl Surroundings {
    /// Those of this process.
    pub fn here() -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        Self { desktop: set("DISPLAY") || set("WAYLAND_DISPLAY"), screen: Path::new("/dev/dri").exists() }
    }
}

impl Kind {
    /// What [`Kind::Auto`] stands for here; every other kind stands for itself.
    pub(super) fn settle(self, here: &Surroundings) -> Self {
        if self != Self::Auto {
            self
        } else if cfg!(feature = "window") && here.desktop {
            Self::Window
        } else if cfg!(feature = "kms") && here.screen {
            Self::Kms
        } else {
            Self::Headless
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Window => "window",
            Self::Kms => "kms",
            Self::Headless => "headless",
        })
    }
}

impl FromStr for Kind {
    type Err = KindError;

    fn from_str(text: &str) -> Result<Self, KindError> {
        [Self::Auto, Self::Window, Self::Kms, Self::Headless]
            .into_iter()
            .find(|kind| kind.to_string() == text)
            .ok_or_else(|| KindError(text.to_owned()))
    }
}

/// No such display.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no display; use auto, window, kms or headless")]
pub struct KindError(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for kind in [Kind::Auto, Kind::Window, Kind::Kms, Kind::Headless] {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        assert!("wayland".parse::<Kind>().is_err());
    }

    #[test]
    fn auto_never_chooses_what_is_not_there() {
        let nothing = Surroundings { desktop: false, screen: false };
        assert_eq!(Kind::Auto.settle(&nothing), Kind::Headless);
        assert_eq!(Kind::Window.settle(&nothing), Kind::Window);
        let both = Surroundings { desktop: true, screen: true };
        let expected = if cfg!(feature = "window") {
            Kind::Window
        } else if cfg!(feature = "kms") {
            Kind::Kms
        } else {
            Kind::Headless
        };
        assert_eq!(Kind::Auto.settle(&both), expected);
    }
}
