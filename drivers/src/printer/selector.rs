//! Which printer: a selector as a configuration writes it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// The port of raw printing on network printers.
const RAW_PORT: u16 = 9100;

/// Where a printer is; what it prints as is what it was parsed from, with the port made explicit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrinterSelector {
    /// `tcp:HOST[:PORT]`: a network printer; IPv6 addresses stand in brackets, the port defaults to 9100.
    Tcp {
        /// A name, an IPv4 address or an IPv6 address without its brackets.
        host: String,
        /// The TCP port.
        port: u16,
    },
    /// `virtual:DIR`: slips become pictures in that folder (feature `virtual`).
    Virtual {
        /// The folder; it is made when missing.
        folder: PathBuf,
    },
}

/// Why a text selects no printer; the text says what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// The kind before the colon is missing or unknown.
    #[error(
        "\"{0}\" selects no printer: use tcp:HOST, tcp:HOST:PORT (IPv6 in brackets, port 9100 by default) or virtual:FOLDER"
    )]
    UnknownKind(String),
    /// No host, or an IPv6 address without its brackets.
    #[error("\"{0}\" has no usable host: write tcp:HOST, tcp:HOST:PORT or tcp:[IPV6]:PORT")]
    BadHost(String),
    /// The port is not a number from 1 to 65535.
    #[error("\"{0}\" has no usable port: use a number from 1 to 65535 (printers mostly listen on 9100)")]
    BadPort(String),
    /// `virtual:` without a folder.
    #[error("\"{0}\" names no folder: write virtual:FOLDER, where the slips are to appear as pictures")]
    NoFolder(String),
}

impl FromStr for PrinterSelector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        match text.split_once(':') {
            Some(("tcp", address)) => tcp(text, address),
            Some(("virtual", "")) => Err(SelectorError::NoFolder(text.to_owned())),
            Some(("virtual", folder)) => Ok(Self::Virtual { folder: PathBuf::from(folder) }),
            Some(_) | None => Err(SelectorError::UnknownKind(text.to_owned())),
        }
    }
}

fn tcp(text: &str, address: &str) -> Result<PrinterSelector, SelectorError> {
    let bad_host = || SelectorError::BadHost(text.to_owned());
    let (host, port) = if let Some(bracketed) = address.strip_prefix('[') {
        let (host, rest) = bracketed.split_once(']').ok_or_else(bad_host)?;
        host.parse::<std::net::Ipv6Addr>().map_err(|_| bad_host())?;
        let port = match rest {
            "" => None,
            _ => Some(rest.strip_prefix(':').ok_or_else(bad_host)?),
        };
        (host, port)
    } else {
        match address.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (address, None),
        }
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    if host.is_empty() || !host.chars().all(allowed) {
        return Err(bad_host());
    }
    let bad_port = || SelectorError::BadPort(text.to_owned());
    let port = match port {
        None => RAW_PORT,
        Some(port) if port.contains(':') => return Err(bad_host()),
        Some(port) if !port.bytes().all(|b| b.is_ascii_digit()) => return Err(bad_port()),
        Some(port) => port.parse().map_err(|_| bad_port())?,
    };
    if port == 0 {
        return Err(bad_port());
    }
    Ok(PrinterSelector::Tcp { host: host.to_owned(), port })
}

impl fmt::Display for PrinterSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "tcp:[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "tcp:{host}:{port}"),
            Self::Virtual { folder } => write!(f, "virtual:{}", folder.display()),
        }
    }
}
