//! Where a scanner's reports hold the code.

use std::collections::BTreeMap;
use std::ops::Range;

use super::items::{Item, Items};

/// Bits of a report, at most: the system reads no longer ones (`HID_MAX_BUFFER_SIZE`, 16 KiB).
const REPORT_BITS_MAX: u32 = 16_384 * 8;

/// Bytes of a descriptor, at most: the system accepts no longer ones (`HID_MAX_DESCRIPTOR_SIZE`, 4 KiB).
const DESCRIPTOR_MAX: usize = 4096;

/// Pushed states, at most.
const STACK_MAX: usize = 16;

/// Bar Code Scanner page: the bytes of a code.
const DECODED_DATA: u32 = 0x8C_00FE;
/// Bar Code Scanner page: set while more of the code follows in another report.
const DECODE_DATA_CONTINUED: u32 = 0x8C_00FF;
/// Generic Desktop page: how many of the bytes are meant.
const BYTE_COUNT: u32 = 0x01_003B;

/// How a scanner lays its codes out in its reports, as its report descriptor says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFormat {
    /// The first byte of a report is its number.
    numbered: bool,
    /// Bytes of the longest report that holds a piece of a code.
    longest: usize,
    reports: BTreeMap<u8, Fields>,
}

/// The fields of a report, in bits from its start, the number included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Fields {
    data: Option<Range<u32>>,
    count: Option<Range<u32>>,
    continued: Option<Range<u32>>,
}

/// A piece of a code.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// Its bytes.
    pub data: &'a [u8],
    /// More of the same code follows in the next report.
    pub continued: bool,
}

impl ReportFormat {
    /// Reads a report descriptor; `None` where it describes no scanner that sends decoded data.
    pub fn from_descriptor(descriptor: &[u8]) -> Option<Self> {
        let mut reader = Reader::default();
        for item in Items(descriptor.get(..DESCRIPTOR_MAX).unwrap_or(descriptor)) {
            reader.item(item)?;
        }
        let numbered = reader.numbered;
        let mut reports = reader.reports;
        reports.retain(|_, (fields, _)| fields.data.is_some());
        let longest = reports.values().map(|(_, bits)| bits.div_ceil(8)).max()?;
        let reports = reports.into_iter().map(|(id, (fields, _))| (id, fields)).collect();
        Some(Self { numbered, longest: usize::try_from(longest).ok()?, reports })
    }

    /// Bytes to read at once: those of the longest report that holds a piece of a code.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// The piece of a code in a report; `None` where the report is about something else or is cut off.
    pub fn chunk<'a>(&self, report: &'a [u8]) -> Option<Chunk<'a>> {
        let number = if self.numbered { *report.first()? } else { 0 };
        let fields = self.reports.get(&number)?;
        let data = bytes(fields.data.as_ref()?);
        let data = report.get(data.start..data.end.min(report.len()))?;
        let data = match &fields.count {
            Some(count) => data.get(..value(report, count)?).unwrap_or(data),
            // Without a count, the rest of the field is filled with NUL.
            None => &data[..data.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1)],
        };
        let continued = match &fields.continued {
            Some(bits) => any_bit(report, bits)?,
            None => false,
        };
        Some(Chunk { data, continued })
    }
}

impl std::fmt::Debug for Chunk<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chunk").field("continued", &self.continued).finish_non_exhaustive()
    }
}

/// The state of a reader of items (HID 1.11, 6.2.2.7 and 6.2.2.8).
#[derive(Default)]
struct Reader {
    global: Global,
    stack: Vec<Global>,
    /// Usages in the order given, each a range; pages included.
    usages: Vec<(u32, u32)>,
    minimum: Option<u32>,
    numbered: bool,
    /// By number: the fields and the bits so far.
    reports: BTreeMap<u8, (Fields, u32)>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Global {
    page: u32,
    size: u32,
    count: u32,
    id: u8,
}

impl Reader {
    /// `None` ends the reading: the descriptor is one that no scanner has.
    fn item(&mut self, item: Item) -> Option<()> {
        match item {
            Item::Input { constant } => {
                self.input(constant)?;
                self.forget_locals();
            }
            Item::OtherMain => self.forget_locals(),
            Item::UsagePage(page) => self.global.page = page,
            Item::ReportSize(size) => self.global.size = size,
            Item::ReportCount(count) => self.global.count = count,
            Item::ReportId(id) => {
                self.global.id = u8::try_from(id).ok().filter(|id| *id != 0)?;
                self.numbered = true;
            }
            Item::Push => {
                self.stack.push(self.global);
                (self.stack.len() <= STACK_MAX).then_some(())?;
            }
            Item::Pop => self.global = self.stack.pop()?,
            Item::Usage { value, with_page } => {
                let usage = self.whole(value, with_page);
                self.usages.push((usage, usage));
            }
            Item::UsageMinimum { value, with_page } => self.minimum = Some(self.whole(value, with_page)),
            Item::UsageMaximum { value, with_page } => {
                let maximum = self.whole(value, with_page);
                let minimum = self.minimum.take()?;
                (minimum <= maximum).then_some(())?;
                self.usages.push((minimum, maximum));
            }
            Item::Other => {}
        }
        Some(())
    }

    fn whole(&self, value: u32, with_page: bool) -> u32 {
        if with_page { value } else { self.global.page << 16 | value }
    }

    fn forget_locals(&mut self) {
        self.usages.clear();
        self.minimum = None;
    }

    fn input(&mut self, constant: bool) -> Option<()> {
        let Global { size, count, id, .. } = self.global;
        let (fields, bits) = self.reports.entry(id).or_insert_with(|| (Fields::default(), if id == 0 { 0 } else { 8 }));
        let start = *bits;
        *bits = size.checked_mul(count)?.checked_add(start).filter(|bits| *bits <= REPORT_BITS_MAX)?;
        if constant || size == 0 {
            return Some(());
        }
        let place =
            |usage| elements(&self.usages, usage, count).map(|at| start + at.start * size..start + at.end * size);
        if let Some(data) = place(DECODED_DATA) {
            (size.is_multiple_of(8) && data.start.is_multiple_of(8)).then_some(())?;
            extend(&mut fields.data, data);
        }
        if let Some(found) = place(DECODE_DATA_CONTINUED) {
            extend(&mut fields.continued, found);
        }
        if let Some(found) = place(BYTE_COUNT) {
            (found.len() <= 16 && found.start.is_multiple_of(8)).then_some(())?;
            fields.count = Some(found);
        }
        Some(())
    }
}

/// The elements of an item that bear a usage: usages are dealt out in order, and the last one stays for the rest.
fn elements(usages: &[(u32, u32)], usage: u32, count: u32) -> Option<Range<u32>> {
    let mut before = 0_u32;
    for (place, (first, last)) in usages.iter().enumerate() {
        let length = (last - first).saturating_add(1);
        if (*first..=*last).contains(&usage) {
            let start = before.saturating_add(usage - first);
            let stays = place + 1 == usages.len() && usage == *last;
            let end = if stays { count } else { start.saturating_add(1).min(count) };
            return (start < end).then_some(start..end);
        }
        before = before.saturating_add(length);
    }
    None
}

/// A field that goes on where it ended; one that starts anew elsewhere is left out.
fn extend(field: &mut Option<Range<u32>>, found: Range<u32>) {
    match field {
        None => *field = Some(found),
        Some(field) if field.end == found.start => field.end = found.end,
        Some(_) => {}
    }
}

fn bytes(bits: &Range<u32>) -> Range<usize> {
    let byte = |bit: u32| usize::try_from(bit / 8).unwrap_or(usize::MAX);
    byte(bits.start)..byte(bits.end)
}

/// The value of a field of one or two bytes; `None` beyond the report.
fn value(report: &[u8], bits: &Range<u32>) -> Option<usize> {
    let width = bits.len().div_ceil(8);
    let start = bytes(bits).start;
    let field = report.get(start..start.checked_add(width)?)?;
    let whole = field.iter().rev().fold(0_usize, |value, byte| value << 8 | usize::from(*byte));
    Some(whole & ((1 << bits.len()) - 1))
}

/// True when a bit of the field is set; `None` beyond the report.
fn any_bit(report: &[u8], bits: &Range<u32>) -> Option<bool> {
    for bit in bits.clone() {
        let byte = report.get(usize::try_from(bit / 8).ok()?)?;
        if byte >> (bit % 8) & 1 == 1 {
            return Some(true);
        }
    }
    Some(false)
}

#[cfg(test)]
mod tests;
