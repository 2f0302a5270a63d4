//! The document a printer prints: blocks from top to bottom, in sizes of paper rather than of any printer.

use super::bitmap::Bitmap;

/// A length on paper, in tenths of a millimetre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenthsMm(pub u16);

impl TenthsMm {
    /// The length in dots of a 203 dpi head, which has 8 of them a millimetre.
    pub fn dots(self) -> f32 {
        f32::from(self.0) * 0.8
    }
}

/// One document: it is printed whole, then cut.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Slip {
    /// What is printed, from top to bottom.
    pub blocks: Vec<Block>,
    /// Right to left: `Align::Start` is the right edge and a QR code stands at the right of its lines.
    pub rtl: bool,
}

/// One block of a slip; it takes the full width of the paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A paragraph; it wraps at spaces, and its line pitch is 1.6 times its capital height.
    Text(TextLine),
    /// The number a visitor keeps: bold, centred, as tall as its capitals.
    Number {
        /// The number as it is read, with no-break spaces inside.
        text: String,
        /// Height of a capital.
        cap: TenthsMm,
    },
    /// A thin line across the paper.
    Rule,
    /// White bold text, centred on a black band across the paper.
    Band {
        /// What the band says.
        text: String,
        /// Height of a capital; the band is 1.8 times as tall.
        cap: TenthsMm,
    },
    /// A QR code with lines of text beside it.
    Code(Code),
    /// Blank paper.
    Space(TenthsMm),
    /// A logo, centred, dot for dot; a printer that has it in its memory prints its own
    /// ([`Profile::stored_logo`](super::Profile::stored_logo)).
    Logo(Bitmap),
}

/// A paragraph of one size and weight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextLine {
    /// The text; U+202F is printed as U+00A0, line ends and tabs as spaces, other controls not at all.
    pub text: String,
    /// Height of a capital; the font's own ratio gives the font size.
    pub cap: TenthsMm,
    /// Regular or bold.
    pub weight: Weight,
    /// Where each line stands.
    pub align: Align,
}

/// A QR code, level M, with its quiet zone of 4 modules, and the lines beside it, vertically centred.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// What the code holds; capitals and digits alone keep it small (alphanumeric mode).
    pub data: String,
    /// Side of one module in dots (8 a millimetre).
    pub module_dots: u8,
    /// The lines beside the code, in reading order.
    pub lines: Vec<TextLine>,
}

/// How heavy a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Weight {
    /// Weight 400.
    Regular,
    /// Weight 700.
    Bold,
}

/// Where a line stands; start and end follow the reading direction of the slip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Align {
    /// The edge where reading begins.
    Start,
    /// The middle of the paper.
    Centre,
    /// The edge where reading ends.
    End,
}

/// Text as every form prints it: U+202F, which tickets' fonts and printers' pages lack, becomes U+00A0, line ends and
/// tabs become spaces, and the other controls, which a printer would execute, are dropped.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .filter_map(|c| match c {
            '\u{202F}' => Some('\u{A0}'),
            '\n' | '\r' | '\t' => Some(' '),
            _ => (!c.is_control()).then_some(c),
        })
        .collect()
}
