//! Pictures as `GS v 0` bands.

use super::bitmap::Bitmap;

/// Rows of a band: small enough for a printer's buffer, and little paper is lost when a job is cut off in one.
pub(crate) const BAND_ROWS: usize = 128;

/// The picture in bands, from top to bottom: `1D 76 30 00 xL xH yL yH`, x in bytes and y in rows, then the rows.
pub fn encode_bands(picture: &Bitmap) -> Vec<u8> {
    let row_bytes = picture.row_bytes();
    let mut bytes = Vec::with_capacity(picture.bits().len() + 64);
    if row_bytes == 0 {
        return bytes;
    }
    for band in picture.bits().chunks(BAND_ROWS * row_bytes) {
        let [x_low, x_high] = low_high(row_bytes);
        let [y_low, y_high] = low_high(band.len() / row_bytes);
        bytes.extend([0x1D, 0x76, 0x30, 0x00, x_low, x_high, y_low, y_high]);
        bytes.extend(band);
    }
    bytes
}

/// The two bytes of a size; paper is at most 80 bytes wide and a band 128 rows tall.
fn low_high(size: usize) -> [u8; 2] {
    u16::try_from(size).unwrap_or(u16::MAX).to_le_bytes()
}
