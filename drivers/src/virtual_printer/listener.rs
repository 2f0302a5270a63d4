//! The virtual printer as a network printer, and the ways it can be made to fail.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use super::machine::{Machine, Response};
use super::{VirtualError, VirtualEvent, VirtualOptions};
use crate::printer::{Paper, PrinterSelector};

/// How a link goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It does not.
    None,
    /// The printer closes the link once it has read so many bytes.
    CloseAfter(usize),
    /// The printer reads so many bytes and then no more; the link stays.
    StallAfter(usize),
    /// The printer prints and answers nothing.
    Silent,
    /// The printer never takes the link from its queue.
    NeverAccept,
}

/// A virtual printer on a port of this machine.
#[derive(Debug)]
pub struct VirtualPrinter {
    address: SocketAddr,
    events: Receiver<VirtualEvent>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    told: Sender<VirtualEvent>,
    machine: Mutex<Machine>,
    /// The link in use, for answers that no byte asked for.
    stream: Mutex<Option<TcpStream>>,
    stopping: AtomicBool,
    /// Raised once the printer is switched off, for a link that stalls.
    stopped: (Mutex<bool>, Condvar),
}

impl VirtualPrinter {
    /// Listens on a free port of 127.0.0.1; link after link follows the script, and the links after it do not fail.
    pub fn listen(options: &VirtualOptions, script: impl IntoIterator<Item = Fault>) -> Result<Self, VirtualError> {
        let machine = Machine::new(options)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(VirtualError::Listen)?;
        let address = listener.local_addr().map_err(VirtualError::Listen)?;
        let (told, events) = mpsc::channel();
        let shared = Arc::new(Shared {
            told,
            machine: Mutex::new(machine),
            stream: Mutex::new(None),
            stopping: AtomicBool::new(false),
            stopped: (Mutex::new(false), Condvar::new()),
        });
        let script: VecDeque<Fault> = script.into_iter().collect();
        let served = Arc::clone(&shared);
        thread::Builder::new()
            .name("virtual-printer".to_owned())
            .spawn(move || serve(&listener, script, &served))
            .map_err(VirtualError::Listen)?;
        Ok(Self { address, events, shared })
    }

    /// How to reach it.
    pub fn selector(&self) -> PrinterSelector {
        PrinterSelector::Tcp { host: self.address.ip().to_string(), port: self.address.port() }
    }

    /// What happens at the printer, in order.
    pub fn events(&self) -> &Receiver<VirtualEvent> {
        &self.events
    }

    /// Changes what the printer's sensors see; out of paper or open, it prints nothing until that ends.
    pub fn set_condition(&self, paper: Paper, cover_open: bool) {
        let mut machine = lock(&self.shared.machine);
        let response = machine.set_condition(paper, cover_open);
        if let Some(stream) = lock(&self.shared.stream).as_mut() {
            // A computer that is gone hears nothing, as with a real printer.
            let _unless_gone = stream.write_all(&response.replies);
        }
        drop(machine);
        for event in response.events {
            self.shared.tell(event);
        }
    }
}

impl Drop for VirtualPrinter {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        *lock(&self.shared.stopped.0) = true;
        self.shared.stopped.1.notify_all();
        if let Some(stream) = lock(&self.shared.stream).take() {
            let _unless_closed = stream.shutdown(Shutdown::Both);
        }
        // Wakes the thread that waits for a link.
        let _unless_ended = TcpStream::connect(self.address);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(listener: &TcpListener, mut script: VecDeque<Fault>, shared: &Shared) {
    loop {
        let fault = script.pop_front().unwrap_or(Fault::None);
        if fault == Fault::NeverAccept {
            shared.wait_for_the_end();
            return;
        }
        let Ok((stream, _)) = listener.accept() else {
            return;
        };
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        if let Err(error) = shared.link(stream, fault) {
            tracing::debug!(%error, "the link to the virtual printer ended");
        }
        lock(&shared.stream).take();
        if lock(&shared.machine).failure().is_some() {
            // Out of order: the port closes.
            return;
        }
    }
}

impl Shared {
    /// Serves one link until it ends.
    fn link(&self, mut stream: TcpStream, fault: Fault) -> io::Result<()> {
        stream.set_nodelay(true)?;
        *lock(&self.stream) = Some(stream.try_clone()?);
        lock(&self.machine).link_made();
        self.tell(VirtualEvent::Linked);
        let limit = match fault {
            Fault::CloseAfter(bytes) | Fault::StallAfter(bytes) => bytes,
            Fault::None | Fault::Silent | Fault::NeverAccept => usize::MAX,
        };
        let mut buffer = [0; 4096];
        let mut total = 0;
        while total < limit {
            let room = buffer.len().min(limit - total);
            let read = stream.read(&mut buffer[..room])?;
            if read == 0 {
                return Ok(());
            }
            total += read;
            self.tell(VirtualEvent::Received { bytes: read });
            let Response { replies, events } = lock(&self.machine).feed(&buffer[..read]);
            for event in events {
                self.tell(event);
            }
            if fault != Fault::Silent {
                stream.write_all(&replies)?;
            }
            if lock(&self.machine).failure().is_some() {
                return stream.shutdown(Shutdown::Both);
            }
        }
        if matches!(fault, Fault::StallAfter(_)) {
            self.wait_for_the_end();
        }
        stream.shutdown(Shutdown::Both)
    }

    fn wait_for_the_end(&self) {
        let (ended, changed) = &self.stopped;
        let mut ended = lock(ended);
        while !*ended {
            ended = changed.wait(ended).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Nobody needs to listen.
    fn tell(&self, event: VirtualEvent) {
        let _unless_dropped = self.told.send(event);
    }
}
