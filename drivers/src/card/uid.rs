//! The number a card gives itself.

use std::fmt;

use zeroize::Zeroize;

/// The longest, in bytes: ISO/IEC 14443-3 has 4, 7 or 10, ISO/IEC 15693 and FeliCa 8; readers of contact cards make
/// theirs up.
const LONGEST: usize = 16;
/// The shortest, in bytes.
const SHORTEST: usize = 4;
/// The first byte of a 4-byte number that a card draws anew each time it is powered (ISO/IEC 14443-3, 6.5.4).
const DRAWN_ANEW: u8 = 0x08;

/// A card's number. It names a person's card for years, so it is wiped when dropped and `Debug` does not show it.
#[derive(Clone)]
pub struct Uid {
    bytes: [u8; LONGEST],
    length: u8,
}

impl Uid {
    /// Takes a number of 4 to 16 bytes; `None` for any other.
    #[must_use]
    pub fn new(number: &[u8]) -> Option<Self> {
        if !(SHORTEST..=LONGEST).contains(&number.len()) {
            return None;
        }
        let mut bytes = [0; LONGEST];
        bytes[..number.len()].copy_from_slice(number);
        // At most 16.
        Some(Self { bytes, length: number.len() as u8 })
    }

    /// The bytes, as the reader gave them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// Whether the card draws another number each time, as identity cards, passports and phones do: it names nothing.
    #[must_use]
    pub fn is_drawn_anew(&self) -> bool {
        self.length == 4 && self.bytes[0] == DRAWN_ANEW
    }
}

impl Drop for Uid {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uid({} bytes)", self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_kept_to_itself() {
        let uid = Uid::new(&[0x04, 0xA2, 0x2B, 0xC1, 0x6E, 0x5D, 0x80]).unwrap();
        assert_eq!(uid.as_bytes(), [0x04, 0xA2, 0x2B, 0xC1, 0x6E, 0x5D, 0x80]);
        assert_eq!(format!("{uid:?}"), "Uid(7 bytes)");
    }

    #[test]
    fn lengths_that_no_card_has_are_refused() {
        let fits: Vec<usize> = (0..40).filter(|length| Uid::new(&vec![1; *length]).is_some()).collect();
        assert_eq!(fits, (4..=16).collect::<Vec<_>>());
    }

    #[test]
    fn a_number_that_changes_is_told() {
        assert!(Uid::new(&[0x08, 1, 2, 3]).unwrap().is_drawn_anew());
        assert!(!Uid::new(&[0x04, 1, 2, 3]).unwrap().is_drawn_anew());
        assert!(!Uid::new(&[0x08, 1, 2, 3, 4, 5, 6]).unwrap().is_drawn_anew(), "its first byte names the maker");
    }
}
