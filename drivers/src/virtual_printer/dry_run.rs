//! A virtual printer that keeps nothing: for feeding it with whatever bytes there are.

use super::VirtualEvent;
use super::device::Device;
use super::machine::Machine;
use super::reaction::{Order, Reaction};
use super::script::Happening;

/// The inside of a virtual printer, without cable, slips and clock. A computer is linked to it whenever it can be.
#[derive(Debug)]
pub struct DryRun {
    device: Device,
    answers: Vec<u8>,
    cuts: usize,
}

impl DryRun {
    /// A printer of that width, page and receive buffer, as in [`VirtualOptions`](super::VirtualOptions).
    pub fn new(width_dots: u16, code_page: u8, receive_buffer: usize) -> Self {
        let device = Device::of(Machine::without_slips(width_dots, code_page), receive_buffer, []);
        let mut run = Self { device, answers: Vec::new(), cuts: 0 };
        run.link();
        run
    }

    /// Takes as many of the bytes as there is room for, none while its cable is out; answers how many.
    pub fn receive(&mut self, bytes: &[u8]) -> usize {
        let room = if self.device.plugged() { self.device.room() } else { 0 };
        let taken = &bytes[..bytes.len().min(room)];
        let reaction = self.device.receive(taken);
        self.take_in(reaction);
        taken.len()
    }

    /// Makes something happen now. A link that it ends is made again.
    pub fn happen(&mut self, what: Happening) {
        let reaction = self.device.happen(what);
        let relinks = reaction.orders.iter().any(|order| matches!(order, Order::EndLink | Order::Plug(true)));
        self.take_in(reaction);
        if relinks {
            self.link();
        }
    }

    /// Everything that it answered so far.
    pub fn answers(&self) -> &[u8] {
        &self.answers
    }

    /// Slips that fell out so far.
    pub const fn cuts(&self) -> usize {
        self.cuts
    }

    /// Why it stopped for good: an unknown command, or one where none may be.
    pub fn failure(&self) -> Option<&str> {
        self.device.failure()
    }

    fn link(&mut self) {
        let reaction = self.device.link_made();
        self.take_in(reaction);
    }

    fn take_in(&mut self, reaction: Reaction) {
        for order in reaction.orders {
            match order {
                Order::Answer(bytes) => self.answers.extend(bytes),
                Order::EndLink | Order::Plug(_) | Order::Take(_) => {}
            }
        }
        self.cuts += reaction.events.iter().filter(|event| matches!(event, VirtualEvent::Cut { .. })).count();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLIP: &[u8] = b"\x1B@BONJOUR\n\x1DV\x41\x00\x1D(H\x06\x0000AB12";
    const DONE: &[u8] = b"\x37\x22AB12\x00";

    fn printer() -> DryRun {
        DryRun::new(384, 16, 64)
    }

    #[test]
    fn a_slip_is_cut_and_answered() {
        let mut printer = printer();
        assert_eq!(printer.receive(SLIP), SLIP.len());
        assert_eq!((printer.cuts(), printer.answers(), printer.failure()), (1, DONE, None));
    }

    #[test]
    fn what_happens_holds_the_slip_up() {
        let mut printer = printer();
        printer.happen(Happening::PaperOut);
        printer.receive(SLIP);
        assert_eq!(printer.receive(&[b'x'; 100]), 64 - SLIP.len(), "what the buffer holds beside the slip");
        assert_eq!((printer.cuts(), printer.answers()), (0, &b""[..]));
        printer.happen(Happening::PaperLoaded);
        assert_eq!((printer.cuts(), printer.answers()), (1, DONE));
    }

    #[test]
    fn nothing_is_received_without_a_cable() {
        let mut printer = printer();
        printer.happen(Happening::Unplugged);
        assert_eq!(printer.receive(SLIP), 0);
        printer.happen(Happening::PluggedIn);
        assert_eq!(printer.receive(SLIP), SLIP.len());
        assert_eq!(printer.cuts(), 1);
    }

    #[test]
    fn a_link_made_anew_skips_the_rest_of_a_broken_command() {
        let mut printer = printer();
        printer.receive(b"\x1B");
        printer.happen(Happening::LinkLost);
        printer.receive(b"\x07");
        assert_eq!(printer.failure(), None);
        printer.receive(b"\x1B@\x1B\x07");
        assert_eq!(
            printer.failure(),
            Some("virtual printer: unknown command 1B 07, within the first 6 bytes received")
        );
        assert_eq!(printer.receive(b"x"), 0, "it has stopped");
    }

    #[test]
    fn bytes_that_ask_for_kilometres_of_paper_stop_it() {
        let mut printer = printer();
        // Units of an inch, lines of 255 of them, 255 lines.
        printer.receive(b"\x1DP\x01\x01\x1B3\xFF\x1Bd\xFF");
        assert!(
            printer.failure().is_some_and(|why| why.contains("40000 rows without a cut")),
            "{:?}",
            printer.failure()
        );
    }

    #[test]
    fn a_picture_that_no_roll_holds_is_refused_at_its_header() {
        let mut printer = printer();
        printer.receive(b"\x1Dv0\x00\xFF\xFF\xFF\xFF");
        let failure = printer.failure();
        assert!(failure.is_some_and(|why| why.contains("unknown command 1D 76 30 00 FF FF FF FF")), "{failure:?}");
    }
}
