//! The one model behind every virtual printer: its buffer, its sensors, its script.

mod fixtures;

use std::time::Duration;

use drivers::printer::transport::{Link, Transport};
use drivers::virtual_printer::{Happening, Script, Step, VirtualEvent, VirtualPrinter, VirtualTransport};
use fixtures::PATIENCE;
use fixtures::twin::{comes_to, cut, happens, options, text_of};
use proptest::prelude::*;
use tempfile::TempDir;

/// Waited for in vain.
const MOMENT: Duration = Duration::from_millis(20);

const ALL_WELL: [u8; 4] = [0x10, 0, 0, 0x0F];

struct Twin {
    printer: VirtualPrinter,
    transport: VirtualTransport,
    folder: TempDir,
}

fn twin(receive_buffer: usize, script: &str) -> Twin {
    let folder = tempfile::tempdir().expect("a folder");
    let script: Script = script.parse().expect("a script");
    let (printer, transport) =
        VirtualPrinter::in_process(&options(folder.path(), receive_buffer), script).expect("a printer");
    Twin { printer, transport, folder }
}

impl Twin {
    fn link(&mut self) -> Link {
        self.transport.connect(PATIENCE).expect("a link")
    }
}

fn send(link: &mut Link, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let taken = link.writer.write(bytes, PATIENCE).expect("a printer that takes it");
        assert_ne!(taken, 0, "the link lasts");
        bytes = &bytes[taken..];
    }
}

/// The next so many bytes of the printer.
fn hear<const LENGTH: usize>(link: &mut Link) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    let mut heard = 0;
    while heard < LENGTH {
        let read = link.reader.read(&mut bytes[heard..]).expect("an answer");
        assert_ne!(read, 0, "the link lasts");
        heard += read;
    }
    bytes
}

#[test]
fn without_paper_the_buffer_fills_questions_are_answered_and_the_rest_waits() {
    let mut twin = twin(64, "at 8 paper out");
    let mut link = twin.link();
    send(&mut link, b"\x1B@\x1Da\xFF123");
    assert_eq!(hear(&mut link), ALL_WELL);
    assert_eq!(hear(&mut link), [0x18, 0, 0x0F, 0x0F]);
    comes_to(&twin.printer, Happening::PaperOut);
    send(&mut link, b"\x10\x04\x01\x10\x04\x02\x10\x04\x04");
    assert_eq!(hear(&mut link), [0x1A, 0x32, 0x7E], "offline, for the paper's sake, near end and end");
    send(&mut link, &[b'x'; 55]);
    happens(&twin.printer, |event| *event == VirtualEvent::Full);
    assert!(link.writer.write(b"y", MOMENT).is_err(), "no room");
    twin.printer.happen(Happening::PaperNearEnd);
    assert_eq!(hear(&mut link), [0x10, 0, 0x03, 0x0F]);
    send(&mut link, b"\n\x1DVA\0");
    assert_eq!(text_of(&cut(&twin.printer)).replace('\n', ""), format!("123{}", "x".repeat(55)));
}

#[test]
fn an_open_cover_holds_everything_back() {
    let mut twin = twin(4096, "");
    let mut link = twin.link();
    send(&mut link, b"\x1B@\x1Da\xFF");
    assert_eq!(hear(&mut link), ALL_WELL);
    twin.printer.happen(Happening::CoverOpened);
    assert_eq!(hear(&mut link), [0x38, 0, 0, 0x0F]);
    send(&mut link, b"text\n\x1DVA\0\x1Dr1\x10\x04\x02");
    assert_eq!(hear(&mut link), [0x16], "the question in its turn waits, the other does not");
    twin.printer.happen(Happening::CoverClosed);
    assert_eq!(hear::<5>(&mut link), [0x10, 0, 0, 0x0F, 0]);
    assert_eq!(text_of(&cut(&twin.printer)), "text\n");
}

#[test]
fn a_stuck_blade_is_noticed_at_the_cut_and_owes_it() {
    let mut twin = twin(4096, "at 0 cutter jams");
    let mut link = twin.link();
    send(&mut link, b"\x1B@\x1Da\xFFslip\n\x1D(H\x06\x0000abcd\x1DVA\0\x1D(H\x06\x0000efgh");
    assert_eq!(hear(&mut link), ALL_WELL, "a printer knows nothing of its blade before it moves it");
    assert_eq!(hear(&mut link), *b"\x37\x22abcd\0");
    assert_eq!(hear(&mut link), [0x18, 0x08, 0, 0x0F]);
    happens(&twin.printer, |event| *event == VirtualEvent::CutterStuck);
    send(&mut link, b"\x10\x04\x02\x10\x04\x03");
    assert_eq!(hear(&mut link), [0x52, 0x1A]);
    twin.printer.happen(Happening::CutterFreed);
    assert_eq!(hear::<11>(&mut link), *b"\x10\0\0\x0F\x37\x22efgh\0");
    assert_eq!(text_of(&cut(&twin.printer)), "slip\n");
}

#[test]
fn steps_come_at_their_byte_and_the_hand_can_add_more() {
    let mut twin = twin(4096, "at 4 stalls\nat 0 falls silent");
    comes_to(&twin.printer, Happening::FallsSilent);
    let mut link = twin.link();
    send(&mut link, b"\x1B@ab\x1Dr1cd");
    comes_to(&twin.printer, Happening::Stalls);
    twin.printer.happen(Happening::Speaks);
    twin.printer.schedule(4, Happening::FallsSilent);
    twin.printer.happen(Happening::GoesOn);
    assert_eq!(hear(&mut link), [0], "the question came before the silence");
    comes_to(&twin.printer, Happening::FallsSilent);
    send(&mut link, b"\x1Dr1\n\x1DVA\0");
    assert_eq!(text_of(&cut(&twin.printer)), "abcd\n");
    twin.printer.say(b"\x55\xAA");
    assert_eq!(hear(&mut link), [0x55, 0xAA], "nothing else was said");
}

#[test]
fn what_a_lost_link_leaves_in_the_middle_swallows_what_comes_until_it_is_whole() {
    let mut twin = twin(4096, "at 12 link lost");
    let mut link = twin.link();
    // 2 bytes of the picture's 48 have come when the link goes, and the rest of this write never does.
    assert_eq!(link.writer.write(b"\x1B@\x1Dv0\x00\x30\x00\x01\x00\x0F\x0Fxxxx", PATIENCE).ok(), Some(16));
    assert_eq!(link.reader.read(&mut [0]).ok(), Some(0), "the link is over");
    let mut link = twin.link();
    send(&mut link, &[0; 46]);
    send(&mut link, b"\x1Bz\x07\x1B@after\n\x1DVA\0");
    assert_eq!(text_of(&cut(&twin.printer)), "[picture 384 x 1]\nafter\n");
    assert!(link.writer.write(b"\x1Bz", PATIENCE).is_err(), "after ESC @ nothing is forgiven");
    drop(twin.folder);
}

#[test]
fn switched_off_a_printer_forgets_all_but_its_paper() {
    let mut twin = twin(4096, "");
    let mut link = twin.link();
    send(&mut link, b"\x1B@\x1Da\xFFprinted\nnot printed");
    assert_eq!(hear(&mut link), ALL_WELL);
    twin.printer.happen(Happening::PaperOut);
    send(&mut link, b"held");
    twin.printer.happen(Happening::PowerCycled);
    twin.printer.happen(Happening::PaperLoaded);
    let mut link = twin.link();
    send(&mut link, b"new\n\x1DVA\0\x1Dr1");
    assert_eq!(hear(&mut link), [0], "nobody asked for its status again");
    assert_eq!(text_of(&cut(&twin.printer)), "printed\nnew\n");
}

#[test]
fn a_printer_that_is_away_or_taken_is_not_reached() {
    let mut twin = twin(4096, "at 0 unplugged");
    assert!(twin.transport.connect(MOMENT).is_err());
    twin.printer.happen(Happening::PluggedIn);
    drop(twin.link());
    twin.printer.happen(Happening::Taken);
    assert!(twin.transport.connect(MOMENT).is_err());
    twin.printer.happen(Happening::Released);
    drop(twin.link());
}

#[test]
fn it_says_what_it_is() {
    let mut twin = twin(4096, "");
    let mut link = twin.link();
    send(&mut link, b"\x1DIA\x1DIB\x1DIC\x1DID");
    let mut told = Vec::new();
    while told.iter().filter(|byte| **byte == 0).count() < 4 {
        let [byte] = hear(&mut link);
        told.push(byte);
    }
    assert_eq!(told, b"_VIRTUAL\0_EPSON\0_TM-T20III\0_ACCUEIL-1\0");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Commands, pieces of commands and noise: whatever comes, and whatever happens, a printer prints it or stops.
    #[test]
    fn nothing_that_comes_makes_a_printer_panic_or_hang(
        pieces in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(any::<u8>(), 0..40),
                prop::sample::select(vec![
                    b"\x1B@".to_vec(), b"\x1Dv0\0\x02\0\x03\0".to_vec(), b"\x1DVA\0".to_vec(), b"text\n".to_vec(),
                    b"\x1D(H\x06\x0000".to_vec(), b"\x1Bt\x10".to_vec(), b"\x1Bd\xFF".to_vec(), b"\x10\x04\x01".to_vec(),
                    b"\x1D!\x77".to_vec(), b"\x1B$\x10\x01".to_vec(), b"\x1Da\xFF".to_vec(), b"\x1DP\0\0\x1BJ\xFF".to_vec(),
                ]),
            ],
            0..20,
        ),
        script in prop::collection::vec((0..200u64, prop::sample::select(Happening::ALL.to_vec())), 0..8),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let script = script.into_iter().map(|(at, what)| Step::at(at, what));
        let (printer, mut transport) =
            VirtualPrinter::in_process(&options(folder.path(), 64), script).expect("a printer");
        for piece in pieces {
            if let Ok(mut link) = transport.connect(Duration::ZERO) {
                // Refused, lost or stopped: all of them are answers.
                let _taken = link.writer.write(&piece, Duration::ZERO);
                link.writer.close();
            }
        }
        for what in Happening::ALL {
            printer.happen(what);
        }
    }
}
