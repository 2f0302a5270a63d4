//! What a visitor set for the time of the visit, and what the place sets for everyone.

use jiff::civil::Time;

use crate::speech::Volume;
use crate::view::{Look, Theme};

/// What a visitor set (S29); gone when the next one comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Preferences {
    pub large_text: bool,
    /// A palette of their own; none: the place's.
    pub theme: Option<Theme>,
    pub volume: Volume,
}

impl Preferences {
    /// Switches a palette on, or off where it is on.
    pub fn toggle(&mut self, theme: Theme) {
        self.theme = if self.theme == Some(theme) { None } else { Some(theme) };
    }
}

/// How the place wants its screens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Appearance {
    /// The palette by day, or always.
    pub theme: Theme,
    /// From when to when the palette is the night's, local time; it may pass midnight.
    pub night: Option<(Time, Time)>,
}

impl Appearance {
    fn at(self, time: Option<Time>) -> Theme {
        let dark = time.zip(self.night).is_some_and(|(time, (from, to))| {
            if from <= to { (from..to).contains(&time) } else { time >= from || time < to }
        });
        if dark { Theme::Night } else { self.theme }
    }

    /// How a screen is drawn for a visitor, who may have chosen another palette.
    pub(crate) fn look(self, prefs: Preferences, speech: bool, time: Option<Time>) -> Look {
        let theme = prefs.theme.unwrap_or_else(|| self.at(time));
        let motion = !speech && !prefs.large_text && theme != Theme::Night;
        Look { theme, large_text: prefs.large_text, motion }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;

    #[test]
    fn the_night_passes_midnight_and_a_visitor_wins_over_it() {
        let bus = Appearance { theme: Theme::Standard, night: Some((time(17, 30, 0, 0), time(8, 0, 0, 0))) };
        let theme = |prefs, hour| bus.look(prefs, false, Some(time(hour, 0, 0, 0))).theme;
        let none = Preferences::default();
        assert_eq!(
            [2, 8, 17, 18].map(|hour| theme(none, hour)),
            [Theme::Night, Theme::Standard, Theme::Standard, Theme::Night]
        );
        let contrast = Preferences { theme: Some(Theme::HighContrast), ..none };
        assert_eq!(theme(contrast, 2), Theme::HighContrast);
        assert_eq!(bus.look(none, false, None).theme, Theme::Standard);
    }

    #[test]
    fn motion_is_reduced_for_speech_large_text_and_night() {
        let look = |prefs, speech| Appearance::default().look(prefs, speech, None).motion;
        assert!(look(Preferences::default(), false));
        assert!(!look(Preferences::default(), true));
        assert!(!look(Preferences { large_text: true, ..Preferences::default() }, false));
        assert!(!look(Preferences { theme: Some(Theme::Night), ..Preferences::default() }, false));
    }
}
