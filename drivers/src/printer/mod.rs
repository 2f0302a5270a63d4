//! The ticket printer: a slip becomes bytes ([`encode_job`]), and bytes become paper ([`Printer`]).

mod bitmap;
mod delivery;
mod discover;
mod escpos_encoder;
mod fonts;
mod job;
mod painter;
pub mod profile;
pub mod protocol;
mod raster;
mod selector;
pub mod slip;
mod text_form;
pub mod transport;

pub use bitmap::{Bitmap, PictureError};
pub use delivery::{
    Job, JobId, Journal, JournalError, OpenError, Outcome, Printer, PrinterClosed, PrinterEvent, Reason,
    ShutdownTimeout, Stage, Timing,
};
pub use discover::{Ask, discover};
pub use fonts::{FontError, FontSource};
pub use job::{EncodeError, EncodedJob, JobIds, encode_job};
pub use painter::{DrawError, Painter};
pub use profile::{Buzzer, Cutter, Form, Profile, ProfileError, StoredLogo};
pub use protocol::{Condition, Paper, PortStatus, PrinterIdentity, PrinterStatus};
pub use raster::encode_bands;
pub use selector::{FlowControl, NotAUsbId, PrinterSelector, SelectorError, UsbId, UsbSelector};
pub use slip::Slip;
