//! Scanners of the USB point-of-sale class: what a report descriptor says, and the codes in the reports; pure.
//!
//! Sources: *HID Device Class Definition* 1.11, 6.2.2 (items), and *HID Point of Sale Usage Tables* 1.02, chapter 3
//! (usage page 0x8C). The parser of the crate `hidreport` (0.6.0) allocates as many fields as a descriptor claims to have,
//! so that 18 bytes end the process; this one looks for three usages and holds three ranges a report.

mod items;
mod report;

pub use report::{Chunk, ReportFormat};
