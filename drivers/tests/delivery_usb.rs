//! Slips through `Printer::open("usb:...")` to a virtual printer on a virtual USB bus.

mod fixtures;

use std::path::Path;

use drivers::printer::{Outcome, Paper, Printer, PrinterSelector, Profile, Reason};
use drivers::virtual_printer::{Happening, UsbIdentity, VirtualEvent, VirtualOptions, VirtualPrinter, on_usb_bus};
use fixtures::delivering::{end, mute, submit, telling};
use fixtures::scripted::{Log, Recorder};
use fixtures::twin::{cut, happens, options};
use fixtures::{Heard, fonts, listen, stories};

fn usb(options: &VirtualOptions, _folder: &Path) -> VirtualPrinter {
    plugged(&UsbIdentity::default(), options)
}

/// A printer that has the same device number each time that it is plugged in.
fn usb_number_7(options: &VirtualOptions, _folder: &Path) -> VirtualPrinter {
    plugged(&UsbIdentity { number: Some(7), ..UsbIdentity::default() }, options)
}

fn plugged(identity: &UsbIdentity, options: &VirtualOptions) -> VirtualPrinter {
    let device = VirtualPrinter::on_usb(identity, options, []).expect("a printer");
    happens(&device, |event| *event == VirtualEvent::Attached);
    device
}

fn tell(test: &str, story: fn(stories::Link)) {
    on_usb_bus(test, || story(usb)).expect("a USB bus");
}

#[test]
fn a_slip_is_printed() {
    tell("a_slip_is_printed", stories::a_slip_is_printed);
}

#[test]
fn paper_that_ends_in_mid_slip_and_is_replaced_gives_one_slip() {
    tell(
        "paper_that_ends_in_mid_slip_and_is_replaced_gives_one_slip",
        stories::paper_that_ends_in_mid_slip_and_is_replaced_gives_one_slip,
    );
}

#[test]
fn paper_that_ends_unannounced_gives_one_slip() {
    tell("paper_that_ends_unannounced_gives_one_slip", stories::paper_that_ends_unannounced_gives_one_slip);
}

#[test]
fn a_printer_that_stalls_in_mid_slip_and_goes_on_gives_one_slip() {
    tell(
        "a_printer_that_stalls_in_mid_slip_and_goes_on_gives_one_slip",
        stories::a_printer_that_stalls_in_mid_slip_and_goes_on_gives_one_slip,
    );
}

#[test]
fn a_cover_that_is_opened_in_mid_slip_holds_it_up() {
    tell("a_cover_that_is_opened_in_mid_slip_holds_it_up", stories::a_cover_that_is_opened_in_mid_slip_holds_it_up);
}

#[test]
fn a_blade_that_sticks_leaves_a_slip_that_is_printed() {
    tell(
        "a_blade_that_sticks_leaves_a_slip_that_is_printed",
        stories::a_blade_that_sticks_leaves_a_slip_that_is_printed,
    );
}

#[test]
fn a_cable_that_is_pulled_in_mid_slip_leaves_it_unknown() {
    tell(
        "a_cable_that_is_pulled_in_mid_slip_leaves_it_unknown",
        stories::a_cable_that_is_pulled_in_mid_slip_leaves_it_unknown,
    );
}

#[test]
fn a_cable_that_is_pulled_between_slips_loses_nothing() {
    tell(
        "a_cable_that_is_pulled_between_slips_loses_nothing",
        stories::a_cable_that_is_pulled_between_slips_loses_nothing,
    );
}

#[test]
fn a_printer_that_comes_back_under_its_old_number_is_found_again() {
    on_usb_bus("a_printer_that_comes_back_under_its_old_number_is_found_again", || {
        stories::a_cable_that_is_pulled_in_mid_slip_leaves_it_unknown(usb_number_7);
        stories::a_cable_that_is_pulled_between_slips_loses_nothing(usb_number_7);
    })
    .expect("a USB bus");
}

#[test]
fn what_the_sensors_see_is_told() {
    tell("what_the_sensors_see_is_told", stories::what_the_sensors_see_is_told);
}

#[test]
fn noise_from_the_printer_keeps_no_slip_from_being_printed() {
    tell(
        "noise_from_the_printer_keeps_no_slip_from_being_printed",
        stories::noise_from_the_printer_keeps_no_slip_from_being_printed,
    );
}

#[test]
fn a_selector_finds_the_printer_by_class_model_or_serial_number() {
    let test = "a_selector_finds_the_printer_by_class_model_or_serial_number";
    on_usb_bus(test, || {
        let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        let left = UsbIdentity { serial: "LEFT".to_owned(), ..UsbIdentity::default() };
        let right = UsbIdentity { serial: "RIGHT".to_owned(), ..UsbIdentity::default() };
        let plug = |identity, folder: &tempfile::TempDir| plugged(identity, &options(folder.path(), 4096));
        let left = plug(&left, &folders[0]);
        for (selector, wanted) in [("usb:", &left), ("usb:04b8:0e28", &left), ("usb:04b8:0e28:LEFT", &left)] {
            assert_opens(selector, wanted);
        }
        let right = plug(&right, &folders[1]);
        assert_opens("usb:04b8:0e28:RIGHT", &right);
        assert_opens("usb:04b8:0e28:LEFT", &left);
    })
    .expect("a USB bus");
}

/// The printer of a selector, as a borne opens it.
fn open(selector: &str, profile: Profile) -> (Printer, Heard) {
    let parsed: PrinterSelector = selector.parse().expect("a selector");
    let (events, heard) = listen();
    let journal = Recorder::new(&Log::default());
    (Printer::open(&parsed, profile, &fonts(), journal, events).expect("a printer"), heard)
}

/// The selector reaches that device and no other.
fn assert_opens(selector: &str, device: &VirtualPrinter) {
    let (printer, heard) = open(selector, Profile::load("epson-tm-t20iii").expect("a shipped profile"));
    heard.status(|status| status.ready() && status.paper == Paper::Ok);
    device.happen(Happening::PaperNearEnd);
    heard.status(|status| status.paper == Paper::NearEnd);
    device.happen(Happening::PaperLoaded);
    end(&printer);
}

#[test]
fn a_stall_that_nothing_explains_is_shown_while_it_lasts() {
    on_usb_bus("a_stall_that_nothing_explains_is_shown_while_it_lasts", || {
        let folder = tempfile::tempdir().expect("a folder");
        let profile = telling();
        let options =
            VirtualOptions { receive_buffer: 64, ..VirtualOptions::of(&profile, folder.path().join("paper"), fonts()) };
        let device = usb(&options, folder.path());
        let (printer, heard) = open(device.selector(), profile);
        heard.status(|status| status.ready());
        device.schedule(1000, Happening::Stalls);
        submit(&printer, 1);
        heard.status(|status| status.offline && !status.ready());
        device.happen(Happening::GoesOn);
        heard.status(|status| status.ready());
        assert_eq!(heard.job(1).2, Outcome::Printed);
        cut(&device);
        end(&printer);
    })
    .expect("a USB bus");
}

#[test]
fn a_printer_that_tells_only_by_its_port_is_believed() {
    on_usb_bus("a_printer_that_tells_only_by_its_port_is_believed", || {
        let folder = tempfile::tempdir().expect("a folder");
        let device = usb(&options(folder.path(), 64), folder.path());
        let mut profile = mute();
        profile.answers.port_status = true;
        let (printer, heard) = open(device.selector(), profile);
        heard.status(|status| status.connected && status.told);
        device.schedule(1000, Happening::PaperOut);
        submit(&printer, 1);
        heard.status(|status| status.paper == Paper::Out && !status.ready());
        device.happen(Happening::PaperLoaded);
        let (_, _, outcome, reason) = heard.job(1);
        assert_eq!((outcome, reason), (Outcome::Unknown, Reason::NoConfirmation), "it has no word for it");
        cut(&device);
        end(&printer);
    })
    .expect("a USB bus");
}
