//! The virtual printer as a network printer: one link at a time, raw bytes.

use std::io::{self, Read};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;

use rustix::net::SendFlags;

use super::shared::{PlugNumber, Port, Shared};

pub(super) struct TcpPort {
    address: SocketAddr,
    /// Bound before the cable is in for the first time, so that a port that is taken is an error of the start.
    bound: Option<TcpListener>,
    listener: Option<Arc<TcpListener>>,
    link: Arc<Mutex<Option<TcpStream>>>,
    shared: Weak<Shared>,
}

impl TcpPort {
    pub(super) fn bind(address: SocketAddr, shared: Weak<Shared>) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        Ok(Self { address, bound: Some(listener), listener: None, link: Arc::default(), shared })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    fn listen(&mut self, plug: PlugNumber) -> io::Result<()> {
        let listener = match self.bound.take() {
            Some(listener) => listener,
            None => TcpListener::bind(self.address)?,
        };
        let listener = Arc::new(listener);
        self.listener = Some(Arc::clone(&listener));
        let (link, shared) = (Arc::clone(&self.link), Weak::clone(&self.shared));
        thread::Builder::new().name("virtual-printer".to_owned()).spawn(move || {
            if let Some(shared) = shared.upgrade() {
                serve(&listener, &link, plug, &shared);
            }
        })?;
        Ok(())
    }
}

impl Port for TcpPort {
    fn plug_in(&mut self, plug: PlugNumber) {
        if let Err(error) = self.listen(plug) {
            tracing::error!(%error, address = %self.address, "the virtual printer cannot listen again");
        }
    }

    fn unplug(&mut self) {
        if let Some(listener) = self.listener.take()
            && let Err(error) = rustix::net::shutdown(&*listener, rustix::net::Shutdown::Both)
        {
            tracing::debug!(%error, "the virtual printer listened no more");
        }
        self.end_link();
    }

    fn end_link(&mut self) -> bool {
        if let Some(stream) = lock(&self.link).take() {
            let _unless_closed = stream.shutdown(Shutdown::Both);
        }
        true
    }

    fn answer(&mut self, bytes: &[u8]) {
        if let Some(stream) = lock(&self.link).as_ref()
            && let Err(error) = rustix::net::send(stream, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL)
        {
            tracing::debug!(%error, "a computer that is gone hears no answer");
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes link after link until the cable is out.
fn serve(listener: &TcpListener, slot: &Mutex<Option<TcpStream>>, plug: PlugNumber, shared: &Shared) {
    while let Ok((stream, _)) = listener.accept() {
        if !shared.wait_for_release(plug, None) {
            return;
        }
        if let Err(error) = carry(stream, slot, plug, shared) {
            tracing::debug!(%error, "the link to the virtual printer ended");
        }
    }
}

/// Carries one link until it ends.
fn carry(mut stream: TcpStream, slot: &Mutex<Option<TcpStream>>, plug: PlugNumber, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    *lock(slot) = Some(stream.try_clone()?);
    let Some(link) = shared.link_made(plug) else {
        return Ok(());
    };
    let mut buffer = [0; 4096];
    let ended = loop {
        let Some(room) = shared.wait_for_room(link, None) else { break Ok(()) };
        let room = room.min(buffer.len());
        match stream.read(&mut buffer[..room]) {
            Ok(0) => break Ok(()),
            Ok(read) if shared.receive(link, &buffer[..read]) => {}
            Ok(_) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    shared.link_ended(link);
    ended
}
