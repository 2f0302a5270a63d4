//! Which UDP ports of a machine say anything: a datagram back, or that nobody is there.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use anyhow::Context as _;
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, ipproto, recv, socket_with};

use crate::ports::{Speed, TOGETHER};

/// Each port is asked so often: machines that build lose packets.
const TRIES: usize = 2;
const UDP: u8 = 17;
const DESTINATION_UNREACHABLE: u8 = 3;

/// What a port says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// A datagram.
    Answers,
    /// That nobody is there, or that nobody may ask (ICMP). A kernel says so of a few ports a second.
    Refuses,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Answers => "answers",
            Self::Refuses => "refuses",
        })
    }
}

/// The ports that say anything, in order. Needs root: what machines say of ports is heard by nobody else.
pub(crate) fn heard(host: Ipv4Addr, speed: Speed) -> anyhow::Result<BTreeMap<u16, Answer>> {
    let ours = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    let from = ours.local_addr()?.port();
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let errors = socket_with(AddressFamily::INET, SocketType::RAW, flags, Some(ipproto::ICMP))
        .context("what machines say of their ports cannot be heard: run this as root")?;
    let mut all = BTreeMap::new();
    let mut listen = |within: Duration| -> anyhow::Result<()> {
        let mut buffer = [0; 2048];
        ours.set_read_timeout(Some(within))?;
        while let Ok((_, SocketAddr::V4(who))) = ours.recv_from(&mut buffer) {
            if *who.ip() == host {
                all.insert(who.port(), Answer::Answers);
            }
        }
        while let Ok((length, _)) = recv(&errors, &mut buffer, RecvFlags::empty()) {
            if let Some(port) = buffer.get(..length).and_then(|packet| refused(packet, host, from)) {
                all.entry(port).or_insert(Answer::Refuses);
            }
        }
        Ok(())
    };
    let ports: Vec<u16> = (1..=u16::MAX).collect();
    for _ in 0..TRIES {
        for some in ports.chunks(TOGETHER) {
            for port in some {
                ours.send_to(b"?", (host, *port)).with_context(|| format!("nothing can be sent to {host}:{port}"))?;
            }
            listen(speed.pace)?;
        }
        listen(speed.patience)?;
    }
    Ok(all)
}

/// The port of which a machine says with this packet (IPv4, ICMP) that nothing that we send gets there.
fn refused(packet: &[u8], host: Ipv4Addr, from: u16) -> Option<u16> {
    let whole = Ip::read(packet)?;
    let error = whole.inside;
    if whole.source != host || *error.first()? != DESTINATION_UNREACHABLE {
        return None;
    }
    // What it is about follows it: RFC 792.
    let about = Ip::read(error.get(8..)?)?;
    let port = |at: usize| Some(u16::from_be_bytes(about.inside.get(at..at + 2)?.try_into().ok()?));
    (about.protocol == UDP && about.destination == host && port(0)? == from).then(|| port(2))?
}

/// What is of use of a packet (RFC 791).
struct Ip<'a> {
    protocol: u8,
    source: Ipv4Addr,
    destination: Ipv4Addr,
    inside: &'a [u8],
}

impl<'a> Ip<'a> {
    fn read(packet: &'a [u8]) -> Option<Self> {
        let address = |at: usize| Some(Ipv4Addr::from(<[u8; 4]>::try_from(packet.get(at..at + 4)?).ok()?));
        Some(Self {
            protocol: *packet.get(9)?,
            source: address(12)?,
            destination: address(16)?,
            inside: packet.get(usize::from(packet.first()? & 0x0f) * 4..)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 11);
    const OURS: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);

    fn ip(protocol: u8, source: Ipv4Addr, destination: Ipv4Addr, inside: &[u8]) -> Vec<u8> {
        // With an option of four bytes, which moves what is inside.
        let mut packet = vec![0x46, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0];
        packet.extend(source.octets());
        packet.extend(destination.octets());
        packet.extend([1; 4]);
        packet.extend(inside);
        packet
    }

    /// That machine says of our datagram from `from` to `to` that it does not get there.
    fn unreachable(kind: u8, who: Ipv4Addr, from: u16, to: u16) -> Vec<u8> {
        let sent = [from.to_be_bytes(), to.to_be_bytes(), [0, 9], [0, 0]].concat();
        let mut error = vec![kind, 3, 0, 0, 0, 0, 0, 0];
        error.extend(ip(UDP, OURS, HOST, &sent));
        ip(1, who, OURS, &error)
    }

    #[test]
    fn a_machine_tells_of_which_port_of_its_own_nothing_gets_to() {
        let of = |packet: &[u8]| refused(packet, HOST, 40_000);
        assert_eq!(of(&unreachable(3, HOST, 40_000, 8_099)), Some(8_099));
        assert_eq!(of(&unreachable(3, OURS, 40_000, 8_099)), None, "another machine says so");
        assert_eq!(of(&unreachable(3, HOST, 40_001, 8_099)), None, "another asked");
        assert_eq!(of(&unreachable(0, HOST, 40_000, 8_099)), None, "an echo");
        let whole = unreachable(3, HOST, 40_000, 8_099);
        for length in 0..whole.len() - 4 {
            assert_eq!(of(whole.get(..length).unwrap()), None, "cut off after {length} bytes");
        }
    }
}
