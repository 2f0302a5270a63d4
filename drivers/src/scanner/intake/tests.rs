use std::time::Duration;

use proptest::prelude::*;

use super::super::calibration::CALIBRATION;
use super::*;

fn hex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn code(text: &[u8]) -> Heard {
    Heard::Code(Payload::copied(text))
}

/// One byte of count, eight of data, one that says whether more follows.
const SHORT_REPORTS: &str = "050175089501093B8102058C950809FE8102950109FF8102";

fn report_intake() -> ReportIntake {
    let format = ReportFormat::from_descriptor(&hex(SHORT_REPORTS)).unwrap();
    ReportIntake::new(format, &Framing::default())
}

fn report(data: &[u8], more: u8) -> Vec<u8> {
    let mut report = vec![u8::try_from(data.len()).unwrap()];
    report.extend_from_slice(data);
    report.resize(9, 0);
    report.push(more);
    report
}

fn press(key: u16) -> [Stroke; 2] {
    [Stroke { key, down: true }, Stroke { key, down: false }]
}

fn type_into(intake: &mut KeyIntake, strokes: &[Stroke], now: Instant) -> Vec<Heard> {
    let mut heard = Vec::new();
    for &stroke in strokes {
        intake.key(stroke, now, &mut |what| heard.push(what));
    }
    heard
}

#[test]
fn reports_are_joined_and_lines_within_a_code_kept() {
    let mut intake = report_intake();
    let now = Instant::now();
    let mut heard = Vec::new();
    for report in [report(b"BEGIN\r\nx", 1), report(b"yz\r", 0), report(b"", 0), report(b"A", 0)] {
        intake.report(&report, now, &mut |what| heard.push(what));
    }
    assert_eq!(heard, [code(b"BEGIN\r\nxyz"), code(b"A")]);
    assert_eq!(intake.deadline(), None);
}

#[test]
fn a_code_whose_last_report_never_comes_is_given_up() {
    let mut intake = report_intake();
    let now = Instant::now();
    let mut heard = Vec::new();
    intake.report(&report(b"HALF", 1), now, &mut |what| heard.push(what));
    let deadline = intake.deadline().unwrap();
    intake.pause(deadline, &mut |what| heard.push(what));
    intake.report(&report(b"WHOLE", 0), deadline, &mut |what| heard.push(what));
    assert_eq!(heard, [Heard::Unreadable(Unreadable::NoEnding), code(b"WHOLE")]);
}

#[test]
fn the_calibration_code_is_no_code() {
    let now = Instant::now();
    let mut heard = Vec::new();
    let mut serial = ByteIntake::new(Framing::default());
    serial.bytes(format!("{CALIBRATION}\r\n").as_bytes(), now, &mut |what| heard.push(what));
    let mut lossy = ByteIntake::new(Framing::default());
    lossy.bytes(format!("{CALIBRATION}\r").replace('\u{1D}', "").as_bytes(), now, &mut |what| heard.push(what));
    let found = |separators| Heard::Calibrated(Calibration { layout: None, separators });
    assert_eq!(heard, [found(true), found(false)]);
}

/// The calibration code as a French scanner types it, without GS.
fn french_calibration() -> Vec<Stroke> {
    let text = CALIBRATION.replace('\u{1D}', "") + "\r";
    super::super::typist::typed(&Layout::load("fr").unwrap(), &text).unwrap()
}

#[test]
fn a_keyboard_is_read_by_the_layout_that_the_calibration_code_told() {
    let now = Instant::now();
    let mut intake = KeyIntake::new(Layout::load("us").unwrap(), Framing::default());
    let a_and_enter = [press(16), press(28)].concat();
    assert_eq!(type_into(&mut intake, &a_and_enter, now), [code(b"q")]);
    let told = Calibration { layout: Some("fr".to_owned()), separators: false };
    assert_eq!(type_into(&mut intake, &french_calibration(), now), [Heard::Calibrated(told)]);
    assert_eq!(type_into(&mut intake, &a_and_enter, now), [code(b"a")]);
}

#[test]
fn the_calibration_code_is_known_behind_any_code_and_with_a_pause_as_ending() {
    let now = Instant::now();
    let framing = Framing { ending: Ending::Pause, ..Framing::default() };
    let mut intake = KeyIntake::new(Layout::load("us").unwrap(), framing);
    assert_eq!(type_into(&mut intake, &press(16).repeat(2000), now), []);
    let later = now + Duration::from_secs(1);
    let heard = type_into(&mut intake, &french_calibration(), later);
    assert!(matches!(heard.as_slice(), [Heard::Code(long)] if long.as_bytes().len() == 2000));
    let mut heard = Vec::new();
    intake.pause(intake.deadline().unwrap(), &mut |what| heard.push(what));
    assert!(matches!(heard.as_slice(), [Heard::Calibrated(_)]), "{heard:?}");
}

#[test]
fn lost_keys_give_no_code_up_to_the_pause() {
    let now = Instant::now();
    let mut intake = KeyIntake::new(Layout::load("us").unwrap(), Framing::default());
    let mut heard = type_into(&mut intake, &press(16), now);
    intake.keys_lost(now, &mut |what| heard.push(what));
    heard.extend(type_into(&mut intake, &[press(16), press(28)].concat(), now));
    assert_eq!(heard, [Heard::Unreadable(Unreadable::BytesLost)]);
    let later = now + Duration::from_secs(1);
    assert_eq!(type_into(&mut intake, &[press(16), press(28)].concat(), later), [code(b"q")]);
}

proptest! {
    #[test]
    fn any_keys_at_any_time_come_to_rest_and_the_next_code_is_read(
        strokes in proptest::collection::vec((0_u16..130, any::<bool>(), 0_u64..300), 0..300),
        lost in proptest::option::of(0_usize..300),
    ) {
        let mut now = Instant::now();
        let mut intake = KeyIntake::new(Layout::load("us").unwrap(), Framing::default());
        let mut heard = Vec::new();
        for (place, (key, down, after)) in strokes.into_iter().enumerate() {
            now += Duration::from_millis(after);
            if lost == Some(place) {
                intake.keys_lost(now, &mut |what| heard.push(what));
            }
            intake.key(Stroke { key, down }, now, &mut |what| heard.push(what));
        }
        for what in &heard {
            if let Heard::Code(payload) = what {
                prop_assert!(std::str::from_utf8(payload.as_bytes()).is_ok());
            }
        }
        now += Duration::from_secs(2);
        intake.pause(now, &mut |_| {});
        prop_assert_eq!(intake.deadline(), None);
        // What was held comes up: two keys of each modifier, and a lock that may be on changes no digit.
        let released = [29, 42, 54, 56, 97, 100, 125, 126].map(|key| Stroke { key, down: false });
        type_into(&mut intake, &[&released[..], &press(28)].concat(), now);
        now += Duration::from_secs(2);
        prop_assert_eq!(type_into(&mut intake, &[press(2), press(28)].concat(), now), [code(b"1")]);
    }

    #[test]
    fn any_reports_come_to_rest_and_the_next_code_is_read(
        reports in proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..12), 0_u64..300), 0..200),
    ) {
        let mut now = Instant::now();
        let mut intake = report_intake();
        for (report, after) in reports {
            now += Duration::from_millis(after);
            intake.report(&report, now, &mut |_| {});
        }
        now += Duration::from_secs(2);
        intake.pause(now, &mut |_| {});
        prop_assert_eq!(intake.deadline(), None);
        let mut heard = Vec::new();
        intake.report(&report(b"NEXT", 0), now, &mut |what| heard.push(what));
        prop_assert_eq!(heard, [code(b"NEXT")]);
    }
}
