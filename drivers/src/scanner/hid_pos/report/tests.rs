use proptest::prelude::*;

use super::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// As Honeywell scanners describe themselves: byte count, symbology, 56 bytes of data, two bytes of theirs, one byte of
/// which a bit says that more follows; then a report of triggers and one of commands.
const COUNTED: &str = "058C 0902 A101 0912 A102 8502 1500 26FF00 7508 9501 0501 093B 8102 9503 058C 09FB 09FC 09FD 8102 \
    9538 09FE 820202 0666FF 9502 0900 0900 8102 058C 2501 7501 9508 09FF 8102 C0 0914 A102 8504 1500 2501 7501 9508 \
    095F 0960 0985 0986 9186 C0 06FFFF 0901 A102 85F0 1500 26FF00 7508 953F 0902 820202 953F 0903 920202 C0 C0";

/// The least that a point-of-sale scanner says: data alone, in a numbered report.
const BARE: &str = "058C 0902 A101 8502 1500 26FF00 7508 9540 09FE 8102 C0";

/// A keyboard of the boot protocol.
const KEYBOARD: &str = "0501 0906 A101 0507 19E0 29E7 1500 2501 7501 9508 8102 9501 7508 8101 9506 7508 1500 2565 0507 \
    1900 2965 8100 C0";

/// A report of the first kind, as Access IS prints one in its manual (LSR118, appendix B).
fn counted(data: &[u8], count: u8, last: u8) -> Vec<u8> {
    let mut report = vec![2, count];
    report.extend_from_slice(b"]Q0");
    report.extend_from_slice(data);
    report.resize(61, 0);
    report.extend_from_slice(&[b's', 0, last]);
    report
}

fn data(format: &ReportFormat, report: &[u8]) -> Option<(Vec<u8>, bool)> {
    format.chunk(report).map(|chunk| (chunk.data.to_vec(), chunk.continued))
}

#[test]
fn a_counted_report_gives_what_is_counted() {
    let format = ReportFormat::from_descriptor(&hex(COUNTED)).unwrap();
    assert_eq!(format.longest(), 64, "the report of commands has as many, those of triggers are outputs");
    let first = b"M1GATHERGOOD/MICHAEL YABCDEF LHRDURAK 3542 052Y003D23   ";
    assert_eq!(data(&format, &counted(first, 56, 1)), Some((first.to_vec(), true)));
    assert_eq!(data(&format, &counted(b"RE ST", 5, 0)), Some((b"RE ST".to_vec(), false)));
    assert_eq!(data(&format, &counted(b"a\0b\0", 4, 0)), Some((b"a\0b\0".to_vec(), false)), "NUL counts");
    assert_eq!(data(&format, &counted(b"", 0, 0)), Some((Vec::new(), false)));
}

#[test]
fn a_count_beyond_the_field_gives_the_field() {
    let format = ReportFormat::from_descriptor(&hex(COUNTED)).unwrap();
    let (data, _) = data(&format, &counted(b"A", 255, 0)).unwrap();
    assert_eq!(data.len(), 56);
}

#[test]
fn a_report_of_another_number_or_one_cut_off_gives_nothing() {
    let format = ReportFormat::from_descriptor(&hex(COUNTED)).unwrap();
    let mut report = counted(b"A", 1, 0);
    for short in 0..report.len() {
        assert_eq!(data(&format, &report[..short]), None, "{short} bytes");
    }
    report[0] = 0xF0;
    assert_eq!(data(&format, &report), None);
}

#[test]
fn without_a_count_the_filling_is_left_out() {
    let format = ReportFormat::from_descriptor(&hex(BARE)).unwrap();
    let mut report = b"\x02A0421\x1d99XYZ".to_vec();
    report.resize(65, 0);
    assert_eq!(data(&format, &report), Some((b"A0421\x1d99XYZ".to_vec(), false)));
    assert_eq!(data(&format, &report[..7]), Some((b"A0421\x1d".to_vec(), false)), "shorter transfers are sent too");
    assert_eq!(data(&format, &[2]), Some((Vec::new(), false)));
}

#[test]
fn reports_without_numbers_start_with_their_fields() {
    let format = ReportFormat::from_descriptor(&hex("058C 0902 A101 7508 9508 09FE 8102 9501 09FF 8102 C0")).unwrap();
    assert_eq!(data(&format, b"ABC\0\0\0\0\0\x01"), Some((b"ABC".to_vec(), true)));
}

#[test]
fn usages_may_be_a_range_carry_their_page_and_be_pushed() {
    // FB to FF in one item: symbology, then one byte of data, then the flag for what is left.
    let range = ReportFormat::from_descriptor(&hex("058C 0902 A101 7508 9505 19FB 29FF 8102 C0")).unwrap();
    assert_eq!(data(&range, b"]Q0x\x01"), Some((b"x".to_vec(), true)));
    let paged = ReportFormat::from_descriptor(&hex("0501 0902 A101 7508 9504 0BFE008C00 8102 C0")).unwrap();
    assert_eq!(data(&paged, b"abcd"), Some((b"abcd".to_vec(), false)));
    let pushed = hex("058C 7508 9502 A4 0501 9501 093B 8102 B4 09FE 8102");
    assert_eq!(data(&ReportFormat::from_descriptor(&pushed).unwrap(), b"\x01xy"), Some((b"x".to_vec(), false)));
}

#[test]
fn padding_moves_what_follows_it() {
    let format = ReportFormat::from_descriptor(&hex("058C 7501 9508 8101 7508 9502 09FE 8102")).unwrap();
    assert_eq!(data(&format, b"\xFFab"), Some((b"ab".to_vec(), false)));
}

#[test]
fn what_describes_no_scanner_is_refused() {
    for (what, descriptor) in [
        ("a keyboard", KEYBOARD),
        ("nothing", ""),
        ("data in bits", "058C 7501 9508 09FE 8102"),
        ("data that starts within a byte", "058C 7501 9501 0501 093C 8102 058C 7508 9501 09FE 8102"),
        ("an output", "058C 7508 9508 09FE 9102"),
        ("a constant", "058C 7508 9508 09FE 8101"),
        ("a report of the number 0", "058C 8500 7508 9508 09FE 8102"),
        ("a pop without push", "058C B4 7508 9508 09FE 8102"),
        ("a range that ends before it starts", "058C 7508 9508 29FE 8102"),
        ("more bits than a report has", "058C 7508 97FFFFFFFF 09FE 8102"),
        ("more bits than a number holds", "058C 77FFFFFFFF 97FFFFFFFF 09FE 8102"),
        ("a long item that goes on", "FEFF00 058C 7508 9508 09FE 8102"),
    ] {
        assert_eq!(ReportFormat::from_descriptor(&hex(descriptor)), None, "{what}");
    }
}

#[test]
fn no_debug_text_shows_data() {
    let format = ReportFormat::from_descriptor(&hex(BARE)).unwrap();
    assert_eq!(format!("{:?}", format.chunk(b"\x02SECRET").unwrap()), "Chunk { continued: false, .. }");
}

/// Items of the kinds that matter, in any order and with any data.
fn items() -> impl Strategy<Value = Vec<u8>> {
    let prefix = proptest::sample::select(vec![
        0x81_u8, 0x82, 0x83, 0x91, 0xA1, 0xC0, 0x05, 0x06, 0x07, 0x75, 0x77, 0x85, 0x95, 0x96, 0x97, 0xA4, 0xB4, 0x09,
        0x0B, 0x19, 0x1B, 0x29, 0x2B, 0xFE,
    ]);
    let byte = prop_oneof![proptest::sample::select(vec![0x8C_u8, 0xFE, 0xFF, 0x3B, 1, 8, 0]), any::<u8>()];
    let item = (prefix, proptest::collection::vec(byte, 4))
        .prop_map(|(prefix, data)| [vec![prefix], data[..[0, 1, 2, 4][usize::from(prefix & 3)]].to_vec()].concat());
    proptest::collection::vec(item, 0..60).prop_map(|items| items.concat())
}

proptest! {
    #[test]
    fn any_descriptor_is_read_or_refused_and_any_report_of_it_read(
        start in proptest::sample::select(vec![hex(COUNTED), hex(BARE), hex("058C 7508 9508"), Vec::new()]),
        items in items(),
        report in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        if let Some(format) = ReportFormat::from_descriptor(&[start, items].concat())
            && let Some(chunk) = format.chunk(&report)
        {
            prop_assert!(chunk.data.len() <= report.len());
        }
    }

    #[test]
    fn any_bytes_are_a_descriptor_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..5000)) {
        let _ = ReportFormat::from_descriptor(&bytes);
    }

    #[test]
    fn a_code_cut_into_reports_is_whole_again(code in proptest::collection::vec(any::<u8>(), 0..300)) {
        let format = ReportFormat::from_descriptor(&hex(COUNTED)).unwrap();
        let mut read = Vec::new();
        let pieces: Vec<&[u8]> = if code.is_empty() { vec![&[]] } else { code.chunks(56).collect() };
        for (place, piece) in pieces.iter().enumerate() {
            let more = place + 1 < pieces.len();
            let report = counted(piece, u8::try_from(piece.len()).unwrap(), u8::from(more));
            let chunk = format.chunk(&report).unwrap();
            prop_assert_eq!(chunk.continued, more);
            read.extend_from_slice(chunk.data);
        }
        prop_assert_eq!(read, code);
    }
}
