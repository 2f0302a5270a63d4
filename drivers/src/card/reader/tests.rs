//! The threads, over a daemon that a test plays.

use std::collections::VecDeque;
use std::sync::Condvar;

use zeroize::Zeroizing;

use super::super::apdu::{Command, StatusWord};
use super::super::daemon::{LinkFault, Sight, Talk, Wake, Watch};
use super::super::policy::Aid;
use super::*;

const SOON: Duration = Duration::from_secs(10);

/// What the daemon has.
#[derive(Default)]
struct State {
    /// Fails every call while set.
    fault: Option<DaemonFault>,
    sights: Sights,
    /// Grows with each change, so that a look knows whether it has seen it.
    version: u64,
    woken: bool,
    /// How a card answers, by command; an empty list lets it wait for ever.
    answers: VecDeque<Result<Vec<u8>, LinkFault>>,
    /// Everything that cards were sent.
    sent: Vec<Vec<u8>>,
    looks: u32,
    /// Whether the daemon says at once that something changed, without end.
    restless: bool,
}

#[derive(Clone, Default)]
struct Played(Arc<(Mutex<State>, Condvar)>);

impl Played {
    fn change(&self, change: impl FnOnce(&mut State)) {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        change(&mut state);
        state.version += 1;
        changed.notify_all();
    }

    fn put(&self, sights: &[(&str, Sight)]) {
        let sights = sights.iter().map(|(name, sight)| (Arc::from(*name), *sight)).collect();
        self.change(|state| state.sights = sights);
    }

    fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.0.0.lock().unwrap())
    }
}

struct PlayedWatch(Played, u64);

impl Daemon for Played {
    fn watch(&self) -> Result<Box<dyn Watch>, DaemonFault> {
        match self.read(|state| state.fault.clone()) {
            Some(fault) => Err(fault),
            None => Ok(Box::new(PlayedWatch(self.clone(), 0))),
        }
    }

    fn talk(&self) -> Box<dyn Talk> {
        Box::new(self.clone())
    }
}

impl Watch for PlayedWatch {
    fn look(&mut self, within: Duration) -> Result<Sights, DaemonFault> {
        let Self(Played(shared), seen) = self;
        let (state, changed) = &**shared;
        let waits = |state: &mut State| state.version == *seen && !state.woken && !state.restless;
        let (mut state, _) = changed.wait_timeout_while(state.lock().unwrap(), within, waits).unwrap();
        state.looks += 1;
        changed.notify_all();
        *seen = state.version;
        state.fault.clone().map_or_else(|| Ok(state.sights.clone()), Err)
    }

    fn waker(&self) -> Wake {
        let played = self.0.clone();
        Arc::new(move || played.change(|state| state.woken = true))
    }
}

impl Talk for Played {
    fn connect(&mut self, _: &str, _: Sharing) -> Result<(), LinkFault> {
        Ok(())
    }

    fn transmit(&mut self, command: &[u8]) -> Result<Zeroizing<Vec<u8>>, LinkFault> {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        state.sent.push(command.to_vec());
        changed.notify_all();
        let mut state = changed.wait_while(state, |state| state.answers.is_empty()).unwrap();
        state.answers.pop_front().unwrap().map(Zeroizing::new)
    }

    fn disconnect(&mut self, _: Leaving) {}
}

/// A reader `A`, the daemon, and the events, the daemon's own left out.
fn open(options: CardOptions) -> (CardReader, Played, Receiver<CardEvent>) {
    let played = Played::default();
    played.put(&[("A", Sight::Empty)]);
    let (sender, events) = mpsc::channel();
    let tell = move |event| sender.send(event).unwrap_or(());
    let cards = CardReader::open_with(Arc::new(played.clone()), CardSelector::Any, options, tell).unwrap();
    assert!(matches!(events.recv_timeout(SOON), Ok(CardEvent::Daemon(Ok(())))));
    assert!(matches!(events.recv_timeout(SOON), Ok(CardEvent::Reader { name }) if &*name == "A"));
    (cards, played, events)
}

fn with_card(options: CardOptions) -> (CardReader, Played, Receiver<CardEvent>) {
    let (cards, played, events) = open(options);
    played.change(|state| state.answers.push_back(Ok(vec![1, 2, 3, 4, 0x90, 0])));
    played.put(&[("A", Sight::Present(1))]);
    let event = events.recv_timeout(SOON).unwrap();
    assert!(matches!(&event, CardEvent::CardInserted { uid, .. } if uid.as_bytes() == [1, 2, 3, 4]), "{event:?}");
    (cards, played, events)
}

fn own() -> Aid {
    Aid::new(b"\xF0CITY1").unwrap()
}

fn script() -> Script {
    Script::new(own(), &[Command::new(0, 0xB0, 0, 0).expecting(256).unwrap()]).unwrap()
}

#[test]
fn by_default_a_card_is_asked_for_its_number_and_nothing_else() {
    let (cards, played, events) = with_card(CardOptions::default());
    assert_eq!(cards.transmit("A", script(), SOON), Err(TransmitError::NotPermitted));
    played.put(&[("A", Sight::Empty)]);
    assert!(matches!(events.recv_timeout(SOON), Ok(CardEvent::CardRemoved { .. })));
    cards.shutdown(SOON).unwrap();
    assert_eq!(played.read(|state| state.sent.clone()), [[0xFF, 0xCA, 0, 0, 0]]);
}

#[test]
fn an_application_that_the_site_names_is_read() {
    let policy = Policy::number_only().reading(own());
    let (cards, played, _events) = with_card(CardOptions { policy, ..CardOptions::default() });
    played.change(|state| state.answers.extend([Ok(vec![0x61, 2]), Ok(vec![7, 8, 0x90, 0]), Ok(vec![9, 0x90, 0])]));
    let responses = cards.transmit("A", script(), SOON).unwrap();
    assert_eq!(responses.iter().map(Response::data).collect::<Vec<_>>(), [&[7, 8][..], &[9]]);
    let sent = played.read(|state| state.sent.clone());
    assert_eq!(sent[1], [&[0, 0xA4, 4, 0, 6][..], b"\xF0CITY1", &[0]].concat());
    assert_eq!(sent[2..], [[0, 0xC0, 0, 0, 2], [0, 0xB0, 0, 0, 0]]);
    assert_eq!(cards.transmit("B", script(), SOON), Err(TransmitError::NoCard));
}

#[test]
fn after_a_selection_that_failed_nothing_is_read() {
    let policy = Policy::number_only().reading(own());
    let (cards, played, _events) = with_card(CardOptions { policy, ..CardOptions::default() });
    played.change(|state| state.answers.push_back(Ok(vec![0x6A, 0x82])));
    let responses = cards.transmit("A", script(), SOON).unwrap();
    assert_eq!(responses.len(), 1);
    assert_eq!(responses[0].status(), StatusWord::new(0x6A, 0x82).unwrap());
    assert_eq!(played.read(|state| state.sent.len()), 2);
}

#[test]
fn a_card_that_never_answers_holds_up_neither_the_others_nor_the_end() {
    let options = CardOptions { limit: Duration::from_millis(50), ..CardOptions::default() };
    let (cards, played, events) = open(options);
    played.put(&[("A", Sight::Present(1)), ("B", Sight::Empty)]);
    let told: Vec<CardEvent> = (0..2).map(|_| events.recv_timeout(SOON).unwrap()).collect();
    assert!(told.iter().any(|event| matches!(event, CardEvent::Reader { name } if &**name == "B")));
    let slow = |event: &CardEvent| matches!(event, CardEvent::CardUnreadable { fault: CardFault::TooSlow(_), .. });
    assert!(told.iter().any(slow), "{told:?}");
    assert_eq!(cards.shutdown(SOON), Ok(()));
}

#[test]
fn what_an_application_never_answers_ends_in_time() {
    let policy = Policy::number_only().reading(own());
    let (cards, _played, _events) = with_card(CardOptions { policy, ..CardOptions::default() });
    let within = Duration::from_millis(50);
    let slow = cards.transmit("A", script(), within);
    assert_eq!(slow, Err(TransmitError::Card(CardFault::TooSlow(within))));
    assert_eq!(cards.transmit("A", script(), within), Err(TransmitError::Busy));
    assert_eq!(cards.shutdown(SOON), Ok(()));
    assert_eq!(cards.transmit("A", script(), within), Err(TransmitError::Closed));
}

#[test]
fn garbage_and_faults_are_told_and_the_next_card_is_read() {
    let (_cards, played, events) = open(CardOptions::default());
    type Answers = Vec<Result<Vec<u8>, LinkFault>>;
    let passing = || Err(LinkFault::Passing(CardFault::Held));
    let table: [(Answers, &str); 7] = [
        (vec![Ok(vec![])], "cannot be read"),
        (vec![Ok(vec![1, 2, 3])], "cannot be read"),
        (vec![Ok(vec![0x6A, 0x81])], "no number of this card (status 6A81)"),
        (vec![Ok(vec![1, 0x90, 0])], "a number of 1 bytes"),
        (vec![Ok([vec![7; 300], vec![0x90, 0]].concat())], "a number of 300 bytes"),
        (vec![passing(), passing(), passing()], "another program holds the card"),
        (vec![Err(LinkFault::Lasting(CardFault::Gone))], "taken away"),
    ];
    let mut count = 1;
    for (answers, words) in table {
        played.change(|state| state.answers.extend(answers));
        played.put(&[("A", Sight::Present(count))]);
        let event = events.recv_timeout(SOON).unwrap();
        let CardEvent::CardUnreadable { fault, .. } = &event else { panic!("{event:?}") };
        assert!(fault.to_string().contains(words), "{fault}");
        played.put(&[("A", Sight::Empty)]);
        assert!(matches!(events.recv_timeout(SOON), Ok(CardEvent::CardRemoved { .. })));
        count += 2;
    }
    played.change(|state| state.answers.extend([passing(), Ok(vec![1, 2, 3, 4, 0x90, 0])]));
    played.put(&[("A", Sight::Present(count))]);
    let event = events.recv_timeout(SOON).unwrap();
    assert!(matches!(event, CardEvent::CardInserted { .. }), "what passes is tried again: {event:?}");
}

#[test]
fn a_daemon_that_ends_is_told_and_waited_for() {
    let (cards, played, events) = with_card(CardOptions::default());
    played.change(|state| state.fault = Some(DaemonFault::NotRunning));
    assert!(matches!(events.recv_timeout(SOON), Ok(CardEvent::CardRemoved { .. })));
    assert!(matches!(events.recv_timeout(SOON), Ok(CardEvent::ReaderGone { .. })));
    assert!(matches!(events.recv_timeout(SOON), Ok(CardEvent::Daemon(Err(DaemonFault::NotRunning)))));
    played.change(|state| {
        state.fault = None;
        state.sights = vec![("A".into(), Sight::Empty)];
    });
    assert!(matches!(events.recv_timeout(SOON), Ok(CardEvent::Daemon(Ok(())))));
    assert!(matches!(events.recv_timeout(SOON), Ok(CardEvent::Reader { .. })));
    played.change(|state| state.fault = Some(DaemonFault::NotRunning));
    while !matches!(events.recv_timeout(SOON).unwrap(), CardEvent::Daemon(Err(_))) {}
    assert_eq!(cards.shutdown(SOON), Ok(()), "while the daemon is waited for");
}

#[test]
fn only_the_selected_reader_is_told() {
    let played = Played::default();
    played.put(&[("A", Sight::Empty), ("B 00 00", Sight::Empty)]);
    let (sender, events) = mpsc::channel();
    let tell = move |event| sender.send(event).unwrap_or(());
    let selector = "pcsc:B".parse().unwrap();
    let _cards = CardReader::open_with(Arc::new(played.clone()), selector, CardOptions::default(), tell).unwrap();
    assert!(matches!(events.recv_timeout(SOON), Ok(CardEvent::Daemon(Ok(())))));
    assert!(matches!(events.recv_timeout(SOON), Ok(CardEvent::Reader { name }) if &*name == "B 00 00"));
    played.put(&[("A", Sight::Present(1)), ("B 00 00", Sight::Empty)]);
    played.put(&[("A", Sight::Present(1))]);
    assert!(matches!(events.recv_timeout(SOON), Ok(CardEvent::ReaderGone { .. })));
    assert!(played.read(|state| state.sent.is_empty()));
}

#[test]
fn a_daemon_without_rest_is_asked_less_often() {
    let (cards, played, _events) = open(CardOptions::default());
    let began = Instant::now();
    played.change(|state| (state.restless, state.looks) = (true, 0));
    let (state, changed) = &*played.0;
    let few = |state: &mut State| state.looks < 24;
    drop(changed.wait_timeout_while(state.lock().unwrap(), SOON, few).unwrap());
    // 20 looks in a second are free, at most one of them was made before.
    assert!(began.elapsed() > Duration::from_millis(500), "24 looks in {:?}", began.elapsed());
    assert!(played.read(|state| state.looks) >= 24);
    cards.shutdown(SOON).unwrap();
}
