//! The daemon of card readers, pcscd, by its library. Nothing here decides; see `daemon` for what is promised.

use std::ffi::{CStr, CString};
use std::sync::Arc;
use std::time::Duration;

use pcsc::{
    Attribute, Card, Context, Disposition, Error, MAX_BUFFER_SIZE, MAX_BUFFER_SIZE_EXTENDED, PNP_NOTIFICATION,
    Protocols, ReaderState, Scope, ShareMode, State,
};
use zeroize::Zeroizing;

use super::daemon::{Daemon, Leaving, LinkFault, Sharing, Sight, Sights, Talk, Wake, Watch};
use super::event::{CardFault, DaemonFault};

/// The most readers that one call can watch (`PCSCLITE_MAX_READERS_CONTEXTS`), without the one that tells of new ones.
const MOST_READERS: usize = 15;

/// pcscd of this machine.
pub(super) struct Pcscd;

impl Daemon for Pcscd {
    fn watch(&self) -> Result<Box<dyn Watch>, DaemonFault> {
        let context = Context::establish(Scope::System).map_err(daemon_fault)?;
        let states = vec![ReaderState::new(PNP_NOTIFICATION(), State::UNAWARE)];
        Ok(Box::new(PcscWatch { context, states }))
    }

    fn talk(&self) -> Box<dyn Talk> {
        Box::new(PcscTalk { context: None, card: None })
    }
}

struct PcscWatch {
    context: Context,
    /// The first tells of readers that come and go.
    states: Vec<ReaderState>,
}

impl PcscWatch {
    fn relist(&mut self) -> Result<(), DaemonFault> {
        let names = names(&self.context).map_err(daemon_fault)?;
        let pseudo = PNP_NOTIFICATION();
        self.states.retain(|state| state.name() == pseudo || names.iter().any(|name| name.as_c_str() == state.name()));
        for name in names.into_iter().take(MOST_READERS) {
            if self.states.iter().all(|state| state.name() != name.as_c_str()) {
                self.states.push(ReaderState::new(name, State::UNAWARE));
            }
        }
        self.states.truncate(MOST_READERS + 1);
        Ok(())
    }
}

impl Watch for PcscWatch {
    fn look(&mut self, within: Duration) -> Result<Sights, DaemonFault> {
        self.relist()?;
        match self.context.get_status_change(within, &mut self.states) {
            Ok(()) => self.states.iter_mut().for_each(ReaderState::sync_current_state),
            // A reader that went meanwhile is off the next list.
            Err(Error::Timeout | Error::Cancelled | Error::UnknownReader) => {}
            Err(error) => return Err(daemon_fault(error)),
        }
        Ok(self.states.iter().filter(|state| state.name() != PNP_NOTIFICATION()).filter_map(sight).collect())
    }

    fn waker(&self) -> Wake {
        let context = self.context.clone();
        Arc::new(move || {
            if let Err(error) = context.cancel() {
                tracing::debug!(%error, "the watch over card readers could not be woken");
            }
        })
    }
}

fn names(context: &Context) -> Result<Vec<CString>, Error> {
    match context.list_readers_owned() {
        // A reader came between the question for the list's length and the one for the list.
        Err(Error::InsufficientBuffer) => context.list_readers_owned(),
        other => other,
    }
}

fn sight(state: &ReaderState) -> Option<(Arc<str>, Sight)> {
    let flags = state.current_state();
    if flags.contains(State::UNKNOWN) {
        return None;
    }
    // Until the daemon has said otherwise, nothing is on a reader.
    let sight = if flags.contains(State::PRESENT) { Sight::Present(count(state)) } else { Sight::Empty };
    Some((text(state.name()), sight))
}

/// Only 16 bits of the count exist.
fn count(state: &ReaderState) -> u16 {
    (state.event_count() & 0xFFFF) as u16
}

fn text(name: &CStr) -> Arc<str> {
    name.to_string_lossy().into()
}

struct PcscTalk {
    context: Option<Context>,
    card: Option<Card>,
}

impl Talk for PcscTalk {
    fn connect(&mut self, reader: &str, sharing: Sharing) -> Result<(), LinkFault> {
        let context = match self.context.take() {
            // The daemon may have been restarted since.
            Some(context) if context.is_valid().is_ok() => context,
            Some(_) | None => Context::establish(Scope::System).map_err(link_fault)?,
        };
        let mode = match sharing {
            Sharing::Shared => ShareMode::Shared,
            Sharing::Exclusive => ShareMode::Exclusive,
        };
        let name = CString::new(reader).map_err(|_| LinkFault::Lasting(CardFault::Gone))?;
        let connected = context.connect(&name, mode, Protocols::ANY);
        self.context = Some(context);
        self.card = Some(connected.map_err(link_fault)?);
        Ok(())
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Zeroizing<Vec<u8>>, LinkFault> {
        let card = self.card.as_ref().ok_or(LinkFault::Lasting(CardFault::Gone))?;
        // To wipe room for the longest answer takes longer than most cards take to answer.
        let extended = command.len() > 5 && command[4] == 0;
        let room = if extended { MAX_BUFFER_SIZE_EXTENDED } else { MAX_BUFFER_SIZE };
        let mut answer = Zeroizing::new(vec![0; room]);
        let length = card.transmit(command, &mut answer).map_err(link_fault)?.len();
        answer.truncate(length);
        Ok(answer)
    }

    fn disconnect(&mut self, leaving: Leaving) {
        let Some(card) = self.card.take() else {
            return;
        };
        let disposition = match leaving {
            Leaving::AsItIs => Disposition::LeaveCard,
            Leaving::Reset => Disposition::ResetCard,
            Leaving::Unpowered => Disposition::UnpowerCard,
        };
        if let Err((card, error)) = card.disconnect(disposition) {
            tracing::debug!(%error, "the card was not let go of in order");
            drop(card);
        }
    }
}

/// A reader, and what it says of its firmware where it does.
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) firmware: Option<String>,
    /// Another program holds it for itself.
    pub(super) held: bool,
}

/// The readers that the daemon serves. Blocks as long as the daemon likes.
pub(super) fn list() -> Result<Vec<Listed>, DaemonFault> {
    let context = Context::establish(Scope::System).map_err(daemon_fault)?;
    let names = names(&context).map_err(daemon_fault)?;
    let listed = |name: CString| {
        let connected = context.connect(&name, ShareMode::Direct, Protocols::UNDEFINED);
        let held = matches!(connected, Err(Error::SharingViolation));
        let firmware = connected.ok().and_then(firmware);
        Listed { name: name.to_string_lossy().into_owned(), firmware, held }
    };
    Ok(names.into_iter().map(listed).collect())
}

/// `VENDOR_IFD_VERSION` (PC/SC part 3, 3.1.1): `0xMMmmbbbb`, least significant byte first.
fn firmware(reader: Card) -> Option<String> {
    let mut buffer = [0; 16];
    let version = match reader.get_attribute(Attribute::VendorIfdVersion, &mut buffer) {
        Ok(&[low, high, minor, major, ..]) => Some(format!("{major}.{minor}.{}", u16::from_le_bytes([low, high]))),
        Ok(_) | Err(_) => None,
    };
    if let Err((reader, error)) = reader.disconnect(Disposition::LeaveCard) {
        tracing::debug!(%error, "the reader was not let go of in order");
        drop(reader);
    }
    version
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "of the library's 60 errors, those without a remedy are told in its words"
)]
fn daemon_fault(error: Error) -> DaemonFault {
    match error {
        // The library says the first of these once when the daemon ends, and the others from then on.
        Error::CommError | Error::NoService | Error::ServiceStopped | Error::InvalidHandle | Error::Shutdown => {
            DaemonFault::NotRunning
        }
        Error::SecurityViolation | Error::NoAccess => DaemonFault::Refused,
        other => DaemonFault::Failed(other.to_string().to_lowercase()),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "of the library's 60 errors, those of a card are these")]
fn link_fault(error: Error) -> LinkFault {
    match error {
        Error::NoSmartcard | Error::RemovedCard | Error::UnknownReader | Error::ReaderUnavailable => {
            LinkFault::Lasting(CardFault::Gone)
        }
        Error::UnresponsiveCard | Error::UnsupportedCard | Error::UnpoweredCard | Error::ResetCard => {
            LinkFault::Passing(CardFault::Mute)
        }
        Error::SharingViolation => LinkFault::Passing(CardFault::Held),
        // What a card that moves on the reader leads to.
        Error::NotTransacted | Error::CommDataLost | Error::NotReady | Error::ProtoMismatch => {
            LinkFault::Passing(CardFault::Failed(error.to_string().to_lowercase()))
        }
        Error::CommError
        | Error::NoService
        | Error::ServiceStopped
        | Error::InvalidHandle
        | Error::Shutdown
        | Error::SecurityViolation
        | Error::NoAccess => LinkFault::Lasting(CardFault::Daemon(daemon_fault(error))),
        other => LinkFault::Lasting(CardFault::Failed(other.to_string().to_lowercase())),
    }
}
