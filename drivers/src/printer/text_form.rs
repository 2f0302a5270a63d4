//! The slip in the printer's own font, windows-1252; what that page or font lacks is sent as pictures.

use encoding_rs::WINDOWS_1252;
use escpos::utils::JustifyMode;

use super::bitmap::Bitmap;
use super::escpos_encoder::EscposEncoder;
use super::job::EncodeError;
use super::painter::{DrawError, Painter};
use super::profile::{Profile, StoredLogo};
use super::raster::encode_bands;
use super::slip::{Align, Block, Code, Slip, TenthsMm, TextLine, Weight, printable};

/// Font A of ESC/POS printers: 12 dots across, 24 tall, capitals of about 2.3 mm, lines every 30 dots.
const CHARACTER_DOTS: usize = 12;
const CHARACTER_HEIGHT: usize = 24;
const LINE_DOTS: usize = 30;
const CAP_TENTHS: u16 = 23;

/// Encodes the blocks in their order and tells how many dots of paper they take.
pub(super) fn encode(
    encoder: &mut EscposEncoder,
    painter: &mut Painter,
    slip: &Slip,
    profile: &Profile,
) -> Result<usize, EncodeError> {
    encoder.raw(&[0x1B, b't', profile.code_page])?;
    encoder.units_of_dots()?;
    let mut form = TextForm {
        encoder,
        painter,
        rtl: slip.rtl,
        width: usize::from(profile.width_dots),
        stored_logo: profile.stored_logo,
        style: Style::initial(),
        dots: 0,
    };
    for block in &slip.blocks {
        form.block(block)?;
    }
    Ok(form.dots)
}

/// How the printer writes at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Style {
    align: Align,
    weight: Weight,
    times: u8,
    white_on_black: bool,
}

impl Style {
    /// After `ESC @`; `Align::Start` is the left edge here.
    const fn initial() -> Self {
        Self { align: Align::Start, weight: Weight::Regular, times: 1, white_on_black: false }
    }
}

struct TextForm<'a> {
    encoder: &'a mut EscposEncoder,
    painter: &'a mut Painter,
    rtl: bool,
    width: usize,
    stored_logo: Option<StoredLogo>,
    style: Style,
    dots: usize,
}

impl TextForm<'_> {
    fn block(&mut self, block: &Block) -> Result<(), EncodeError> {
        match block {
            Block::Text(line) => self.text(line),
            Block::Number { text, cap } => match encoded(text) {
                Some(bytes) => self.lines(
                    &bytes,
                    Style { align: Align::Centre, weight: Weight::Bold, times: times(*cap), white_on_black: false },
                ),
                None => self.drawn(block),
            },
            Block::Band { text, cap } => match encoded(text) {
                Some(bytes) => self.band(&bytes, times(*cap)),
                None => self.drawn(block),
            },
            Block::Rule => {
                let columns = self.width / CHARACTER_DOTS;
                self.lines(&vec![b'-'; columns], Style::initial())
            }
            Block::Space(length) => self.space(*length),
            Block::Code(code) => self.code(code),
            Block::Logo(logo) => self.logo(logo),
        }
    }

    fn text(&mut self, line: &TextLine) -> Result<(), EncodeError> {
        let align = match (line.align, self.rtl) {
            (Align::Start, true) => Align::End,
            (Align::End, true) => Align::Start,
            (align, _) => align,
        };
        match encoded(&line.text) {
            Some(bytes) => {
                self.lines(&bytes, Style { align, weight: line.weight, times: times(line.cap), white_on_black: false })
            }
            None => self.drawn(&Block::Text(line.clone())),
        }
    }

    fn lines(&mut self, bytes: &[u8], style: Style) -> Result<(), EncodeError> {
        self.set(style)?;
        let columns = self.columns(style.times);
        for line in wrapped(bytes, columns) {
            self.line(&line, style.times)?;
        }
        Ok(())
    }

    fn band(&mut self, bytes: &[u8], times: u8) -> Result<(), EncodeError> {
        self.set(Style { weight: Weight::Bold, times, white_on_black: true, ..Style::initial() })?;
        let columns = self.columns(times);
        for line in wrapped(bytes, columns) {
            // Blanks are black too: they make the band.
            let before = (columns - line.len()) / 2;
            let mut padded = vec![b' '; columns];
            padded[before..before + line.len()].copy_from_slice(&line);
            self.line(&padded, times)?;
        }
        Ok(())
    }

    fn line(&mut self, bytes: &[u8], times: u8) -> Result<(), EncodeError> {
        self.encoder.raw(bytes)?;
        self.encoder.raw(b"\n")?;
        self.dots += LINE_DOTS.max(CHARACTER_HEIGHT * usize::from(times));
        Ok(())
    }

    fn space(&mut self, length: TenthsMm) -> Result<(), EncodeError> {
        let dots = super::painter::to_dots(length.dots());
        let mut rest = dots;
        while rest > 0 {
            let step = u8::try_from(rest).unwrap_or(u8::MAX);
            self.encoder.feed_dots(step)?;
            rest -= usize::from(step);
        }
        self.dots += dots;
        Ok(())
    }

    /// The code in the middle, its lines below it, centred: printers' text cannot stand beside a picture.
    fn code(&mut self, code: &Code) -> Result<(), EncodeError> {
        let picture = self.painter.draw_symbol(&code.data, code.module_dots)?;
        self.set(Style { align: Align::Centre, ..Style::initial() })?;
        self.picture(&picture)?;
        for line in &code.lines {
            self.text(&TextLine { align: Align::Centre, ..line.clone() })?;
        }
        Ok(())
    }

    fn logo(&mut self, logo: &Bitmap) -> Result<(), EncodeError> {
        if logo.width() > self.width {
            return Err(DrawError::LogoTooWide { dots: logo.width(), allowed: self.width }.into());
        }
        self.set(Style { align: Align::Centre, ..Style::initial() })?;
        match self.stored_logo {
            Some(stored) => {
                self.encoder.raw(&stored.command())?;
                self.dots += logo.height();
                Ok(())
            }
            None => self.picture(logo),
        }
    }

    /// A block outside the printer's page, across the paper.
    fn drawn(&mut self, block: &Block) -> Result<(), EncodeError> {
        let mut picture = Bitmap::new(self.width);
        self.painter.draw_block(&mut picture, block, self.rtl)?;
        self.set(Style::initial())?;
        self.picture(&picture)
    }

    fn picture(&mut self, picture: &Bitmap) -> Result<(), EncodeError> {
        self.encoder.raw(&encode_bands(picture))?;
        self.dots += picture.height();
        Ok(())
    }

    fn set(&mut self, style: Style) -> Result<(), EncodeError> {
        if style.align != self.style.align {
            self.encoder.justify(match style.align {
                Align::Start => JustifyMode::LEFT,
                Align::Centre => JustifyMode::CENTER,
                Align::End => JustifyMode::RIGHT,
            })?;
        }
        if style.weight != self.style.weight {
            self.encoder.bold(style.weight == Weight::Bold)?;
        }
        if style.times != self.style.times {
            self.encoder.size(style.times)?;
        }
        if style.white_on_black != self.style.white_on_black {
            self.encoder.reverse(style.white_on_black)?;
        }
        self.style = style;
        Ok(())
    }

    fn columns(&self, times: u8) -> usize {
        (self.width / (CHARACTER_DOTS * usize::from(times))).max(1)
    }
}

/// The multiple of the printer's font that comes nearest to a capital height.
fn times(cap: TenthsMm) -> u8 {
    let nearest = (cap.0 + CAP_TENTHS / 2) / CAP_TENTHS;
    u8::try_from(nearest.clamp(1, 8)).unwrap_or(8)
}

/// The text in windows-1252, or `None` where the page lacks a character.
fn encoded(text: &str) -> Option<Vec<u8>> {
    let text: String = printable(text).chars().filter(|c| !steers_direction(*c)).collect();
    let (bytes, _, lacking) = WINDOWS_1252.encode(&text);
    (!lacking).then(|| bytes.into_owned())
}

/// Marks that only steer writing direction; a printer's text has but one.
fn steers_direction(c: char) -> bool {
    matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Lines of at most so many characters: broken at spaces, inside a word only where it alone is too long.
fn wrapped(bytes: &[u8], columns: usize) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    let mut line: Vec<u8> = Vec::new();
    for word in bytes.split(|byte| *byte == b' ') {
        if !line.is_empty() && line.len() + 1 + word.len() > columns {
            lines.push(std::mem::take(&mut line));
        } else if !line.is_empty() {
            line.push(b' ');
        }
        let mut pieces = word.chunks(columns).peekable();
        while let Some(piece) = pieces.next() {
            line.extend_from_slice(piece);
            if pieces.peek().is_some() {
                lines.push(std::mem::take(&mut line));
            }
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_and_never_grow_too_long() {
        let wrap = |text: &str, columns| -> Vec<String> {
            wrapped(text.as_bytes(), columns).into_iter().map(|line| String::from_utf8(line).expect("ASCII")).collect()
        };
        assert_eq!(wrap("", 8), [""]);
        assert_eq!(wrap("un deux", 8), ["un deux"]);
        assert_eq!(wrap("un deux trois", 8), ["un deux", "trois"]);
        assert_eq!(wrap("exactes8 lettres8", 8), ["exactes8", "lettres8"]);
        assert_eq!(wrap("a anticonstitution b", 6), ["a", "antico", "nstitu", "tion b"]);
    }

    #[test]
    fn the_page_takes_typographic_characters_and_no_others() {
        assert_eq!(encoded("€ œ Œ – — ’ « »"), Some(b"\x80 \x9C \x8C \x96 \x97 \x92 \xAB \xBB".to_vec()));
        assert_eq!(encoded("10\u{202F}h"), Some(b"10\xA0h".to_vec()));
        assert_eq!(encoded("a\u{1B}@\u{2066}b\u{2069}\u{85}"), Some(b"a@b".to_vec()));
        for foreign in ["Київ", "مرحبا", "Việt", "中文", "№"] {
            assert_eq!(encoded(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn capital_heights_become_multiples_of_the_font() {
        let multiples = [10, 23, 30, 34, 35, 46, 120, 140, 400].map(|cap| times(TenthsMm(cap)));
        assert_eq!(multiples, [1, 1, 1, 1, 2, 2, 5, 6, 8]);
    }
}
