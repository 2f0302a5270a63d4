//! A printer on a USB cable: how fast a ticket goes, how soon its state is known, and how soon it is back.

use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use anyhow::Context;
use drivers::printer::slip::{Align, Block, Slip, TenthsMm, TextLine, Weight};
use drivers::printer::{
    FontSource, Form, Job, JobId, Journal, JournalError, Outcome, Painter, Paper, Printer, PrinterEvent, PrinterStatus,
    Profile, Stage, encode_job,
};
use drivers::virtual_printer::{Happening, UsbIdentity, VirtualEvent, VirtualOptions, VirtualPrinter};
use integration_tests::bench::{Figure, Goal, percentile};

use super::{PATIENCE, ms};

const TICKETS: u64 = 200;
const CHANGES: usize = 200;
const CABLES: usize = 10;

/// A journal that costs nothing: the disk is measured elsewhere.
struct Forgetful;

impl Journal for Forgetful {
    fn record(&mut self, _job: JobId, _stage: Stage) -> Result<(), JournalError> {
        Ok(())
    }
}

/// A printer, the device at the other end, and what is told, with when.
pub struct Bench {
    device: VirtualPrinter,
    printer: Printer,
    told: Receiver<(Instant, PrinterEvent)>,
    /// Bytes of a ticket.
    length: usize,
}

impl Bench {
    /// Plugged in, and asked all that it is asked before a ticket.
    pub fn open(place: &Path, fonts: &Path) -> anyhow::Result<Self> {
        let fonts = FontSource::new(fonts);
        let mut profile = Profile::load("epson-tm-t20iii")?;
        profile.form = Form::Text;
        let mut painter = Painter::open(&fonts, profile.width_dots)?;
        let length = encode_job(&mut painter, &ticket(), &profile, JobId(0))?.bytes.len();
        anyhow::ensure!((360..=400).contains(&length), "a ticket of {length} bytes is not the one that was agreed on");
        let options = VirtualOptions::of(&profile, place.join("paper"), fonts.clone());
        let device = VirtualPrinter::on_usb(&UsbIdentity::default(), &options, [])?;
        let (tell, told) = channel();
        let events = move |event| drop(tell.send((Instant::now(), event)));
        let printer = Printer::open(&device.selector().parse()?, profile, &fonts, Box::new(Forgetful), events)?;
        let bench = Self { device, printer, told, length };
        bench.status(|status| status.ready() && status.identity.serial.is_some())?;
        Ok(bench)
    }

    pub fn figures(&self) -> anyhow::Result<Vec<Figure>> {
        let [median, worst] = self.tickets()?;
        Ok(vec![median, worst, self.changes()?, self.cables()?])
    }

    /// The next event that is wanted, and when it was told.
    fn wait<T>(&self, wanted: impl Fn(PrinterEvent) -> Option<T>) -> anyhow::Result<(Instant, T)> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let (at, event) = self.told.recv_timeout(left).context("the printer told nothing in time")?;
            if let Some(found) = wanted(event) {
                return Ok((at, found));
            }
        }
    }

    fn status(&self, wanted: impl Fn(&PrinterStatus) -> bool) -> anyhow::Result<Instant> {
        let told = |event| matches!(event, PrinterEvent::Status(status) if wanted(&status)).then_some(());
        Ok(self.wait(told)?.0)
    }

    /// From just before the first byte is handed over until the printer has taken the last: one transfer may carry both.
    /// The cable is a program of its own here, which must be given the processor first: the slowest tickets tell of
    /// the machine and have no goal.
    fn tickets(&self) -> anyhow::Result<[Figure; 2]> {
        let mut took = Vec::new();
        for id in 1..=TICKETS {
            let id = JobId(id);
            self.printer.submit(Job { id, slip: ticket() })?;
            let begins =
                |event| matches!(event, PrinterEvent::Stage { job, stage: Stage::Sending } if job == id).then_some(());
            let (begun, ()) = self.wait(begins)?;
            let taken = |event| if let PrinterEvent::LastByte { at, .. } = event { Some(at) } else { None };
            let (_, taken) = self.wait(taken)?;
            let ends = |event| if let PrinterEvent::Outcome { outcome, .. } = event { Some(outcome) } else { None };
            let (_, outcome) = self.wait(ends)?;
            anyhow::ensure!(outcome == Outcome::Printed, "ticket {id} ended as {outcome:?}");
            took.push(ms(taken.saturating_duration_since(begun)));
        }
        let name = |rank| format!("usb: text ticket of {} bytes taken, {rank}", self.length);
        Ok([
            Figure::new(&name("median"), percentile(&took, 0.5), "ms", 5.0, Goal::AtMost(1.0)),
            Figure::new(&name("p99"), percentile(&took, 0.99), "ms", 5.0, Goal::None),
        ])
    }

    /// From a sensor that changes until the caller is told, by automatic status.
    fn changes(&self) -> anyhow::Result<Figure> {
        let mut took = Vec::new();
        for round in 0..CHANGES {
            let (what, paper) = match round % 2 {
                0 => (Happening::PaperOut, Paper::Out),
                _ => (Happening::PaperLoaded, Paper::Ok),
            };
            let start = Instant::now();
            self.device.happen(what);
            let seen = self.status(|status| status.paper == paper)?;
            took.push(ms(seen.saturating_duration_since(start)));
        }
        Ok(Figure::new("usb: change of paper told, p99", percentile(&took, 0.99), "ms", 100.0, Goal::AtMost(1.0)))
    }

    /// From the cable that is put in until a ticket could be sent.
    fn cables(&self) -> anyhow::Result<Figure> {
        let mut longest: f64 = 0.0;
        for _ in 0..CABLES {
            self.device.happen(Happening::Unplugged);
            self.status(|status| !status.connected)?;
            while self.device.events().recv_timeout(PATIENCE)? != VirtualEvent::Detached {}
            let start = Instant::now();
            self.device.happen(Happening::PluggedIn);
            let ready = self.status(|status| status.ready() && status.paper == Paper::Ok)?;
            longest = longest.max(ready.saturating_duration_since(start).as_secs_f64());
        }
        Ok(Figure::new("usb: ready after plugging in, longest", longest, "s", 3.0, Goal::AtMost(1.0)))
    }
}

/// What a ticket says where the printer's own font is used and no code is wanted.
fn ticket() -> Slip {
    let lines = [
        "Mairie de Bonneveine",
        "Samedi 21 novembre 2026, 10 h 42",
        "B 42",
        "Carte d’identité et passeport",
        "Attente : environ 20 à 30 minutes",
        "Salle A, 1er étage",
        "Votre tour est appelé à l’écran et à voix haute.",
        "Ouvert de 8 h 30 à 16 h 45.",
        "Mobilité réduite : prévenez l’accueil.",
        "Gardez ce ticket : il porte votre numéro.",
        "Avis et réclamation : à l’accueil.",
    ];
    let text = |line: &str| {
        let line = TextLine { text: line.to_owned(), cap: TenthsMm(23), weight: Weight::Regular, align: Align::Centre };
        Block::Text(line)
    };
    Slip { blocks: lines.map(text).into(), rtl: false }
}
