//! What a scanner sends over a cable. The first byte chooses how codes are marked, the next two the suffix; then come
//! pieces, each after a byte that says how long it is and how long it was quiet before.

use std::time::{Duration, Instant};

use drivers::scanner::{CODE_MAX, CODES_PER_SECOND_MAX, Ending, Frame, Framer, Framing};

use super::sent::Sent;

/// Bytes in one read or in many are the same codes; each was sent as it is told, in one piece and once; none is empty,
/// too long or holds what ends codes; no second has more than a hand presents.
pub fn run(data: &[u8]) {
    let Some((&[kind, ref marks @ ..], mut rest)) = data.split_first_chunk::<3>() else {
        return;
    };
    let framing = framing(kind, marks);
    let (mut whole, mut split) = (Framer::new(framing.clone()), Framer::new(framing.clone()));
    let (mut from_whole, mut from_split) = (Vec::new(), Vec::new());
    let mut sent = Sent::default();
    let mut now = Instant::now();
    let mut taken: Vec<Instant> = Vec::new();
    while let Some((&head, more)) = rest.split_first() {
        let length = usize::from(head & 0x1F).pow(2).min(more.len());
        let (piece, after) = more.split_at(length);
        rest = after;
        now += Duration::from_millis(u64::from(head >> 5) * 40);
        let before = from_whole.len();
        sent.add(piece);
        whole.feed(piece, now, &mut |frame| from_whole.push(frame));
        // A read of nothing tells the time, as one of bytes does.
        split.feed(&[], now, &mut |frame| from_split.push(frame));
        for byte in piece.chunks(1) {
            split.feed(byte, now, &mut |frame| from_split.push(frame));
        }
        if framing.ending == Ending::Device && head & 1 == 0 {
            whole.end(now, &mut |frame| from_whole.push(frame));
            split.end(now, &mut |frame| from_split.push(frame));
        }
        assert_eq!(from_whole, from_split);
        assert_eq!(whole.deadline(), split.deadline());
        for frame in &from_whole[before..] {
            if let Frame::Code(code) = frame {
                check(code.as_bytes(), &framing.ending);
                sent.assert_holds(code.as_bytes());
                taken.push(now);
            }
        }
        let within = taken.iter().rev().take_while(|at| now - **at < Duration::from_secs(1)).count();
        assert!(within <= CODES_PER_SECOND_MAX, "{within} codes in a second");
    }
    let silence = now + Duration::from_secs(10);
    whole.pause(silence, &mut |frame| from_whole.push(frame));
    assert_eq!(whole.deadline(), None, "silence ends everything");
}

fn framing(kind: u8, marks: &[u8; 2]) -> Framing {
    Framing {
        prefix: if kind & 0x04 == 0 { Vec::new() } else { marks.to_vec() },
        ending: match kind & 0x03 {
            0 => Ending::Line,
            1 => Ending::Bytes(marks.to_vec()),
            2 => Ending::Pause,
            _ => Ending::Device,
        },
        pause: Duration::from_millis(150),
    }
}

fn check(code: &[u8], ending: &Ending) {
    assert!((1..=CODE_MAX).contains(&code.len()), "a code of {} bytes", code.len());
    match ending {
        Ending::Line => assert!(!code.contains(&b'\r') && !code.contains(&b'\n')),
        Ending::Bytes(suffix) => assert!(code.windows(suffix.len()).all(|window| window != suffix)),
        Ending::Pause | Ending::Device => assert!(!code.ends_with(b"\r") && !code.ends_with(b"\n")),
    }
}
