//! What slips look like: lengths as the design measured them, and nothing clipped.

mod fixtures;

use drivers::printer::slip::{Align, Block, Code, Slip, TenthsMm, Weight};
use drivers::printer::{Bitmap, DrawError, Painter};
use fixtures::{LONG_LINK, Roll, Ticket, fonts, line, ticket};

fn painter(roll: Roll) -> Painter {
    let width = match roll {
        Roll::Mm80 => 576,
        Roll::Mm58 => 384,
    };
    Painter::open(&fonts(), width).expect("the fonts of the repository")
}

fn draw(roll: Roll, slip: &Slip) -> Bitmap {
    painter(roll).draw(slip).expect("a slip that fits")
}

#[test]
fn tickets_are_as_long_as_the_design_measured() {
    const MEASURED_MM: [(Roll, Ticket, f32); 6] = [
        (Roll::Mm80, Ticket::Standard, 63.0),
        (Roll::Mm80, Ticket::Duplicata, 69.0),
        (Roll::Mm80, Ticket::Priority, 67.0),
        (Roll::Mm58, Ticket::Standard, 56.0),
        (Roll::Mm58, Ticket::Duplicata, 62.0),
        (Roll::Mm58, Ticket::Priority, 60.0),
    ];
    for (roll, kind, measured) in MEASURED_MM {
        let picture = draw(roll, &ticket(roll, kind));
        #[expect(clippy::cast_precision_loss, reason = "a few hundred rows")]
        let length = picture.height() as f32 / 8.0;
        assert!((length - measured).abs() <= 0.75, "{kind:?} on {roll:?}: {length} mm instead of {measured}");
    }
}

/// The runs of rows that hold ink within some columns.
fn inked_rows(picture: &Bitmap, columns: std::ops::Range<usize>) -> Vec<(usize, usize)> {
    let mut runs = Vec::new();
    let mut start = None;
    for y in 0..=picture.height() {
        let inked = columns.clone().any(|x| picture.is_black(x, y));
        match (start, inked) {
            (None, true) => start = Some(y),
            (Some(top), false) => {
                runs.push((top, y));
                start = None;
            }
            (None, false) | (Some(_), true) => {}
        }
    }
    runs
}

fn text(text: &str, cap: u16, weight: Weight) -> Slip {
    Slip { blocks: vec![Block::Text(line(text, cap, weight, Align::Start))], rtl: false }
}

#[test]
fn capitals_have_the_height_asked_for() {
    for (cap, dots) in [(21, 17), (30, 24), (46, 37), (80, 64)] {
        let picture = draw(Roll::Mm80, &text("HHH", cap, Weight::Bold));
        let [(top, bottom)] = inked_rows(&picture, 0..576)[..] else { panic!("one line of capitals") };
        assert!((bottom - top).abs_diff(dots) <= 1, "cap {cap}: {top}..{bottom}");
    }
}

#[test]
fn long_lines_wrap_at_spaces_and_stay_inside_the_paper() {
    let slip = text(
        "Attestation d’accueil, légalisation de signature et certification de l’identité numérique",
        30,
        Weight::Regular,
    );
    for roll in [Roll::Mm80, Roll::Mm58] {
        let picture = draw(roll, &slip);
        assert!(picture.height() > 2 * 38, "more than two lines");
        for y in 0..picture.height() {
            assert!(!picture.is_black(0, y), "ink at the left edge");
            assert!(!picture.is_black(picture.width() - 1, y), "ink at the right edge");
        }
    }
    let one_word = text(&"M".repeat(80), 30, Weight::Bold);
    let broken = draw(Roll::Mm58, &one_word);
    assert!(inked_rows(&broken, 0..384).len() >= 5, "a long word is broken, not clipped");
}

#[test]
fn accents_and_descenders_are_whole_at_the_top_and_at_the_bottom() {
    let alone = draw(Roll::Mm80, &text("ÉÀÇgjpq", 30, Weight::Bold));
    let amid = draw(
        Roll::Mm80,
        &Slip {
            blocks: vec![
                Block::Space(TenthsMm(50)),
                Block::Text(line("ÉÀÇgjpq", 30, Weight::Bold, Align::Start)),
                Block::Space(TenthsMm(50)),
            ],
            rtl: false,
        },
    );
    let ink = |picture: &Bitmap| -> u32 { picture.bits().iter().map(|byte| byte.count_ones()).sum() };
    assert_eq!(ink(&alone), ink(&amid));
}

#[test]
fn the_number_is_the_largest_thing() {
    for roll in [Roll::Mm80, Roll::Mm58] {
        let picture = draw(roll, &ticket(roll, Ticket::Standard));
        let runs = inked_rows(&picture, picture.width() / 2..picture.width());
        let tallest = runs.iter().map(|(top, bottom)| bottom - top).max();
        let wanted = if roll == Roll::Mm80 { 112 } else { 96 };
        assert!(tallest.is_some_and(|rows| rows.abs_diff(wanted) <= 4), "{tallest:?}");
    }
}

fn code(data: &str, module_dots: u8, rtl: bool) -> Slip {
    Slip {
        blocks: vec![Block::Code(Code {
            data: data.to_owned(),
            module_dots,
            lines: vec![line("Suivez votre tour", 26, Weight::Bold, Align::Start)],
        })],
        rtl,
    }
}

#[test]
fn a_code_stands_where_reading_begins_with_its_quiet_zone() {
    let side = (25 + 8) * 5;
    let picture = draw(Roll::Mm80, &code(fixtures::SHORT_LINK, 5, false));
    assert_eq!(picture.height(), side, "version 2 and its quiet zone, 20.6 mm");
    assert!(picture.is_black(20, 20) && !picture.is_black(19, 20) && !picture.is_black(20, 19));
    let mirrored = draw(Roll::Mm80, &code(fixtures::SHORT_LINK, 5, true));
    assert!(mirrored.is_black(576 - side + 20, 20));
    assert!(!mirrored.is_black(20, 20));
}

#[test]
fn the_longest_link_is_version_4_and_too_long_a_text_is_refused() {
    assert_eq!(LONG_LINK.len(), 90);
    let picture = draw(Roll::Mm80, &code(LONG_LINK, 4, false));
    assert_eq!(picture.height(), (33 + 8) * 4, "20.5 mm");
    let narrow = draw(Roll::Mm58, &code(LONG_LINK, 3, false));
    assert_eq!(narrow.height(), (33 + 8) * 3, "15.4 mm");
    let refused = painter(Roll::Mm58).draw(&code(&"A".repeat(5000), 3, false));
    assert_eq!(refused, Err(DrawError::CodeTooLarge { bytes: 5000 }));
}

#[test]
fn controls_are_dropped_and_narrow_spaces_are_printed_as_no_break_spaces() {
    let clean = draw(Roll::Mm80, &text("10\u{A0}h\u{A0}30", 30, Weight::Regular));
    let odd = draw(Roll::Mm80, &text("10\u{202F}h\u{1B}\u{202F}30\u{7}", 30, Weight::Regular));
    assert_eq!(clean, odd);
}
