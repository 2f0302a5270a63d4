//! The folder slips fall into: `NNNN.png`, `NNNN.txt` and, for what could not be understood, `NNNN.error.txt`.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::sheet::Sheet;

/// 203 dots to the inch, in dots to the metre.
const DOTS_PER_METRE: u32 = 7992;

#[derive(Debug)]
pub(super) struct Output {
    /// `None`: slips are thrown away.
    folder: Option<PathBuf>,
    next: u32,
}

impl Output {
    /// Makes the folder; numbering goes on after what is there.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let mut last = 0;
        for entry in std::fs::read_dir(folder)? {
            let name = entry?.file_name();
            let number = name.to_str().and_then(|name| name.split('.').next()).and_then(|number| number.parse().ok());
            last = last.max(number.unwrap_or(0));
        }
        Ok(Self { folder: Some(folder.to_owned()), next: last + 1 })
    }

    /// Keeps nothing.
    pub(super) const fn nowhere() -> Self {
        Self { folder: None, next: 1 }
    }

    /// Writes the slip; the picture appears last and whole, so that whoever sees it finds the text too.
    pub(super) fn slip(&mut self, sheet: &Sheet) -> io::Result<PathBuf> {
        let number = self.number();
        let Some(folder) = &self.folder else {
            return Ok(PathBuf::new());
        };
        if let Some(text) = sheet.text() {
            write(folder, &format!("{number}.txt"), text.as_bytes())?;
        }
        write(folder, &format!("{number}.png"), &png(sheet)?)
    }

    /// Writes why the printer stopped.
    pub(super) fn error(&mut self, reason: &str) -> io::Result<PathBuf> {
        let number = self.number();
        let Some(folder) = &self.folder else {
            return Ok(PathBuf::new());
        };
        write(folder, &format!("{number}.error.txt"), format!("{reason}\n").as_bytes())
    }

    fn number(&mut self) -> String {
        let number = format!("{:04}", self.next);
        self.next += 1;
        number
    }
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    let path = folder.join(name);
    let unfinished = folder.join(format!(".{name}.part"));
    let mut file = std::fs::File::create(&unfinished)?;
    file.write_all(bytes)?;
    std::fs::rename(&unfinished, &path)?;
    Ok(path)
}

fn png(sheet: &Sheet) -> io::Result<Vec<u8>> {
    let size = |dots| u32::try_from(dots).map_err(io::Error::other);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(BufWriter::new(&mut bytes), size(sheet.width())?, size(sheet.height())?);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: DOTS_PER_METRE,
        yppu: DOTS_PER_METRE,
        unit: png::Unit::Meter,
    }));
    let mut rows = Vec::with_capacity(sheet.dots().len() / 8);
    for row in sheet.dots().chunks(sheet.width()) {
        // A set bit is white in a picture and black on paper.
        for dots in row.chunks(8) {
            let mut byte = 0;
            for black in dots {
                byte = byte << 1 | u8::from(!*black);
            }
            rows.push(byte << (8 - dots.len()));
        }
    }
    let mut writer = encoder.write_header().map_err(io::Error::other)?;
    writer.write_image_data(&rows).map_err(io::Error::other)?;
    writer.finish().map_err(io::Error::other)?;
    Ok(bytes)
}
