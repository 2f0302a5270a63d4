//! The items of a report descriptor (HID 1.11, 6.2.2.2 and 6.2.2.3).

/// One item: its kind and the value of its data, unsigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    Input {
        constant: bool,
    },
    /// Output, Feature, Collection, End Collection: they end the local items as an input does.
    OtherMain,
    UsagePage(u32),
    ReportSize(u32),
    ReportId(u32),
    ReportCount(u32),
    Push,
    Pop,
    /// Page and usage in one where four bytes were given.
    Usage {
        value: u32,
        with_page: bool,
    },
    UsageMinimum {
        value: u32,
        with_page: bool,
    },
    UsageMaximum {
        value: u32,
        with_page: bool,
    },
    /// Anything else; it changes nothing for us.
    Other,
}

/// Reads items until the bytes end; a last item that is cut off is left out.
#[derive(Debug, Clone)]
pub(super) struct Items<'a>(pub(super) &'a [u8]);

impl Iterator for Items<'_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        const LONG: u8 = 0xFE;
        let (&prefix, rest) = self.0.split_first()?;
        if prefix == LONG {
            let (&size, rest) = rest.split_first()?;
            self.0 = rest.get(1 + usize::from(size)..)?;
            return Some(Item::Other);
        }
        let size = [0, 1, 2, 4][usize::from(prefix & 0b11)];
        let (data, rest) = rest.split_at_checked(size)?;
        self.0 = rest;
        let value = data.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte));
        let with_page = size == 4;
        Some(match prefix & 0b1111_1100 {
            0b1000_0000 => Item::Input { constant: value & 1 != 0 },
            0b1001_0000 | 0b1011_0000 | 0b1010_0000 | 0b1100_0000 => Item::OtherMain,
            0b0000_0100 => Item::UsagePage(value),
            0b0111_0100 => Item::ReportSize(value),
            0b1000_0100 => Item::ReportId(value),
            0b1001_0100 => Item::ReportCount(value),
            0b1010_0100 => Item::Push,
            0b1011_0100 => Item::Pop,
            0b0000_1000 => Item::Usage { value, with_page },
            0b0001_1000 => Item::UsageMinimum { value, with_page },
            0b0010_1000 => Item::UsageMaximum { value, with_page },
            _ => Item::Other,
        })
    }
}
