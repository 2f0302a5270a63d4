//! The virtual USB printer, as libusb sees it: what a cable, a kernel and a printer's buffer do.

mod fixtures;

use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use drivers::virtual_printer::{Happening, Step, UsbIdentity, VirtualEvent, VirtualPrinter, on_usb_bus};
use fixtures::PATIENCE;
use fixtures::twin::{comes_to, cut, happens, options, text_of};
use rusb::{Context, Device, DeviceHandle, Error, Hotplug, UsbContext};

const OUT: u8 = 0x01;
const IN: u8 = 0x82;
/// Long enough for everything that comes, short enough to wait for what does not.
const MOMENT: Duration = Duration::from_millis(200);

fn bus(test: &str, body: impl FnOnce()) {
    on_usb_bus(test, body).expect("a USB bus");
}

/// A printer with room for one packet, in the system's list.
fn plugged(folder: &tempfile::TempDir, script: &[Step]) -> VirtualPrinter {
    let device = VirtualPrinter::on_usb(&UsbIdentity::default(), &options(folder.path(), 64), script.iter().copied())
        .expect("a printer");
    happens(&device, |event| *event == VirtualEvent::Attached);
    device
}

fn found(context: &Context) -> Option<Device<Context>> {
    let devices = context.devices().expect("a list");
    devices
        .iter()
        .find(|device| device.device_descriptor().is_ok_and(|d| (d.vendor_id(), d.product_id()) == (0x04B8, 0x0E28)))
}

fn claimed(context: &Context) -> DeviceHandle<Context> {
    let handle = found(context).expect("a printer").open().expect("a node that may be opened");
    if handle.kernel_driver_active(0).expect("an answer") {
        handle.detach_kernel_driver(0).expect("a driver that lets go");
    }
    handle.claim_interface(0).expect("a free interface");
    handle
}

/// Who has the interface, as the kernel shows it.
fn driver() -> Option<String> {
    let folders =
        std::fs::read_dir("/sys/bus/usb/devices").expect("a list").map(|entry| entry.expect("an entry").path());
    let interface =
        folders.into_iter().find(|folder| folder.to_string_lossy().ends_with(":1.0")).expect("an interface");
    let driver = std::fs::read_link(interface.join("driver")).ok()?;
    Some(driver.file_name()?.to_string_lossy().into_owned())
}

fn port_status(handle: &DeviceHandle<Context>) -> u8 {
    let mut status = [0];
    assert_eq!(handle.read_control(0xA1, 1, 0, 0, &mut status, PATIENCE), Ok(1));
    status[0]
}

fn answer(handle: &DeviceHandle<Context>) -> Vec<u8> {
    let mut buffer = [0; 64];
    let read = handle.read_bulk(IN, &mut buffer, PATIENCE).expect("an answer");
    buffer[..read].to_vec()
}

#[test]
fn a_printer_is_enumerated_claimed_and_prints() {
    bus("a_printer_is_enumerated_claimed_and_prints", || {
        let folder = tempfile::tempdir().expect("a folder");
        let device = plugged(&folder, &[]);
        let context = Context::new().expect("libusb");
        let usb = found(&context).expect("a printer");
        let handle = usb.open().expect("a node that may be opened");
        let about = usb.device_descriptor().expect("a descriptor");
        let told = [
            handle.read_manufacturer_string_ascii(&about),
            handle.read_product_string_ascii(&about),
            handle.read_serial_number_string_ascii(&about),
        ];
        assert_eq!(told, ["EPSON", "TM-T20III", "ACCUEIL-1"].map(|text| Ok(text.to_owned())));
        let configuration = usb.active_config_descriptor().expect("a configuration");
        let interface = configuration.interfaces().next().expect("an interface");
        let setting = interface.descriptors().next().expect("a setting");
        assert_eq!((setting.class_code(), setting.protocol_code()), (7, 2), "a bidirectional printer");
        let ends: Vec<u8> = setting.endpoint_descriptors().map(|end| end.address()).collect();
        assert_eq!(ends, [OUT, IN]);

        assert_eq!(handle.kernel_driver_active(0), Ok(true), "usblp has it at first");
        assert_eq!(driver().as_deref(), Some("usblp"));
        assert_eq!(handle.claim_interface(0), Err(Error::Busy));
        drop(handle);
        let handle = claimed(&context);
        assert_eq!(driver().as_deref(), Some("usbfs"));
        happens(&device, |event| *event == VirtualEvent::Linked);
        assert_eq!(port_status(&handle), 0x18);
        let mut id = [0; 200];
        let read = handle.read_control(0xA1, 0, 0, 0, &mut id, PATIENCE).expect("a device id");
        assert_eq!(usize::from(u16::from_be_bytes([id[0], id[1]])), read);
        assert!(String::from_utf8_lossy(&id[2..read]).contains("MDL:TM-T20III;"));
        assert_eq!(handle.read_control(0xA1, 9, 0, 0, &mut id, PATIENCE), Err(Error::Pipe), "no such request");

        let job = b"\x1B@Salle A\n\x1D(H\x06\x0000abcd\x1DVA\x00";
        assert_eq!(handle.write_bulk(OUT, job, PATIENCE), Ok(job.len()));
        assert_eq!(answer(&handle), b"\x37\x22abcd\x00");
        assert_eq!(text_of(&cut(&device)), "Salle A\n");
        assert_eq!(handle.read_bulk(IN, &mut id, MOMENT), Err(Error::Timeout), "nothing more to say");
        drop(handle);
        happens(&device, |event| *event == VirtualEvent::Unlinked);
        assert_eq!(driver(), None, "nobody gave it back to usblp");
    });
}

#[test]
fn without_paper_data_is_refused_at_a_packet_and_taken_again_where_it_stopped() {
    bus("without_paper_data_is_refused_at_a_packet_and_taken_again_where_it_stopped", || {
        let folder = tempfile::tempdir().expect("a folder");
        let device = plugged(&folder, &[Step::at(100, Happening::PaperOut)]);
        let context = Context::new().expect("libusb");
        let handle = claimed(&context);
        let mut job = b"\x1B@\x1Da\xFF".to_vec();
        job.extend((0..30).flat_map(|line| format!("line number {line}\n").into_bytes()));
        job.extend(b"\x1DVA\x00");
        // 100 bytes are worked on, 28 fill the buffer so far that no packet of 64 has room.
        assert_eq!(handle.write_bulk(OUT, &job, MOMENT), Ok(128));
        comes_to(&device, Happening::PaperOut);
        assert_eq!(handle.write_bulk(OUT, &job[128..], MOMENT), Err(Error::Timeout));
        assert_eq!(port_status(&handle), 0x30, "paper empty, an error");
        assert_eq!(answer(&handle), [0x10, 0, 0, 0x0F, 0x18, 0, 0x0F, 0x0F], "once when asked, once when it ended");
        device.happen(Happening::PaperLoaded);
        assert_eq!(answer(&handle), [0x10, 0, 0, 0x0F]);
        assert_eq!(handle.write_bulk(OUT, &job[128..], PATIENCE), Ok(job.len() - 128));
        let text = text_of(&cut(&device));
        let wanted: String = (0..30).map(|line| format!("line number {line}\n")).collect();
        assert_eq!(text, wanted);
    });
}

/// Notes what libusb says of coming and going.
struct Watch(std::sync::mpsc::Sender<(bool, u8)>);

impl Hotplug<Context> for Watch {
    fn device_arrived(&mut self, device: Device<Context>) {
        self.0.send((true, device.address())).expect("a test that listens");
    }

    fn device_left(&mut self, device: Device<Context>) {
        self.0.send((false, device.address())).expect("a test that listens");
    }
}

fn next(context: &Context, news: &Receiver<(bool, u8)>) -> (bool, u8) {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        context.handle_events(Some(MOMENT)).expect("events");
        if let Ok(found) = news.try_recv() {
            return found;
        }
    }
    panic!("nothing came or went");
}

#[test]
fn a_cable_that_is_pulled_ends_every_transfer_and_comes_back_as_another_device() {
    bus("a_cable_that_is_pulled_ends_every_transfer_and_comes_back_as_another_device", || {
        let folder = tempfile::tempdir().expect("a folder");
        let device = plugged(&folder, &[Step::at(0, Happening::Stalls)]);
        let context = Context::new().expect("libusb");
        let (told, news) = channel();
        let _registered = rusb::HotplugBuilder::new()
            .vendor_id(0x04B8)
            .enumerate(true)
            .register(&context, Box::new(Watch(told)))
            .expect("hotplug");
        let (here, first) = next(&context, &news);
        assert!(here);
        let handle = claimed(&context);
        let (writing, reading) = std::thread::scope(|scope| {
            let writing = scope.spawn(|| handle.write_bulk(OUT, &[b'a'; 500], PATIENCE));
            let reading = scope.spawn(|| handle.read_bulk(IN, &mut [0; 64], PATIENCE));
            happens(&device, |event| *event == VirtualEvent::Full);
            device.happen(Happening::Unplugged);
            (writing.join().expect("a write that ends"), reading.join().expect("a read that ends"))
        });
        assert_eq!((writing, reading), (Err(Error::NoDevice), Err(Error::NoDevice)));
        assert_eq!(handle.write_bulk(OUT, b"a", PATIENCE), Err(Error::NoDevice));
        drop(handle);
        assert_eq!(next(&context, &news), (false, first));
        happens(&device, |event| *event == VirtualEvent::Detached);
        assert!(found(&context).is_none());

        device.happen(Happening::GoesOn);
        device.happen(Happening::PluggedIn);
        let (here, second) = next(&context, &news);
        assert!(here && second != first, "{second}");
        let handle = claimed(&context);
        // What it had of the text before is printed with what comes now.
        let rest = b"\n\x1DVA\x00";
        assert_eq!(handle.write_bulk(OUT, rest, PATIENCE), Ok(rest.len()));
        assert_eq!(text_of(&cut(&device)).replace('\n', ""), "a".repeat(64));
    });
}

#[test]
fn an_interface_that_another_program_has_cannot_be_claimed() {
    bus("an_interface_that_another_program_has_cannot_be_claimed", || {
        let folder = tempfile::tempdir().expect("a folder");
        let device = plugged(&folder, &[]);
        device.happen(Happening::Taken);
        let context = Context::new().expect("libusb");
        let handle = found(&context).expect("a printer").open().expect("a node that may be opened");
        // The bus hears of it by a path of its own.
        let deadline = Instant::now() + PATIENCE;
        while handle.kernel_driver_active(0) == Ok(true) && handle.detach_kernel_driver(0).is_ok() {
            handle.attach_kernel_driver(0).expect("a driver that comes back");
            assert!(Instant::now() < deadline, "the interface is never taken");
        }
        assert_eq!(handle.claim_interface(0), Err(Error::Busy));
    });
}

#[test]
fn two_printers_are_told_apart_by_their_serial_numbers() {
    bus("two_printers_are_told_apart_by_their_serial_numbers", || {
        let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        let printers =
            ["LEFT", "RIGHT"].map(|serial| UsbIdentity { serial: serial.to_owned(), ..UsbIdentity::default() });
        let devices: Vec<VirtualPrinter> = printers
            .iter()
            .zip(&folders)
            .map(|(identity, folder)| {
                let device = VirtualPrinter::on_usb(identity, &options(folder.path(), 4096), []).expect("a printer");
                happens(&device, |event| *event == VirtualEvent::Attached);
                device
            })
            .collect();
        assert_eq!(devices[1].selector(), "usb:04b8:0e28:RIGHT");
        let context = Context::new().expect("libusb");
        let mut serials: Vec<String> = context
            .devices()
            .expect("a list")
            .iter()
            .filter_map(|device| {
                let about = device.device_descriptor().ok().filter(|about| about.vendor_id() == 0x04B8)?;
                device.open().ok()?.read_serial_number_string_ascii(&about).ok()
            })
            .collect();
        serials.sort();
        assert_eq!(serials, ["LEFT", "RIGHT"]);
    });
}

#[test]
fn a_test_that_fails_on_the_bus_fails() {
    let failed = std::panic::catch_unwind(|| {
        bus("a_test_that_fails_on_the_bus_fails", || panic!("as it should"));
    });
    assert!(failed.is_err());
    if std::env::var_os("USB_PRINTER_SOCKET").is_some() {
        panic!("on the bus, the body's panic must reach the one who started it");
    }
}
