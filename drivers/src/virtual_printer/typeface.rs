//! A stand-in for the font inside a printer: the given fonts, squeezed into cells of equal width.

use std::collections::HashMap;

use cosmic_text::{Attrs, Buffer, CacheKey, Family, FontSystem, Metrics, Shaping, SwashCache, SwashContent, fontdb};

use crate::printer::{FontError, FontSource};

/// Capitals fill this part of a cell, and the baseline lies this part below its top.
const CAP_PART: f32 = 0.66;
const BASELINE_PART: f32 = 0.8;
/// Capital height over font size of the stand-in.
const CAP_RATIO: f32 = 0.668;

#[derive(Debug)]
pub(super) enum Typeface {
    /// Drawn from the given fonts.
    Font(Box<Font>),
    /// A full cell for each character, where nobody looks.
    Blocks,
}

pub(super) struct Font {
    fonts: FontSystem,
    glyphs: SwashCache,
    buffer: Buffer,
    family: String,
    /// Cells drawn before, by character, size and weight.
    drawn: HashMap<(char, usize, usize, bool), Vec<bool>>,
}

impl std::fmt::Debug for Font {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Font").field("family", &self.family).finish_non_exhaustive()
    }
}

impl Typeface {
    pub(super) fn open(source: &FontSource) -> Result<Self, FontError> {
        Ok(Self::Font(Box::new(Font {
            fonts: source.load()?,
            glyphs: SwashCache::new(),
            buffer: Buffer::new_empty(Metrics::new(16.0, 16.0)),
            family: source.family.clone(),
            drawn: HashMap::new(),
        })))
    }

    /// The dots of one cell, rows from the top; true is ink.
    pub(super) fn draw(&mut self, character: char, width: usize, height: usize, bold: bool) -> Vec<bool> {
        match self {
            Self::Font(font) => font.draw(character, width, height, bold),
            Self::Blocks => vec![character != ' '; width * height],
        }
    }
}

impl Font {
    fn draw(&mut self, character: char, width: usize, height: usize, bold: bool) -> Vec<bool> {
        let key = (character, width, height, bold);
        if let Some(cell) = self.drawn.get(&key) {
            return cell.clone();
        }
        let cell = self.shape(character, width, height, bold);
        self.drawn.insert(key, cell.clone());
        cell
    }

    fn shape(&mut self, character: char, width: usize, height: usize, bold: bool) -> Vec<bool> {
        let mut cell = vec![false; width * height];
        #[expect(clippy::cast_precision_loss, reason = "a cell has three digits at most")]
        let tall = height as f32;
        let size = tall * CAP_PART / CAP_RATIO;
        let weight = if bold { fontdb::Weight::BOLD } else { fontdb::Weight::NORMAL };
        let attrs = Attrs::new().family(Family::Name(&self.family)).weight(weight);
        self.buffer.set_metrics_and_size(Metrics::new(size, size), None, None);
        let mut text = [0; 4];
        self.buffer.set_text(character.encode_utf8(&mut text), &attrs, Shaping::Advanced, None);
        self.buffer.shape_until_scroll(&mut self.fonts, false);
        #[expect(clippy::cast_possible_truncation, reason = "a cell has three digits at most")]
        let baseline = (tall * BASELINE_PART).round() as i32;
        let keys: Vec<CacheKey> = self
            .buffer
            .layout_runs()
            .flat_map(|run| run.glyphs.iter())
            .map(|g| CacheKey::new(g.font_id, g.glyph_id, g.font_size, (0.0, 0.0), weight, g.cache_key_flags).0)
            .collect();
        for key in keys {
            if let Some(image) = self.glyphs.get_image(&mut self.fonts, key) {
                squeeze(image, &mut cell, width, baseline);
            }
        }
        cell
    }
}

/// Draws a glyph into the middle of a cell, narrowed where it is too wide.
fn squeeze(image: &cosmic_text::SwashImage, cell: &mut [bool], width: usize, baseline: i32) {
    let (step, coverage) = match image.content {
        SwashContent::Mask => (1, 0),
        SwashContent::SubpixelMask | SwashContent::Color => (4, 3),
    };
    let from = image.placement.width as usize;
    if from == 0 {
        return;
    }
    let to = from.min(width - 1);
    let left = (width - to) / 2;
    for (y, row) in (baseline - image.placement.top..).zip(image.data.chunks(from * step)) {
        let Some(line) = usize::try_from(y).ok().and_then(|y| cell.chunks_mut(width).nth(y)) else {
            continue;
        };
        for (x, dot) in line[left..left + to].iter_mut().enumerate() {
            // A thin stroke must survive the squeeze: the darkest of what falls on a dot counts.
            let covered =
                (x * from / to..((x + 1) * from).div_ceil(to)).map(|source| row[source * step + coverage]).max();
            *dot |= covered.is_some_and(|covered| covered >= 128);
        }
    }
}
