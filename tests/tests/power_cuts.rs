//! Power cuts at any byte of a ticket: the real program, killed while a USB printer is at work on it and started again,
//! sixteen times over. What its journal says of each ticket is what lies in the tray.

#![expect(clippy::unwrap_used, reason = "a test ends where its hall cannot be built")]

use std::path::Path;
use std::time::Instant;

use drivers::printer::{FontSource, Form, Profile};
use drivers::virtual_printer::{Happening, UsbIdentity, VirtualEvent, VirtualOptions, VirtualPrinter, on_usb_bus};
use integration_tests::borne::{Borne, Options, number_on};
use integration_tests::server::Server;
use integration_tests::{PATIENCE, free_port, project};
use kiosk_runtime::config::Server as Address;
use wire::event::{Event, EventBody};

/// So many power cuts, spread over the ticket from its first byte to its last.
const CUTS: u64 = 16;

struct Hall {
    paper: VirtualPrinter,
    borne: Borne,
    options: Options<'static>,
}

impl Hall {
    async fn open(place: &Path) -> Self {
        // The printer's own font, so that slips can be read; room for one packet, so that no byte is ahead of the paper.
        let profile = std::fs::read_to_string(project().join("drivers/profiles/virtual.toml")).unwrap();
        let text = place.join("text.toml");
        std::fs::write(&text, profile.replace("\"raster\"", "\"text\"")).unwrap();
        let profile: Profile = Profile::load(text.to_str().unwrap()).unwrap();
        assert_eq!(profile.form, Form::Text);
        let fonts = FontSource::new(project().join("assets/fonts"));
        let paper = VirtualOptions { receive_buffer: 64, ..VirtualOptions::of(&profile, place.join("paper"), fonts) };
        let paper = VirtualPrinter::on_usb(&UsbIdentity::default(), &paper, []).unwrap();

        let site = project().join("config/examples/marseille/site.toml");
        let mut server = Server::prepare(&place.join("server"), &site, free_port().unwrap()).unwrap();
        let code = server.enrolment_code().unwrap();
        server.start().await.unwrap();
        let data = place.join("borne/data");
        kiosk_runtime::enrol::enrol(&Address::at(server.url()), code.parse().unwrap(), "Borne 01", &data, false)
            .await
            .unwrap();
        server.stop().unwrap();

        let device: &'static str = paper.selector().to_owned().leak();
        let options =
            Options { printer: Some(device), profile: text.display().to_string().leak(), ..Options::default() };
        let borne = Borne::prepare(&place.join("borne"), &server, &options).unwrap();
        let mut hall = Self { paper, borne, options };
        hall.switch_on().await;
        hall
    }

    async fn switch_on(&mut self) {
        self.borne.start(&self.options, None).await.unwrap();
        self.borne.reaches("a printer that is ready", |s| s.core.printer_ready).await.unwrap();
    }

    /// A visitor asks for a ticket.
    async fn ask(&self) {
        self.borne.tap("Prendre un ticket", &["S03"]).await.unwrap();
        self.borne.tap("Retrait d'un titre", &["S04"]).await.unwrap();
        self.borne.tap("Prendre un ticket", &["S14", "S15"]).await.unwrap();
    }

    /// A visitor takes a ticket that comes out; answers its number.
    async fn take(&self) -> String {
        self.ask().await;
        let ready = self.borne.becomes(|code| code == "S15", PATIENCE).await.unwrap();
        let number = plain(&number_on(&ready).unwrap());
        self.borne.tap("Terminer", &["S01", "S02"]).await.unwrap();
        number
    }

    /// Waits for something at the printer; answers how many bytes came meanwhile, and the slips that fell out.
    fn until(&self, wanted: impl Fn(&VirtualEvent) -> bool) -> (u64, Vec<String>) {
        let deadline = Instant::now() + PATIENCE;
        let (mut received, mut slips) = (0, Vec::new());
        loop {
            let event = self.paper.events().recv_timeout(deadline.saturating_duration_since(Instant::now())).unwrap();
            let last = wanted(&event);
            match event {
                VirtualEvent::Received { bytes } => received += bytes as u64,
                VirtualEvent::Cut { picture } => {
                    slips.push(std::fs::read_to_string(picture.with_extension("txt")).unwrap_or_default());
                }
                VirtualEvent::Failed { reason } => panic!("the printer did not understand: {reason}"),
                VirtualEvent::Linked
                | VirtualEvent::Unlinked
                | VirtualEvent::Full
                | VirtualEvent::Attached
                | VirtualEvent::Detached
                | VirtualEvent::CutterStuck
                | VirtualEvent::Happened(_) => {}
            }
            if last {
                return (received, slips);
            }
        }
    }
}

/// What the journal says of each ticket, in the order of their numbers.
fn journal(folder: &Path) -> Vec<(String, String)> {
    let db = rusqlite::Connection::open(folder.join("data/borne.db")).unwrap();
    let mut statement = db.prepare("SELECT raw, outcome FROM log WHERE outcome IS NOT NULL ORDER BY seq").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?))).unwrap();
    let told = rows.map(Result::unwrap).map(|(raw, outcome)| {
        let EventBody::TicketIssued(ticket) = Event::decode(&raw).unwrap().body else { panic!("a print of {raw}") };
        (ticket.label.to_string(), outcome)
    });
    told.collect()
}

/// The slips that bear a number.
fn bearing<'a>(slips: &'a [String], number: &str) -> Vec<&'a String> {
    slips.iter().filter(|slip| slip.lines().any(|line| plain(line).trim() == number)).collect()
}

/// A number as the log writes it.
fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

async fn cut_after_cut() {
    let place = tempfile::tempdir().unwrap();
    let mut hall = Hall::open(place.path()).await;
    let first = hall.take().await;
    let (total, slips) = hall.until(|event| matches!(event, VirtualEvent::Cut { .. }));
    assert_eq!(bearing(&slips, &first).len(), 1, "{first} on {slips:?}");

    let mut outcomes = Vec::new();
    for cut in 0..CUTS {
        let at = cut * total / CUTS;
        hall.paper.schedule(at, Happening::Stalls);
        hall.ask().await;
        hall.until(|event| *event == VirtualEvent::Happened(Happening::Stalls));
        hall.borne.kill().unwrap();
        hall.paper.happen(Happening::GoesOn);
        hall.switch_on().await;
        let second = hall.take().await;
        let after = journal(hall.borne.folder());
        let [.., (killed, outcome), (taken, printed)] = after.as_slice() else { panic!("{after:?}") };
        assert_eq!((taken.as_str(), printed.as_str()), (second.as_str(), "printed"), "cut at byte {at} of {total}");

        let (_, slips) = hall.until(|event| is_slip_of(event, &second));
        assert_eq!(bearing(&slips, &second).len(), 1, "cut at byte {at} of {total}: {slips:?}");
        let (with, others) = (bearing(&slips, killed).len(), slips.len() - 1);
        match outcome.as_str() {
            "printed" => assert_eq!((with, others), (1, 1), "cut at byte {at} of {total}: {slips:?}"),
            "not_printed" => assert_eq!(others, 0, "cut at byte {at} of {total}: {slips:?}"),
            _ => assert!(others <= 1, "cut at byte {at} of {total}: {slips:?}"),
        }
        outcomes.push(outcome.clone());
    }
    let numbers: Vec<String> = journal(hall.borne.folder()).into_iter().map(|(number, _)| number).collect();
    let expected: Vec<String> = (1..=2 * CUTS + 1).map(|n| format!("B {n}")).collect();
    assert_eq!(numbers, expected, "no number twice, none lost");
    assert!(outcomes.iter().any(|outcome| outcome == "unknown"), "{outcomes:?}");
    hall.borne.stop().unwrap();
}

fn is_slip_of(event: &VirtualEvent, number: &str) -> bool {
    let VirtualEvent::Cut { picture } = event else { return false };
    std::fs::read_to_string(picture.with_extension("txt")).is_ok_and(|text| !bearing(&[text], number).is_empty())
}

#[test]
fn whatever_byte_the_power_fails_at_the_journal_tells_what_is_in_the_tray() {
    on_usb_bus("whatever_byte_the_power_fails_at_the_journal_tells_what_is_in_the_tray", || {
        tokio::runtime::Runtime::new().unwrap().block_on(cut_after_cut());
    })
    .unwrap();
}
