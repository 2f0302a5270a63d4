//! What a printer answers. The first byte says how the rest is split.

use drivers::printer::PrinterStatus;
use drivers::printer::protocol::{Demultiplexer, Question, Reply, parse_paper, parse_real_time, parse_status};

use super::sent::Sent;

/// The longest text of `GS I`.
const INFO_MAX: usize = 80;

/// Any split gives the same answers; each was sent, byte by byte and in this order, and none twice; each can be read,
/// and an answer says only what was asked. After any garbage the next whole status is understood.
pub fn run(data: &[u8]) {
    let Some((pace, bytes)) = data.split_first() else {
        return;
    };
    let whole = replies([bytes]);
    assert_eq!(whole, replies(bytes.chunks(usize::from(*pace).max(1))));

    let (mut others, mut overtaking) = (Sent::default(), Sent::default());
    others.add(bytes);
    overtaking.add(bytes);
    let mut told = 0;
    for reply in whole {
        let frame = frame(&reply);
        told += frame.len();
        match reply {
            Reply::RealTime(byte) => {
                overtaking.assert_holds_apart(&frame);
                Question::ALL.into_iter().for_each(|question| check_real_time(question, byte));
            }
            Reply::Automatic(status) => {
                others.assert_holds_apart(&frame);
                assert!(status[0] & 0x93 == 0x10 && status[1..].iter().all(|byte| byte & 0x90 == 0));
                assert!(parse_status(status).told);
            }
            Reply::Done(id) => {
                others.assert_holds(&frame);
                assert!(id.iter().all(|byte| (0x20..=0x7E).contains(byte)));
            }
            Reply::Info(text) => {
                others.assert_holds(&frame);
                assert!(text.len() <= INFO_MAX && text.bytes().all(|byte| (0x20..=0x7E).contains(&byte)));
            }
            Reply::Paper(byte) => {
                others.assert_holds(&frame);
                assert_eq!(byte & 0x90, 0);
                parse_paper(byte);
            }
        }
    }
    assert!(told <= bytes.len(), "{told} bytes told of {} sent", bytes.len());

    const ALL_WELL: [u8; 4] = [0x10, 0x00, 0x00, 0x0F];
    assert_eq!(replies([bytes, &ALL_WELL]).last(), Some(&Reply::Automatic(ALL_WELL)));
}

fn replies<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<Reply> {
    let mut demultiplexer = Demultiplexer::default();
    let mut replies = Vec::new();
    for part in parts {
        demultiplexer.feed(part, |reply| replies.push(reply));
    }
    replies
}

/// What a printer sends to say this.
fn frame(reply: &Reply) -> Vec<u8> {
    match reply {
        Reply::Automatic(status) => status.to_vec(),
        Reply::RealTime(byte) | Reply::Paper(byte) => vec![*byte],
        Reply::Done(id) => [b"\x37\x22".as_slice(), id, b"\0"].concat(),
        Reply::Info(text) => [b"_", text.as_bytes(), b"\0"].concat(),
    }
}

/// The answer to one question tells nothing about the others.
fn check_real_time(question: Question, byte: u8) {
    assert_eq!(byte & 0x93, 0x12);
    let before = PrinterStatus::disconnected();
    let after = parse_real_time(question, byte, before.clone());
    let rest = match question {
        Question::Printer => PrinterStatus { offline: before.offline, ..after },
        Question::Cover => PrinterStatus { cover_open: before.cover_open, ..after },
        Question::Paper => PrinterStatus { paper: before.paper, told: before.told, ..after },
    };
    assert_eq!(rest, before);
}
