//! The virtual twin of a scanner that poses as a keyboard: the keys by which it types a text.

use super::keys::Stroke;
use super::layout::{Cap, Layout, Level};

const SHIFT: u16 = 42;
const CTRL: u16 = 29;
const ALT_GR: u16 = 100;
const ENTER: u16 = 28;
const SPACE: u16 = 57;

/// Keys beyond this number have no character in any layout.
const KEYS: std::ops::Range<u16> = 0..128;

/// The strokes of a text; GS is Ctrl and `]`, a line's end Enter. `None` where the layout lacks a character.
pub fn typed(layout: &Layout, text: &str) -> Option<Vec<Stroke>> {
    let mut strokes = Vec::new();
    for character in text.chars() {
        match character {
            '\u{1D}' => chord(&[CTRL, 27], &mut strokes),
            '\r' | '\n' => chord(&[ENTER], &mut strokes),
            _ => match keys_of(layout, Cap::Plain(character)) {
                Some(keys) => chord(&keys, &mut strokes),
                None => {
                    chord(&keys_of(layout, Cap::Dead(character))?, &mut strokes);
                    chord(&[SPACE], &mut strokes);
                }
            },
        }
    }
    Some(strokes)
}

/// The key of a character, behind the one to hold with it.
fn keys_of(layout: &Layout, wanted: Cap) -> Option<Vec<u16>> {
    let levels: [(Level, &[u16]); 3] = [(Level::Alone, &[]), (Level::Shift, &[SHIFT]), (Level::AltGr, &[ALT_GR])];
    levels.iter().find_map(|(level, held)| {
        let key = KEYS.into_iter().find(|&key| layout.cap(key, *level) == Some(wanted))?;
        Some([held, [key].as_slice()].concat())
    })
}

/// Keys held together, pressed in this order and released in the other.
fn chord(keys: &[u16], strokes: &mut Vec<Stroke>) {
    strokes.extend(keys.iter().map(|&key| Stroke { key, down: true }));
    strokes.extend(keys.iter().rev().map(|&key| Stroke { key, down: false }));
}
