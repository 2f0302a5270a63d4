//! Which device on the bus is the printer, and which of its interfaces prints: pure.

use crate::printer::selector::{UsbId, UsbSelector};

/// The class of printers (USB Device Class Definition for Printing Devices 1.1, 4.1).
pub(crate) const PRINTER_CLASS: u8 = 0x07;
/// The class of what a maker defines alone.
const VENDOR_CLASS: u8 = 0xFF;
/// Printer protocol 2: answers come back on a bulk pipe (the same document, 4.2.1).
const BIDIRECTIONAL: u8 = 2;
/// Printer protocol 4 is IPP over USB, which is no stream of bytes.
const IPP_OVER_USB: u8 = 4;

/// A device as it describes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UsbDevice {
    pub(crate) id: UsbId,
    /// Where it is: the bus and the address that the bus gave it.
    pub(crate) bus: u8,
    pub(crate) address: u8,
    pub(crate) names: Names,
    pub(crate) settings: Vec<Setting>,
}

/// What a device says it is, as far as it tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Names {
    pub(crate) maker: Option<String>,
    pub(crate) product: Option<String>,
    pub(crate) serial: Option<String>,
}

/// One alternate setting of one interface, with the first bulk pipe of each direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) interface: u8,
    pub(crate) alternate: u8,
    pub(crate) class: u8,
    pub(crate) protocol: u8,
    pub(crate) output: Option<u8>,
    pub(crate) input: Option<u8>,
}

/// The interface of a printer and its pipes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Port {
    pub(crate) interface: u8,
    /// Only where it is not the one a device starts with.
    pub(crate) alternate: Option<u8>,
    pub(crate) output: u8,
    /// Printers that never answer have none.
    pub(crate) input: Option<u8>,
    /// The class answers `GET_PORT_STATUS`.
    pub(crate) printer_class: bool,
}

impl UsbDevice {
    /// The port that prints; a maker's own interface is one only where the model is known to be a printer.
    pub(crate) fn port(&self, known_printer: bool) -> Option<Port> {
        let rank = |setting: &Setting| match (setting.class, setting.protocol) {
            (PRINTER_CLASS, IPP_OVER_USB) => None,
            (PRINTER_CLASS, BIDIRECTIONAL) => Some(0),
            (PRINTER_CLASS, _) => Some(1),
            (VENDOR_CLASS, _) if known_printer => Some(2),
            _ => None,
        };
        let ranked = self.settings.iter().filter_map(|setting| {
            let output = setting.output?;
            Some((rank(setting)?, setting.input.is_none(), setting, output))
        });
        // Of equals the first: interfaces stand in the order of the device's own description.
        let (.., setting, output) = ranked.min_by_key(|(rank, mute, ..)| (*rank, *mute))?;
        let alternates = self.settings.iter().filter(|other| other.interface == setting.interface).count();
        Some(Port {
            interface: setting.interface,
            alternate: (alternates > 1).then_some(setting.alternate),
            output,
            input: setting.input,
            printer_class: setting.class == PRINTER_CLASS,
        })
    }
}

/// The device that a selector means, and its port.
pub(crate) fn choose<'a>(
    which: &UsbSelector,
    devices: &'a [UsbDevice],
    known_printer: impl Fn(UsbId) -> bool,
) -> Option<(&'a UsbDevice, Port)> {
    let mut fitting: Vec<(&UsbDevice, Port)> = devices
        .iter()
        .filter_map(|device| {
            let port = match which {
                UsbSelector::First => device.port(known_printer(device.id)),
                // Whoever names a model knows that it prints.
                UsbSelector::Model(id) if *id == device.id => device.port(true),
                UsbSelector::Device { id, serial }
                    if *id == device.id && device.names.serial.as_ref() == Some(serial) =>
                {
                    device.port(true)
                }
                UsbSelector::Model(_) | UsbSelector::Device { .. } => None,
            };
            Some((device, port?))
        })
        .collect();
    // The bus lists devices in no order; this one lasts as long as they stay plugged in.
    fitting.sort_by_key(|(device, _)| (device.bus, device.address));
    fitting.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EPSON: UsbId = UsbId { vendor: 0x04B8, product: 0x0202 };

    fn setting(interface: u8, alternate: u8, class: u8, protocol: u8) -> Setting {
        Setting { interface, alternate, class, protocol, output: Some(0x01), input: Some(0x82) }
    }

    fn device(id: UsbId, address: u8, serial: &str, settings: Vec<Setting>) -> UsbDevice {
        let names = Names { serial: Some(serial.to_owned()), ..Names::default() };
        UsbDevice { id, bus: 1, address, names, settings }
    }

    #[test]
    fn the_port_is_the_one_that_prints_and_answers() {
        let mute = Setting { input: None, ..setting(1, 0, 7, 1) };
        let table = [
            ("a printer", vec![setting(0, 0, 7, 2)], false, Some((0, None))),
            ("a keyboard beside it", vec![setting(0, 0, 3, 1), setting(1, 0, 7, 2)], false, Some((1, None))),
            ("the setting that answers", vec![setting(0, 0, 7, 1), setting(0, 1, 7, 2)], false, Some((0, Some(1)))),
            ("IPP over USB is left alone", vec![setting(0, 0, 7, 2), setting(1, 0, 7, 4)], false, Some((0, None))),
            ("nothing but IPP", vec![setting(0, 0, 7, 4)], true, None),
            ("a printer that never answers", vec![mute], false, Some((1, None))),
            ("one that answers comes first", vec![mute, setting(2, 0, 7, 1)], false, Some((2, None))),
            ("a maker's own interface", vec![setting(0, 0, 0xFF, 0)], true, Some((0, None))),
            ("of an unknown model", vec![setting(0, 0, 0xFF, 0)], false, None),
            ("the class before the maker", vec![setting(0, 0, 0xFF, 0), setting(1, 0, 7, 2)], true, Some((1, None))),
            ("no way out", vec![Setting { output: None, ..setting(0, 0, 7, 2) }], true, None),
            ("nothing", vec![], true, None),
        ];
        for (what, settings, known, wanted) in table {
            let port = device(EPSON, 1, "", settings).port(known);
            assert_eq!(port.map(|port| (port.interface, port.alternate)), wanted, "{what}");
        }
    }

    #[test]
    fn selectors_choose_by_class_model_and_serial_number() {
        let scanner = UsbId { vendor: 0x1A86, product: 0x7523 };
        let clone = UsbId { vendor: 0x0416, product: 0x5011 };
        let devices = [
            device(clone, 9, "B", vec![setting(0, 0, 7, 2)]),
            device(scanner, 1, "S", vec![setting(0, 0, 0xFF, 0)]),
            device(EPSON, 4, "A1", vec![setting(0, 0, 0xFF, 0)]),
            device(EPSON, 5, "A2", vec![setting(0, 0, 0xFF, 0)]),
        ];
        let address = |which: &UsbSelector, known: bool| {
            choose(which, &devices, |id| known && id == EPSON).map(|(device, _)| device.address)
        };
        let of_serial = |id, serial: &str| UsbSelector::Device { id, serial: serial.to_owned() };
        assert_eq!(address(&UsbSelector::First, true), Some(4), "a known model prints");
        assert_eq!(address(&UsbSelector::First, false), Some(9), "else only the class does");
        assert_eq!(address(&UsbSelector::Model(EPSON), false), Some(4));
        assert_eq!(address(&of_serial(EPSON, "A2"), false), Some(5));
        assert_eq!(address(&of_serial(EPSON, "A3"), false), None);
        assert_eq!(address(&of_serial(clone, "A2"), false), None);
        assert_eq!(address(&UsbSelector::Model(UsbId { vendor: 1, product: 1 }), true), None);
        assert_eq!(choose(&UsbSelector::First, &[], |_| true), None);
    }
}
