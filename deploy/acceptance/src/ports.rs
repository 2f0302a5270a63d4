//! Which TCP ports of a machine answer.

use std::collections::{BTreeSet, VecDeque};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// So many are asked at a time: fewer than any queue on the way holds.
pub(crate) const TOGETHER: usize = 256;
/// Each is asked so often: machines that build lose packets.
const TRIES: usize = 2;
/// What a process has open beside.
const BESIDE: usize = 32;

/// How fast a machine is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Speed {
    /// Time that so many as are asked together take to get there.
    pub(crate) pace: Duration,
    /// How long an answer is waited for.
    pub(crate) patience: Duration,
}

/// The ports that take a connection, in order.
pub(crate) fn open(host: IpAddr, speed: Speed) -> anyhow::Result<BTreeSet<u16>> {
    let all: Vec<u16> = (1..=u16::MAX).collect();
    among(host, &all, speed)
}

/// Those of some ports.
fn among(host: IpAddr, ports: &[u16], speed: Speed) -> anyhow::Result<BTreeSet<u16>> {
    let Speed { pace, patience } = speed;
    let room = most_files()?.saturating_sub(BESIDE).max(TOGETHER);
    let mut found = BTreeSet::new();
    for _ in 0..TRIES {
        let ports: Vec<u16> = ports.iter().copied().filter(|port| !found.contains(port)).collect();
        // The one that was asked first is in front.
        let mut asked: VecDeque<(Instant, u16, TcpStream)> = VecDeque::new();
        let mut settle = |asked: &mut VecDeque<(Instant, u16, TcpStream)>| {
            if let Some((since, port, socket)) = asked.pop_front() {
                thread::sleep(patience.saturating_sub(since.elapsed()));
                if answered(&socket) {
                    found.insert(port);
                }
            }
        };
        for some in ports.chunks(TOGETHER) {
            while asked.len() + some.len() > room || asked.front().is_some_and(|first| first.0.elapsed() >= patience) {
                settle(&mut asked);
            }
            for port in some {
                asked.push_back((Instant::now(), *port, ask(SocketAddr::new(host, *port))?));
            }
            thread::sleep(pace);
        }
        while !asked.is_empty() {
            settle(&mut asked);
        }
    }
    Ok(found)
}

/// Asks for a connection, and does not wait for it.
fn ask(address: SocketAddr) -> anyhow::Result<TcpStream> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)?;
    match connect(&socket, &address) {
        Ok(()) | Err(Errno::INPROGRESS | Errno::CONNREFUSED) => Ok(socket.into()),
        Err(error) => Err(error).with_context(|| format!("{address} cannot be asked")),
    }
}

/// Whether it was taken, if only to be dropped.
fn answered(socket: &TcpStream) -> bool {
    let dropped = |error: io::Error| error.kind() == ErrorKind::ConnectionReset;
    socket.peer_addr().is_ok() || socket.take_error().ok().flatten().is_some_and(dropped)
}

/// As many open files as this process may have.
fn most_files() -> anyhow::Result<usize> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;
    Ok(maximum.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    #[test]
    fn who_listens_is_found_and_nobody_else() {
        // An address of its own: others listen at 127.0.0.1.
        let host = Ipv4Addr::new(127, 77, 0, 11);
        let listeners: Vec<_> = (0..3).map(|_| TcpListener::bind((host, 0)).unwrap()).collect();
        let ports: BTreeSet<u16> = listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
        let at_once = Speed { pace: Duration::ZERO, patience: Duration::ZERO };
        let asked: Vec<u16> = ports.iter().copied().collect();
        let found = among(host.into(), &asked, at_once).unwrap();
        assert_eq!(found, ports);
        let dropped = ask(SocketAddr::new(host.into(), asked[0])).unwrap();
        drop(listeners);
        assert!(answered(&dropped), "one that is taken and reset was there");
        assert_eq!(among(host.into(), &asked, at_once).unwrap(), BTreeSet::new());
    }
}
