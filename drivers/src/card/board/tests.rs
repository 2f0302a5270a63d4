use proptest::prelude::*;

use super::super::apdu::StatusWord;
use super::*;

const LIMIT: Duration = Duration::from_secs(2);

/// A board, and its steps as short texts.
struct Table {
    board: Board,
    now: Instant,
}

impl Table {
    fn new() -> Self {
        Self { board: Board::new(LIMIT), now: Instant::now() }
    }

    fn see(&mut self, sights: &[(&str, Sight)]) -> Vec<String> {
        let sights = sights.iter().map(|(name, sight)| (Arc::from(*name), *sight)).collect();
        shown(self.board.see(&sights, self.now))
    }

    fn answer(&mut self, name: &str, job: u64, answer: Result<[u8; 4], CardFault>) -> Vec<String> {
        let answer = answer.map(|bytes| Uid::new(&bytes).unwrap());
        shown(self.board.answered(&Arc::from(name), JobId(job), answer))
    }

    /// The number of the exchange that these steps ask for.
    fn job(steps: &[String]) -> u64 {
        let ask = steps.iter().find_map(|step| step.strip_prefix("ask ")).expect("an exchange begins");
        ask.rsplit(' ').next().unwrap().parse().unwrap()
    }
}

fn shown(steps: Vec<Step>) -> Vec<String> {
    let shown = |step| match step {
        Step::Ask { reader, job: JobId(job) } => format!("ask {reader} {job}"),
        Step::Release { reader } => format!("release {reader}"),
        Step::Tell(CardEvent::Daemon(Ok(()))) => "daemon up".to_owned(),
        Step::Tell(CardEvent::Daemon(Err(_))) => "daemon down".to_owned(),
        Step::Tell(CardEvent::Reader { name }) => format!("reader {name}"),
        Step::Tell(CardEvent::ReaderGone { name }) => format!("gone {name}"),
        Step::Tell(CardEvent::CardInserted { reader, uid, .. }) => format!("card {reader} {:?}", uid.as_bytes()),
        Step::Tell(CardEvent::CardUnreadable { reader, fault }) => format!("unreadable {reader}: {fault}"),
        Step::Tell(CardEvent::CardRemoved { reader }) => format!("removed {reader}"),
    };
    steps.into_iter().map(shown).collect()
}

use Sight::{Empty, Present};

#[test]
fn a_card_is_told_with_its_number_and_then_its_removal() {
    let mut table = Table::new();
    assert_eq!(table.see(&[("A", Empty)]), ["daemon up", "reader A"]);
    let steps = table.see(&[("A", Present(1))]);
    assert_eq!(steps.len(), 1);
    assert_eq!(table.answer("A", Table::job(&steps), Ok([1, 2, 3, 4])), ["card A [1, 2, 3, 4]"]);
    assert!(table.see(&[("A", Present(1))]).is_empty());
    assert_eq!(table.see(&[("A", Empty)]), ["removed A"]);
    assert_eq!(table.board.wake(), None);
}

#[test]
fn a_card_that_is_there_at_the_start_is_told() {
    let mut table = Table::new();
    let steps = table.see(&[("A", Present(7))]);
    assert_eq!(steps[..2], ["daemon up", "reader A"]);
    assert_eq!(table.answer("A", Table::job(&steps), Ok([9; 4])), ["card A [9, 9, 9, 9]"]);
}

#[test]
fn another_card_between_two_looks_is_another_card() {
    let mut table = Table::new();
    let steps = table.see(&[("A", Present(1))]);
    table.answer("A", Table::job(&steps), Ok([1; 4]));
    let steps = table.see(&[("A", Present(3))]);
    assert_eq!(steps[0], "removed A");
    assert_eq!(table.answer("A", Table::job(&steps), Ok([2; 4])), ["card A [2, 2, 2, 2]"]);
}

#[test]
fn a_card_held_to_the_reader_for_an_instant_counts() {
    let mut table = Table::new();
    let steps = table.see(&[("A", Present(1))]);
    assert!(table.see(&[("A", Empty)]).is_empty(), "nobody was told of it yet");
    assert_eq!(table.board.wake(), None);
    assert_eq!(table.answer("A", Table::job(&steps), Ok([1; 4])), ["card A [1, 1, 1, 1]", "removed A"]);
    let steps = table.see(&[("A", Present(3))]);
    table.see(&[("A", Empty)]);
    assert!(table.answer("A", Table::job(&steps), Err(CardFault::Gone)).is_empty());
}

#[test]
fn a_card_that_takes_too_long_is_told_once_and_what_it_says_later_is_not() {
    let mut table = Table::new();
    let first = table.see(&[("A", Present(1))]);
    assert_eq!(table.board.wake(), Some(table.now + LIMIT));
    assert!(table.board.time(table.now + LIMIT - Duration::from_millis(1)).is_empty());
    let told = shown(table.board.time(table.now + LIMIT));
    assert_eq!(told, ["unreadable A: the card did not answer within 2000 ms"]);
    assert!(table.board.time(table.now + LIMIT * 2).is_empty());
    assert_eq!(table.see(&[("A", Empty)]), ["removed A"]);
    assert!(table.see(&[("A", Present(3))]).is_empty(), "the link is still held up");
    let next = table.answer("A", Table::job(&first), Ok([1; 4]));
    assert_eq!(next.len(), 1, "the number of the card before is forgotten, the card now there is asked");
    assert_eq!(table.answer("A", Table::job(&next), Ok([2; 4])), ["card A [2, 2, 2, 2]"]);
}

#[test]
fn a_card_whose_turn_does_not_come_is_told_as_well() {
    let mut table = Table::new();
    let first = table.see(&[("A", Present(1))]);
    table.see(&[("A", Present(3))]);
    let told = shown(table.board.time(table.now + LIMIT));
    assert_eq!(told.len(), 1);
    assert!(table.answer("A", Table::job(&first), Err(CardFault::Mute)).is_empty());
}

#[test]
fn a_reader_that_goes_takes_its_card_along() {
    let mut table = Table::new();
    let steps = table.see(&[("A", Present(1)), ("B", Empty)]);
    table.answer("A", Table::job(&steps), Ok([1; 4]));
    assert_eq!(table.see(&[("B", Empty)]), ["removed A", "gone A", "release A"]);
    assert_eq!(table.see(&[("A", Empty), ("B", Empty)]), ["reader A"]);
}

#[test]
fn the_daemon_takes_everything_along_and_is_told_once() {
    let mut table = Table::new();
    let steps = table.see(&[("A", Present(1))]);
    let lost = |table: &mut Table| shown(table.board.lose(DaemonFault::NotRunning));
    assert_eq!(lost(&mut table), ["gone A", "release A", "daemon down"]);
    assert!(lost(&mut table).is_empty());
    assert!(table.answer("A", Table::job(&steps), Ok([1; 4])).is_empty());
    assert_eq!(shown(table.board.lose(DaemonFault::Refused)), ["daemon down"], "for another reason");
    assert_eq!(table.see(&[("A", Empty)]), ["daemon up", "reader A"]);
}

#[test]
fn applications_are_read_from_a_card_that_gave_its_number_one_at_a_time() {
    let mut table = Table::new();
    assert_eq!(table.board.begin("A").unwrap_err(), TransmitError::NoCard);
    let steps = table.see(&[("A", Present(1))]);
    assert_eq!(table.board.begin("A").unwrap_err(), TransmitError::NoCard, "it has not given its number");
    table.answer("A", Table::job(&steps), Ok([1; 4]));
    let (reader, job) = table.board.begin("A").unwrap();
    assert_eq!(table.board.begin("A").unwrap_err(), TransmitError::Busy);
    assert!(table.see(&[("A", Present(3))]).iter().all(|step| !step.starts_with("ask")));
    let next = shown(table.board.ended(&reader, job));
    assert_eq!(next.len(), 1, "the card that came meanwhile is asked");
    table.answer("A", Table::job(&next), Err(CardFault::NoNumber(StatusWord::OK)));
    assert_eq!(table.board.begin("A").unwrap_err(), TransmitError::NoCard);
    shown(table.board.lose(DaemonFault::NotRunning));
    let error = table.board.begin("A").unwrap_err();
    assert_eq!(error, TransmitError::Card(CardFault::Daemon(DaemonFault::NotRunning)));
}

/// What can happen at two readers.
#[derive(Debug, Clone)]
enum Chance {
    See([Option<bool>; 2]),
    Lose,
    Answer(usize, bool),
    Later,
}

fn chances() -> impl Strategy<Value = Vec<Chance>> {
    let one = prop_oneof![
        4 => any::<[Option<bool>; 2]>().prop_map(Chance::See),
        1 => Just(Chance::Lose),
        4 => (0..2_usize, any::<bool>()).prop_map(|(reader, good)| Chance::Answer(reader, good)),
        1 => Just(Chance::Later),
    ];
    proptest::collection::vec(one, 0..60)
}

proptest! {
    /// Whatever the order: a reader comes before it goes, a card is told before its removal and only while its reader is
    /// there, one exchange at a time runs on a reader, and no card stays asked for ever.
    #[test]
    fn events_make_sense_in_every_order(chances in chances()) {
        const NAMES: [&str; 2] = ["A", "B"];
        let mut table = Table::new();
        let mut counts = [1_u16; 2];
        let mut there = [false; 2];
        let mut card = [false; 2];
        let mut running: [Option<u64>; 2] = [None; 2];
        for chance in chances {
            table.now += Duration::from_millis(300);
            let steps = match chance {
                Chance::See(readers) => {
                    let mut sights = Vec::new();
                    for (index, reader) in readers.into_iter().enumerate() {
                        let Some(present) = reader else { continue };
                        // Odd with a card, even without, never the same twice.
                        counts[index] += if (counts[index] % 2 == 1) == present { 2 } else { 1 };
                        sights.push((NAMES[index], if present { Present(counts[index]) } else { Empty }));
                    }
                    table.see(&sights)
                }
                Chance::Lose => shown(table.board.lose(DaemonFault::NotRunning)),
                Chance::Answer(reader, good) => match running[reader].take() {
                    Some(job) if good => table.answer(NAMES[reader], job, Ok([1; 4])),
                    Some(job) => table.answer(NAMES[reader], job, Err(CardFault::Mute)),
                    None => vec![],
                },
                Chance::Later => {
                    table.now += LIMIT;
                    shown(table.board.time(table.now))
                }
            };
            for step in steps {
                let mut words = step.split([' ', ':']);
                let (what, of) = (words.next().unwrap(), words.next().unwrap_or_default());
                let index = usize::from(of == "B");
                match what {
                    "reader" => prop_assert!(!std::mem::replace(&mut there[index], true)),
                    "gone" => {
                        prop_assert!(std::mem::replace(&mut there[index], false));
                        prop_assert!(!card[index], "its card went before it");
                        running[index] = None;
                    }
                    "card" | "unreadable" => prop_assert!(there[index] && !std::mem::replace(&mut card[index], true)),
                    "removed" => prop_assert!(there[index] && std::mem::replace(&mut card[index], false)),
                    "ask" => {
                        let job = words.next().unwrap().parse().unwrap();
                        prop_assert!(there[index] && running[index].replace(job).is_none(), "one exchange at a time");
                    }
                    _ => {}
                }
            }
            prop_assert!(table.board.wake().is_none_or(|by| by <= table.now + LIMIT));
        }
    }
}
