//! Which printer: a selector as a configuration writes it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::transport::TransportError;

/// The port of raw printing on network printers.
const RAW_PORT: u16 = 9100;
/// What serial printers ship with: 9600 bit/s and hardware handshake (Epson, TM-T88II/T88III Technical Reference Guide,
/// A.1.1, switches SW1-3, 7 and 8 as delivered; Star, TSP2000, DIP-SW 1, switches 3 and 7).
pub(super) const SHIPPED_BAUD: u32 = 9600;

/// Where a printer is; what it prints as is what it was parsed from, with port, speed and handshake made explicit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrinterSelector {
    /// `tcp:HOST[:PORT]`: a network printer; IPv6 addresses stand in brackets, the port defaults to 9100.
    Tcp {
        /// A name, an IPv4 address or an IPv6 address without its brackets.
        host: String,
        /// The TCP port.
        port: u16,
    },
    /// `usb:[VID:PID[:SERIAL]]`: a printer on the USB bus.
    Usb(UsbSelector),
    /// `serial:/dev/NAME[@BAUD[,FLOW]]`: a printer on a serial line, 8 bits, no parity, 1 stop bit.
    Serial {
        /// The device file.
        path: PathBuf,
        /// Bits a second; 9600 unless told.
        baud: u32,
        /// How the printer says that it takes nothing; by its lines unless told.
        flow: FlowControl,
    },
    /// `virtual:DIR`: slips become pictures in that folder (feature `virtual`).
    Virtual {
        /// The folder; it is made when missing.
        folder: PathBuf,
    },
}

/// Which printer on the USB bus.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum UsbSelector {
    /// The first that is found: of the printer class, or of a model that a shipped profile names.
    First,
    /// The first of that model.
    Model(UsbId),
    /// One device: two printers of one model are told apart by their serial numbers.
    Device {
        /// Its model.
        id: UsbId,
        /// Its serial number, as it tells it.
        serial: String,
    },
}

/// The maker's and the model's number of a USB device, as `lsusb` shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsbId {
    /// The maker.
    pub vendor: u16,
    /// The model.
    pub product: u16,
}

impl fmt::Display for UsbId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:04x}", self.vendor, self.product)
    }
}

impl FromStr for UsbId {
    type Err = NotAUsbId;

    fn from_str(text: &str) -> Result<Self, NotAUsbId> {
        let number = |digits: &str| {
            let hex = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_hexdigit());
            hex.then(|| u16::from_str_radix(digits, 16).ok()).flatten()
        };
        let (vendor, product) = text.split_once(':').ok_or(NotAUsbId)?;
        match (number(vendor), number(product)) {
            (Some(vendor), Some(product)) => Ok(Self { vendor, product }),
            (_, None) | (None, _) => Err(NotAUsbId),
        }
    }
}

/// The text is not `VID:PID`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write two numbers of four hexadecimal digits, as lsusb shows them: 04b8:0e15")]
pub struct NotAUsbId;

/// How a serial printer says that it takes nothing at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FlowControl {
    /// By its DTR line, which the cable leads to our CTS: out of paper it stalls us, and no byte is lost.
    RtsCts,
    /// By the bytes XOFF and XON.
    XonXoff,
    /// It does not: what comes while it is out of paper is lost.
    None,
}

impl FlowControl {
    const fn word(self) -> &'static str {
        match self {
            Self::RtsCts => "rtscts",
            Self::XonXoff => "xonxoff",
            Self::None => "none",
        }
    }
}

/// Why a text selects no printer; the text says what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// The kind before the colon is missing or unknown.
    #[error(
        "\"{0}\" selects no printer: use usb:, usb:VID:PID, usb:VID:PID:SERIAL, serial:/dev/NAME, serial:/dev/NAME@BAUD, \
         tcp:HOST, tcp:HOST:PORT (IPv6 in brackets, port 9100 by default) or virtual:FOLDER"
    )]
    UnknownKind(String),
    /// No host, or an IPv6 address without its brackets.
    #[error("\"{0}\" has no usable host: write tcp:HOST, tcp:HOST:PORT or tcp:[IPV6]:PORT")]
    BadHost(String),
    /// The port is not a number from 1 to 65535.
    #[error("\"{0}\" has no usable port: use a number from 1 to 65535 (printers mostly listen on 9100)")]
    BadPort(String),
    /// `usb:` with something else than a model and perhaps a serial number.
    #[error(
        "\"{0}\" names no USB printer: write usb: for the first one, usb:VID:PID as lsusb shows them (usb:04b8:0e15), or \
         usb:VID:PID:SERIAL"
    )]
    BadUsb(String),
    /// The device file, the speed or the handshake.
    #[error(
        "\"{0}\" names no serial printer: write serial:/dev/ttyUSB0, serial:/dev/ttyUSB0@19200 or \
         serial:/dev/ttyUSB0@19200,xonxoff (300 to 4000000 bit/s; rtscts, xonxoff or none)"
    )]
    BadSerial(String),
    /// `virtual:` without a folder.
    #[error("\"{0}\" names no folder: write virtual:FOLDER, where the slips are to appear as pictures")]
    NoFolder(String),
}

impl PrinterSelector {
    /// Refuses what a program without virtual devices cannot open.
    pub const fn check(&self, has_virtual: bool) -> Result<(), TransportError> {
        match self {
            Self::Virtual { .. } if !has_virtual => Err(TransportError::NoVirtual),
            Self::Virtual { .. } | Self::Tcp { .. } | Self::Usb(_) | Self::Serial { .. } => Ok(()),
        }
    }
}

impl FromStr for PrinterSelector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        match text.split_once(':') {
            Some(("usb", which)) => match usb(which) {
                Some(selector) => Ok(Self::Usb(selector)),
                None => Err(SelectorError::BadUsb(text.to_owned())),
            },
            Some(("serial", line)) => serial(line).ok_or_else(|| SelectorError::BadSerial(text.to_owned())),
            Some(("tcp", address)) => tcp(text, address),
            Some(("virtual", "")) => Err(SelectorError::NoFolder(text.to_owned())),
            Some(("virtual", folder)) => Ok(Self::Virtual { folder: PathBuf::from(folder) }),
            Some(_) | None => Err(SelectorError::UnknownKind(text.to_owned())),
        }
    }
}

fn usb(which: &str) -> Option<UsbSelector> {
    if which.is_empty() {
        return Some(UsbSelector::First);
    }
    // A serial number may hold colons.
    let model_ends = which.match_indices(':').nth(1).map_or(which.len(), |(at, _)| at);
    let (model, rest) = which.split_at(model_ends);
    let id = model.parse().ok()?;
    match rest.strip_prefix(':') {
        None => Some(UsbSelector::Model(id)),
        Some(serial) if serial.is_empty() || serial.chars().any(char::is_control) => None,
        Some(serial) => Some(UsbSelector::Device { id, serial: serial.to_owned() }),
    }
}

fn serial(line: &str) -> Option<PrinterSelector> {
    const SPEEDS: std::ops::RangeInclusive<u32> = 300..=4_000_000;
    let (path, settings) = match line.rsplit_once('@') {
        Some((path, settings)) => (path, Some(settings)),
        None => (line, None),
    };
    let (baud, flow) = match settings {
        None => (None, None),
        Some(settings) => match settings.split_once(',') {
            Some((baud, flow)) => (Some(baud), Some(flow)),
            None => (Some(settings), None),
        },
    };
    let baud = match baud {
        None => SHIPPED_BAUD,
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok()?,
        Some(_) => return None,
    };
    let flow = match flow {
        None => FlowControl::RtsCts,
        Some(word) => [FlowControl::RtsCts, FlowControl::XonXoff, FlowControl::None]
            .into_iter()
            .find(|flow| flow.word() == word)?,
    };
    let usable = path.starts_with('/') && !path.chars().any(char::is_control) && SPEEDS.contains(&baud);
    usable.then(|| PrinterSelector::Serial { path: PathBuf::from(path), baud, flow })
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
            Self::Usb(UsbSelector::First) => f.write_str("usb:"),
            Self::Usb(UsbSelector::Model(id)) => write!(f, "usb:{id}"),
            Self::Usb(UsbSelector::Device { id, serial }) => write!(f, "usb:{id}:{serial}"),
            Self::Serial { path, baud, flow } => write!(f, "serial:{}@{baud},{}", path.display(), flow.word()),
            Self::Virtual { folder } => write!(f, "virtual:{}", folder.display()),
        }
    }
}
