//! A port that is open.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};

/// Takes connections, and answers each datagram with its like.
pub(crate) fn each(port: u16) -> anyhow::Result<()> {
    let _taken = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))?;
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port))?;
    let mut buffer = [0; 2048];
    loop {
        let (length, who) = socket.recv_from(&mut buffer)?;
        socket.send_to(buffer.get(..length).unwrap_or_default(), who)?;
    }
}
