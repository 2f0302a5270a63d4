//! The keypad: a keyboard with few keys (design, chapter 4).

use kiosk_flow::{Input, Key, Press};
use kiosk_runtime::config;
use slint::SharedString;
use slint::platform::Key as Code;

/// What a key of a keyboard means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// A key of the keypad.
    Key(Key),
    /// The keypad's own jack: a headset came in, or went out.
    Headset(bool),
}

/// Which keys of a keyboard are the keypad's.
#[derive(Clone, Debug)]
pub struct Keypad {
    keys: Vec<(SharedString, Meaning)>,
}

/// A key's name in the configuration is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no key; use left, right, up, down, tab, backtab, return, space, home, end, f1 to f24, or one character"
)]
pub struct KeyNameError(String);

impl Default for Keypad {
    fn default() -> Self {
        match Self::new(&config::Keypad::default()) {
            Ok(keypad) => keypad,
            Err(never) => unreachable!("the shipped keys have names: {never}"),
        }
    }
}

impl Keypad {
    /// As the configuration says.
    ///
    /// # Errors
    /// Names the key that is none.
    pub fn new(config: &config::Keypad) -> Result<Self, KeyNameError> {
        let rows = [
            (&config.previous, Meaning::Key(Key::Previous)),
            (&config.next, Meaning::Key(Key::Next)),
            (&config.select, Meaning::Key(Key::Select)),
            (&config.repeat, Meaning::Key(Key::Repeat)),
            (&config.volume, Meaning::Key(Key::Volume)),
            (&config.headset_in, Meaning::Headset(true)),
            (&config.headset_out, Meaning::Headset(false)),
        ];
        let mut keys = Vec::new();
        for (names, meaning) in rows {
            for name in names {
                keys.push((text_of(name)?, meaning));
            }
        }
        Ok(Self { keys })
    }

    /// What a key of a keyboard means. Held down it says so again and again: only the way from place to place repeats.
    pub fn input(&self, text: &str, down: bool, again: bool) -> Option<Input> {
        let text = text.to_lowercase();
        match self.keys.iter().find(|(of, _)| *of == text)?.1 {
            Meaning::Key(key) if again && !matches!(key, Key::Previous | Key::Next) => None,
            Meaning::Key(key) => Some(Input::Key(key, if down { Press::Down } else { Press::Up })),
            Meaning::Headset(plugged) => (down && !again).then_some(Input::Headset(plugged)),
        }
    }

    /// What a keyboard would send for a key of the keypad; none where the configuration gives it no key.
    pub fn text(&self, key: Key) -> Option<SharedString> {
        self.keys.iter().find(|(_, meaning)| *meaning == Meaning::Key(key)).map(|(text, _)| text.clone())
    }
}

fn text_of(name: &str) -> Result<SharedString, KeyNameError> {
    const FUNCTION: [Code; 24] = [
        Code::F1,
        Code::F2,
        Code::F3,
        Code::F4,
        Code::F5,
        Code::F6,
        Code::F7,
        Code::F8,
        Code::F9,
        Code::F10,
        Code::F11,
        Code::F12,
        Code::F13,
        Code::F14,
        Code::F15,
        Code::F16,
        Code::F17,
        Code::F18,
        Code::F19,
        Code::F20,
        Code::F21,
        Code::F22,
        Code::F23,
        Code::F24,
    ];
    let name = name.to_lowercase();
    let wrong = || KeyNameError(name.clone());
    let function = || {
        let rank: usize = name.strip_prefix('f')?.parse().ok()?;
        FUNCTION.get(rank.checked_sub(1)?).copied()
    };
    let code = match name.as_str() {
        "left" => Code::LeftArrow,
        "right" => Code::RightArrow,
        "up" => Code::UpArrow,
        "down" => Code::DownArrow,
        "tab" => Code::Tab,
        "backtab" => Code::Backtab,
        "return" => Code::Return,
        "space" => Code::Space,
        "home" => Code::Home,
        "end" => Code::End,
        one if one.chars().count() == 1 => return Ok(one.into()),
        _ => function().ok_or_else(wrong)?,
    };
    Ok(SharedString::from(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_a_keyboard_are_the_keypads() {
        let keypad = Keypad::default();
        let of = |code: Code| SharedString::from(code);
        for (text, key) in [
            (of(Code::LeftArrow), Key::Previous),
            (of(Code::Tab), Key::Next),
            (of(Code::Backtab), Key::Previous),
            (of(Code::Return), Key::Select),
            (" ".into(), Key::Select),
            ("R".into(), Key::Repeat),
            (of(Code::F2), Key::Volume),
        ] {
            assert_eq!(keypad.input(&text, true, false), Some(Input::Key(key, Press::Down)), "{text:?}");
            assert_eq!(keypad.input(&text, false, false), Some(Input::Key(key, Press::Up)), "{text:?}");
        }
        assert_eq!(keypad.input("x", true, false), None);
        assert_eq!(keypad.input("", true, false), None);
    }

    #[test]
    fn a_key_that_is_held_moves_on_and_activates_once() {
        let keypad = Keypad::default();
        let next = SharedString::from(Code::RightArrow);
        assert_eq!(keypad.input(&next, true, true), Some(Input::Key(Key::Next, Press::Down)));
        for text in [SharedString::from(Code::Return), "r".into(), "v".into()] {
            assert_eq!(keypad.input(&text, true, true), None);
        }
    }

    #[test]
    fn a_keypad_of_another_maker_has_its_own_keys_and_tells_of_its_jack() {
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let config = config::Keypad {
            repeat: names(&["F18"]),
            headset_in: names(&["F15"]),
            headset_out: names(&["F16"]),
            ..config::Keypad::default()
        };
        let keypad = Keypad::new(&config).unwrap();
        let plug = SharedString::from(Code::F15);
        assert_eq!(keypad.input(&plug, true, false), Some(Input::Headset(true)));
        assert_eq!(keypad.input(&plug, false, false), None);
        assert_eq!(keypad.input(&SharedString::from(Code::F16), true, false), Some(Input::Headset(false)));
        assert_eq!(keypad.text(Key::Repeat), Some(SharedString::from(Code::F18)));
        let wrong = config::Keypad { next: names(&["f25"]), ..config::Keypad::default() };
        assert!(Keypad::new(&wrong).unwrap_err().to_string().contains("`f25` is no key"));
    }
}
