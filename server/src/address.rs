//! Who asks: the address of the nearest machine that is not one of our own proxies.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::ConnectInfo;
use http::{Extensions, HeaderMap};

/// The rightmost hop that is no trusted proxy. What stands further left was written by the client and proves nothing.
#[must_use]
pub fn client(extensions: &Extensions, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |c| c.0.ip());
    let peer = peer.to_canonical();
    if !trusted.contains(&peer) {
        return peer;
    }
    let hops = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<IpAddr> = hops.flat_map(|value| value.split(',')).map_while(|hop| hop.trim().parse().ok()).collect();
    hops.into_iter().rev().map(|hop: IpAddr| hop.to_canonical()).find(|hop| !trusted.contains(hop)).unwrap_or(peer)
}

/// The address of the site whose host a request asks for; the first one's where none has it.
pub(crate) fn asked_for<'a>(headers: &HeaderMap, urls: &'a [String]) -> Option<&'a str> {
    let asked = headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
    let asked = asked.and_then(|host| host.parse::<http::uri::Authority>().ok());
    let named = |url: &&String| {
        let url: Option<http::Uri> = url.parse().ok();
        url.zip(asked.as_ref())
            .is_some_and(|(url, asked)| url.host().is_some_and(|host| host.eq_ignore_ascii_case(asked.host())))
    };
    urls.iter().find(named).or(urls.first()).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &str) -> String {
        let proxy = ["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()];
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        client(&extensions, &headers, &proxy).to_string()
    }

    #[test]
    fn only_what_a_trusted_proxy_saw_is_believed() {
        assert_eq!(seen("192.0.2.7", "198.51.100.1"), "192.0.2.7", "a client's own header");
        assert_eq!(seen("10.0.0.1", "198.51.100.1, 192.0.2.7"), "192.0.2.7", "the forged hop stands left");
        assert_eq!(seen("10.0.0.1", "192.0.2.7, 10.0.0.2"), "192.0.2.7");
        assert_eq!(seen("10.0.0.1", ""), "10.0.0.1");
    }
}
