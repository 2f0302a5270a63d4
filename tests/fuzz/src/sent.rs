//! What went over the line, against what was made of it.

/// Everything that was sent, and how much of it has been found again.
#[derive(Default)]
pub struct Sent {
    bytes: Vec<u8>,
    found: usize,
}

impl Sent {
    pub fn add(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Finds a part that was sent in one piece, behind those found before.
    pub fn assert_holds(&mut self, part: &[u8]) {
        let place = self.bytes[self.found..].windows(part.len()).position(|window| window == part);
        let place = place.unwrap_or_else(|| panic!("{part:02X?} was not sent, or is told twice"));
        self.found += place + part.len();
    }

    /// Finds bytes that were sent in this order, others between them or not.
    pub fn assert_holds_apart(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let place = self.bytes[self.found..].iter().position(|sent| sent == byte);
            let place = place.unwrap_or_else(|| panic!("{byte:02X} of {bytes:02X?} was not sent, or is told twice"));
            self.found += place + 1;
        }
    }
}
