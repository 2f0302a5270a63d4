//! A card and a reader without hardware: pcscd with the reader `vpcd`, in a network and a `/run` of its own, and a card
//! that connects to it and answers by a script.
//!
//! The card shares no code with the driver: it reads the bytes it gets by itself. vpcd listens on every address of its
//! network, so it is only ever started in a network that has none but the loopback (see [`apart()`]).

mod apart;
mod card;
mod daemon;
mod frame;

pub use apart::{ApartError, apart, is_apart};
pub use card::{Answer, VirtualCard, VirtualCardEvent};
pub use daemon::{PORTS, PrivateDaemon, READERS};
pub use frame::{Frame, FrameError, frame, take_frame};
