//! Text as dots: shaping and line breaking by cosmic-text, glyphs by swash, each pixel black or white.

#[cfg(test)]
mod languages;

use std::borrow::Cow;
use std::collections::HashMap;

use cosmic_text::{
    Attrs, Buffer, CacheKey, Family, FontSystem, Metrics, Shaping, SwashCache, SwashContent, Wrap, fontdb,
};

use crate::printer::bitmap::Bitmap;
use crate::printer::fonts::{self, FontError, FontSource};
use crate::printer::slip::{Align, Weight, printable};

/// A pixel at least half covered is black.
const INKED: u8 = 128;
/// Capital height over font size, for a font that does not tell.
const USUAL_RATIO: f32 = 0.7;

/// Room above and below a baseline, in capital heights.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure {
    pub(super) above: f32,
    pub(super) below: f32,
}

/// A paragraph to lay out, in dots.
pub(super) struct Request<'a> {
    pub(super) text: &'a str,
    pub(super) cap: f32,
    pub(super) weight: Weight,
    pub(super) align: Align,
    pub(super) rtl: bool,
    pub(super) x: usize,
    pub(super) width: usize,
    pub(super) measure: Measure,
}

/// A paragraph laid out.
pub(super) struct Paragraph {
    lines: Vec<Line>,
}

impl Paragraph {
    /// Dots from its top to the top of what follows.
    pub(super) fn height(&self) -> usize {
        self.lines.iter().map(|line| line.above + line.below).sum()
    }
}

/// One line: dots above and below its baseline, and its glyphs.
struct Line {
    above: usize,
    below: usize,
    glyphs: Vec<Glyph>,
}

struct Glyph {
    key: CacheKey,
    x: i32,
    /// Dots below the baseline.
    y: i32,
}

pub(super) struct Typesetter {
    fonts: FontSystem,
    glyphs: SwashCache,
    buffer: Buffer,
    family: String,
    /// Capital height over font size of the families used so far; nothing for one that the folder lacks.
    cap_ratios: HashMap<&'static str, Option<f32>>,
    /// That of the main family.
    cap_ratio: f32,
}

impl Typesetter {
    pub(super) fn open(source: &FontSource) -> Result<Self, FontError> {
        let mut fonts = source.load()?;
        let cap_ratio = cap_ratio(&mut fonts, &source.family).unwrap_or(USUAL_RATIO);
        Ok(Self {
            fonts,
            glyphs: SwashCache::new(),
            buffer: Buffer::new_empty(Metrics::new(16.0, 16.0)),
            family: source.family.clone(),
            cap_ratios: HashMap::new(),
            cap_ratio,
        })
    }

    /// Lays a paragraph out: it breaks between words, and inside one only where the word alone is too wide.
    pub(super) fn set(&mut self, request: &Request<'_>) -> Paragraph {
        let text = printable(request.text);
        let cap = request.cap.max(1.0);
        let (family, size) = self.face(&text, cap);
        let attrs = Attrs::new().family(Family::Name(&family)).weight(match request.weight {
            Weight::Regular => fontdb::Weight::NORMAL,
            Weight::Bold => fontdb::Weight::BOLD,
        });
        let align = match (request.align, request.rtl) {
            (Align::Centre, _) => cosmic_text::Align::Center,
            (Align::Start, false) | (Align::End, true) => cosmic_text::Align::Left,
            (Align::Start, true) | (Align::End, false) => cosmic_text::Align::Right,
        };
        #[expect(clippy::cast_precision_loss, reason = "a width of paper has three digits")]
        let width = request.width as f32;
        self.buffer.set_metrics_and_size(Metrics::new(size, size), Some(width), None);
        self.buffer.set_wrap(Wrap::WordOrGlyph);
        self.buffer.set_text(&text, &attrs, Shaping::Advanced, Some(align));
        self.buffer.shape_until_scroll(&mut self.fonts, false);

        let mut missing = 0;
        let mut lines: Vec<Line> = self
            .buffer
            .layout_runs()
            .map(|run| {
                missing += run.glyphs.iter().filter(|g| g.glyph_id == 0).count();
                Line {
                    above: super::to_dots(cap * request.measure.above),
                    below: super::to_dots(cap * request.measure.below),
                    glyphs: run.glyphs.iter().map(|g| place(g, request.x)).collect(),
                }
            })
            .collect();
        if missing > 0 {
            tracing::warn!(glyphs = missing, "no font of the folder has these characters");
        }
        for line in &mut lines {
            self.make_room(line);
        }
        Paragraph { lines }
    }

    /// The family a text is set in, and the font size at which its capitals have that height.
    fn face(&mut self, text: &str, cap: f32) -> (Cow<'static, str>, f32) {
        let Self { fonts, cap_ratios, .. } = self;
        fonts::face_of(text)
            .and_then(|face| {
                let ratio = *cap_ratios.entry(face.family).or_insert_with(|| cap_ratio(fonts, face.family));
                Some((Cow::Borrowed(face.family), cap / ratio? * face.enlargement))
            })
            .unwrap_or_else(|| (Cow::Owned(self.family.clone()), cap / self.cap_ratio))
    }

    /// Ink beyond the usual room (stacked accents, other scripts) widens its line, so that lines never overlap.
    fn make_room(&mut self, line: &mut Line) {
        for glyph in &line.glyphs {
            if let Some(image) = self.glyphs.get_image(&mut self.fonts, glyph.key) {
                let top = image.placement.top - glyph.y;
                let bottom = i32::try_from(image.placement.height).unwrap_or(0) - top;
                line.above = line.above.max(usize::try_from(top).unwrap_or(0));
                line.below = line.below.max(usize::try_from(bottom).unwrap_or(0));
            }
        }
    }

    /// Draws a paragraph whose top is at that row, black on white or white on black.
    pub(super) fn draw(&mut self, picture: &mut Bitmap, paragraph: &Paragraph, top: usize, black: bool) {
        let mut top = top;
        for line in &paragraph.lines {
            let baseline = i32::try_from(top + line.above).unwrap_or(i32::MAX);
            for glyph in &line.glyphs {
                self.draw_glyph(picture, glyph, baseline, black);
            }
            top += line.above + line.below;
        }
    }

    fn draw_glyph(&mut self, picture: &mut Bitmap, glyph: &Glyph, baseline: i32, black: bool) {
        let Some(image) = self.glyphs.get_image(&mut self.fonts, glyph.key) else {
            return;
        };
        let left = glyph.x + image.placement.left;
        let top = baseline + glyph.y - image.placement.top;
        // Bytes of a pixel, and which of them tells how far it is covered.
        let (step, coverage) = match image.content {
            SwashContent::Mask => (1, 0),
            SwashContent::SubpixelMask | SwashContent::Color => (4, 3),
        };
        let row_bytes = image.placement.width as usize * step;
        if row_bytes == 0 {
            return;
        }
        for (y, row) in (top..).zip(image.data.chunks_exact(row_bytes)) {
            for (x, pixel) in (left..).zip(row.chunks_exact(step)) {
                if pixel[coverage] >= INKED {
                    picture.set(x, y, black);
                }
            }
        }
    }
}

/// Whole dots: the same letter has the same shape wherever it stands, and few shapes fill the cache.
fn place(glyph: &cosmic_text::LayoutGlyph, left: usize) -> Glyph {
    let x = (glyph.x + glyph.font_size * glyph.x_offset).round();
    let y = (glyph.y - glyph.font_size * glyph.y_offset).round();
    let (key, x, y) =
        CacheKey::new(glyph.font_id, glyph.glyph_id, glyph.font_size, (x, y), glyph.font_weight, glyph.cache_key_flags);
    Glyph { key, x: x + i32::try_from(left).unwrap_or(0), y }
}

/// Capital height over font size, as the family's regular weight tells it; nothing where the folder lacks the family.
fn cap_ratio(fonts: &mut FontSystem, family: &str) -> Option<f32> {
    let (id, weight) = fonts
        .db()
        .faces()
        .find(|face| face.weight.0 == 400 && face.families.iter().any(|(name, _)| name == family))
        .map(|face| (face.id, face.weight))?;
    let font = fonts.get_font(id, weight)?;
    let metrics = font.metrics();
    let cap = metrics.cap_height.filter(|cap| *cap > 0.0);
    Some(cap.map_or(USUAL_RATIO, |cap| cap / f32::from(metrics.units_per_em)))
}
