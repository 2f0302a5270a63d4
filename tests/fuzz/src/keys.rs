//! The keys of a scanner that poses as a keyboard. The first byte chooses the layout and whether codes are cut out; then
//! come three bytes a key: its code, and then whether it went down or was lost and how long after the last.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use drivers::scanner::{CODE_MAX, Frame, Framer, Framing, Heard, KeyDecoder, KeyIntake, Layout, Stroke};

/// Set in the first byte: codes are cut out too, which begins slowly.
const CODES: u8 = 0x80;
/// In the last four bits of a key's third byte: keys were lost.
const LOST: u8 = 0x0F;
/// Bytes of text from one key, at most: an accent that found no letter, and a character.
const TEXT_MAX: usize = 8;

static LAYOUTS: LazyLock<Vec<Layout>> =
    LazyLock::new(|| Layout::shipped().map(|name| Layout::load(name).expect("a shipped layout")).collect());

/// Any keys are text, no longer than they can be, and the codes are those of that text.
pub fn run(data: &[u8]) {
    let Some((&head, keys)) = data.split_first() else {
        return;
    };
    let layout = LAYOUTS[usize::from(head & !CODES) % LAYOUTS.len()].clone();
    let keys = keys.as_chunks::<3>().0;
    if head & CODES == 0 { decode(layout, keys) } else { cut_out(layout, keys) }
}

/// Mostly keys that exist; `None` where keys were lost.
fn stroke(&[low, high, how]: &[u8; 3]) -> Option<Stroke> {
    let key = u16::from_le_bytes([low, high & how >> 3 & 1]);
    (how & 0x0F != LOST).then_some(Stroke { key, down: how & 1 == 0 })
}

fn decode(layout: Layout, keys: &[[u8; 3]]) {
    let mut decoder = KeyDecoder::new(layout);
    let mut text = Vec::new();
    for key in keys {
        match stroke(key) {
            Some(stroke) => decoder.key(stroke, &mut text),
            None => decoder.release_all(),
        }
    }
    assert!(std::str::from_utf8(&text).is_ok());
    assert!(text.len() <= keys.len() * TEXT_MAX, "{} bytes from {} keys", text.len(), keys.len());
}

fn cut_out(layout: Layout, keys: &[[u8; 3]]) {
    let mut intake = KeyIntake::new(layout.clone(), Framing::default());
    let mut decoder = KeyDecoder::new(layout);
    let mut framer = Framer::new(Framing::default());
    let mut now = Instant::now();
    let (mut heard, mut frames) = (Vec::new(), Vec::new());
    for key in keys {
        now += Duration::from_millis(u64::from(key[2] >> 4) * 20);
        match stroke(key) {
            Some(stroke) => {
                intake.key(stroke, now, &mut |said| heard.push(said));
                let mut text = Vec::new();
                decoder.key(stroke, &mut text);
                framer.feed(&text, now, &mut |frame| frames.push(frame));
            }
            None => {
                intake.keys_lost(now, &mut |said| heard.push(said));
                decoder.release_all();
                framer.spoil(now, &mut |frame| frames.push(frame));
            }
        }
    }
    let silence = now + Duration::from_secs(1);
    intake.pause(silence, &mut |said| heard.push(said));
    framer.pause(silence, &mut |frame| frames.push(frame));
    assert_eq!(intake.deadline(), None, "silence ends everything");

    assert_eq!(heard.len(), frames.len());
    for (said, frame) in heard.iter().zip(&frames) {
        match (said, frame) {
            // From here on another layout may be meant.
            (Heard::Calibrated(_), _) => return,
            (Heard::Code(code), Frame::Code(sent)) => {
                assert!(code == sent, "another code than was typed");
                assert!((1..=CODE_MAX).contains(&code.as_bytes().len()));
                assert!(std::str::from_utf8(code.as_bytes()).is_ok());
            }
            (Heard::Unreadable(why), Frame::Dropped(because)) => assert_eq!(why, because),
            (Heard::Code(_), Frame::Dropped(_)) | (Heard::Unreadable(_), Frame::Code(_)) => {
                panic!("a code was invented or lost")
            }
        }
    }
}
