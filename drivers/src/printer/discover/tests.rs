use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::*;
use crate::printer::transport::Arrived;
use crate::printer::transport::usb::descriptors::{Names, Setting};

const EPSON: UsbId = UsbId { vendor: 0x04B8, product: 0x0E28 };
const LASER: UsbId = UsbId { vendor: 0x03F0, product: 0x0517 };

/// What one printer answers, and what it was told in its stream.
#[derive(Default)]
struct Talker {
    device_id: &'static str,
    answers: Mutex<VecDeque<&'static [u8]>>,
    told: Mutex<Vec<u8>>,
}

struct Opened(Arc<Talker>);

impl Pipes for Opened {
    fn write(&self, bytes: &[u8], _timeout: Duration) -> rusb::Result<usize> {
        self.0.told.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn read(&self, buffer: &mut [u8], _timeout: Duration) -> rusb::Result<usize> {
        let answer = self.0.answers.lock().expect("no panic").pop_front().ok_or(rusb::Error::Timeout)?;
        buffer[..answer.len()].copy_from_slice(answer);
        Ok(answer.len())
    }

    fn port_status(&self) -> rusb::Result<u8> {
        Ok(0x18)
    }

    fn device_id(&self) -> rusb::Result<String> {
        if self.0.device_id.is_empty() { Err(rusb::Error::Pipe) } else { Ok(self.0.device_id.to_owned()) }
    }
}

#[derive(Default)]
struct Desk {
    devices: Vec<(UsbDevice, Arc<Talker>)>,
    opened: usize,
}

impl Desk {
    fn plug(&mut self, id: UsbId, names: [&str; 3], talker: Talker) -> Arc<Talker> {
        let address = u8::try_from(self.devices.len()).expect("few devices");
        let [maker, product, serial] = names.map(|name| (!name.is_empty()).then(|| name.to_owned()));
        let setting = Setting { interface: 0, alternate: 0, class: 7, protocol: 2, output: Some(1), input: Some(0x82) };
        let names = Names { maker, product, serial };
        let talker = Arc::new(talker);
        let device = UsbDevice { id, bus: 1, address, names, settings: vec![setting] };
        self.devices.push((device, Arc::clone(&talker)));
        talker
    }
}

impl Bus for Desk {
    fn devices(&mut self) -> rusb::Result<Vec<UsbDevice>> {
        Ok(self.devices.iter().map(|(device, _)| device.clone()).collect())
    }

    fn open(&mut self, device: &UsbDevice, _port: Port) -> rusb::Result<Arc<dyn Pipes>> {
        self.opened += 1;
        let talker = self.devices.iter().find(|(other, _)| other == device).expect("a device").1.clone();
        Ok(Arc::new(Opened(talker)))
    }

    fn watch(&mut self, _arrived: Arrived) {}
}

fn granted(_: &UsbDevice, _: Port) -> Access {
    Access::Granted
}

#[test]
fn a_known_printer_is_asked_for_its_model_and_firmware() {
    let mut desk = Desk::default();
    let answers: [&'static [u8]; 4] =
        [b"\x14\x00\x00\x0F\x5FEPSON\x00", b"\x5FTM-T20III\x00", b"\x5F1.23 ESC/POS\x00", b"\x5FX3AB\x00"];
    let talker = Talker { answers: Mutex::new(answers.into()), ..Talker::default() };
    let talker = desk.plug(EPSON, ["EPSON", "TM-T20III", "583A"], talker);
    let found = usb_printers(&mut desk, Ask::Firmware, granted);
    let wanted = Found {
        kind: DeviceKind::Printer,
        selector: "usb:04b8:0e28:583A".to_owned(),
        name: "EPSON TM-T20III (profile epson-tm-t20iii)".to_owned(),
        firmware: Some("TM-T20III, 1.23 ESC/POS".to_owned()),
        access: Access::Granted,
    };
    assert_eq!(found, [wanted]);
    assert_eq!(*talker.told.lock().expect("no panic"), b"\x1DIB\x1DIC\x1DIA\x1DID");
}

#[test]
fn a_printer_of_another_language_gets_no_byte_and_is_named_by_its_port() {
    let mut desk = Desk::default();
    let device_id = "MFG:Hewlett-Packard;CMD:PJL,PCL;MDL:HP LaserJet 1022;";
    let laser = desk.plug(LASER, ["", "", ""], Talker { device_id, ..Talker::default() });
    let clone = desk.plug(
        UsbId { vendor: 0x1FC9, product: 0x2016 },
        ["", "POS80 Printer\u{1B}", ""],
        Talker {
            device_id: "MFG:POS;COMMAND SET:ESC/POS;MODEL:POS80;",
            answers: Mutex::new([&b"\x5FPOS\x00"[..], b"\x5FPOS-80\x00"].into()),
            ..Talker::default()
        },
    );
    let found = usb_printers(&mut desk, Ask::Firmware, granted);
    assert_eq!(found[0].firmware.as_deref(), Some("HP LaserJet 1022"));
    assert_eq!((found[0].selector.as_str(), found[0].name.as_str()), ("usb:03f0:0517", "unnamed printer"));
    assert!(laser.told.lock().expect("no panic").is_empty(), "it would print the question");
    assert_eq!(found[1].firmware.as_deref(), Some("POS-80"), "the question it does not answer is the last");
    assert_eq!(*clone.told.lock().expect("no panic"), b"\x1DIB\x1DIC\x1DIA");
}

#[test]
fn nothing_is_opened_that_need_not_or_may_not_be() {
    let mut desk = Desk::default();
    desk.plug(EPSON, ["EPSON", "", "1"], Talker::default());
    assert_eq!(usb_printers(&mut desk, Ask::Nothing, granted).len(), 1);
    let node = PathBuf::from("/dev/bus/usb/001/000");
    for access in [Access::Busy { node: node.clone() }, Access::Forbidden { node, rule: rule(EPSON) }] {
        let found = usb_printers(&mut desk, Ask::Firmware, |_, _| access.clone());
        assert_eq!(found[0].access, access);
    }
    assert_eq!(desk.opened, 0);
}

#[test]
fn selectors_of_what_is_found_are_read_back() {
    let mut desk = Desk::default();
    desk.plug(EPSON, ["EPSON", "TM", "A:1"], Talker::default());
    desk.plug(LASER, ["", "", ""], Talker::default());
    for found in usb_printers(&mut desk, Ask::Nothing, granted) {
        let selector: PrinterSelector = found.selector.parse().expect("a selector");
        assert_eq!(selector.to_string(), found.selector);
    }
}

#[test]
fn the_missing_rule_is_one_line_that_udev_takes() {
    let wanted = "SUBSYSTEM==\"usb\", ENV{DEVTYPE}==\"usb_device\", ATTR{idVendor}==\"04b8\", ATTR{idProduct}==\"0e28\", \
                  GROUP=\"borne\", MODE=\"0660\"";
    assert_eq!(rule(EPSON), wanted);
}

#[test]
fn the_package_of_the_borne_opens_the_printers_of_every_profile() {
    let shipped = include_str!("../../../../deploy/package/borne/60-borne.rules");
    for name in Profile::shipped() {
        for id in Profile::load(name).expect("a shipped profile").usb.ids {
            let opened = |line: &str| {
                line.contains(&format!("ATTR{{idVendor}}==\"{:04x}\"", id.vendor))
                    && line.contains(&format!("{:04x}", id.product))
                    && line.ends_with("GROUP=\"borne\", MODE=\"0660\"")
            };
            assert!(shipped.lines().any(opened), "{name}: {id:?}");
        }
    }
}

#[test]
fn serial_ports_are_those_with_a_device_behind_them() {
    let sys = tempfile::tempdir().expect("a folder");
    let class = sys.path().join("class/tty");
    let adapter = sys.path().join("devices/usb1/1-2");
    fs::create_dir_all(adapter.join("1-2:1.0/ttyUSB7")).expect("folders");
    for (file, text) in [("idVendor", "067b\n"), ("idProduct", "2303\n"), ("product", "USB-Serial Controller\n")] {
        fs::write(adapter.join(file), text).expect("a file");
    }
    for (name, device, kind) in [
        ("ttyUSB7", Some("devices/usb1/1-2/1-2:1.0/ttyUSB7"), None),
        ("ttyS8", Some("devices/board"), Some("4")),
        ("ttyS9", Some("devices/board"), Some("0")),
        ("tty1", None, None),
    ] {
        let port = class.join(name);
        fs::create_dir_all(&port).expect("a folder");
        fs::create_dir_all(sys.path().join("devices/board")).expect("a folder");
        if let Some(device) = device {
            std::os::unix::fs::symlink(sys.path().join(device), port.join("device")).expect("a link");
        }
        if let Some(kind) = kind {
            fs::write(port.join("type"), kind).expect("a file");
        }
    }
    let found = serial::ports(&class);
    let shown: Vec<(&str, &str)> = found.iter().map(|port| (port.selector.as_str(), port.name.as_str())).collect();
    let wanted = [
        ("serial:/dev/ttyS8@9600,rtscts", "serial port: a printer, if one is connected"),
        ("serial:/dev/ttyUSB7@9600,rtscts", "serial port of USB-Serial Controller: a printer, if one is connected"),
    ];
    assert_eq!(shown, wanted);
    assert!(serial::ports(&sys.path().join("nowhere")).is_empty());
}
