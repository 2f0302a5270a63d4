//! A card in a machine's reader: QEMU's `ccid-card-passthru` speaks the protocol of libcacard's `vscclient` (libcacard,
//! src/vscard_common.h) to it. Each message is type, reader and length, 4 bytes big-endian each, and so many bytes.

use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

const INIT: u32 = 1;
const READER_ADD: u32 = 3;
const ATR: u32 = 5;
const APDU: u32 = 7;
/// "VSCD", and version 0.0.2 of the protocol.
const MAGIC: u32 = u32::from_be_bytes(*b"VSCD");
const VERSION: u32 = 0x0000_0002;
/// A contactless card that tells storage, as PC/SC readers call it (PC/SC part 3, 3.1.3.2.3).
const ANSWER_TO_RESET: [u8; 20] = [
    0x3b, 0x8f, 0x80, 0x01, 0x80, 0x4f, 0x0c, 0xa0, 0x00, 0x00, 0x03, 0x06, 0x03, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00,
    0x6a,
];
/// `GET DATA`, the card's number (PC/SC part 3, 3.2.2.1.3).
const GET_NUMBER: [u8; 4] = [0xff, 0xca, 0x00, 0x00];

/// A card's number.
#[derive(Clone, Debug)]
pub(crate) struct Uid(Vec<u8>);

pub(crate) fn number(text: &str) -> Result<Uid, String> {
    let pairs = text.as_bytes().chunks(2);
    let bytes = pairs.map(|pair| std::str::from_utf8(pair).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok()));
    bytes.collect::<Option<Vec<u8>>>().map(Uid).ok_or_else(|| format!("{text}: write hexadecimal digits"))
}

fn tell(stream: &mut UnixStream, kind: u32, body: &[u8]) -> anyhow::Result<()> {
    let mut message = Vec::with_capacity(12 + body.len());
    for word in [kind, 0, u32::try_from(body.len())?] {
        message.extend(word.to_be_bytes());
    }
    message.extend(body);
    stream.write_all(&message)?;
    Ok(())
}

/// Is a card until the reader goes.
pub(crate) fn lie_on(socket: &Path, uid: &Uid) -> anyhow::Result<()> {
    let mut stream = UnixStream::connect(socket).with_context(|| format!("{}: no reader there", socket.display()))?;
    let mut hello = Vec::new();
    for word in [MAGIC, VERSION, 0] {
        hello.extend(word.to_be_bytes());
    }
    tell(&mut stream, INIT, &hello)?;
    tell(&mut stream, READER_ADD, b"card\0")?;
    // The reader answers the hello before it takes a card.
    let mut inserted = false;
    loop {
        stream.set_read_timeout((!inserted).then_some(Duration::from_secs(1)))?;
        let mut head = [0; 12];
        match stream.read_exact(&mut head) {
            Ok(()) => {}
            Err(e) if !inserted && matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                tell(&mut stream, ATR, &ANSWER_TO_RESET)?;
                inserted = true;
                continue;
            }
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => return Ok(()),
            Err(e) => return Err(e.into()),
        }
        let word = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let mut body = vec![0; usize::try_from(word(8))?];
        stream.read_exact(&mut body)?;
        if word(0) == APDU {
            let mut answer = Vec::new();
            if body.starts_with(&GET_NUMBER) {
                answer.extend(&uid.0);
                answer.extend([0x90, 0x00]);
            } else {
                // An instruction that it does not know (ISO 7816-4).
                answer.extend([0x6d, 0x00]);
            }
            tell(&mut stream, APDU, &answer)?;
        }
    }
}
