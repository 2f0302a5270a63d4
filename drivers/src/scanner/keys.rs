//! From the keys of a scanner that poses as a keyboard to the text of its codes: pure.
//!
//! | sent | becomes |
//! |---|---|
//! | a key, with Shift or AltGr (or Ctrl and Alt, as Windows has it) | the character of the scanner's own [`Layout`]; an accent waits for its letter |
//! | Caps Lock | letters change their case until it is sent again |
//! | Ctrl and a letter or one of `@ [ \ ] ^ _` | the control character, so GS is Ctrl+`]`; a key whose character is none of them counts as on a US keyboard, as it does for Windows |
//! | Alt and digits of the keypad | the character of that number: below 128, or from 160 to 255 with a leading 0 |
//! | Enter, Tab, Escape, Backspace | CR, HT, ESC, BS |
//! | a key without a character | SUB (0x1A), so that the code is told to be unreadable rather than changed |

use std::fmt;

use zeroize::{DefaultIsZeroes, Zeroizing};

use super::layout::{Cap, Layout, Level, composed};

/// What stands for a key that has no character (ECMA-48, substitute).
const SUBSTITUTE: char = '\u{1A}';

/// Digits of a character's number, at most.
const NUMBER_MAX: usize = 5;

/// A key that went down or came up; a key that repeats is not told.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Stroke {
    /// The code of the Linux input system (`KEY_A` is 30).
    pub key: u16,
    /// True when it went down.
    pub down: bool,
}

impl DefaultIsZeroes for Stroke {}

impl fmt::Debug for Stroke {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stroke(…)")
    }
}

/// Turns keys into text.
pub struct KeyDecoder {
    layout: Layout,
    held: Modifiers,
    caps_lock: bool,
    accent: Option<char>,
    number: Option<Zeroizing<String>>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Modifiers(u8);

impl Modifiers {
    const SHIFT: u8 = 0b0000_0011;
    const CTRL: u8 = 0b0000_1100;
    const ALT: u8 = 0b0001_0000;
    const ALT_GR: u8 = 0b0010_0000;
    const META: u8 = 0b1100_0000;

    fn of_key(key: u16) -> Option<u8> {
        Some(match key {
            42 => 0b0000_0001,
            54 => 0b0000_0010,
            29 => 0b0000_0100,
            97 => 0b0000_1000,
            56 => Self::ALT,
            100 => Self::ALT_GR,
            125 => 0b0100_0000,
            126 => 0b1000_0000,
            _ => return None,
        })
    }

    fn any(self, of: u8) -> bool {
        self.0 & of != 0
    }
}

impl KeyDecoder {
    /// With no key held.
    pub fn new(layout: Layout) -> Self {
        Self { layout, held: Modifiers::default(), caps_lock: false, accent: None, number: None }
    }

    /// Decodes by another layout from now on.
    pub fn set_layout(&mut self, layout: Layout) {
        self.layout = layout;
    }

    /// Forgets which keys are held, after keys were lost.
    pub fn release_all(&mut self) {
        self.held = Modifiers::default();
        self.accent = None;
        self.number = None;
    }

    /// Takes a key and appends the text it completes, in UTF-8.
    pub fn key(&mut self, stroke: Stroke, text: &mut Vec<u8>) {
        if let Some(modifier) = Modifiers::of_key(stroke.key) {
            self.modifier(modifier, stroke.down, text);
        } else if stroke.down {
            self.down(stroke.key, text);
        }
    }

    fn modifier(&mut self, modifier: u8, down: bool, text: &mut Vec<u8>) {
        if down {
            self.held.0 |= modifier;
        } else {
            self.held.0 &= !modifier;
        }
        if modifier == Modifiers::ALT
            && !down
            && let Some(number) = self.number.take()
        {
            self.write(numbered(&number).unwrap_or(SUBSTITUTE), text);
        }
    }

    fn down(&mut self, key: u16, text: &mut Vec<u8>) {
        const CAPS_LOCK: u16 = 58;
        const NUM_LOCK: u16 = 69;
        const SCROLL_LOCK: u16 = 70;
        match key {
            CAPS_LOCK => self.caps_lock = !self.caps_lock,
            NUM_LOCK | SCROLL_LOCK => {}
            _ if self.held.any(Modifiers::ALT) && !self.held.any(Modifiers::CTRL) => self.number_key(key, text),
            _ => match self.meaning(key) {
                Cap::Dead(accent) => {
                    if let Some(before) = self.accent.replace(accent) {
                        push(before, text);
                    }
                }
                Cap::Plain(character) => self.write(character, text),
            },
        }
    }

    fn number_key(&mut self, key: u16, text: &mut Vec<u8>) {
        match keypad(key).filter(char::is_ascii_digit) {
            Some(digit) => {
                let number = self.number.get_or_insert_default();
                if number.len() <= NUMBER_MAX {
                    number.push(digit);
                }
            }
            None => self.write(SUBSTITUTE, text),
        }
    }

    fn meaning(&self, key: u16) -> Cap {
        if self.held.any(Modifiers::META) {
            return Cap::Plain(SUBSTITUTE);
        }
        if let Some(character) = fixed(key).or_else(|| keypad(key)) {
            return Cap::Plain(character);
        }
        let ctrl_and_alt = self.held.any(Modifiers::CTRL) && self.held.any(Modifiers::ALT);
        let alt_gr = ctrl_and_alt || self.held.any(Modifiers::ALT_GR);
        let level = match (alt_gr, self.held.any(Modifiers::SHIFT)) {
            (false, false) => Level::Alone,
            (false, true) => Level::Shift,
            (true, false) => Level::AltGr,
            (true, true) => return Cap::Plain(SUBSTITUTE),
        };
        let cap = self.layout.cap(key, level).unwrap_or(Cap::Plain(SUBSTITUTE));
        if self.held.any(Modifiers::CTRL) && !ctrl_and_alt {
            let own = match cap {
                Cap::Plain(c) | Cap::Dead(c) => control(c),
            };
            return Cap::Plain(own.or_else(|| control(us_position(key)?)).unwrap_or(SUBSTITUTE));
        }
        match cap {
            Cap::Plain(letter) if self.caps_lock && letter.is_alphabetic() => Cap::Plain(other_case(letter)),
            Cap::Plain(_) | Cap::Dead(_) => cap,
        }
    }

    fn write(&mut self, character: char, text: &mut Vec<u8>) {
        match self.accent.take() {
            None => push(character, text),
            Some(accent) if character == ' ' => push(accent, text),
            Some(accent) => match composed(accent, character) {
                Some(letter) => push(letter, text),
                None => {
                    push(accent, text);
                    push(character, text);
                }
            },
        }
    }
}

impl fmt::Debug for KeyDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyDecoder").field("layout", &self.layout.name()).finish_non_exhaustive()
    }
}

fn push(character: char, text: &mut Vec<u8>) {
    text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Keys that mean the same in every layout.
fn fixed(key: u16) -> Option<char> {
    Some(match key {
        1 => '\u{1B}',
        14 => '\u{08}',
        15 => '\t',
        28 | 96 => '\r',
        _ => return None,
    })
}

/// The keypad, as with Num Lock on; its comma is a French keyboard's point as well.
fn keypad(key: u16) -> Option<char> {
    Some(match key {
        71 => '7',
        72 => '8',
        73 => '9',
        74 => '-',
        75 => '4',
        76 => '5',
        77 => '6',
        78 => '+',
        79 => '1',
        80 => '2',
        81 => '3',
        82 => '0',
        83 => '.',
        55 => '*',
        98 => '/',
        _ => return None,
    })
}

/// The control character of a letter or of one of `@ [ \ ] ^ _`.
fn control(character: char) -> Option<char> {
    let upper = character.to_ascii_uppercase();
    ('@'..='_').contains(&upper).then(|| char::from(upper as u8 & 0x1F))
}

/// What a US keyboard has where Windows lets other keyboards make control characters as well.
fn us_position(key: u16) -> Option<char> {
    Some(match key {
        26 => '[',
        27 => ']',
        43 | 86 => '\\',
        7 => '^',
        12 => '_',
        3 => '@',
        _ => return None,
    })
}

fn other_case(letter: char) -> char {
    let mut changed: Vec<char> =
        if letter.is_uppercase() { letter.to_lowercase().collect() } else { letter.to_uppercase().collect() };
    if changed.len() == 1 { changed.pop().unwrap_or(letter) } else { letter }
}

/// The character of a number typed with Alt: below 128 everywhere the same; from 160 only with a leading 0, where
/// Windows-1252 and Unicode agree.
fn numbered(digits: &str) -> Option<char> {
    let number: u32 = digits.parse().ok()?;
    match number {
        _ if digits.len() > NUMBER_MAX => None,
        0..128 => char::from_u32(number),
        160..256 if digits.starts_with('0') => char::from_u32(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
