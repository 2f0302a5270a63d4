//! Which scanner: a selector as a configuration writes it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// What most scanners on a serial cable use; over USB the number means nothing.
pub(super) const BAUD: u32 = 9600;

/// Where a scanner is; what it prints as is what it was parsed from, with the speed made explicit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScannerSelector {
    /// `serial:PATH[@BAUD]`: a serial cable, or a scanner in the mode "USB COM" (CDC). 8 data bits, no parity.
    Serial {
        /// The node, better one of `/dev/serial/by-id`, which stays when others are plugged in.
        path: PathBuf,
        /// Bits a second, 9600 by default.
        baud: u32,
    },
    /// `hidraw:VID:PID[:SERIAL]`: a scanner in the mode "USB HID POS" (usage page 0x8C).
    HidPos(UsbId),
    /// `keyboard:VID:PID[:SERIAL]`: a scanner that poses as a keyboard.
    Keyboard(UsbId),
}

/// A USB device, by what it says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsbId {
    /// The maker's number.
    pub vendor: u16,
    /// The product's number.
    pub product: u16,
    /// The serial number, where two of the same are plugged in.
    pub serial: Option<String>,
}

impl UsbId {
    /// True when this selects such a device.
    pub(super) fn selects(&self, found: &Self) -> bool {
        let same_product = self.vendor == found.vendor && self.product == found.product;
        same_product && (self.serial.is_none() || self.serial == found.serial)
    }
}

/// Why a text selects no scanner; the text says what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScannerSelectorError {
    /// The kind before the colon is missing or unknown.
    #[error("\"{0}\" selects no scanner: use serial:PATH, serial:PATH@BAUD, hidraw:VID:PID or keyboard:VID:PID")]
    UnknownKind(String),
    /// `serial:` without an absolute path.
    #[error("\"{0}\" names no port: write serial:/dev/serial/by-id/NAME or serial:/dev/ttyACM0")]
    BadPath(String),
    /// The speed is none.
    #[error("\"{0}\" has no usable speed: use a number from 1200 to 4000000, such as 9600 or 115200")]
    BadBaud(String),
    /// The numbers of a USB device are none.
    #[error("\"{0}\" names no USB device: write VID:PID as four hexadecimal digits each, such as 0c2e:0901")]
    BadId(String),
}

impl FromStr for ScannerSelector {
    type Err = ScannerSelectorError;

    fn from_str(text: &str) -> Result<Self, ScannerSelectorError> {
        match text.split_once(':') {
            Some(("serial", port)) => serial(text, port),
            Some(("hidraw", id)) => usb_id(text, id).map(Self::HidPos),
            Some(("keyboard", id)) => usb_id(text, id).map(Self::Keyboard),
            Some(_) | None => Err(ScannerSelectorError::UnknownKind(text.to_owned())),
        }
    }
}

fn serial(text: &str, port: &str) -> Result<ScannerSelector, ScannerSelectorError> {
    let (path, baud) = match port.rsplit_once('@') {
        Some((path, baud)) => (path, Some(baud)),
        None => (port, None),
    };
    if !path.starts_with('/') || path.contains(char::is_control) {
        return Err(ScannerSelectorError::BadPath(text.to_owned()));
    }
    let baud = match baud {
        None => BAUD,
        Some(baud) => baud
            .bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| baud.parse().ok())
            .flatten()
            .filter(|baud| (1200..=4_000_000).contains(baud))
            .ok_or_else(|| ScannerSelectorError::BadBaud(text.to_owned()))?,
    };
    Ok(ScannerSelector::Serial { path: PathBuf::from(path), baud })
}

fn usb_id(text: &str, id: &str) -> Result<UsbId, ScannerSelectorError> {
    let wrong = || ScannerSelectorError::BadId(text.to_owned());
    let mut parts = id.splitn(3, ':');
    let mut number = || {
        let digits = parts.next().filter(|part| part.len() == 4 && part.bytes().all(|b| b.is_ascii_hexdigit()));
        digits.and_then(|digits| u16::from_str_radix(digits, 16).ok()).ok_or_else(wrong)
    };
    let (vendor, product) = (number()?, number()?);
    let serial = match parts.next() {
        Some(serial) if serial.is_empty() || serial.contains(char::is_control) => return Err(wrong()),
        serial => serial.map(str::to_owned),
    };
    Ok(UsbId { vendor, product, serial })
}

impl fmt::Display for ScannerSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial { path, baud } => write!(f, "serial:{}@{baud}", path.display()),
            Self::HidPos(id) => write!(f, "hidraw:{id}"),
            Self::Keyboard(id) => write!(f, "keyboard:{id}"),
        }
    }
}

impl fmt::Display for UsbId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:04x}", self.vendor, self.product)?;
        match &self.serial {
            Some(serial) => write!(f, ":{serial}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn selectors_say_what_they_select() {
        let cases = [
            ("serial:/dev/ttyACM0", "serial:/dev/ttyACM0@9600"),
            ("serial:/dev/ttyUSB1@115200", "serial:/dev/ttyUSB1@115200"),
            ("serial:/dev/serial/by-id/usb-A@b-if00@9600", "serial:/dev/serial/by-id/usb-A@b-if00@9600"),
            ("hidraw:05F9:4204", "hidraw:05f9:4204"),
            ("keyboard:0c2e:0901:S/N 12:3", "keyboard:0c2e:0901:S/N 12:3"),
        ];
        for (text, printed) in cases {
            let selector: ScannerSelector = text.parse().unwrap();
            assert_eq!(selector.to_string(), printed);
            assert_eq!(printed.parse::<ScannerSelector>().unwrap(), selector);
        }
    }

    #[test]
    fn a_wrong_selector_says_what_is_allowed() {
        let cases = [
            ("", "serial:PATH"),
            ("usb:0c2e:0901", "serial:PATH"),
            ("serial:", "/dev/ttyACM0"),
            ("serial:ttyACM0", "/dev/ttyACM0"),
            ("serial:/dev/ttyACM0@", "9600"),
            ("serial:/dev/ttyACM0@+9600", "9600"),
            ("serial:/dev/ttyACM0@300", "9600"),
            ("serial:/dev/ttyACM0@99999999999", "9600"),
            ("hidraw:", "four hexadecimal"),
            ("hidraw:0c2e", "four hexadecimal"),
            ("hidraw:c2e:0901", "four hexadecimal"),
            ("hidraw:+c2e:0901", "four hexadecimal"),
            ("keyboard:0c2e:0901:", "four hexadecimal"),
            ("keyboard:0c2e:0901:a\nb", "four hexadecimal"),
        ];
        for (text, allowed) in cases {
            let error = text.parse::<ScannerSelector>().unwrap_err().to_string();
            assert!(error.contains(allowed), "{text:?}: {error}");
        }
    }

    #[test]
    fn a_serial_number_narrows_the_choice() {
        let found = UsbId { vendor: 1, product: 2, serial: Some("A".to_owned()) };
        assert!(UsbId { serial: None, ..found.clone() }.selects(&found));
        assert!(found.selects(&found));
        assert!(!UsbId { serial: Some("B".to_owned()), ..found.clone() }.selects(&found));
        assert!(!found.selects(&UsbId { serial: None, ..found.clone() }));
        assert!(!UsbId { product: 3, ..found.clone() }.selects(&found));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(serial|hidraw|keyboard)?:?.{0,40}") {
            if let Ok(selector) = text.parse::<ScannerSelector>() {
                prop_assert_eq!(selector.to_string().parse::<ScannerSelector>().unwrap(), selector);
            }
        }
    }
}
