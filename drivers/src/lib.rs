//! Devices of a reception kiosk. The crate knows nothing of queues or tickets.
//!
//! | device | module | when it is missing |
//! |---|---|---|
//! | ticket printer | [`printer`] | no slip is promised; numbers stay on the screen |
//! | scanner of QR codes | [`scanner`] | codes are typed or told to an agent; it is looked for until it is there |
//! | card reader | [`card`] | no badge opens anything; what can be done without one still can |
//! | call button, presence sensor, LED ring, buzzer | [`gpio`] | each says so, the others work |
//! | loudspeaker and headset | [`audio`] | nothing is said or chimes; what the screen says stays |
//! | watchdog | [`watchdog`] | nothing restarts a borne that hangs |
//! | backlight | [`backlight`] | the panel stays as bright as it is |
//!
//! # The printer
//!
//! It prints a [`Slip`](printer::Slip), a document in millimetres, and says what became of it.
//!
//! ```no_run
//! use drivers::printer::slip::{Block, Slip, TenthsMm};
//! use drivers::printer::{
//!     FontSource, Job, JobId, Journal, JournalError, Printer, Profile, Stage,
//! };
//!
//! /// A real journal returns once the stage is on disk.
//! struct Forgetful;
//! impl Journal for Forgetful {
//!     fn record(&mut self, _job: JobId, _stage: Stage) -> Result<(), JournalError> {
//!         Ok(())
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let printer = Printer::open(
//!     &"tcp:192.0.2.7".parse()?,
//!     Profile::load("epson-tm-t20iii")?,
//!     &FontSource::new("assets/fonts"),
//!     Box::new(Forgetful),
//!     |event| eprintln!("{event:?}"),
//! )?;
//! let blocks = vec![Block::Number { text: "B\u{A0}42".to_owned(), cap: TenthsMm(140) }];
//! printer.submit(Job { id: JobId(1), slip: Slip { blocks, rtl: false } })?;
//! # Ok(())
//! # }
//! ```
//!
//! # From slip to paper
//!
//! | step | where | what it promises |
//! |---|---|---|
//! | document | [`printer::slip`] | sizes of paper, not of a printer; text wraps, it is never clipped or shrunk |
//! | bytes | [`printer::encode_job`] | pure; drawn (`raster`) or in the printer's own font (`text`), by the profile |
//! | delivery | [`printer::Printer`] | never lost, never twice; every job has exactly one outcome |
//! | answers | [`printer::protocol`] | pure; any split of the stream gives the same answers |
//! | cable | [`printer::transport`] | moves bytes, no more; USB and serial are two more implementations |
//!
//! What differs between models is data: a [`Profile`](printer::Profile), shipped or in a file of one's own.
//!
//! # The virtual printer
//!
//! With the feature `virtual`, the selector `virtual:FOLDER` prints into a folder, and a `VirtualPrinter` stands at a TCP
//! port, on a serial line or on a USB bus: one model behind all of them, which fails as its script says. It interprets
//! the bytes it gets and shares no code with the encoder: a command it does not know stops it, as a page of garbage would
//! stop a technician.
//!
//! # The virtual scanner
//!
//! With the feature `virtual`, `virtual_scanner` is a scanner on a serial port that presents what it is told to, is
//! unplugged and plugged in. Scanners of other transports are played under umockdev by this crate's tests.
//!
//! # The virtual card
//!
//! With the feature `virtual`, `virtual_card` puts scripted cards on the virtual reader of a real pcscd, in a network
//! apart from this machine's.

/// Whether this program can open virtual devices: those that are shipped cannot.
pub const HAS_VIRTUAL: bool = cfg!(feature = "virtual");

pub mod audio;
pub mod backlight;
pub mod card;
pub mod discovery;
pub mod gpio;
pub mod printer;
pub mod scanner;
#[cfg(feature = "virtual")]
pub mod virtual_card;
#[cfg(feature = "virtual")]
pub mod virtual_printer;
#[cfg(feature = "virtual")]
pub mod virtual_scanner;
pub mod watchdog;
