//! The virtual printer on a USB cable: a printer-class device (04B8:0E28 as a TM-T20III, unless told otherwise) on the
//! bus of `drivers/virtual/usb-printer`, which plays the kernel and asks this model for everything else.
//!
//! What goes over the socket is described in `bridge.h` there.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};

use super::shared::{LinkNumber, PlugNumber, Port, Shared};
use super::usb_device::UsbIdentity;
use super::{VirtualEvent, usb_device};

/// The longest payload of a frame; longer floods go in pieces.
const LONGEST: usize = 1 << 16;

mod kind {
    pub(super) const PLUG: u8 = b'P';
    pub(super) const UNPLUG: u8 = b'U';
    pub(super) const CREDIT: u8 = b'C';
    pub(super) const ANSWER: u8 = b'A';
    pub(super) const RESPONSE: u8 = b'R';
    pub(super) const BUSY: u8 = b'B';
    pub(super) const DATA: u8 = b'D';
    pub(super) const REQUEST: u8 = b'Q';
    pub(super) const CLAIMED: u8 = b'O';
    pub(super) const RELEASED: u8 = b'L';
}

/// One time that the cable is in.
#[derive(Clone)]
struct Session {
    plug: PlugNumber,
    /// Bytes that the bridge may still take and has not reported.
    allowed: Arc<AtomicUsize>,
}

pub(super) struct UsbPort {
    bridge: Arc<Bridge>,
    identity: UsbIdentity,
    session: Option<Session>,
    listener: Option<JoinHandle<()>>,
}

/// The socket to the bus, and the sessions that it has not yet confirmed.
struct Bridge {
    stream: Mutex<UnixStream>,
    coming: Mutex<VecDeque<Session>>,
}

impl Bridge {
    /// Sends a frame; a bus that is gone ends the thread that listens to it.
    fn send(&self, kind: u8, payload: &[u8]) {
        let Ok(length) = u32::try_from(payload.len()) else { return };
        let mut frame = vec![kind, 0, 0, 0];
        frame.extend(length.to_ne_bytes());
        frame.extend(payload);
        if let Err(error) = lock(&self.stream).write_all(&frame) {
            tracing::debug!(%error, "the virtual USB bus is gone");
        }
    }
}

impl UsbPort {
    pub(super) fn connect(identity: UsbIdentity, shared: Weak<Shared>) -> io::Result<Self> {
        let path = std::env::var_os(super::usb_bus::SOCKET).ok_or_else(|| {
            io::Error::new(io::ErrorKind::NotFound, "this program does not run on a virtual USB bus: start it on one")
        })?;
        let stream = UnixStream::connect(path)?;
        let reading = stream.try_clone()?;
        let bridge = Arc::new(Bridge { stream: Mutex::new(stream), coming: Mutex::default() });
        let (asked, own) = (Arc::clone(&bridge), identity.clone());
        let listener = thread::Builder::new().name("virtual-printer".to_owned()).spawn(move || {
            if let Err(error) = serve(reading, &asked, &own, &shared) {
                tracing::debug!(%error, "the virtual USB bus is gone");
            }
        })?;
        Ok(Self { bridge, identity, session: None, listener: Some(listener) })
    }
}

impl Port for UsbPort {
    fn plug_in(&mut self, plug: PlugNumber) {
        let session = Session { plug, allowed: Arc::default() };
        lock(&self.bridge.coming).push_back(session.clone());
        self.session = Some(session);
        self.bridge.send(kind::PLUG, usb_device::describe(&self.identity).as_bytes());
    }

    fn unplug(&mut self) {
        if self.session.take().is_some() {
            self.bridge.send(kind::UNPLUG, &[]);
        }
    }

    fn answer(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(LONGEST) {
            self.bridge.send(kind::ANSWER, piece);
        }
    }

    fn take(&mut self, taken: bool) {
        self.bridge.send(kind::BUSY, &u32::from(taken).to_ne_bytes());
    }

    fn room(&mut self, room: usize) {
        let Some(session) = &self.session else { return };
        let more = room.saturating_sub(session.allowed.load(Ordering::SeqCst));
        if let Ok(bytes @ 1..) = u32::try_from(more) {
            session.allowed.fetch_add(more, Ordering::SeqCst);
            self.bridge.send(kind::CREDIT, &bytes.to_ne_bytes());
        }
    }
}

/// Afterwards the printer is in nobody's list. The bus must be able to tell so while this program still listens: umockdev
/// ends the bus where somebody stops listening in the middle of that.
impl Drop for UsbPort {
    fn drop(&mut self) {
        let _unless_gone = lock(&self.bridge.stream).shutdown(Shutdown::Write);
        if let Some(listener) = self.listener.take()
            && listener.thread().id() != thread::current().id()
        {
            let _unless_panicked = listener.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Hears what the bus tells until it is gone.
fn serve(mut stream: UnixStream, bridge: &Bridge, identity: &UsbIdentity, shared: &Weak<Shared>) -> io::Result<()> {
    let mut session = None;
    let mut link: Option<LinkNumber> = None;
    loop {
        let mut head = [0; 8];
        stream.read_exact(&mut head)?;
        let [kind, _, _, _, l1, l2, l3, l4] = head;
        let mut payload = vec![0; u32::from_ne_bytes([l1, l2, l3, l4]) as usize];
        stream.read_exact(&mut payload)?;
        let Some(shared) = shared.upgrade() else { return Ok(()) };
        match kind {
            kind::PLUG => {
                session = lock(&bridge.coming).pop_front();
                shared.tell(VirtualEvent::Attached);
            }
            kind::UNPLUG => {
                (session, link) = (None, None);
                shared.tell(VirtualEvent::Detached);
            }
            kind::CLAIMED => link = session.as_ref().and_then(|session: &Session| shared.link_made(session.plug)),
            kind::RELEASED => {
                if let Some(link) = link {
                    shared.link_ended(link);
                }
            }
            kind::DATA => {
                if let Some(session) = &session {
                    session.allowed.fetch_sub(payload.len(), Ordering::SeqCst);
                }
                if let Some(link) = link {
                    shared.receive(link, &payload);
                }
            }
            kind::REQUEST => {
                let Some((number, request)) = payload.split_at_checked(4) else { continue };
                let answer = usb_device::control(request, identity, &shared);
                let status = if answer.is_some() { 0 } else { -rustix::io::Errno::PIPE.raw_os_error() };
                let response = [number, &status.to_ne_bytes(), &answer.unwrap_or_default()].concat();
                bridge.send(kind::RESPONSE, &response);
            }
            _ => return Err(io::Error::new(io::ErrorKind::InvalidData, "the bus speaks another language")),
        }
    }
}
