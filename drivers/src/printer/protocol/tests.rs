use super::*;
use proptest::prelude::*;

fn replies(chunks: &[&[u8]]) -> Vec<Reply> {
    let mut demultiplexer = Demultiplexer::default();
    let mut replies = Vec::new();
    for chunk in chunks {
        demultiplexer.feed(chunk, |reply| replies.push(reply));
    }
    replies
}

#[test]
fn status_bytes_are_read_as_the_reference_lists_them() {
    let good = PrinterStatus { connected: true, told: true, paper: Paper::Ok, ..PrinterStatus::disconnected() };
    let table: [([u8; 4], PrinterStatus, bool); 7] = [
        ([0x14, 0, 0, 0x0F], good.clone(), true),
        ([0x18, 0, 0, 0], PrinterStatus { offline: true, ..good.clone() }, false),
        ([0x38, 0, 0, 0], PrinterStatus { offline: true, cover_open: true, ..good.clone() }, false),
        ([0x18, 0x08, 0, 0], PrinterStatus { offline: true, cutter_error: true, ..good.clone() }, false),
        ([0x18, 0x20, 0, 0], PrinterStatus { offline: true, unrecoverable_error: true, ..good.clone() }, false),
        ([0x10, 0, 0x03, 0], PrinterStatus { paper: Paper::NearEnd, ..good.clone() }, true),
        ([0x18, 0, 0x0F, 0], PrinterStatus { offline: true, paper: Paper::Out, ..good }, false),
    ];
    for (bytes, wanted, ready) in table {
        let status = parse_status(bytes);
        assert_eq!(status, wanted, "{bytes:02X?}");
        assert_eq!(status.ready(), ready, "{bytes:02X?}");
    }
    assert!(!PrinterStatus::disconnected().ready());
}

#[test]
fn paper_bits_tell_the_end_before_the_near_end() {
    let read = [0x00, 0x03, 0x0C, 0x0F].map(parse_paper);
    assert_eq!(read, [Paper::Ok, Paper::NearEnd, Paper::Out, Paper::Out]);
}

#[test]
fn the_port_status_is_read_as_the_printer_class_lists_it() {
    let table = [
        (0x18, (false, true, false)),
        (0x38, (true, true, false)),
        (0x30, (true, true, true)),
        (0x08, (false, false, false)),
        (0x00, (false, false, true)),
        (0xDF, (false, true, false)),
    ];
    for (byte, (paper_out, selected, error)) in table {
        assert_eq!(parse_port_status(byte), PortStatus { paper_out, selected, error }, "{byte:02X}");
    }
}

#[test]
fn real_time_answers_complete_the_status() {
    let status = |question, byte| parse_real_time(question, byte, PrinterStatus::disconnected());
    assert!(!status(Question::Printer, 0x12).offline);
    assert!(status(Question::Printer, 0x1A).offline);
    assert!(status(Question::Cover, 0x16).cover_open);
    assert_eq!(status(Question::Paper, 0x12).paper, Paper::Ok);
    assert_eq!(status(Question::Paper, 0x1E).paper, Paper::NearEnd);
    assert_eq!(status(Question::Paper, 0x7E).paper, Paper::Out);
}

#[test]
fn every_kind_of_answer_is_told_apart() {
    let stream = [
        0x37, 0x22, b'a', b'b', b'c', b'd', 0, // an id
        0x14, 0x00, 0x03, 0x0F, // automatic
        0x16, // real-time
        0x0C, // paper
        0x5F, b'T', b'M', 0x00, // about itself
        0x5F, 0x00, // with nothing to say
    ];
    assert_eq!(
        replies(&[&stream]),
        [
            Reply::Done(*b"abcd"),
            Reply::Automatic([0x14, 0, 3, 0x0F]),
            Reply::RealTime(0x16),
            Reply::Paper(0x0C),
            Reply::Info("TM".to_owned()),
            Reply::Info(String::new())
        ]
    );
}

#[test]
fn an_answer_that_breaks_off_does_not_swallow_the_next() {
    let id = [0x37, 0x22, b'a', b'b', b'c', b'd', 0];
    for cut in 1..id.len() {
        let mut stream = id[..cut].to_vec();
        stream.extend(id);
        // A beginning followed by 0x37 may pass for an id that goes on; it can cost that id, never more.
        stream.extend([0x14, 0, 0, 0x0F]);
        let heard = replies(&[&stream]);
        assert_eq!(heard.last(), Some(&Reply::Automatic([0x14, 0, 0, 0x0F])), "{cut}");
    }
    assert_eq!(replies(&[&[0x14, 0x00, 0x37, 0x22, b'a', b'b', b'c', b'd', 0]]), [Reply::Done(*b"abcd")]);
}

#[test]
fn an_answer_that_never_ends_is_dropped_and_the_next_one_heard() {
    let mut stream = vec![0x5F];
    stream.extend([b'x'; 200]);
    stream.extend([0x14, 0, 0, 0x0F]);
    assert_eq!(replies(&[&stream]).last(), Some(&Reply::Automatic([0x14, 0, 0, 0x0F])));
}

#[test]
fn what_a_person_mends_first_comes_first() {
    let good = PrinterStatus { connected: true, told: true, paper: Paper::Ok, ..PrinterStatus::disconnected() };
    let table = [
        (PrinterStatus::disconnected(), Condition::Gone),
        (good.clone(), Condition::Good),
        (PrinterStatus { paper: Paper::Unknown, told: false, ..good.clone() }, Condition::Untold),
        (PrinterStatus { paper: Paper::NearEnd, ..good.clone() }, Condition::PaperNearEnd),
        (PrinterStatus { paper: Paper::NearEnd, offline: true, ..good.clone() }, Condition::Offline),
        (PrinterStatus { paper: Paper::Out, offline: true, ..good.clone() }, Condition::PaperOut),
        (PrinterStatus { unrecoverable_error: true, offline: true, ..good.clone() }, Condition::Broken),
        (PrinterStatus { cutter_error: true, offline: true, ..good.clone() }, Condition::CutterJammed),
        (PrinterStatus { paper: Paper::Out, offline: true, cover_open: true, ..good.clone() }, Condition::CoverOpen),
        (PrinterStatus { connected: false, cover_open: true, ..good }, Condition::Gone),
    ];
    for (status, wanted) in table {
        assert_eq!(status.condition(), wanted, "{status:?}");
        assert_eq!(status.ready(), wanted.ready());
    }
}

#[test]
fn a_real_time_answer_may_overtake_an_automatic_one() {
    assert_eq!(
        replies(&[&[0x14, 0x00, 0x12, 0x0C, 0x0F]]),
        [Reply::RealTime(0x12), Reply::Automatic([0x14, 0x00, 0x0C, 0x0F])]
    );
}

fn answer() -> impl Strategy<Value = (Vec<u8>, Reply)> {
    let low = prop::sample::select((0..=u8::MAX).filter(|byte| byte & 0x90 == 0 && *byte != 0x37).collect::<Vec<u8>>());
    let first = prop::sample::select((0..=u8::MAX).filter(|byte| byte & 0x93 == 0x10).collect::<Vec<u8>>());
    let real_time = prop::sample::select((0..=u8::MAX).filter(|byte| byte & 0x93 == 0x12).collect::<Vec<u8>>());
    prop_oneof![
        [0x20..=0x7Eu8, 0x20..=0x7E, 0x20..=0x7E, 0x20..=0x7E].prop_map(|id| {
            let [a, b, c, d] = id;
            (vec![0x37, 0x22, a, b, c, d, 0], Reply::Done(id))
        }),
        "[ -~]{0,80}".prop_map(|text| {
            let bytes = [&[0x5F], text.as_bytes(), &[0]].concat();
            (bytes, Reply::Info(text))
        }),
        (first, low.clone(), low.clone(), low.clone())
            .prop_map(|(a, b, c, d)| (vec![a, b, c, d], Reply::Automatic([a, b, c, d]))),
        real_time.prop_map(|byte| (vec![byte], Reply::RealTime(byte))),
        low.prop_map(|byte| (vec![byte], Reply::Paper(byte))),
    ]
}

proptest! {
    /// However the stream is split, the answers are those that were sent.
    #[test]
    fn splitting_changes_nothing(
        answers in prop::collection::vec(answer(), 0..20),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let stream: Vec<u8> = answers.iter().flat_map(|(bytes, _)| bytes.clone()).collect();
        let wanted: Vec<Reply> = answers.iter().map(|(_, reply)| reply.clone()).collect();
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        ends.push(stream.len());
        ends.sort_unstable();
        let mut chunks = Vec::new();
        let mut start = 0;
        for end in ends {
            chunks.push(&stream[start..end]);
            start = end;
        }
        prop_assert_eq!(replies(&chunks), wanted);
    }

    /// Whatever comes before, an id is heard once the stream is clean for the length of one answer.
    #[test]
    fn garbage_delays_but_never_deafens(garbage in prop::collection::vec(any::<u8>(), 0..64)) {
        let mut stream = garbage;
        // Bytes no answer contains end whatever the garbage began.
        stream.extend([0xFF; 7]);
        stream.extend([0x37, 0x22, b'w', b'x', b'y', b'z', 0]);
        let heard = replies(&[&stream]);
        prop_assert_eq!(heard.last(), Some(&Reply::Done(*b"wxyz")));
    }
}
