//! What a card answers. The first byte chooses the command; then come answers, each after its length.

use drivers::card::apdu::{Command, Dialogue, MAX_EXPECTED, Response, Turn};

/// Answers that any dialogue has come to an end after, with room to spare.
const TURNS_MAX: usize = 1000;
/// The class of a reader's own commands.
const READER: u8 = 0xFF;
/// The instruction that fetches the rest of an answer.
const GET_RESPONSE: u8 = 0xC0;

/// Any bytes are a response or are refused; every dialogue ends, whatever the card says and however it goes on, asks for
/// nothing but the rest, and answers with what the card said, all of it and no more.
pub fn run(data: &[u8]) {
    let Some((&kind, mut rest)) = data.split_first() else {
        return;
    };
    check_response(rest);
    let command = command(kind, rest);
    let (class, instruction) = (command.class(), command.instruction());
    let (mut dialogue, first) = Dialogue::start(command);
    assert_eq!(first[..2], [class, instruction]);
    // A card that has nothing new to say says the same again.
    let mut answer: &[u8] = &[];
    let mut said = Vec::new();
    for _ in 0..TURNS_MAX {
        if let Some((&length, more)) = rest.split_first() {
            let length = usize::from(length).min(more.len());
            (answer, rest) = more.split_at(length);
        }
        let turn = dialogue.answer(answer);
        let Some((heard, status)) = answer.split_last_chunk::<2>() else {
            return assert!(turn.is_err(), "an answer without a status word is none");
        };
        said.extend_from_slice(heard);
        match turn {
            Ok(Turn::Send(next)) => {
                assert_ne!(class, READER, "a reader has no rest to fetch");
                let again = next[..4] == first[..4] && next.len() <= first.len() + 3;
                assert!(again || (next[1] == GET_RESPONSE && next.len() == 5), "{next:02X?} after {first:02X?}");
            }
            Ok(Turn::Done(response)) => {
                assert_eq!(response.data(), said);
                assert_eq!(response.status().get().to_be_bytes(), *status);
                return assert!(said.len() <= MAX_EXPECTED as usize);
            }
            Err(_) => return,
        }
    }
    panic!("the dialogue has no end");
}

fn check_response(bytes: &[u8]) {
    let Ok(response) = Response::parse(bytes) else {
        return;
    };
    let (data, status) = bytes.split_at(bytes.len() - 2);
    assert_eq!(response.data(), data);
    assert_eq!(response.status().get().to_be_bytes(), status);
    assert!(!response.status().words().is_empty());
    assert_eq!(format!("{response:?}"), format!("Response({} bytes, {})", data.len(), response.status()));
}

fn command(kind: u8, data: &[u8]) -> Command {
    let data = &data[..data.len().min(usize::from(kind))];
    let select = Command::new(kind & 0x8F, 0xA4, 0x04, 0x00);
    match kind % 3 {
        0 => Command::get_uid(),
        1 => select.with_data(data).expect("few bytes").expecting(256).expect("what a short command asks for"),
        _ => select.with_data(data).expect("few bytes").expecting(65_536).expect("what an extended one asks for"),
    }
}
