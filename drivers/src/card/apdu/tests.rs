use proptest::prelude::*;

use super::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// ISO/IEC 7816-3, 12.1, case by case, read by someone who did not write the encoder.
fn decode(bytes: &[u8]) -> (Vec<u8>, Vec<u8>, u32) {
    let (header, body) = bytes.split_at(4);
    let short_length = |byte: u8| if byte == 0 { 256 } else { u32::from(byte) };
    let long_length = |high: u8, low: u8| match u32::from(high) << 8 | u32::from(low) {
        0 => 65_536,
        length => length,
    };
    let (data, expected) = match body {
        [] => (vec![], 0),
        [le] => (vec![], short_length(*le)),
        [0, high, low] => (vec![], long_length(*high, *low)),
        [0, high, low, rest @ ..] => {
            let count = usize::from(*high) << 8 | usize::from(*low);
            let (data, le) = rest.split_at(count);
            (data.to_vec(), if let [high, low] = le { long_length(*high, *low) } else { 0 })
        }
        [lc, rest @ ..] => {
            let (data, le) = rest.split_at(usize::from(*lc));
            (data.to_vec(), if let [le] = le { short_length(*le) } else { 0 })
        }
    };
    (header.to_vec(), data, expected)
}

#[test]
fn commands_are_written_as_the_standard_does() {
    let select = Command::new(0x00, 0xA4, 0x04, 0x00).with_data(&hex("A0000002471001")).unwrap();
    let table = [
        ("case 1", Command::new(0x00, 0x44, 0x00, 0x00), "00 44 00 00"),
        ("case 2S, to the reader", Command::get_uid(), "FF CA 00 00 00"),
        ("case 2S", Command::new(0x00, 0xB0, 0x01, 0x02).expecting(16).unwrap(), "00 B0 01 02 10"),
        ("case 3S", select.clone(), "00 A4 04 00 07 A0 00 00 02 47 10 01"),
        ("case 4S", select.expecting(256).unwrap(), "00 A4 04 00 07 A0 00 00 02 47 10 01 00"),
        ("case 2E", Command::new(0x00, 0xB0, 0, 0).expecting(257).unwrap(), "00 B0 00 00 00 01 01"),
        ("case 2E", Command::new(0x00, 0xB0, 0, 0).expecting(65_536).unwrap(), "00 B0 00 00 00 00 00"),
        (
            "case 4E, for its answer",
            Command::new(0x00, 0xCB, 0x3F, 0xFF).with_data(&[0x5C]).unwrap().expecting(65_536).unwrap(),
            "00 CB 3F FF 00 00 01 5C 00 00",
        ),
    ];
    for (case, command, bytes) in table {
        assert_eq!(*command.encode(), hex(bytes), "{case}");
    }
    let long = Command::new(0x00, 0xD6, 0, 0).with_data(&[7; 256]).unwrap();
    assert_eq!(long.encode()[..8], hex("00 D6 00 00 00 01 00 07"), "case 3E");
    assert_eq!(long.encode().len(), 4 + 3 + 256);
}

#[test]
fn what_no_length_field_can_say_is_refused() {
    let command = Command::new(0, 0, 0, 0);
    assert_eq!(command.clone().with_data(&[0; 65_536]), Err(CommandError::TooLong(65_536)));
    assert!(command.clone().with_data(&[0; 65_535]).is_ok());
    assert_eq!(command.clone().expecting(65_537), Err(CommandError::ExpectsTooMuch(65_537)));
    assert_eq!(command.expecting(0).unwrap().encode().len(), 4);
}

#[test]
fn responses_are_read() {
    let answer = Response::parse(&hex("04 A2 2B C1 90 00")).unwrap();
    assert_eq!((answer.data(), answer.status()), (hex("04 A2 2B C1").as_slice(), StatusWord::OK));
    assert_eq!(Response::parse(&hex("6A 82")).unwrap().status().meaning(), Meaning::Refused);
    assert_eq!(Response::parse(&[]), Err(ResponseError::TooShort(0)));
    assert_eq!(Response::parse(&[0x90]), Err(ResponseError::TooShort(1)));
    for first in [0x00, 0x3B, 0x60, 0x70, 0x8F, 0xA0, 0xFF] {
        assert_eq!(Response::parse(&[1, first, 0]), Err(ResponseError::NoStatus(first)));
    }
    assert!(Response::parse(&[vec![0; 65_536], hex("9000")].concat()).is_ok());
    assert_eq!(Response::parse(&[0x90; 65_539]), Err(ResponseError::TooLong(65_539)));
}

#[test]
fn status_words_mean_what_the_standard_says() {
    let table = [
        ("9000", Meaning::Done),
        ("6110", Meaning::More(16)),
        ("6100", Meaning::More(256)),
        ("6C05", Meaning::AskFor(5)),
        ("6C00", Meaning::AskFor(256)),
        ("6282", Meaning::Warning),
        ("63C3", Meaning::Warning),
        ("6700", Meaning::Refused),
        ("6A81", Meaning::Refused),
        ("6982", Meaning::Refused),
        ("9001", Meaning::Refused),
        ("9F10", Meaning::Refused),
    ];
    for (text, meaning) in table {
        let bytes = hex(text);
        let status = StatusWord::new(bytes[0], bytes[1]).unwrap();
        assert_eq!(status.meaning(), meaning, "{text}");
        assert_eq!(status.to_string(), text);
    }
}

/// Plays a card that answers by a table, and hands back everything it was sent.
fn play(command: Command, answers: &[&str]) -> (Vec<Vec<u8>>, Result<Response, DialogueError>) {
    let (mut dialogue, first) = Dialogue::start(command);
    let mut sent = vec![first.to_vec()];
    for answer in answers {
        match dialogue.answer(&hex(answer)) {
            Ok(Turn::Send(bytes)) => sent.push(bytes.to_vec()),
            Ok(Turn::Done(response)) => return (sent, Ok(response)),
            Err(error) => return (sent, Err(error)),
        }
    }
    panic!("the dialogue went on after {} answers", answers.len());
}

#[test]
fn the_rest_of_an_answer_is_fetched() {
    let read = Command::new(0x00, 0xB2, 1, 4).expecting(256).unwrap();
    let (sent, response) = play(read, &["01 02 61 02", "03 04 61 00", "05 90 00"]);
    assert_eq!(response.unwrap().data(), [1, 2, 3, 4, 5]);
    assert_eq!(sent[1..], [hex("00 C0 00 00 02"), hex("00 C0 00 00 00")]);
}

#[test]
fn a_length_that_the_card_names_is_asked_for_once() {
    let read = Command::new(0x00, 0xB0, 0, 0).expecting(256).unwrap();
    let (sent, response) = play(read.clone(), &["6C 04", "01 02 03 04 90 00"]);
    assert_eq!(response.unwrap().data(), [1, 2, 3, 4]);
    assert_eq!(sent[1], hex("00 B0 00 00 04"));
    let (sent, response) = play(read, &["6C 04", "6C 05"]);
    assert_eq!((sent.len(), response.unwrap().status().to_string()), (2, "6C05".to_owned()));
    let channel = Command::new(0x01, 0xB0, 0, 0).expecting(256).unwrap();
    let (sent, response) = play(channel, &["61 08", "6C 02", "01 02 90 00"]);
    assert_eq!(response.unwrap().data(), [1, 2]);
    assert_eq!(sent[1..], [hex("01 C0 00 00 08"), hex("01 C0 00 00 02")]);
}

#[test]
fn a_readers_own_command_is_never_chained() {
    for status in ["61 04", "6C 04"] {
        let (sent, response) = play(Command::get_uid(), &[status]);
        assert_eq!(sent.len(), 1, "{status}");
        assert_ne!(response.unwrap().status(), StatusWord::OK);
    }
}

#[test]
fn an_answer_without_end_is_given_up() {
    let (mut dialogue, _) = Dialogue::start(Command::new(0, 0xB0, 0, 0));
    let mut turns = 0;
    let error = loop {
        match dialogue.answer(&[0x61, 0x00]) {
            Ok(_) => turns += 1,
            Err(error) => break error,
        }
        assert!(turns < 1_000);
    };
    assert_eq!(error, DialogueError::Endless);
    let (mut dialogue, _) = Dialogue::start(Command::new(0, 0xB0, 0, 0));
    let large = [vec![7; 40_000], hex("6100")].concat();
    assert!(matches!(dialogue.answer(&large), Ok(Turn::Send(_))));
    assert_eq!(dialogue.answer(&large), Err(DialogueError::Endless));
}

#[test]
fn what_is_printed_for_programmers_holds_no_payload() {
    let command = Command::new(0, 0xA4, 4, 0).with_data(&hex("DEADBEEF")).unwrap();
    let response = Response::parse(&hex("DE AD BE EF 90 00")).unwrap();
    let shown = format!("{command:?} {response:?} {:?}", Dialogue::start(command.clone()).0);
    assert!(!shown.to_uppercase().contains("DEAD") && !shown.contains("222"), "{shown}");
}

proptest! {
    #[test]
    fn every_command_is_read_back(
        header in any::<[u8; 4]>(),
        data in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..300),
            proptest::collection::vec(any::<u8>(), 65_530..=65_535),
        ],
        expected in prop_oneof![0..=300_u32, 65_530..=65_536_u32],
    ) {
        let [class, instruction, p1, p2] = header;
        let command = Command::new(class, instruction, p1, p2).with_data(&data).unwrap().expecting(expected).unwrap();
        let (read_header, read_data, read_expected) = decode(&command.encode());
        prop_assert_eq!(read_header, header);
        prop_assert_eq!(read_data, data);
        prop_assert_eq!(read_expected, expected);
    }

    #[test]
    fn a_response_is_its_bytes_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(response) = Response::parse(&bytes) {
            let again = [response.data(), &response.status().get().to_be_bytes()].concat();
            prop_assert_eq!(again, bytes);
        }
    }

    #[test]
    fn a_dialogue_ends_whatever_the_card_says(
        answers in proptest::collection::vec(
            prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..40),
                (any::<u8>(), proptest::collection::vec(any::<u8>(), 0..40))
                    .prop_map(|(low, data)| [data, vec![0x61, low]].concat()),
                any::<u8>().prop_map(|low| vec![0x6C, low]),
            ],
            1..40,
        ),
        class in any::<u8>(),
    ) {
        let (mut dialogue, _) = Dialogue::start(Command::new(class, 0xB0, 0, 0));
        for (turn, answer) in answers.iter().cycle().take(1_000).enumerate() {
            match dialogue.answer(answer) {
                Ok(Turn::Send(_)) => prop_assert!(turn < 300),
                Ok(Turn::Done(_)) | Err(_) => break,
            }
        }
    }
}
