//! The card readers over the real daemon: pcscd with the virtual reader vpcd, apart from this machine's own.

#![expect(clippy::unwrap_used, reason = "what a test did not expect ends it there, in helpers too")]

use std::ffi::{CString, OsStr};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use drivers::card::apdu::Command;
use drivers::card::{
    Aid, CardEvent, CardFault, CardOptions, CardReader, CardSelector, DaemonFault, Policy, Script, TransmitError,
};
use drivers::discovery::Access;
use drivers::virtual_card::{Answer, PORTS, PrivateDaemon, READERS, VirtualCard, VirtualCardEvent, apart, is_apart};
use tempfile::TempDir;

/// Far longer than anything takes: the daemon looks for cards every 0.4 s.
const SOON: Duration = Duration::from_secs(20);
const UID: [u8; 7] = [0x04, 0xA2, 0x2B, 0xC1, 0x6E, 0x5D, 0x80];

/// Runs a test of this file in a process apart, where it finds itself again and calls its body.
fn in_a_place_apart(test: &str, body: impl FnOnce(Hall)) {
    if is_apart() {
        return body(Hall::open());
    }
    let arguments = ["--exact", test, "--nocapture", "--test-threads=1"].map(OsStr::new);
    let mut command = apart(&std::env::current_exe().unwrap(), &arguments).unwrap_or_else(|error| panic!("{error}"));
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("1 passed"), "{told}{complained}");
}

/// The daemon and its folder.
struct Hall {
    daemon: PrivateDaemon,
    _folder: TempDir,
}

impl Hall {
    fn open() -> Self {
        let folder = TempDir::new().unwrap();
        Self { daemon: PrivateDaemon::start(folder.path()).unwrap(), _folder: folder }
    }
}

struct Cards {
    reader: CardReader,
    events: Receiver<CardEvent>,
}

impl Cards {
    fn open(options: CardOptions) -> Self {
        Self::select(CardSelector::Any, options)
    }

    fn select(selector: CardSelector, options: CardOptions) -> Self {
        let (sender, events) = mpsc::channel();
        let tell = move |event| {
            // The test may be over.
            let _unless_over = sender.send(event);
        };
        Self { reader: CardReader::open(selector, options, tell).unwrap(), events }
    }

    /// The next event that the test asks about.
    fn next(&self) -> CardEvent {
        self.events.recv_timeout(SOON).unwrap()
    }

    /// Waits for the daemon and so many readers. Before it is up it is told to be down.
    fn ready(&self, readers: usize) {
        while !matches!(self.next(), CardEvent::Daemon(Ok(()))) {}
        let mut seen = 0;
        while seen < readers {
            let CardEvent::Reader { name } = self.next() else { panic!("a reader is expected") };
            assert!(READERS.contains(&&*name), "{name}");
            seen += 1;
        }
    }

    fn number(&self) -> (String, Vec<u8>) {
        match self.next() {
            CardEvent::CardInserted { reader, uid, .. } => (reader.to_string(), uid.as_bytes().to_vec()),
            other @ (CardEvent::Daemon(_)
            | CardEvent::Reader { .. }
            | CardEvent::ReaderGone { .. }
            | CardEvent::CardUnreadable { .. }
            | CardEvent::CardRemoved { .. }) => panic!("a card is expected, not {other:?}"),
        }
    }

    fn fault(&self) -> CardFault {
        match self.next() {
            CardEvent::CardUnreadable { fault, .. } => fault,
            other @ (CardEvent::Daemon(_)
            | CardEvent::Reader { .. }
            | CardEvent::ReaderGone { .. }
            | CardEvent::CardInserted { .. }
            | CardEvent::CardRemoved { .. }) => panic!("a card without a number is expected, not {other:?}"),
        }
    }

    fn removed(&self) {
        let event = self.next();
        assert!(matches!(event, CardEvent::CardRemoved { .. }), "{event:?}");
    }
}

/// Puts a card on the first reader; a daemon that has just started may not listen yet.
fn put(script: impl IntoIterator<Item = Answer> + Clone) -> VirtualCard {
    put_on(PORTS[0], &UID, script)
}

fn put_on(port: u16, uid: &[u8], script: impl IntoIterator<Item = Answer> + Clone) -> VirtualCard {
    VirtualCard::put(port, uid, script).unwrap()
}

/// The commands that the card was sent, until it is gone.
fn sent(card: &VirtualCard) -> Vec<Vec<u8>> {
    let command = |event| match event {
        VirtualCardEvent::Asked { command, .. } => Some(command),
        VirtualCardEvent::Powered { .. } | VirtualCardEvent::Gone => None,
    };
    card.events().try_iter().filter_map(command).collect()
}

#[test]
fn a_card_is_told_with_its_number_and_asked_nothing_else() {
    in_a_place_apart("a_card_is_told_with_its_number_and_asked_nothing_else", |_hall| {
        let cards = Cards::open(CardOptions::default());
        cards.ready(2);
        for _ in 0..2 {
            let card = put([]);
            assert_eq!(cards.number(), (READERS[0].to_owned(), UID.to_vec()));
            assert_eq!(sent(&card), [[0xFF, 0xCA, 0, 0, 0]]);
            drop(card);
            cards.removed();
        }
        let other = put_on(PORTS[1], &[1, 2, 3, 4], []);
        assert_eq!(cards.number(), (READERS[1].to_owned(), vec![1, 2, 3, 4]));
        let first = put([]);
        assert_eq!(cards.number().0, READERS[0]);
        drop(other);
        let event = cards.next();
        assert!(matches!(&event, CardEvent::CardRemoved { reader } if &**reader == READERS[1]), "{event:?}");
        drop(first);
        cards.removed();
        cards.reader.shutdown(SOON).unwrap();
    });
}

#[test]
fn a_card_that_lies_there_at_the_start_is_told_and_one_reader_can_be_chosen() {
    in_a_place_apart("a_card_that_lies_there_at_the_start_is_told_and_one_reader_can_be_chosen", |_hall| {
        let both = Cards::open(CardOptions::default());
        both.ready(2);
        let card = put_on(PORTS[1], &UID, []);
        both.number();
        let cards = Cards::select(CardSelector::Named(READERS[1].to_owned()), CardOptions::default());
        cards.ready(1);
        assert_eq!(cards.number().0, READERS[1]);
        let first = put([]);
        assert_eq!(both.number().0, READERS[0]);
        drop(card);
        cards.removed();
        drop(first);
        cards.reader.shutdown(SOON).unwrap();
        assert!(cards.events.try_iter().next().is_none(), "the other reader is none of its business");
    });
}

#[test]
fn a_daemon_that_crashes_and_comes_back_brings_its_readers_back() {
    in_a_place_apart("a_daemon_that_crashes_and_comes_back_brings_its_readers_back", |mut hall| {
        let cards = Cards::open(CardOptions::default());
        cards.ready(2);
        let card = put([]);
        cards.number();
        hall.daemon.kill().unwrap();
        cards.removed();
        for _ in READERS {
            let event = cards.next();
            assert!(matches!(event, CardEvent::ReaderGone { .. }), "{event:?}");
        }
        let event = cards.next();
        assert!(matches!(event, CardEvent::Daemon(Err(DaemonFault::NotRunning))), "{event:?}");
        drop(card);
        let found = drivers::card::discover();
        assert!(matches!(&found[0].access, Access::Fault(why) if why.contains("systemctl")), "{found:?}");

        let began = Instant::now();
        hall.daemon.restart().unwrap();
        cards.ready(2);
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        let _card = put([]);
        assert_eq!(cards.number().1, UID);
        cards.reader.shutdown(SOON).unwrap();
    });
}

#[test]
fn a_card_that_never_answers_holds_up_nobody_else_and_not_the_end() {
    in_a_place_apart("a_card_that_never_answers_holds_up_nobody_else_and_not_the_end", |_hall| {
        let limit = Duration::from_secs(1);
        let cards = Cards::open(CardOptions { limit, ..CardOptions::default() });
        cards.ready(2);
        let stuck = put([Answer::Never]);
        assert_eq!(cards.fault(), CardFault::TooSlow(limit));
        let other = put_on(PORTS[1], &[1, 2, 3, 4], []);
        assert_eq!(cards.number().0, READERS[1]);
        drop(stuck);
        cards.removed();
        let _next = put([]);
        assert_eq!(cards.number().0, READERS[0]);
        drop(other);
        cards.removed();
        let _stuck = put_on(PORTS[1], &UID, [Answer::Never]);
        assert_eq!(cards.fault(), CardFault::TooSlow(limit));
        let began = Instant::now();
        cards.reader.shutdown(SOON).unwrap();
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    });
}

#[test]
fn a_card_that_is_slow_is_waited_for() {
    in_a_place_apart("a_card_that_is_slow_is_waited_for", |_hall| {
        let cards = Cards::open(CardOptions { limit: SOON, ..CardOptions::default() });
        cards.ready(2);
        let _card = put([Answer::After(Duration::from_millis(700))]);
        assert_eq!(cards.number().1, UID);
    });
}

#[test]
fn a_daemon_that_hangs_does_not_hold_up_the_end() {
    in_a_place_apart("a_daemon_that_hangs_does_not_hold_up_the_end", |hall| {
        let cards = Cards::open(CardOptions::default());
        cards.ready(2);
        hall.daemon.hang(true).unwrap();
        let began = Instant::now();
        let ended = cards.reader.shutdown(Duration::from_millis(500));
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        let found = drivers::card::discover();
        assert!(matches!(&found[0].access, Access::Fault(why) if why.contains("no answer")), "{found:?}");
        hall.daemon.hang(false).unwrap();
        if ended.is_err() {
            cards.reader.shutdown(SOON).unwrap();
        }
    });
}

#[test]
fn garbage_is_told_as_such_and_the_next_card_is_read() {
    in_a_place_apart("garbage_is_told_as_such_and_the_next_card_is_read", |_hall| {
        let limit = Duration::from_secs(1);
        let cards = Cards::open(CardOptions { limit, ..CardOptions::default() });
        cards.ready(2);
        let table: [(&[u8], &str); 8] = [
            (&[], "did not answer within 1000 ms"),
            (&[0x90], "cannot be read"),
            (&[0x00, 0x01, 0x02, 0x03], "cannot be read"),
            (&[0x6A, 0x81], "status 6A81"),
            (&[0x61, 0x07], "status 6107"),
            (&[0x6C, 0x07], "status 6C07"),
            (&[0x90, 0x00], "a number of 0 bytes"),
            (&[0x90; 600], "could not be talked to"),
        ];
        for (bytes, words) in table {
            let card = put([Answer::Bytes(bytes.to_vec())]);
            let fault = cards.fault();
            assert!(fault.to_string().contains(words), "{bytes:02X?}: {fault}");
            assert_eq!(sent(&card).len(), 1, "{bytes:02X?}");
            drop(card);
            cards.removed();
        }
        let _card = put([]);
        assert_eq!(cards.number().1, UID);
    });
}

#[test]
fn a_card_taken_away_in_the_middle_is_harmless() {
    in_a_place_apart("a_card_taken_away_in_the_middle_is_harmless", |hall| {
        let cards = Cards::open(CardOptions::default());
        cards.ready(2);
        for answer in [Answer::Leave, Answer::Torn] {
            let card = put([answer.clone()]);
            while !matches!(card.events().recv_timeout(SOON).unwrap(), VirtualCardEvent::Gone) {}
            hall.daemon.until_empty(READERS[0], SOON).unwrap();
            let next = put([]);
            // Whether the card that left is told depends on what was seen first.
            let mut told = cards.next();
            while matches!(told, CardEvent::CardUnreadable { .. } | CardEvent::CardRemoved { .. }) {
                told = cards.next();
            }
            assert!(
                matches!(&told, CardEvent::CardInserted { uid, .. } if uid.as_bytes() == UID),
                "{answer:?}: {told:?}"
            );
            drop(next);
            cards.removed();
        }
    });
}

#[test]
fn only_an_application_that_the_site_names_is_read() {
    in_a_place_apart("only_an_application_that_the_site_names_is_read", |_hall| {
        let own = Aid::new(b"\xF0CITY1").unwrap();
        let read = Command::new(0x00, 0xB0, 0, 0).expecting(256).unwrap();
        let script = Script::new(own.clone(), std::slice::from_ref(&read)).unwrap();
        let other = Script::new(Aid::new(b"\xF0CITY2").unwrap(), &[read]).unwrap();
        let cards = Cards::open(CardOptions { policy: Policy::number_only().reading(own), ..CardOptions::default() });
        cards.ready(2);
        assert_eq!(cards.reader.transmit(READERS[0], script.clone(), SOON), Err(TransmitError::NoCard));
        let ok = Answer::Bytes(vec![0x90, 0x00]);
        let data = Answer::Bytes(vec![0xCA, 0xFE, 0x90, 0x00]);
        let card = put([Answer::Well, Answer::Bytes(vec![0x61, 0x00]), ok, data, Answer::Well, Answer::Never]);
        cards.number();
        assert_eq!(cards.reader.transmit(READERS[0], other, SOON), Err(TransmitError::NotPermitted));
        let responses = cards.reader.transmit(READERS[0], script.clone(), SOON).unwrap();
        assert_eq!(responses.last().unwrap().data(), [0xCA, 0xFE]);
        let refused = cards.reader.transmit(READERS[0], script.clone(), SOON).unwrap();
        assert_eq!(refused.len(), 1, "after a selection that failed nothing is read");
        let within = Duration::from_millis(200);
        let slow = cards.reader.transmit(READERS[0], script, within);
        assert_eq!(slow, Err(TransmitError::Card(CardFault::TooSlow(within))));
        let selections = sent(&card).into_iter().filter(|command| command[1] == 0xA4);
        assert!(selections.into_iter().all(|command| command[5..11] == *b"\xF0CITY1"));
    });
}

#[test]
fn readers_are_found_and_can_be_selected() {
    in_a_place_apart("readers_are_found_and_can_be_selected", |_hall| {
        let cards = Cards::open(CardOptions::default());
        cards.ready(2);
        let found = drivers::card::discover();
        assert_eq!(found.iter().map(|reader| reader.name.as_str()).collect::<Vec<_>>(), READERS);
        for reader in found {
            assert_eq!(reader.access, Access::Granted);
            assert!(reader.selector.parse::<CardSelector>().unwrap().selects(&reader.name));
        }
    });
}

/// The daemon sees a card when it looks, which no driver can hasten: what counts is the time from there, against the time
/// in which a program that does nothing else asks the same card the same question.
#[test]
fn a_number_is_told_within_twice_the_time_of_the_exchange() {
    in_a_place_apart("a_number_is_told_within_twice_the_time_of_the_exchange", |_hall| {
        let cards = Cards::open(CardOptions::default());
        cards.ready(2);
        let (mut told, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..5 {
            // As long as a card without contacts takes.
            let card = put(vec![Answer::After(Duration::from_millis(20)); 2]);
            let CardEvent::CardInserted { at, .. } = cards.next() else { panic!("a card is expected") };
            told.push(at.elapsed());
            bare.push(exchange(READERS[0]));
            drop(card);
            cards.removed();
        }
        // The quickest of both: the rest is what else the machine does.
        let (told, bare) = (told.iter().min().unwrap(), bare.iter().min().unwrap());
        assert!(*told <= *bare * 2, "{told:?} {bare:?}");
    });
}

/// A program's whole exchange with a card, without this driver.
fn exchange(reader: &str) -> Duration {
    let began = Instant::now();
    let context = pcsc::Context::establish(pcsc::Scope::User).unwrap();
    let name = CString::new(reader).unwrap();
    let card = context.connect(&name, pcsc::ShareMode::Shared, pcsc::Protocols::ANY).unwrap();
    let answer = card.transmit(&[0xFF, 0xCA, 0, 0, 0], &mut [0; 64]).unwrap().len();
    assert_eq!(answer, UID.len() + 2);
    card.disconnect(pcsc::Disposition::LeaveCard).map_err(|(_, error)| error).unwrap();
    began.elapsed()
}
