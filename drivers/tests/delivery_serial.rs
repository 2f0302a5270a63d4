//! Slips through `Printer::open("serial:...")` to a virtual printer on a pseudoterminal.

mod fixtures;

use std::path::Path;

use drivers::virtual_printer::{VirtualOptions, VirtualPrinter};
use fixtures::stories;

fn serial(options: &VirtualOptions, folder: &Path) -> VirtualPrinter {
    VirtualPrinter::on_pty(&folder.join("ttyPRINTER"), options, []).expect("a printer")
}

#[test]
fn a_slip_is_printed() {
    stories::a_slip_is_printed(serial);
}

#[test]
fn paper_that_ends_in_mid_slip_and_is_replaced_gives_one_slip() {
    stories::paper_that_ends_in_mid_slip_and_is_replaced_gives_one_slip(serial);
}

#[test]
fn paper_that_ends_unannounced_gives_one_slip() {
    stories::paper_that_ends_unannounced_gives_one_slip(serial);
}

#[test]
fn a_printer_that_stalls_in_mid_slip_and_goes_on_gives_one_slip() {
    stories::a_printer_that_stalls_in_mid_slip_and_goes_on_gives_one_slip(serial);
}

#[test]
fn a_cover_that_is_opened_in_mid_slip_holds_it_up() {
    stories::a_cover_that_is_opened_in_mid_slip_holds_it_up(serial);
}

#[test]
fn a_blade_that_sticks_leaves_a_slip_that_is_printed() {
    stories::a_blade_that_sticks_leaves_a_slip_that_is_printed(serial);
}

#[test]
fn a_cable_that_is_pulled_in_mid_slip_leaves_it_unknown() {
    stories::a_cable_that_is_pulled_in_mid_slip_leaves_it_unknown(serial);
}

#[test]
fn a_cable_that_is_pulled_between_slips_loses_nothing() {
    stories::a_cable_that_is_pulled_between_slips_loses_nothing(serial);
}

#[test]
fn what_the_sensors_see_is_told() {
    stories::what_the_sensors_see_is_told(serial);
}

#[test]
fn noise_from_the_printer_keeps_no_slip_from_being_printed() {
    stories::noise_from_the_printer_keeps_no_slip_from_being_printed(serial);
}
