//! What a virtual printer is told. The first byte says how the rest is split, and chooses paper and buffer; then come
//! bytes for the printer, in which 0xFF and a number make something happen, and 0xFF 0xFF is the byte 0xFF.

use drivers::printer::protocol::{Demultiplexer, Reply};
use drivers::virtual_printer::{DryRun, Happening};

use super::sent::Sent;

/// Bytes that a failure names, at most.
const NAMED_MAX: usize = 16;

/// Any bytes are printed or stop the printer, and a command that it does not know is named; it answers what it was
/// asked and nothing else, whatever happens at it; paper and answers are the same however the bytes were split.
pub fn run(data: &[u8]) {
    let Some((&head, bytes)) = data.split_first() else {
        return;
    };
    let mut one = printer(head);
    let mut taken = Vec::new();
    let mut rest = bytes.iter();
    while let Some(&byte) = rest.next() {
        let what = if byte == 0xFF { rest.next().filter(|what| **what != 0xFF) } else { None };
        if let Some(what) = what {
            one.happen(Happening::ALL[usize::from(*what) % Happening::ALL.len()]);
        } else {
            let length = one.receive(&[byte]);
            taken.extend(&[byte][..length]);
        }
    }
    check_answers(one.answers(), &taken);
    assert!(one.cuts() <= data.len());

    let (mut whole, mut split) = (printer(head), printer(head));
    taken.truncate(whole.receive(&taken));
    let pieces: usize = taken.chunks(usize::from(head & 0x3F) + 1).map(|piece| split.receive(piece)).sum();
    assert!(pieces == taken.len() || split.failure().is_some());
    assert_eq!(whole.cuts(), split.cuts());
    assert_eq!(whole.failure(), split.failure());
    assert_eq!(in_turn(whole.answers()), in_turn(split.answers()));
    if let Some(failure) = whole.failure() {
        check_failure(failure, &taken);
    }
}

fn printer(head: u8) -> DryRun {
    let width_dots = if head & 0x40 == 0 { 384 } else { 576 };
    let receive_buffer = if head & 0x80 == 0 { 4096 } else { 64 };
    DryRun::new(width_dots, 16, receive_buffer)
}

fn replies(answers: &[u8]) -> Vec<Reply> {
    let mut replies = Vec::new();
    Demultiplexer::default().feed(answers, |reply| replies.push(reply));
    replies
}

/// Without those that overtake others.
fn in_turn(answers: &[u8]) -> Vec<Reply> {
    replies(answers).into_iter().filter(|reply| !matches!(reply, Reply::RealTime(_))).collect()
}

/// Each answer can be read, and was asked for.
fn check_answers(answers: &[u8], asked: &[u8]) {
    let times = |question: &[u8]| asked.windows(question.len()).filter(|window| *window == question).count();
    let (mut real_time, mut paper_or_kind, mut text, mut read) = (0, 0, 0, 0);
    let mut ids = Sent::default();
    ids.add(asked);
    for reply in replies(answers) {
        read += match reply {
            Reply::Automatic(_) => {
                assert_ne!(times(b"\x1Da"), 0, "a status is told that nobody wanted");
                4
            }
            Reply::RealTime(_) => {
                real_time += 1;
                1
            }
            Reply::Paper(_) => {
                paper_or_kind += 1;
                1
            }
            Reply::Info(said) => {
                text += 1;
                said.len() + 2
            }
            Reply::Done(id) => {
                ids.assert_holds(&[b"\x1D(H\x06\x0000", id.as_slice()].concat());
                7
            }
        };
    }
    assert_eq!(read, answers.len(), "answers that no reader understands");
    assert!(real_time <= times(b"\x10\x04"));
    assert!(paper_or_kind <= times(b"\x1Dr") + times(b"\x1DI"));
    assert!(text <= times(b"\x1DI"));
}

/// The bytes that it names are those that came last.
fn check_failure(failure: &str, received: &[u8]) {
    let Some(rest) = failure.strip_prefix("virtual printer: unknown command ") else {
        return;
    };
    let (named, rest) = rest.split_once(", within the first ").expect("where it was");
    let end: usize = rest.strip_suffix(" bytes received").and_then(|end| end.parse().ok()).expect("a number of bytes");
    let named: Vec<u8> =
        named.split(' ').map(|digits| u8::from_str_radix(digits, 16).expect("a byte in hexadecimal")).collect();
    let named_whole = named.len() < NAMED_MAX && received[..end].ends_with(&named);
    let named_in_part = named.len() == NAMED_MAX && received[..end].windows(NAMED_MAX).any(|window| window == named);
    assert!(named_whole || named_in_part, "{failure}");
}
