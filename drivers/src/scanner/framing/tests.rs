use proptest::prelude::*;

use super::*;

const PAUSE: Duration = Duration::from_millis(150);

fn framing(prefix: &[u8], ending: Ending) -> Framing {
    Framing { prefix: prefix.to_vec(), ending, pause: PAUSE }
}

/// What was heard, as the tests write it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Said {
    Code(Vec<u8>),
    Dropped(Unreadable),
}

fn code(text: &[u8]) -> Said {
    Said::Code(text.to_vec())
}

struct Bench {
    framer: Framer,
    said: Vec<Said>,
    now: Instant,
}

impl Bench {
    fn new(framing: Framing) -> Self {
        Self { framer: Framer::new(framing), said: Vec::new(), now: Instant::now() }
    }

    fn frame(said: &mut Vec<Said>) -> impl FnMut(Frame) {
        |frame| {
            said.push(match frame {
                Frame::Code(payload) => Said::Code(payload.as_bytes().to_vec()),
                Frame::Dropped(why) => Said::Dropped(why),
            });
        }
    }

    fn feed(&mut self, bytes: &[u8]) -> &mut Self {
        self.framer.feed(bytes, self.now, &mut Self::frame(&mut self.said));
        self
    }

    /// Time passes; the timer runs out where it is set to.
    fn wait(&mut self, time: Duration) -> &mut Self {
        let until = self.now + time;
        while let Some(deadline) = self.framer.deadline().filter(|deadline| *deadline <= until) {
            self.framer.pause(deadline, &mut Self::frame(&mut self.said));
        }
        self.now = until;
        self
    }

    fn silence(&mut self) -> &mut Self {
        self.wait(PAUSE)
    }

    fn said(&mut self) -> Vec<Said> {
        std::mem::take(&mut self.said)
    }
}

#[test]
fn endings_are_written_and_read() {
    for (text, ending) in [
        ("line", Ending::Line),
        ("pause", Ending::Pause),
        ("bytes:03", Ending::Bytes(vec![3])),
        ("bytes:0d0a", Ending::Bytes(b"\r\n".to_vec())),
    ] {
        assert_eq!(text.parse::<Ending>().unwrap(), ending);
        assert_eq!(ending.to_string(), text);
    }
    for wrong in
        ["", "Line", "device", "bytes:", "bytes:3", "bytes:0g", "bytes:+3", "bytes:é", "bytes:000102030405060708"]
    {
        let error = wrong.parse::<Ending>().unwrap_err().to_string();
        assert!(error.contains("use line, pause, or bytes:"), "{error}");
    }
}

#[test]
fn a_line_end_ends_a_code_and_an_empty_line_is_none() {
    let mut bench = Bench::new(framing(b"", Ending::Line));
    assert_eq!(bench.feed(b"A\r\nB\nC\r\r\n\nD").said(), [code(b"A"), code(b"B"), code(b"C")]);
    assert_eq!(bench.feed(b"E\r").said(), [code(b"DE")]);
    assert_eq!(bench.framer.deadline(), None, "at rest nothing is waited for");
}

#[test]
fn separators_stay_in_the_code() {
    let mut bench = Bench::new(framing(b"", Ending::Line));
    assert_eq!(bench.feed(b"DC\x1d\x1e\x1f\x00\t\r").said(), [code(b"DC\x1d\x1e\x1f\x00\t")]);
}

#[test]
fn a_prefix_is_waited_for_and_left_out() {
    let mut bench = Bench::new(framing(b"\x02\x02", Ending::Bytes(b"\x03".to_vec())));
    assert_eq!(
        bench.feed(b"noise\x02x\x02\x02\x02A\x02\x02\x03\r\n\x02\x02B\x03").said(),
        [code(b"\x02A\x02\x02"), code(b"B")]
    );
    assert_eq!(bench.feed(b"\x02").silence().feed(b"\x02C\x03").said(), [], "half a prefix does not outlive a pause");
    assert_eq!(bench.framer.deadline(), Some(bench.now + PAUSE));
}

#[test]
fn a_prefix_alone_is_no_code() {
    let mut bench = Bench::new(framing(b"<", Ending::Line));
    assert_eq!(bench.feed(b"<\r\nA\r<B\r<").silence().feed(b"C\r").said(), [code(b"B")]);
}

#[test]
fn a_suffix_of_several_bytes_ends_a_code() {
    let mut bench = Bench::new(framing(b"", Ending::Bytes(b"##".to_vec())));
    assert_eq!(bench.feed(b"A#B##").feed(b"##").feed(b"C\r#").feed(b"#").said(), [code(b"A#B"), code(b"C\r")]);
}

#[test]
fn a_pause_ends_a_code_where_it_is_the_ending() {
    for ending in [Ending::Pause, Ending::Bytes(Vec::new())] {
        let mut bench = Bench::new(framing(b"", ending));
        bench.feed(b"A").wait(PAUSE - Duration::from_millis(1)).feed(b"B\r\n");
        assert_eq!(bench.said(), []);
        assert_eq!(bench.silence().said(), [code(b"AB")]);
        assert_eq!(bench.feed(b"\r\n").silence().said(), [], "a line end alone is no code");
        assert_eq!(bench.framer.deadline(), None);
    }
}

#[test]
fn half_a_code_is_dropped_at_the_pause_and_told() {
    let mut bench = Bench::new(framing(b"", Ending::Line));
    assert_eq!(
        bench.feed(b"HALF").silence().feed(b"WHOLE\r").said(),
        [Said::Dropped(Unreadable::NoEnding), code(b"WHOLE")]
    );
}

#[test]
fn a_late_timer_changes_nothing() {
    let mut bench = Bench::new(framing(b"", Ending::Line));
    bench.feed(b"HALF");
    bench.now += 3 * PAUSE;
    assert_eq!(bench.feed(b"WHOLE\r").said(), [Said::Dropped(Unreadable::NoEnding), code(b"WHOLE")]);
}

#[test]
fn the_longest_code_passes_and_one_byte_more_floods() {
    for (prefix, ending, suffix) in [
        (b"".as_slice(), Ending::Line, b"\r".as_slice()),
        (b"<<", Ending::Bytes(b">>>".to_vec()), b">>>"),
        (b"", Ending::Bytes(b">".to_vec()), b">"),
    ] {
        let mut bench = Bench::new(framing(prefix, ending));
        let longest = vec![b'x'; CODE_MAX];
        assert_eq!(bench.feed(prefix).feed(&longest).feed(suffix).said(), [code(&longest)]);
        bench.feed(prefix).feed(&longest).feed(b"x").feed(suffix);
        assert_eq!(bench.feed(prefix).feed(b"A").feed(suffix).said(), [Said::Dropped(Unreadable::TooLong)]);
        assert_eq!(bench.silence().feed(prefix).feed(b"A").feed(suffix).said(), [code(b"A")]);
    }
}

#[test]
fn a_flood_is_told_once_however_long_it_is() {
    let mut bench = Bench::new(framing(b"", Ending::Line));
    for _ in 0..100 {
        bench.feed(&[b'x'; 10_000]).wait(PAUSE / 2);
    }
    assert_eq!(bench.said(), [Said::Dropped(Unreadable::TooLong)]);
    assert_eq!(bench.feed(b"A\r").said(), [], "no pause yet");
    assert_eq!(bench.silence().feed(b"A\r").said(), [code(b"A")]);
}

#[test]
fn more_codes_than_a_hand_presents_flood() {
    let mut bench = Bench::new(framing(b"", Ending::Line));
    let said = bench.feed(&b"A\r".repeat(1000)).said();
    assert_eq!(said.len(), CODES_PER_SECOND_MAX + 1);
    assert_eq!(said.last(), Some(&Said::Dropped(Unreadable::TooMany)));
    assert_eq!(bench.silence().feed(b"B\r").said(), [Said::Dropped(Unreadable::TooMany)]);
    assert_eq!(bench.wait(Duration::from_secs(1)).feed(b"C\r").said(), [code(b"C")]);
    for _ in 0..100 {
        bench.wait(Duration::from_millis(60)).feed(b"D\r");
    }
    assert_eq!(bench.said().len(), 100, "seventeen a second is slow enough");
}

#[test]
fn lost_bytes_spoil_the_code_in_hand_and_what_follows_at_once() {
    let mut bench = Bench::new(framing(b"", Ending::Line));
    bench.feed(b"HAL");
    bench.framer.spoil(bench.now, &mut Bench::frame(&mut bench.said));
    assert_eq!(bench.feed(b"F\rA\r").said(), [Said::Dropped(Unreadable::BytesLost)]);
    assert_eq!(bench.silence().feed(b"B\r").said(), [code(b"B")]);
}

#[test]
fn a_device_that_ends_its_codes_is_believed() {
    let mut bench = Bench::new(framing(b"", Ending::Device));
    bench.feed(b"A\r\nB").feed(b"C\r");
    bench.framer.end(bench.now, &mut Bench::frame(&mut bench.said));
    bench.framer.end(bench.now, &mut Bench::frame(&mut bench.said));
    assert_eq!(bench.said(), [code(b"A\r\nBC")]);
    assert_eq!(bench.feed(b"half").silence().said(), [Said::Dropped(Unreadable::NoEnding)]);
}

#[test]
fn no_debug_text_shows_a_code() {
    let mut bench = Bench::new(framing(b"", Ending::Line));
    bench.feed(b"SECRET");
    assert!(!format!("{:?}", bench.framer).contains("83"), "S as a number");
    let mut frames = Vec::new();
    bench.framer.feed(b"\r", bench.now, &mut |frame| frames.push(frame));
    assert_eq!(format!("{frames:?}"), "[Code(Payload(…))]");
}

/// Streams that meet their prefixes and suffixes often.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![4 => proptest::sample::select(b"\r\n<>#AB\x1d".to_vec()), 1 => any::<u8>()];
    let short = proptest::collection::vec(byte, 0..200);
    let long = (CODE_MAX - 2..CODE_MAX + 5, any::<bool>()).prop_map(|(length, ended)| {
        let mut code = vec![b'x'; length];
        code.extend_from_slice(if ended { b">\r\n#" } else { b"" });
        code
    });
    proptest::collection::vec(prop_oneof![8 => short, 1 => long], 1..6).prop_map(|parts| parts.concat())
}

fn any_framing() -> impl Strategy<Value = Framing> {
    let prefix = proptest::sample::select(vec![b"".to_vec(), b"<".to_vec(), b"<<".to_vec(), b"<A<".to_vec()]);
    let ending = proptest::sample::select(vec![
        Ending::Line,
        Ending::Pause,
        Ending::Bytes(b">".to_vec()),
        Ending::Bytes(b"#>#".to_vec()),
        Ending::Bytes(b"\r\n".to_vec()),
    ]);
    (prefix, ending).prop_map(|(prefix, ending)| framing(&prefix, ending))
}

proptest! {
    #[test]
    fn any_split_of_the_stream_gives_the_same_codes(
        framing in any_framing(),
        stream in stream(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..30),
    ) {
        let mut whole = Bench::new(framing.clone());
        whole.feed(&stream).silence();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        cuts.sort_unstable();
        cuts.push(stream.len());
        let mut split = Bench::new(framing);
        let mut from = 0;
        for to in cuts {
            split.feed(&stream[from..to]);
            from = to;
        }
        split.silence();
        prop_assert_eq!(whole.said(), split.said());
    }

    #[test]
    fn lines_are_what_lies_between_line_ends(stream in stream()) {
        let mut bench = Bench::new(framing(b"", Ending::Line));
        let stream = [stream.as_slice(), b"\r"].concat();
        let lines = stream.split(|b| matches!(b, b'\r' | b'\n')).filter(|line| !line.is_empty());
        let mut expected: Vec<Said> = Vec::new();
        for line in lines {
            expected.push(if line.len() > CODE_MAX {
                Said::Dropped(Unreadable::TooLong)
            } else if expected.len() == CODES_PER_SECOND_MAX {
                Said::Dropped(Unreadable::TooMany)
            } else {
                code(line)
            });
            if matches!(expected.last(), Some(Said::Dropped(_))) {
                break;
            }
        }
        prop_assert_eq!(bench.feed(&stream).said(), expected);
    }

    #[test]
    fn whatever_comes_whenever_it_never_holds_more_than_a_code_and_comes_to_rest(
        framing in any_framing(),
        arrivals in proptest::collection::vec((stream(), 0_u64..400), 1..6),
    ) {
        let mut bench = Bench::new(framing);
        for (bytes, after) in arrivals {
            bench.feed(&bytes).wait(Duration::from_millis(after));
            prop_assert!(bench.framer.held.len() <= CODE_MAX + 2);
        }
        bench.silence();
        prop_assert_eq!(bench.framer.deadline(), None);
        prop_assert!(bench.framer.held.is_empty());
        let codes = bench.said();
        let longest = codes.iter().map(|said| match said { Said::Code(code) => code.len(), Said::Dropped(_) => 0 }).max();
        prop_assert!(longest.unwrap_or(0) <= CODE_MAX);
        bench.wait(Duration::from_secs(1));
        let next = [bench.framer.framing.prefix.clone(), b"next".to_vec()].concat();
        let suffix = match &bench.framer.framing.ending {
            Ending::Bytes(suffix) => suffix.clone(),
            Ending::Line | Ending::Pause | Ending::Device => b"\r".to_vec(),
        };
        prop_assert_eq!(bench.feed(&next).feed(&suffix).silence().said(), [code(b"next")]);
    }
}
