//! How large a screen's letters are: capitals that are read from the last row, or a refusal that says what would do.
//!
//! Capitals of 61 mm are read at 5 m, and so on in proportion. Sizes are shares of the panel's longer side, which the page
//! knows as `vmax`, so they hold whatever its resolution and whether it stands or lies.

use wire::catalogue::{Catalogue, Display, Layout};
use wire::ids::{DisplayId, Language};
use wire::label::LabelForm;

/// What capitals measure for each metre between screen and reader.
const CAPITAL_MM_A_METRE: f64 = 61.0 / 5.0;
/// The longer side of a 16:9 panel for each millimetre of its diagonal: 16 / sqrt(16² + 9²).
const LONG_SIDE: f64 = 0.871_575_537;
/// Its shorter side, as a share of the longer one.
const SHORT_SIDE: f64 = 9.0 / 16.0;
const MM_AN_INCH: f64 = 25.4;
/// A capital of Atkinson Hyperlegible Next, as a share of the font's size (its `OS/2` table).
pub(crate) const CAPITAL: f64 = 0.668;
/// The widths of its bold ASCII characters from the space on, in thousandths of the font's size (its `hmtx` table).
const WIDTHS: [u16; 95] = [
    312, 303, 390, 765, 610, 969, 725, 210, 335, 335, 485, 595, 271, 373, 272, 440, 659, 440, 579, 600, 624, 607, 626,
    537, 624, 571, 272, 272, 569, 612, 569, 547, 781, 678, 643, 658, 688, 597, 566, 718, 701, 424, 561, 663, 552, 858,
    717, 746, 629, 756, 650, 610, 607, 686, 644, 886, 685, 650, 618, 340, 440, 344, 582, 400, 288, 552, 596, 510, 596,
    563, 365, 593, 571, 300, 259, 555, 318, 882, 571, 576, 596, 599, 376, 508, 376, 567, 530, 740, 539, 521, 505, 381,
    254, 381, 537,
];
/// The widest digit: digits stand in columns.
const DIGIT: f64 = 0.659;
/// What a character outside of ASCII takes.
const OTHER: f64 = 0.75;

/// What head, foot and margins leave of the height.
const ROWS_SHARE: f64 = 0.8;
/// What a row's margins take of the width, and what stands between number and counter.
const MARGINS: f64 = 0.05;
/// A row, in capitals.
const ROW: f64 = 1.5;
/// A row that names the hall below the counter, in capitals, and how large the counter's name is there at most.
const ROW_WITH_ZONE: f64 = 2.2;
const COUNTER_WITH_ZONE: f64 = 0.8;
/// Over a counter: number, space and counter's name, as multiples of the number's size, and what borders take.
const ABOVE: f64 = 1.8;
const BORDERS: f64 = 0.04;
/// The smallest counter's name beside a number, as a share of its size.
const COUNTER_LEAST: f64 = 0.6;
/// What the list has beside media.
const LIST_SHARE: f64 = 0.6;
/// As many calls as a screen shows at most.
pub(crate) const LINES_MAX: usize = 6;
/// Diagonals that panels are sold with, in inches.
const DIAGONALS: std::ops::RangeInclusive<u32> = 15..=120;

/// A layout's name in catalogues and pages.
pub(crate) const fn name(layout: Layout) -> &'static str {
    match layout {
        Layout::List => "liste",
        Layout::Shared => "partage",
        Layout::Counter => "guichet",
        Layout::Directions => "orientation",
    }
}

/// The fewest calls a layout is worth having for.
const fn lines_least(layout: Layout) -> usize {
    match layout {
        Layout::List | Layout::Shared => 4,
        Layout::Counter => 1,
        Layout::Directions => 3,
    }
}

/// What the calls have of the width.
const fn share(layout: Layout) -> f64 {
    match layout {
        Layout::Shared => LIST_SHARE,
        Layout::List | Layout::Counter | Layout::Directions => 1.0,
    }
}

/// How high a row is, in capitals.
const fn row(layout: Layout) -> f64 {
    match layout {
        Layout::Directions => ROW_WITH_ZONE,
        Layout::List | Layout::Shared | Layout::Counter => ROW,
    }
}

/// A screen and those who read it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Panel {
    /// Its diagonal, in inches; it is 16:9.
    pub diagonal_in: f64,
    /// How far the last reader is, in metres.
    pub distance_m: f64,
}

impl Panel {
    /// How high its capitals must be, in millimetres.
    #[must_use]
    pub fn capital_mm(self) -> f64 {
        CAPITAL_MM_A_METRE * self.distance_m
    }

    fn long_side_mm(self) -> f64 {
        self.diagonal_in * MM_AN_INCH * LONG_SIDE
    }
}

/// What a page needs to draw itself.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sizes {
    /// How high a capital of the numbers is, in percent of the panel's longer side.
    pub capital_vmax: f64,
    /// How large counters' names are, as a share of the numbers.
    pub counter: f64,
    /// How many calls are shown.
    pub lines: usize,
}

/// A layout that does not fit; the text is for whoever sets the screen up.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[error(
    "La disposition «\u{a0}{}\u{a0}» ne tient pas sur un écran de {} pouces lu à {}\u{a0}m\u{a0}: il faut des capitales de \
     {:.0}\u{a0}mm. {}",
    name(.layout.to_owned()), decimal(.panel.diagonal_in), decimal(.panel.distance_m), .panel.capital_mm(), remedy(self)
)]
pub struct Unfit {
    /// What was asked.
    pub layout: Layout,
    /// On what.
    pub panel: Panel,
    /// The longest counter's name.
    pub counter: String,
    /// The smallest diagonal it fits, in inches.
    pub least_in: Option<u32>,
    /// The farthest it could be read from, in metres.
    pub farthest_m: Option<f64>,
}

fn decimal(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    format!("{rounded}").replace('.', ",")
}

fn remedy(unfit: &Unfit) -> String {
    let larger = unfit.least_in.map(|inches| format!("prenez un écran de {inches} pouces au moins"));
    let closer = unfit.farthest_m.map(|metres| format!("placez-le à {}\u{a0}m au plus", decimal(metres)));
    let shorter = format!("raccourcissez le nom «\u{a0}{}\u{a0}»", unfit.counter);
    let all: Vec<String> = larger.into_iter().chain(closer).chain([shorter]).collect();
    let (last, first) = all.split_last().map_or((String::new(), String::new()), |(l, f)| (l.clone(), f.join(", ")));
    let text = if first.is_empty() { last } else { format!("{first}, ou {last}") };
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |c| format!("{}{}.", c.to_uppercase(), letters.as_str()))
}

/// How wide a text is in bold, as a multiple of the font's size.
fn width(text: &str) -> f64 {
    let one = |c: char| match c {
        '0'..='9' => DIGIT,
        '\u{a0}' | '\u{202f}' => f64::from(WIDTHS[0]) / 1000.0,
        _ => {
            let place = u32::from(c).checked_sub(32).and_then(|n| usize::try_from(n).ok());
            place.and_then(|n| WIDTHS.get(n)).map_or(OTHER, |width| f64::from(*width) / 1000.0)
        }
    };
    text.chars().map(one).sum()
}

/// Sizes that fit: capitals as high as the distance asks for, larger over a counter. `label` is the widest number of a day,
/// `counters` the counters' names.
pub fn fit<'a>(
    layout: Layout,
    panel: Panel,
    label: &str,
    counters: impl IntoIterator<Item = &'a str>,
) -> Result<Sizes, Unfit> {
    let counter = widest(counters);
    tried(layout, panel, label, counter).ok_or_else(|| {
        let fits = |panel| tried(layout, panel, label, counter).is_some();
        let mut larger = DIAGONALS.filter(|inches| f64::from(*inches) > panel.diagonal_in);
        // Steps of half a metre, as people measure a room.
        let nearer = (1..=40).rev().map(|halves| f64::from(halves) / 2.0).filter(|metres| *metres < panel.distance_m);
        Unfit {
            layout,
            panel,
            counter: counter.to_owned(),
            least_in: larger.find(|inches| fits(Panel { diagonal_in: f64::from(*inches), ..panel })),
            farthest_m: nearer.into_iter().find(|metres| fits(Panel { distance_m: *metres, ..panel })),
        }
    })
}

/// The sizes of a page that must show something: where nothing fits, the largest letters that the layout's fewest calls
/// leave room for. Publishing refuses such a screen; this is for one that was published before its counters were renamed.
pub fn fit_or_least<'a>(
    layout: Layout,
    panel: Panel,
    label: &str,
    counters: impl IntoIterator<Item = &'a str>,
) -> Sizes {
    let counter = widest(counters);
    tried(layout, panel, label, counter).unwrap_or_else(|| {
        let lines = lines_least(layout);
        let by_height = rows_height() / lines as f64 / row(layout);
        let by_width = (share(layout) - MARGINS) / (width(label) + COUNTER_LEAST * width(counter)) * CAPITAL;
        Sizes { capital_vmax: 100.0 * by_height.min(by_width), counter: COUNTER_LEAST, lines }
    })
}

/// A screen of which nothing is known: 43 inches, read from 5 m.
const USUAL: Panel = Panel { diagonal_in: 43.0, distance_m: 5.0 };

/// What a display of a catalogue has to show, and to whom.
pub(crate) struct Asked<'a> {
    pub(crate) panel: Panel,
    /// The widest number of a day.
    pub(crate) label: String,
    /// The names of the counters whose calls it shows.
    pub(crate) counters: Vec<&'a str>,
}

pub(crate) fn asked<'a>(catalogue: &'a Catalogue, display: &Display) -> Asked<'a> {
    let panel = Panel {
        diagonal_in: display.diagonal_in.map_or(USUAL.diagonal_in, |inches| inches.get()),
        distance_m: display.distance_m.map_or(USUAL.distance_m, |metres| metres.get()),
    };
    let letter = catalogue.services.iter().map(|service| service.letter.letter());
    let widest = letter.max_by_key(|letter| "EFLPRTABCDHKUVNMW".find(*letter)).unwrap_or('W');
    let label = match catalogue.site.label_form {
        LabelForm::Plain => format!("{widest}\u{a0}999"),
        LabelForm::Series => format!("{widest}9\u{a0}999"),
    };
    let shown = catalogue.counters.iter().filter(|counter| catalogue.shows(display, counter));
    Asked { panel, label, counters: shown.map(|counter| counter.name.get(Language::Fr)).collect() }
}

/// The displays that were measured and whose layout does not fit.
pub(crate) fn unfit(catalogue: &Catalogue) -> Vec<(DisplayId, Unfit)> {
    let measured = catalogue.displays.iter().filter(|d| d.diagonal_in.is_some() || d.distance_m.is_some());
    let unfit = measured.filter_map(|display| {
        let Asked { panel, label, counters } = asked(catalogue, display);
        Some((display.id.clone(), fit(display.layout, panel, &label, counters).err()?))
    });
    unfit.collect()
}

fn widest<'a>(counters: impl IntoIterator<Item = &'a str>) -> &'a str {
    counters.into_iter().max_by(|a, b| width(a).total_cmp(&width(b))).unwrap_or_default()
}

/// As a share of the longer side.
const fn rows_height() -> f64 {
    ROWS_SHARE * SHORT_SIDE
}

fn tried(layout: Layout, panel: Panel, label: &str, counter: &str) -> Option<Sizes> {
    let capital = panel.capital_mm() / panel.long_side_mm();
    let font = capital / CAPITAL;
    let room = share(layout) - MARGINS;
    if layout == Layout::Counter {
        // Number above counter: the number takes what there is.
        let largest = (room / width(label)).min((rows_height() - BORDERS) / ABOVE);
        let counter = (room / largest / width(counter).max(0.1)).min(COUNTER_LEAST);
        let fits = largest >= font && counter * largest >= COUNTER_LEAST * font;
        return fits.then_some(Sizes { capital_vmax: 100.0 * largest * CAPITAL, counter, lines: 1 });
    }
    let lines = (rows_height() / (capital * row(layout))).floor();
    let left = room - font * width(label);
    let most = if layout == Layout::Directions { COUNTER_WITH_ZONE } else { 1.0 };
    let counter = (left / font / width(counter).max(0.1)).min(most);
    let fits = lines >= lines_least(layout) as f64 && counter >= COUNTER_LEAST;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small whole number, and no less than 1"
    )]
    fits.then(|| Sizes { capital_vmax: 100.0 * capital, counter, lines: (lines as usize).min(LINES_MAX) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PANEL: Panel = Panel { diagonal_in: 43.0, distance_m: 5.0 };
    const COUNTERS: [&str; 2] = ["Guichet 4", "Guichet 12"];

    fn sizes(layout: Layout, diagonal_in: f64, distance_m: f64) -> Result<Sizes, Unfit> {
        fit(layout, Panel { diagonal_in, distance_m }, "W9 999", COUNTERS)
    }

    #[test]
    fn capitals_are_61_mm_at_5_m_on_43_and_55_inch() {
        // What a millimetre of the panel is in pixels of Full HD, from its sides: 952 x 535 mm and 1218 x 685 mm.
        for (inches, wide_mm, pixels) in [(43.0, 952.0, 123.0), (55.0, 1217.6, 96.2)] {
            let sizes = sizes(Layout::List, inches, 5.0).unwrap();
            let capital_px = sizes.capital_vmax / 100.0 * 1920.0;
            assert!((capital_px - pixels).abs() < 0.2, "{inches}: {capital_px}");
            assert!((capital_px * wide_mm / 1920.0 - 61.0).abs() < 0.1, "{inches}");
            assert!((4..=6).contains(&sizes.lines), "{inches}: {} lines", sizes.lines);
        }
        let (near, far) = (sizes(Layout::List, 55.0, 3.0).unwrap(), sizes(Layout::List, 55.0, 5.0).unwrap());
        assert!((far.capital_vmax / near.capital_vmax - 5.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_would() {
        let unfit = sizes(Layout::List, 32.0, 5.0).unwrap_err();
        assert_eq!((unfit.least_in, unfit.farthest_m), (Some(37), Some(4.0)));
        let text = unfit.to_string().replace('\u{a0}', " ");
        assert_eq!(
            text,
            "La disposition « liste » ne tient pas sur un écran de 32 pouces lu à 5 m : il faut des capitales de 61 mm. \
             Prenez un écran de 37 pouces au moins, placez-le à 4 m au plus, ou raccourcissez le nom « Guichet 12 »."
        );
        let long = fit(Layout::List, PANEL, "W9 999", ["Bureau des titres d’identité et des passeports"]).unwrap_err();
        assert!(long.to_string().contains("Bureau des titres d’identité"), "{long}");
        assert!(sizes(Layout::Shared, 43.0, 5.0).is_err(), "the list has 60 % of the width");
        assert!(sizes(Layout::Shared, 55.0, 5.0).is_ok());
        assert!(sizes(Layout::List, 100.0, 90.0).unwrap_err().least_in.is_none());
    }

    #[test]
    fn over_a_counter_the_number_is_as_large_as_the_panel_lets_it() {
        let (one, four) = (sizes(Layout::Counter, 32.0, 5.0).unwrap(), sizes(Layout::List, 43.0, 5.0).unwrap());
        assert_eq!(one.lines, 1);
        assert!(one.capital_vmax > 1.5 * four.capital_vmax, "{one:?}");
    }

    #[test]
    fn a_page_draws_something_whatever_was_published() {
        for layout in [Layout::List, Layout::Shared, Layout::Counter, Layout::Directions] {
            for (diagonal_in, distance_m) in [(15.0, 30.0), (43.0, 5.0), (120.0, 1.0)] {
                let panel = Panel { diagonal_in, distance_m };
                let sizes = fit_or_least(layout, panel, "W9 999", COUNTERS);
                let height = sizes.capital_vmax * row(layout) * sizes.lines as f64;
                assert!(height <= 100.0 * rows_height() + 1e-6, "{layout:?} {panel:?} {sizes:?}");
                assert!((1..=LINES_MAX).contains(&sizes.lines));
            }
        }
    }

    #[test]
    fn the_font_that_is_served_has_these_measures() {
        let font = include_bytes!("../../assets/fonts/AtkinsonHyperlegibleNext_700Bold.ttf");
        let short = |at: usize| u16::from_be_bytes([font[at], font[at + 1]]);
        let table = |tag: &[u8; 4]| {
            let count = usize::from(short(4));
            let entry = (0..count).map(|n| 12 + 16 * n).find(|at| &font[*at..at + 4] == tag).unwrap();
            u32::from_be_bytes([font[entry + 8], font[entry + 9], font[entry + 10], font[entry + 11]]) as usize
        };
        assert_eq!(short(table(b"head") + 18), 1000, "units of a font's size");
        assert!((f64::from(short(table(b"OS/2") + 88)) / 1000.0 - CAPITAL).abs() < 1e-9, "capitals");
    }
}
