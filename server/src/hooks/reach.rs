//! Which addresses webhooks reach. Whoever may register one must not reach through the server what only it can: its own
//! programs, the machines of its network, the metadata of a cloud. A name is looked up when it is used, and what it then
//! stands for is what is connected to: a name that changes its address between two looks gains nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::settings::Network;

/// What may be reached.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    allowed: Arc<[Network]>,
}

/// Why an address is not told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HookError {
    /// It is no address of the web.
    #[error("this is no address: write https://… as a browser would show it")]
    Url,
    /// It holds a name and a password.
    #[error("an address with a password in it is not taken: what is sent is signed instead")]
    Password,
    /// It goes unprotected over networks of others.
    #[error("http:// goes only to networks that `hooks.allowed_networks` names: write https://")]
    Plain,
    /// It is not on the public internet.
    #[error("{0} is not on the public internet: name its network in `hooks.allowed_networks` of the settings")]
    Private(IpAddr),
    /// The name stands for no address that may be reached.
    #[error("`{0}` stands for no address that may be reached: see `hooks.allowed_networks` of the settings")]
    Nowhere(String),
}

impl Reach {
    /// The public internet, and these networks.
    #[must_use]
    pub fn new(allowed: &[Network]) -> Self {
        Self { allowed: allowed.into() }
    }

    /// Looks at an address as far as it can be without looking its name up.
    pub fn check(&self, text: &str) -> Result<Url, HookError> {
        let url = Url::parse(text).map_err(|_| HookError::Url)?;
        let host = url.host_str().ok_or(HookError::Url)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(HookError::Password);
        }
        let plain = match url.scheme() {
            "https" => false,
            "http" => true,
            _ => return Err(HookError::Url),
        };
        match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) if self.of_the_house(address) => Ok(url),
            Ok(_) if plain => Err(HookError::Plain),
            Err(_) if plain && self.allowed.is_empty() => Err(HookError::Plain),
            Ok(address) if !is_public(address) => Err(HookError::Private(address)),
            Ok(_) | Err(_) => Ok(url),
        }
    }

    /// Looks names up for a client: without TLS only those of one's own house.
    pub(super) fn resolver(&self, plain: bool) -> impl Resolve + 'static {
        Lookup { reach: self.clone(), plain }
    }

    fn of_the_house(&self, address: IpAddr) -> bool {
        self.allowed.iter().any(|network| network.contains(address))
    }

    fn may(&self, address: IpAddr, plain: bool) -> bool {
        self.of_the_house(address) || (!plain && is_public(address))
    }
}

struct Lookup {
    reach: Reach,
    plain: bool,
}

impl Resolve for Lookup {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, plain) = (self.reach.clone(), self.plain);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let may: Vec<SocketAddr> = found.filter(|at| reach.may(at.ip(), plain)).collect();
            if may.is_empty() {
                return Err(HookError::Nowhere(name.as_str().to_owned()).into());
            }
            Ok(Box::new(may.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the public internet (IANA's registries of special-purpose addresses).
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    );
    !special
}

/// Of what is given out (2000::/3), without what tunnels to other addresses and what is for examples.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let special = matches!((a, b), (0x2001, 0..=0x1ff | 0xdb8) | (0x2002, _) | (0x3fff, 0..=0xfff));
    a & 0xe000 == 0x2000 && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_public() {
        for public in ["8.8.8.8", "192.0.1.1", "172.32.0.1", "100.128.0.1", "2a01:e0a::1", "2606:4700::1111"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.9.9",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

    #[test]
    fn an_address_is_looked_at_before_it_is_kept() {
        let check = |reach: &Reach, text: &str| reach.check(text).map(|url| url.to_string());
        let none = Reach::default();
        assert_eq!(check(&none, "https://hooks.example/accueil").unwrap(), "https://hooks.example/accueil");
        for (text, why) in [
            ("hooks.example", HookError::Url),
            ("ftp://hooks.example", HookError::Url),
            ("https://", HookError::Url),
            ("https://a:b@hooks.example", HookError::Password),
            ("http://hooks.example/", HookError::Plain),
            ("http://8.8.8.8/", HookError::Plain),
            ("https://127.0.0.1:8080/", HookError::Private("127.0.0.1".parse().unwrap())),
            ("https://2130706433/", HookError::Private("127.0.0.1".parse().unwrap())),
            ("https://0x7f.1/", HookError::Private("127.0.0.1".parse().unwrap())),
            ("https://[::1]/", HookError::Private("::1".parse().unwrap())),
            ("https://[::ffff:169.254.169.254]/", HookError::Private("::ffff:169.254.169.254".parse().unwrap())),
        ] {
            assert_eq!(check(&none, text), Err(why), "{text}");
        }
        let house = Reach::new(&["192.168.4.0/24".parse().unwrap()]);
        assert!(check(&house, "http://192.168.4.9:9000/x").is_ok() && check(&house, "https://192.168.4.9/").is_ok());
        assert!(
            check(&house, "http://agenda.mairie.lan/").is_ok(),
            "what the name stands for is looked at when it is used"
        );
        assert_eq!(check(&house, "http://192.168.5.9/"), Err(HookError::Plain));
    }
}
