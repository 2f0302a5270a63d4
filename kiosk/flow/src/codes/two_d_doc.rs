//! The header of a 2D-Doc (ANTS, *Spécifications techniques des codes à barres 2D-Doc*, version 3.1.3, chapter 4).
//!
//! | characters | field |
//! |---|---|
//! | 2 | `DC` |
//! | 2 | version, `01` to `04` |
//! | 4 | certification authority: two letters of a country, two letters or digits |
//! | 4 | certificate: letters or digits |
//! | 4 | date of issue, days since 2000-01-01 in hexadecimal; `FFFF` where there is none |
//! | 4 | date of signature, likewise |
//! | 2 | type of document |
//! | 2 | from version 03: perimeter |
//! | 2 | from version 04: country of the issuer |
//!
//! The message follows, then US (0x1F) and the signature: base 32, or raw bytes in the first versions. A keyboard
//! wedge may lose GS, RS and US, so nothing but the header is asked for.

/// The type of a carte mobilité inclusion.
pub(super) const MOBILITY_CARD: [u8; 2] = *b"A2";

/// Where the version ends the header.
const LENGTHS: [(&[u8; 2], usize); 4] = [(b"01", 22), (b"02", 22), (b"03", 24), (b"04", 26)];

/// The longest a 2D-Doc can be: what a DataMatrix holds (ISO/IEC 16022, 144 by 144 modules, letters and digits).
const MAX: usize = 2335;

/// The type of the document, where the bytes start with a whole header and a message follows.
pub(super) fn document_kind(bytes: &[u8]) -> Option<[u8; 2]> {
    let version = bytes.strip_prefix(b"DC")?.first_chunk::<2>()?;
    let (_, length) = LENGTHS.iter().find(|(known, _)| *known == version)?;
    let (header, message) = bytes.split_at_checked(*length)?;
    let kind = *header[20..].first_chunk::<2>()?;
    let capital_or_digit = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    let hexadecimal = |b: &u8| b.is_ascii_digit() || (b'A'..=b'F').contains(b);
    let whole = bytes.len() <= MAX
        && !message.is_empty()
        && header[4..6].iter().all(u8::is_ascii_uppercase)
        && header[6..12].iter().all(capital_or_digit)
        && header[12..20].iter().all(hexadecimal)
        && header[20..].iter().all(capital_or_digit);
    whole.then_some(kind)
}
