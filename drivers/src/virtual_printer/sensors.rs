//! What a printer's sensors see, and how it tells: bits from the ESC/POS reference (`GS a`, `DLE EOT`, `GS r`) and from
//! the USB printer class (`GET_PORT_STATUS`, IEEE 1284).

/// How much paper there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Roll {
    Full,
    NearEnd,
    Empty,
}

/// What the sensors see now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sensors {
    pub(super) roll: Roll,
    pub(super) cover_open: bool,
    /// The last cut failed.
    pub(super) cutter_stuck: bool,
}

impl Sensors {
    pub(super) const fn all_well() -> Self {
        Self { roll: Roll::Full, cover_open: false, cutter_stuck: false }
    }

    /// The printer refuses to print.
    pub(super) fn offline(self) -> bool {
        self.roll == Roll::Empty || self.cover_open || self.cutter_stuck
    }

    /// The four bytes of the automatic status.
    pub(super) fn automatic(self) -> [u8; 4] {
        let first = 0x10 | u8::from(self.offline()) << 3 | u8::from(self.cover_open) << 5;
        [first, u8::from(self.cutter_stuck) << 3, self.paper(), 0x0F]
    }

    /// The answer to `GS r 1`, and the third byte of the automatic status.
    pub(super) fn paper(self) -> u8 {
        match self.roll {
            Roll::Full => 0,
            Roll::NearEnd => 0x03,
            Roll::Empty => 0x0F,
        }
    }

    /// The answer to `DLE EOT n`.
    pub(super) fn real_time(self, n: u8) -> u8 {
        const FIXED: u8 = 0x12;
        let empty = u8::from(self.roll == Roll::Empty);
        match n {
            1 => FIXED | u8::from(self.offline()) << 3,
            2 => FIXED | u8::from(self.cover_open) << 2 | empty << 5 | u8::from(self.cutter_stuck) << 6,
            3 => FIXED | u8::from(self.cutter_stuck) << 3,
            _ => FIXED | (empty * 0x60) | (u8::from(self.roll != Roll::Full) * 0x0C),
        }
    }

    /// The byte of `GET_PORT_STATUS`: bit 5 paper empty, bit 4 selected, bit 3 no error.
    pub(super) fn port(self) -> u8 {
        0x10 | u8::from(!self.offline()) << 3 | u8::from(self.roll == Roll::Empty) << 5
    }
}

/// Finds `DLE EOT n` in what comes in, wherever it stands: a printer answers it before it works on anything, also where
/// the bytes are dots of a picture.
#[derive(Debug, Default)]
pub(super) struct RealTimeQuestions {
    found: usize,
}

impl RealTimeQuestions {
    /// Takes one byte; answers n where it completes a question.
    pub(super) fn push(&mut self, byte: u8) -> Option<u8> {
        self.found = match (self.found, byte) {
            (1, 0x04) => 2,
            (2, n @ 1..=4) => {
                self.found = 0;
                return Some(n);
            }
            (_, 0x10) => 1,
            _ => 0,
        };
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_found_however_they_stand() {
        let asked = |bytes: &[u8]| {
            let mut questions = RealTimeQuestions::default();
            bytes.iter().filter_map(|byte| questions.push(*byte)).collect::<Vec<u8>>()
        };
        assert_eq!(asked(b"\x10\x04\x01ab\x10\x04\x02"), [1, 2]);
        assert_eq!(asked(b"\x10\x10\x04\x04"), [4]);
        assert_eq!(asked(b"\x10\x04\x10\x04\x03"), [3]);
        assert_eq!(asked(b"\x10\x04\x05\x10\x04\x00\x10a\x04\x01"), []);
    }
}
