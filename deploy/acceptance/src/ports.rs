//! Which TCP ports of a machine answer.

use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

/// So many are asked at once.
const TOGETHER: usize = 512;
/// Each is asked so often: machines that build lose packets.
const TRIES: usize = 2;

/// The ports that take a connection, in order.
pub(crate) fn open(host: IpAddr, patience: Duration) -> Vec<u16> {
    let next = AtomicU32::new(1);
    let found = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..TOGETHER {
            scope.spawn(|| {
                while let Ok(port) = u16::try_from(next.fetch_add(1, Ordering::Relaxed)) {
                    let address = SocketAddr::new(host, port);
                    if (0..TRIES).any(|_| TcpStream::connect_timeout(&address, patience).is_ok())
                        && let Ok(mut found) = found.lock()
                    {
                        found.push(port);
                    }
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap_or_default();
    found.sort_unstable();
    found
}
