//! The hall's screens whose browser lets nothing sound: « Son coupé : touchez l’écran ».
//!
//! The store keeps what each linked screen said last; since when, the server that was told remembers by itself. Only machines
//! that an administrator linked are heard, each of itself alone, and who does not say it again is forgotten.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use wire::token::Hash32;

use crate::app::App;
use crate::site::Site;
use crate::store::{Screen, StoreError};

/// A screen says each minute how it is; one that has missed two is gone.
const GONE: SignedDuration = SignedDuration::from_mins(3);

/// Since when screens are silent, as far as this server was told.
#[derive(Debug, Default)]
pub(crate) struct Muted(Mutex<HashMap<Hash32, Spell>>);

#[derive(Clone, Copy, Debug)]
struct Spell {
    since: Since,
    told_at: Timestamp,
}

/// Since when a screen lets nothing sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Since {
    pub(crate) at: Timestamp,
    /// It may be for longer: it was so when this server first heard of it.
    pub(crate) at_least: bool,
}

impl Muted {
    /// A screen has said whether it can be heard; `before` is how it was known until then.
    pub(crate) fn told(&self, before: &Screen, sounds: bool, now: Timestamp) {
        let mut spells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spells.retain(|_, spell| now.duration_since(spell.told_at) < GONE);
        let known = spells.remove(&before.token).map(|spell| spell.since);
        if !sounds {
            let begun = Since { at: now, at_least: false };
            let since = before_now(before, now).map_or(begun, |at_least| known.unwrap_or(at_least));
            spells.insert(before.token, Spell { since, told_at: now });
        }
    }

    /// Since when a screen lets nothing sound; none of one that can be heard, that is gone or that was taken away.
    pub(crate) fn since(&self, screen: &Screen, now: Timestamp) -> Option<Since> {
        let at_least = before_now(screen, now)?;
        let spells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What it said to another server since, this one does not know.
        let spell = spells.get(&screen.token).filter(|spell| at_least.at.duration_since(spell.told_at) < GONE);
        Some(spell.map_or(at_least, |spell| spell.since))
    }
}

/// What the store knows: it was silent when it last said how it is, which is not long ago.
fn before_now(screen: &Screen, now: Timestamp) -> Option<Since> {
    let at = screen.seen_at.filter(|_| screen.sounds == Some(false) && screen.revoked_at.is_none())?;
    (now.duration_since(at) < GONE).then_some(Since { at, at_least: true })
}

impl App {
    /// The site's screens that let nothing sound, the longest first.
    pub(crate) async fn muted_screens(&self, site: &Site, now: Timestamp) -> Result<Vec<(Screen, Since)>, StoreError> {
        let screens = self.store.screens(site.id).await?.into_iter();
        let muted = screens.filter_map(|screen| self.screens.muted.since(&screen, now).map(|since| (screen, since)));
        let mut muted: Vec<_> = muted.collect();
        muted.sort_by_key(|(_, since)| since.at);
        Ok(muted)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use wire::ids::SiteId;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn screen(said: Option<(i64, bool)>) -> Screen {
        Screen {
            token: Hash32([1; 32]),
            site: SiteId(Uuid::from_u128(1)),
            display: "hall".parse().unwrap(),
            enrolled_at: at(0),
            revoked_at: None,
            seen_at: said.map(|(seconds, _)| at(seconds)),
            sounds: said.map(|(_, sounds)| sounds),
        }
    }

    fn since(seconds: i64, at_least: bool) -> Option<Since> {
        Some(Since { at: at(seconds), at_least })
    }

    #[test]
    fn silence_lasts_from_the_first_word_of_it_to_the_first_of_sound() {
        let muted = Muted::default();
        muted.told(&screen(Some((40, true))), false, at(100));
        muted.told(&screen(Some((100, false))), false, at(160));
        assert_eq!(muted.since(&screen(Some((160, false))), at(200)), since(100, false));
        muted.told(&screen(Some((160, false))), true, at(210));
        assert_eq!(muted.since(&screen(Some((210, true))), at(210)), None);
        muted.told(&screen(Some((210, true))), false, at(220));
        assert_eq!(muted.since(&screen(Some((220, false))), at(220)), since(220, false), "another time");
    }

    #[test]
    fn a_screen_that_says_nothing_more_is_gone_and_forgotten() {
        let muted = Muted::default();
        muted.told(&screen(None), false, at(100));
        assert_eq!(muted.since(&screen(Some((100, false))), at(279)), since(100, false));
        assert_eq!(muted.since(&screen(Some((100, false))), at(280)), None);
        let other = Screen { token: Hash32([2; 32]), ..screen(None) };
        muted.told(&other, false, at(280));
        assert_eq!(muted.0.lock().unwrap().len(), 1);
        muted.told(&screen(Some((100, false))), false, at(400));
        assert_eq!(muted.since(&screen(Some((400, false))), at(400)), since(400, false), "it was away meanwhile");
    }

    #[test]
    fn a_server_that_did_not_see_it_begin_says_so() {
        let muted = Muted::default();
        assert_eq!(muted.since(&screen(Some((100, false))), at(130)), since(100, true), "told to another server");
        muted.told(&screen(Some((100, false))), false, at(160));
        assert_eq!(muted.since(&screen(Some((160, false))), at(200)), since(100, true));
        assert_eq!(
            muted.since(&screen(Some((3_600, false))), at(3_610)),
            since(3_600, true),
            "it spoke to another since"
        );
    }

    #[test]
    fn of_a_screen_that_was_taken_away_nothing_is_told() {
        let muted = Muted::default();
        muted.told(&screen(None), false, at(100));
        let gone = Screen { revoked_at: Some(at(110)), ..screen(Some((100, false))) };
        assert_eq!(muted.since(&gone, at(120)), None);
    }
}
