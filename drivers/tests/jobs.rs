//! Whole jobs as bytes: frozen in files, and read back by a decoder built on another language's codecs.

mod fixtures;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use drivers::printer::slip::{Align, Block, Code, Slip, TenthsMm, Weight};
use drivers::printer::{
    Bitmap, Buzzer, Cutter, DrawError, EncodeError, EncodedJob, Form, JobId, Painter, Profile, StoredLogo,
    encode_bands, encode_job,
};
use fixtures::{Roll, Ticket, fonts, golden, line, profile, ticket};

fn encode(slip: &Slip, profile: &Profile, job: u64) -> EncodedJob {
    let mut painter = Painter::open(&fonts(), profile.width_dots).expect("fonts");
    encode_job(&mut painter, slip, profile, JobId(job)).expect("a slip that fits")
}

fn rule() -> Slip {
    Slip { blocks: vec![Block::Rule], rtl: false }
}

#[test]
fn a_job_is_framed_as_the_reference_says() {
    let profile = Profile::load("epson-tm-t20iii").expect("a shipped profile");
    let job = encode(&rule(), &profile, 47);
    let mut wanted = b"\x1B@\x1Da\xFF\x1Dv0\x00\x48\x00\x02\x00".to_vec();
    wanted.extend([0xFF; 144]);
    wanted.extend(b"\x1BJ\x10\x1D(H\x06\x0000  \x20\x7E");
    wanted.extend(b"\x1DVB\x00\x1D(H\x06\x0000  ! ");
    assert_eq!(job.bytes, wanted);
    assert_eq!(job.length_mm, 3);
    let ids = job.ids.expect("this model answers");
    assert_eq!((&ids.printed, ids.cut), (b"  \x20\x7E", Some(*b"  ! ")));
}

#[test]
fn a_model_that_answers_nothing_is_asked_nothing() {
    let profile = Profile::load("generic-58").expect("a shipped profile");
    let job = encode(&rule(), &profile, 47);
    let mut wanted = b"\x1B@\x1Dv0\x00\x30\x00\x02\x00".to_vec();
    wanted.extend([0xFF; 96]);
    wanted.extend(b"\x1BJ\x10\x1DVA\x00");
    assert_eq!(job.bytes, wanted);
    assert_eq!(job.ids, None);
    let uncut = Profile { cutter: Cutter::None, ..profile };
    let job = encode(&rule(), &uncut, 47);
    assert!(job.bytes.ends_with(b"\xFF\x1BJ\xA0"), "fed to the tear bar");
}

#[test]
fn pictures_go_in_bands_of_128_rows() {
    let mut painter = Painter::open(&fonts(), 384).expect("fonts");
    let blank = Slip { blocks: vec![Block::Space(TenthsMm(375))], rtl: false };
    let bytes = encode_bands(&painter.draw(&blank).expect("blank paper"));
    let mut rest = &bytes[..];
    for rows in [128u8, 128, 44] {
        let (head, body) = rest.split_at(8);
        assert_eq!(head, [0x1D, b'v', b'0', 0, 48, 0, rows, 0]);
        rest = &body[48 * usize::from(rows)..];
    }
    assert!(rest.is_empty());
}

/// Compares with the frozen bytes; `UPDATE_GOLDEN=1` writes them anew, for a reviewer to read.
fn assert_golden(name: &str, bytes: &[u8]) {
    let listed: String = bytes
        .chunks(32)
        .map(|row| {
            let row: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
            row.join(" ") + "\n"
        })
        .collect();
    let path = golden(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &listed).expect("a file in tests/golden");
    }
    let frozen = std::fs::read_to_string(&path).expect("a file in tests/golden");
    assert!(
        listed == frozen,
        "{name} no longer has the frozen bytes; if that is wanted, run this test with UPDATE_GOLDEN=1 and read the change"
    );
}

#[test]
fn jobs_have_their_frozen_bytes() {
    for (roll, name) in [(Roll::Mm80, "text-80.hex"), (Roll::Mm58, "text-58.hex")] {
        let job = encode(&ticket(roll, Ticket::Duplicata), &profile(roll, Form::Text), 4512);
        assert_golden(name, &job.bytes);
    }
    // Only what no font draws: letters may change with their font's version.
    let drawn = Slip {
        blocks: vec![
            Block::Rule,
            Block::Space(TenthsMm(8)),
            Block::Code(Code { data: fixtures::SHORT_LINK.to_owned(), module_dots: 4, lines: Vec::new() }),
        ],
        rtl: false,
    };
    let job = encode(&drawn, &profile(Roll::Mm58, Form::Raster), 4512);
    assert_golden("raster-58.hex", &job.bytes);
}

/// What a decoder of another make reads in a job, or what it complains of.
fn decode(bytes: &[u8]) -> Result<String, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/decode_escpos.py");
    let mut python = Command::new("python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("python3 cannot run ({error}): install the Debian package python3"));
    let mut input = python.stdin.take().expect("a pipe");
    input.write_all(bytes).expect("a decoder that reads");
    drop(input);
    let output = python.wait_with_output().expect("a decoder that ends");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

#[test]
fn the_text_form_is_read_by_an_independent_decoder() {
    let job = encode(&ticket(Roll::Mm58, Ticket::Duplicata), &profile(Roll::Mm58, Form::Text), 4512);
    let rule = "-".repeat(32);
    let wanted = [
        "Mairie de Bonneveine",
        "Sam. 21 nov. · 10\u{A0}h\u{A0}42",
        "           DUPLICATA            ",
        "B\u{A0}42",
        "Carte d’identité, passeport",
        "Attente\u{A0}: 20 à 30 min",
        "Salle A, 1er étage",
        &rule,
        "[picture 136 x 128]",
        "[picture 136 x 4]",
        "Suivez votre tour",
        "sur votre téléphone.",
        "Avis et réclamation\u{A0}: même page.",
        "[cut]",
        "",
    ];
    assert_eq!(decode(&job.bytes), Ok(wanted.join("\n")));
}

#[test]
fn the_decoder_refuses_what_it_does_not_know() {
    assert!(decode(b"\x1B@a\x1Bz").expect_err("unknown").contains("1b 7a"));
    assert!(decode(b"\xE9").expect_err("no page").contains("before a page"));
    assert!(decode(b"\x1Dv0\x00\x30\x00\x02\x00\xFF").expect_err("short").contains("picture"));
}

#[test]
fn lines_outside_the_page_are_drawn_in_their_place() {
    let slip = Slip {
        blocks: vec![
            Block::Text(line("Salle A", 26, Weight::Regular, Align::Start)),
            Block::Text(line("Зал А", 26, Weight::Regular, Align::Start)),
            Block::Text(line("10 €", 26, Weight::Regular, Align::Start)),
        ],
        rtl: false,
    };
    let job = encode(&slip, &profile(Roll::Mm58, Form::Text), 1);
    let text = decode(&job.bytes).expect("known commands");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines[0], lines[2], lines[3]), ("Salle A", "10 €", "[cut]"));
    assert!(lines[1].starts_with("[picture 384 x "), "{text}");
}

#[test]
fn text_cannot_carry_commands() {
    let slip = Slip {
        blocks: vec![Block::Text(line("a\u{1B}@b\u{1D}VA\u{0}c\u{10}\u{4}\u{1}d", 26, Weight::Regular, Align::Start))],
        rtl: false,
    };
    let job = encode(&slip, &profile(Roll::Mm58, Form::Text), 1);
    assert_eq!(decode(&job.bytes).as_deref(), Ok("a@bVAcd\n[cut]\n"));
}

#[test]
fn a_clone_that_numbers_pages_otherwise_is_told_its_own_number() {
    let mut clone = profile(Roll::Mm58, Form::Text);
    clone.code_page = 71;
    let job = encode(&rule(), &clone, 1);
    assert!(job.bytes.windows(3).any(|bytes| bytes == [0x1B, b't', 71]));
}

#[test]
fn a_code_that_holds_too_much_has_no_job() {
    let slip = Slip {
        blocks: vec![Block::Code(Code { data: "A".repeat(5000), module_dots: 4, lines: Vec::new() })],
        rtl: false,
    };
    for form in [Form::Raster, Form::Text] {
        let profile = profile(Roll::Mm80, form);
        let mut painter = Painter::open(&fonts(), profile.width_dots).expect("fonts");
        let refused = encode_job(&mut painter, &slip, &profile, JobId(1));
        assert!(matches!(refused, Err(EncodeError::Draw(_))), "{refused:?}");
    }
}

/// A logo of 16 x 3 dots, all black.
fn logo() -> Bitmap {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 16, 3);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&[0; 6]).expect("rows");
    writer.finish().expect("an end");
    Bitmap::from_png(&file).expect("a picture")
}

#[test]
fn a_logo_is_drawn_in_the_middle_in_both_forms() {
    let slip = Slip { blocks: vec![Block::Logo(logo()), Block::Rule], rtl: false };
    let row = [&[0; 23][..], &[0xFF, 0xFF], &[0; 23]].concat();
    let drawn = encode(&slip, &profile(Roll::Mm58, Form::Raster), 1);
    let wanted = [&b"\x1Dv0\x00\x30\x00\x05\x00"[..], &row, &row, &row, &[0xFF; 96]].concat();
    assert!(drawn.bytes.windows(wanted.len()).any(|bytes| bytes == wanted), "the logo, then the rule, in one picture");
    let text = encode(&slip, &profile(Roll::Mm58, Form::Text), 1);
    assert_eq!(decode(&text.bytes), Ok(format!("[picture 16 x 3]\n{}\n[cut]\n", "-".repeat(32))));
    let centred = b"\x1Ba\x01\x1Dv0\x00\x02\x00\x03\x00\xFF\xFF\xFF\xFF\xFF\xFF\x1Ba\x00";
    assert!(text.bytes.windows(centred.len()).any(|bytes| bytes == centred));
}

#[test]
fn a_logo_in_the_printers_memory_is_called_up_instead() {
    let slip = Slip { blocks: vec![Block::Rule, Block::Logo(logo()), Block::Rule], rtl: false };
    let rule = [&b"\x1Dv0\x00\x30\x00\x02\x00"[..], &[0xFF; 96]].concat();
    for (stored, command) in [
        (StoredLogo::Key(*b"01"), &b"\x1D(L\x06\x000E01\x01\x01"[..]),
        (StoredLogo::Number(std::num::NonZeroU8::MIN), b"\x1Cp\x01\x00"),
    ] {
        for form in [Form::Raster, Form::Text] {
            let profile = Profile { stored_logo: Some(stored), ..profile(Roll::Mm58, form) };
            let job = encode(&slip, &profile, 1);
            let called = [b"\x1Ba\x01", command, b"\x1Ba\x00"].concat();
            assert!(job.bytes.windows(called.len()).any(|bytes| bytes == called), "{form:?}");
            assert!(!decode(&job.bytes).is_ok_and(|text| text.contains("16 x 3")), "no picture of it besides");
            if form == Form::Raster {
                let whole = [&rule[..], &called, &rule].concat();
                assert!(job.bytes.windows(whole.len()).any(|bytes| bytes == whole), "in its place");
            }
        }
    }
}

#[test]
fn a_logo_wider_than_the_paper_has_no_job() {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 392, 1);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&[0; 392]).expect("rows");
    writer.finish().expect("an end");
    let slip = Slip { blocks: vec![Block::Logo(Bitmap::from_png(&file).expect("a picture"))], rtl: false };
    for form in [Form::Raster, Form::Text] {
        let mut painter = Painter::open(&fonts(), 384).expect("fonts");
        let refused = encode_job(&mut painter, &slip, &profile(Roll::Mm58, form), JobId(1));
        let Err(EncodeError::Draw(error)) = refused else { panic!("too wide") };
        assert_eq!(error, DrawError::LogoTooWide { dots: 392, allowed: 384 });
    }
}

#[test]
fn the_buzzer_sounds_after_the_cut_where_it_is_asked_to() {
    let table: [(Buzzer, &[u8]); 2] = [
        (Buzzer::EscParenA { sound: 1, times: 2, cycle_tenths_s: 5 }, b"\x1B(A\x04\x00\x30\x01\x02\x05"),
        (Buzzer::EscB { times: 2, twentieths_s: 3 }, b"\x1BB\x02\x03"),
    ];
    for (buzzer, command) in table {
        let mut profile = Profile::load("generic-58").expect("a shipped profile");
        profile.buzzer = Some(buzzer);
        assert!(encode(&rule(), &profile, 1).bytes.ends_with(b"\x1DVA\x00"), "it was not asked to");
        profile.buzz_after_cut = true;
        assert!(encode(&rule(), &profile, 1).bytes.ends_with(&[b"\x1DVA\x00", command].concat()));
    }
}

#[test]
fn paper_is_cut_as_the_model_does() {
    let table: [(Cutter, &[u8]); 3] = [
        (Cutter::Full, b"\x1BJ\x10\x1DVA\x00"),
        (Cutter::Partial, b"\x1BJ\x10\x1DVB\x00"),
        (Cutter::None, b"\x1BJ\xA0"),
    ];
    for (cutter, end) in table {
        let profile = Profile { cutter, ..Profile::load("generic-58").expect("a shipped profile") };
        assert!(encode(&rule(), &profile, 1).bytes.ends_with(end), "{cutter:?}");
    }
}
