//! Keys that would end the borne or leave its screen.
//!
//! Slint's bare screen ends its loop at Ctrl+Alt+Del and at Ctrl+Alt+Backspace, and a keyboard can be plugged in by
//! anybody. What it would do with Ctrl or Alt and a function key belongs to a console, not to a visitor.

/// Ctrl and Alt, left and right (linux/input-event-codes.h).
const MODIFIERS: [u32; 4] = [29, 97, 56, 100];
/// Backspace, Delete, and Delete on the number pad.
const ERASING: [u32; 3] = [14, 111, 83];

/// The keys that are down and matter here.
#[derive(Debug, Default)]
pub struct Held {
    modifiers: [u8; MODIFIERS.len()],
    withheld: Vec<u32>,
}

impl Held {
    /// Whether nobody may see that a key went down or up.
    pub fn withholds(&mut self, key: u32, pressed: bool) -> bool {
        if let Some(rank) = MODIFIERS.iter().position(|modifier| *modifier == key) {
            let held = &mut self.modifiers[rank];
            // Two keyboards have two of each.
            *held = if pressed { held.saturating_add(1) } else { held.saturating_sub(1) };
            return false;
        }
        if !pressed {
            let before = self.withheld.len();
            self.withheld.retain(|withheld| *withheld != key);
            return self.withheld.len() < before;
        }
        let withheld = self.modifiers.iter().any(|held| *held > 0) && (ERASING.contains(&key) || function(key));
        if withheld && !self.withheld.contains(&key) {
            self.withheld.push(key);
        }
        withheld
    }
}

/// F1 to F12: with Ctrl and Alt they change to another console.
fn function(key: u32) -> bool {
    (59..=68).contains(&key) || [87, 88].contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CTRL: u32 = 29;
    const ALT: u32 = 56;
    const DELETE: u32 = 111;
    const F2: u32 = 60;
    const LEFT_ARROW: u32 = 105;

    #[test]
    fn nothing_ends_the_borne() {
        for (one, other) in [(29, 56), (29, 100), (97, 56), (97, 100), (56, 29)] {
            for key in [DELETE, 14, 83, 59, F2, 68, 87, 88] {
                let mut held = Held::default();
                assert!(!held.withholds(one, true) && !held.withholds(other, true));
                assert!(held.withholds(key, true), "{one} {other} {key}");
                assert!(held.withholds(key, true), "a key that repeats");
                // Its release is withheld too, whatever was released before.
                assert!(!held.withholds(one, false) && !held.withholds(other, false));
                assert!(held.withholds(key, false));
                assert!(!held.withholds(key, true) && !held.withholds(key, false));
            }
        }
    }

    #[test]
    fn what_a_keypad_sends_passes() {
        let mut held = Held::default();
        for key in [LEFT_ARROW, 106, 28, 57, DELETE, 14, F2, 113, 114, 115] {
            assert!(!held.withholds(key, true) && !held.withholds(key, false), "{key}");
        }
        held.withholds(CTRL, true);
        assert!(!held.withholds(LEFT_ARROW, true) && !held.withholds(LEFT_ARROW, false));
    }

    #[test]
    fn of_two_keyboards_the_second_holds_too() {
        let mut held = Held::default();
        held.withholds(ALT, true);
        held.withholds(ALT, true);
        held.withholds(ALT, false);
        assert!(held.withholds(DELETE, true));
        held.withholds(ALT, false);
        held.withholds(ALT, false);
        assert!(held.withholds(DELETE, false));
        assert!(!held.withholds(DELETE, true));
    }
}
