//! Draws a slip as dots, 8 a millimetre.

mod code;
mod typeset;

use super::bitmap::Bitmap;
use super::fonts::{FontError, FontSource};
use super::slip::{Align, Block, Code, Slip, TenthsMm, TextLine, Weight};
pub use code::DrawError;
use typeset::{Measure, Paragraph, Typesetter};

/// Blank dots kept at both edges of the paper.
const EDGE: usize = 4;
/// Dots between a code and the lines beside it.
const BESIDE_CODE: usize = 6;
/// Beside a code less room than this holds no words: the lines go below it.
const LEAST_BESIDE: usize = 96;
/// Thickness of a rule.
const RULE: usize = 2;

/// Room above and below the baseline, in capital heights: a line of text has a pitch of 1.6.
const TEXT: Measure = Measure { above: 1.3, below: 0.3 };
/// The number is as tall as its capitals.
const NUMBER: Measure = Measure { above: 1.0, below: 0.0 };
/// A band is 1.8 times as tall as its capitals.
const BAND: Measure = Measure { above: 1.4, below: 0.4 };

/// Fonts, shaper and glyphs already drawn, for one width of paper.
pub struct Painter {
    typesetter: Typesetter,
    width: usize,
}

impl std::fmt::Debug for Painter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Painter").field("width", &self.width).finish_non_exhaustive()
    }
}

impl Painter {
    /// Loads the fonts and draws what slips are made of, so that the first slip is drawn as fast as the next.
    pub fn open(fonts: &FontSource, width_dots: u16) -> Result<Self, FontError> {
        let mut painter = Self { typesetter: Typesetter::open(fonts)?, width: usize::from(width_dots) };
        painter.warm_up();
        Ok(painter)
    }

    /// Draws a slip; the picture is as wide as the paper and as tall as its content.
    pub fn draw(&mut self, slip: &Slip) -> Result<Bitmap, DrawError> {
        self.draw_blocks(&slip.blocks, slip.rtl)
    }

    /// Draws some blocks of a slip.
    pub(crate) fn draw_blocks(&mut self, blocks: &[Block], rtl: bool) -> Result<Bitmap, DrawError> {
        let mut picture = Bitmap::new(self.width);
        for block in blocks {
            self.draw_block(&mut picture, block, rtl)?;
        }
        Ok(picture)
    }

    /// Draws one block below what the picture holds.
    pub(crate) fn draw_block(&mut self, picture: &mut Bitmap, block: &Block, rtl: bool) -> Result<(), DrawError> {
        match block {
            Block::Text(line) => {
                let paragraph = self.text(line, rtl, EDGE, self.width - 2 * EDGE);
                self.place(picture, &paragraph);
            }
            Block::Number { text, cap } => {
                let paragraph = self.centred(text, *cap, NUMBER);
                self.place(picture, &paragraph);
            }
            Block::Band { text, cap } => {
                let paragraph = self.centred(text, *cap, BAND);
                let top = picture.height();
                picture.blacken_rows(top, top + paragraph.height());
                self.typesetter.draw(picture, &paragraph, top, false);
            }
            Block::Rule => {
                let top = picture.height();
                picture.blacken_rows(top, top + RULE);
            }
            Block::Space(length) => {
                let height = picture.height() + to_dots(length.dots());
                picture.grow(height);
            }
            Block::Code(code) => self.draw_code(picture, code, rtl)?,
            Block::Logo(logo) => {
                if logo.width() > self.width {
                    return Err(DrawError::LogoTooWide { dots: logo.width(), allowed: self.width });
                }
                picture.lay(logo, (self.width - logo.width()) / 2);
            }
        }
        Ok(())
    }

    fn draw_code(&mut self, picture: &mut Bitmap, code: &Code, rtl: bool) -> Result<(), DrawError> {
        let symbol = code::Symbol::encode(&code.data, code.module_dots, self.width)?;
        let side = symbol.side();
        let left = if rtl { self.width - side } else { 0 };
        let room = self.width.saturating_sub(side + BESIDE_CODE + EDGE);
        let beside = room >= LEAST_BESIDE;
        let (x, width) = match (beside, rtl) {
            (true, true) => (EDGE, room),
            (true, false) => (side + BESIDE_CODE, room),
            (false, _) => (EDGE, self.width - 2 * EDGE),
        };
        let lines: Vec<Paragraph> = code.lines.iter().map(|line| self.text(line, rtl, x, width)).collect();
        let text_height: usize = lines.iter().map(Paragraph::height).sum();
        let top = picture.height();
        let (code_top, mut text_top) = if beside {
            let height = side.max(text_height);
            picture.grow(top + height);
            (top + (height - side) / 2, top + (height - text_height) / 2)
        } else {
            picture.grow(top + side + text_height);
            (top, top + side)
        };
        symbol.draw(picture, left, code_top);
        for line in &lines {
            self.typesetter.draw(picture, line, text_top, true);
            text_top += line.height();
        }
        Ok(())
    }

    /// Draws a QR code alone, with its quiet zone.
    pub(crate) fn draw_symbol(&self, data: &str, module_dots: u8) -> Result<Bitmap, DrawError> {
        let symbol = code::Symbol::encode(data, module_dots, self.width)?;
        let mut picture = Bitmap::new(symbol.side());
        picture.grow(symbol.side());
        symbol.draw(&mut picture, 0, 0);
        Ok(picture)
    }

    /// Lays a paragraph below what the picture holds.
    fn place(&mut self, picture: &mut Bitmap, paragraph: &Paragraph) {
        let top = picture.height();
        picture.grow(top + paragraph.height());
        self.typesetter.draw(picture, paragraph, top, true);
    }

    fn text(&mut self, line: &TextLine, rtl: bool, x: usize, width: usize) -> Paragraph {
        self.typesetter.set(&typeset::Request {
            text: &line.text,
            cap: line.cap.dots(),
            weight: line.weight,
            align: line.align,
            rtl,
            x,
            width,
            measure: TEXT,
        })
    }

    fn centred(&mut self, text: &str, cap: TenthsMm, measure: Measure) -> Paragraph {
        self.typesetter.set(&typeset::Request {
            text,
            cap: cap.dots(),
            weight: Weight::Bold,
            align: Align::Centre,
            rtl: false,
            x: EDGE,
            width: self.width - 2 * EDGE,
            measure,
        })
    }

    /// Sizes and characters of common slips: a glyph not among them is drawn when it first appears.
    fn warm_up(&mut self) {
        const TEXT_CAPS: [u16; 5] = [21, 23, 24, 26, 30];
        const NUMBER_CAPS: [u16; 2] = [120, 140];
        const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyzàâçéèêëîïôûœÉÀ";
        const FIGURES: &str = "0123456789 .,:;·’-()/";
        for cap in TEXT_CAPS {
            for weight in [Weight::Regular, Weight::Bold] {
                let line =
                    TextLine { text: format!("{LETTERS} {FIGURES}"), cap: TenthsMm(cap), weight, align: Align::Start };
                self.text(&line, false, EDGE, self.width - 2 * EDGE);
            }
        }
        for cap in NUMBER_CAPS {
            self.centred("ABCDEFHKLMNPRTUVW 0123456789", TenthsMm(cap), NUMBER);
        }
    }
}

/// Whole dots, the nearest.
pub(crate) fn to_dots(length: f32) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "lengths on paper are small and never negative"
    )]
    let dots = length.round() as usize;
    dots
}
