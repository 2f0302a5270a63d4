use proptest::prelude::*;

use super::super::calibration::{CALIBRATION, calibrate};
use super::*;

const SHIFT: u16 = 42;
const CTRL: u16 = 29;
const ALT: u16 = 56;
const ALT_GR: u16 = 100;
const CAPS: u16 = 58;

fn layout(name: &str) -> Layout {
    Layout::load(name).unwrap()
}

/// Keys held together, pressed in this order and released in the other.
fn chord(keys: &[u16]) -> Vec<Stroke> {
    let down = keys.iter().map(|&key| Stroke { key, down: true });
    let up = keys.iter().rev().map(|&key| Stroke { key, down: false });
    down.chain(up).collect()
}

fn text(layout: Layout, strokes: &[Stroke]) -> String {
    let mut decoder = KeyDecoder::new(layout);
    let mut text = Vec::new();
    for &stroke in strokes {
        decoder.key(stroke, &mut text);
    }
    String::from_utf8(text).unwrap()
}

fn typed(layout_name: &str, chords: &[&[u16]]) -> String {
    text(layout(layout_name), &chords.iter().flat_map(|keys| chord(keys)).collect::<Vec<_>>())
}

fn typed_by(scanner: &Layout, text: &str) -> Vec<Stroke> {
    super::super::typist::typed(scanner, text).unwrap()
}

#[test]
fn keys_give_the_characters_of_the_scanners_own_layout() {
    let keys: &[&[u16]] = &[&[SHIFT, 30], &[30], &[2], &[SHIFT, 2], &[51], &[28]];
    assert_eq!(typed("us", keys), "Aa1!,\r");
    assert_eq!(typed("fr", keys), "Qq&1;\r");
    assert_eq!(typed("fr", &[&[ALT_GR, 11], &[CTRL, ALT, 12], &[ALT_GR, 18]]), "@]€");
}

#[test]
fn an_accent_waits_for_its_letter() {
    assert_eq!(typed("fr", &[&[26], &[18]]), "ê");
    assert_eq!(typed("fr", &[&[SHIFT, 26], &[SHIFT, 18]]), "Ë");
    assert_eq!(typed("fr", &[&[26], &[57]]), "^");
    assert_eq!(typed("fr", &[&[26], &[31]]), "^s");
    assert_eq!(typed("fr", &[&[26], &[26], &[57]]), "^^");
    assert_eq!(typed("fr", &[&[ALT_GR, 3], &[57]]), "~");
    assert_eq!(typed("fr", &[&[26], &[28]]), "^\r", "Enter ends the code all the same");
}

#[test]
fn control_characters_come_with_ctrl() {
    assert_eq!(typed("us", &[&[CTRL, 27], &[CTRL, SHIFT, 7], &[CTRL, SHIFT, 12]]), "\u{1D}\u{1E}\u{1F}");
    assert_eq!(typed("fr", &[&[CTRL, 27]]), "\u{1D}", "the $ key, as for Windows");
    assert_eq!(typed("us", &[&[CTRL, 50], &[CTRL, 34]]), "\r\u{7}");
    assert_eq!(typed("fr", &[&[CTRL, 39]]), "\r", "M is elsewhere");
    assert_eq!(typed("us", &[&[CTRL, 2]]), "\u{1A}", "no control character is a 1");
}

#[test]
fn a_number_with_alt_is_a_character() {
    let number = |digits: &[u16]| [vec![ALT], digits.to_vec()].concat();
    let (zero, one, two, three, six, nine) = (82, 79, 80, 81, 77, 73);
    assert_eq!(typed("us", &[&number(&[zero, two, nine])]), "\u{1D}");
    assert_eq!(typed("us", &[&number(&[two, nine])]), "\u{1D}");
    assert_eq!(typed("us", &[&number(&[zero, two, three, three])]), "é");
    assert_eq!(typed("us", &[&number(&[two, three, three])]), "\u{1A}", "another page than ours");
    assert_eq!(typed("us", &[&number(&[nine, nine, nine, nine, nine, nine, six])]), "\u{1A}");
    assert_eq!(typed("us", &[&[ALT], &[30]]), "a", "Alt alone is nothing");
    assert_eq!(typed("us", &[&[ALT, 30]]), "\u{1A}");
    assert_eq!(typed("us", &[&number(&[one]), &number(&[one])]), "\u{1}\u{1}");
}

#[test]
fn caps_lock_changes_the_case_of_letters() {
    assert_eq!(typed("us", &[&[CAPS], &[30], &[SHIFT, 30], &[2], &[CAPS], &[30]]), "Aa1a");
    assert_eq!(typed("fr", &[&[CAPS], &[3], &[2]]), "É&");
}

#[test]
fn a_key_without_a_character_spoils_the_code_visibly() {
    for keys in [&[59_u16][..], &[125, 30], &[SHIFT, ALT_GR, 18], &[ALT_GR, 30], &[700]] {
        assert_eq!(typed("fr", &[keys]), "\u{1A}", "{keys:?}");
    }
}

#[test]
fn a_key_that_comes_up_twice_or_never_went_down_is_nothing() {
    let up = Stroke { key: 30, down: false };
    assert_eq!(text(layout("us"), &[up, up, Stroke { key: SHIFT, down: false }, Stroke { key: 30, down: true }]), "a");
}

#[test]
fn lost_keys_leave_no_key_held() {
    let mut decoder = KeyDecoder::new(layout("us"));
    let mut text = Vec::new();
    decoder.key(Stroke { key: SHIFT, down: true }, &mut text);
    decoder.release_all();
    decoder.key(Stroke { key: 30, down: true }, &mut text);
    assert_eq!(text, b"a");
}

#[test]
fn the_calibration_code_tells_the_layout() {
    let layouts: Vec<Layout> = Layout::shipped().map(layout).collect();
    for scanner in &layouts {
        let keys = [typed_by(scanner, CALIBRATION), chord(&[28])].concat();
        let (found, calibration) = calibrate(&keys, &layouts).unwrap();
        assert_eq!(found, scanner);
        assert_eq!(calibration.layout.as_deref(), Some(scanner.name()));
        assert!(calibration.separators);
        let without = typed_by(scanner, &CALIBRATION.replace('\u{1D}', ""));
        assert!(!calibrate(&without, &layouts).unwrap().1.separators);
        assert!(calibrate(&keys[2..], &layouts).is_none());
    }
    assert!(calibrate(&[], &layouts).is_none());
}

#[test]
fn no_debug_text_shows_a_key() {
    let stroke = Stroke { key: 30, down: true };
    assert_eq!(format!("{stroke:?}"), "Stroke(…)");
    let mut decoder = KeyDecoder::new(layout("us"));
    decoder.key(Stroke { key: ALT, down: true }, &mut Vec::new());
    decoder.key(Stroke { key: 79, down: true }, &mut Vec::new());
    assert_eq!(format!("{decoder:?}"), "KeyDecoder { layout: \"us\", .. }");
}

proptest! {
    #[test]
    fn what_a_scanner_types_is_read_back(name in proptest::sample::select(vec!["us", "fr"]), text_typed in "[ -~\u{1D}]{0,60}") {
        let scanner = layout(name);
        let keys = typed_by(&scanner, &text_typed);
        prop_assert_eq!(text(scanner, &keys), text_typed);
    }

    #[test]
    fn any_keys_give_text(strokes in proptest::collection::vec((0_u16..800, any::<bool>()), 0..300)) {
        let strokes: Vec<Stroke> = strokes.into_iter().map(|(key, down)| Stroke { key, down }).collect();
        // It is UTF-8, or this panics.
        let _ = text(layout("fr"), &strokes);
        let _ = calibrate(&strokes, &[layout("us"), layout("fr")]);
    }
}
