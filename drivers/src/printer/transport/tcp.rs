//! A network printer on its raw port.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use super::{Link, LinkReader, LinkWriter, Transport, WriteError};

/// Connects to a host name or address; how long a name takes to resolve is the system's affair.
#[derive(Debug)]
pub struct TcpTransport {
    host: String,
    port: u16,
}

impl TcpTransport {
    /// A printer at that host (an IPv6 address without brackets) and port.
    pub fn new(host: &str, port: u16) -> Self {
        Self { host: host.to_owned(), port }
    }
}

impl Transport for TcpTransport {
    fn connect(&mut self, timeout: Duration) -> io::Result<Link> {
        let mut failure = io::Error::new(io::ErrorKind::NotFound, format!("no address is known for {}", self.host));
        let deadline = Instant::now() + timeout;
        for address in (self.host.as_str(), self.port).to_socket_addrs()? {
            // Zero is not allowed; an address that comes too late still gets a moment.
            let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            match TcpStream::connect_timeout(&address, left) {
                Ok(stream) => return link(stream),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }
}

fn link(stream: TcpStream) -> io::Result<Link> {
    // A slip goes out as one burst; waiting for more would only delay its last bytes.
    stream.set_nodelay(true)?;
    let reader = stream.try_clone()?;
    Ok(Link { writer: Box::new(Writer { stream, timeout: None }), reader: Box::new(Reader(reader)) })
}

struct Writer {
    stream: TcpStream,
    timeout: Option<Duration>,
}

impl LinkWriter for Writer {
    fn write(&mut self, bytes: &[u8], timeout: Duration) -> Result<usize, WriteError> {
        if self.timeout != Some(timeout) {
            // Zero means "for ever" to the socket.
            self.stream.set_write_timeout(Some(timeout.max(Duration::from_millis(1))))?;
            self.timeout = Some(timeout);
        }
        Ok(self.stream.write(bytes)?)
    }

    fn close(&mut self) {
        if let Err(error) = self.stream.shutdown(Shutdown::Both) {
            tracing::debug!(%error, "the printer had closed the link already");
        }
    }
}

struct Reader(TcpStream);

impl LinkReader for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}
