//! Whatever a text holds, the printer is told what the encoder says and nothing else: read by the virtual printer's own
//! interpreter, which shares no code with the encoder.

use std::sync::{Mutex, OnceLock, PoisonError};

use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::*;
use crate::printer::fonts::FontSource;
use crate::printer::slip::{Align, Code, TenthsMm, TextLine, Weight};
use crate::virtual_printer::{Command, Device, Parser, VirtualEvent, VirtualOptions};

const JOB: JobId = JobId(7);

fn fonts() -> FontSource {
    FontSource::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/fonts"))
}

fn profile(form: Form) -> Profile {
    let mut profile = Profile::load("virtual").expect("a shipped profile");
    profile.form = form;
    profile.width_dots = 384;
    profile
}

fn encode(slip: &Slip, form: Form) -> Vec<u8> {
    static PAINTER: OnceLock<Mutex<Painter>> = OnceLock::new();
    let painter = PAINTER.get_or_init(|| Mutex::new(Painter::open(&fonts(), 384).expect("fonts")));
    let mut painter = painter.lock().unwrap_or_else(PoisonError::into_inner);
    encode_job(&mut painter, slip, &profile(form), JOB).expect("a slip that fits").bytes
}

/// Characters, commands in their bytes, letters of every script, and names that never end.
fn text() -> impl Strategy<Value = String> {
    let anything = prop::collection::vec(any::<char>(), 0..60).prop_map(String::from_iter);
    let commands = prop::collection::vec(
        prop::sample::select(vec![
            "\u{1B}@",
            "\u{1D}V\0",
            "\u{1D}VA\0",
            "\u{1D}(H\u{6}\u{0}0",
            "\u{10}\u{4}\u{1}",
            "\u{10}\u{14}\u{1}\0\u{5}",
            "\u{1B}p\0",
            "\u{1C}p\u{1}\0",
            "\u{1B}t\u{2}",
            "\u{1D}v0\0",
            "\u{18}",
            "\u{C}",
            "\u{9B}A",
            "\u{85}",
            "\u{2028}",
        ]),
        0..8,
    );
    let commands = (commands, "[ -~]{0,20}").prop_map(|(commands, words)| commands.join(&words));
    let letters = prop::sample::select(vec![
        "Київ",
        "مرحبا",
        "Việt Nam",
        "中文",
        "ქართული",
        "№ 12",
        "€ œ Œ – — ’ « »",
        "e\u{301}",
        "👩‍👩‍👧",
        "\u{202E}abc",
        "\u{FFFD}",
        "\u{E000}",
        "\u{10FFFF}",
        "ﬁ",
        "ǅ",
    ])
    .prop_map(str::to_owned);
    let long = ("[a-zà-ÿ]{1,12}", 1..60usize).prop_map(|(word, times)| word.repeat(times));
    prop_oneof![anything, commands, letters, long]
}

fn line() -> impl Strategy<Value = TextLine> {
    (text(), 15..60u16, any::<bool>(), 0..3u8).prop_map(|(text, cap, bold, align)| TextLine {
        text,
        cap: TenthsMm(cap),
        weight: if bold { Weight::Bold } else { Weight::Regular },
        align: match align {
            0 => Align::Start,
            1 => Align::Centre,
            _ => Align::End,
        },
    })
}

fn slip() -> impl Strategy<Value = Slip> {
    let block = prop_oneof![
        line().prop_map(Block::Text),
        (text(), 60..150u16).prop_map(|(text, cap)| Block::Number { text, cap: TenthsMm(cap) }),
        (text(), 20..30u16).prop_map(|(text, cap)| Block::Band { text, cap: TenthsMm(cap) }),
        ("[A-Z0-9/:.]{1,60}", prop::collection::vec(line(), 0..3)).prop_map(|(data, lines)| Block::Code(Code {
            data,
            module_dots: 3,
            lines
        })),
        Just(Block::Rule),
    ];
    (prop::collection::vec(block, 1..5), any::<bool>()).prop_map(|(blocks, rtl)| Slip { blocks, rtl })
}

fn commands(bytes: &[u8]) -> Result<Vec<Command>, String> {
    let mut parser = Parser::default();
    let mut commands = Vec::new();
    for byte in bytes {
        let command = parser.push(*byte).map_err(|unknown| format!("unknown command {:02X?}", unknown.0))?;
        commands.extend(command);
    }
    Ok(commands)
}

/// Whether the encoder writes such a command into the middle of a job.
fn is_of_a_body(command: &Command, form: Form) -> bool {
    let text = form == Form::Text;
    match command {
        Command::Picture { row_bytes, .. } => *row_bytes <= 48,
        Command::Character(byte) => text && !matches!(byte, 0..=0x1F | 0x7F),
        Command::LineFeed | Command::Align(_) | Command::Bold(_) | Command::WhiteOnBlack(_) | Command::FeedUnits(_) => {
            text
        }
        // Squares of one to eight.
        Command::Size(size) => text && size >> 4 == size & 0x0F && size & 0x0F < 8,
        Command::Nothing
        | Command::Initialize
        | Command::CodePage(_)
        | Command::FeedLines(_)
        | Command::MotionUnits(..)
        | Command::Cut
        | Command::ProcessId(_)
        | Command::AutomaticStatus(_)
        | Command::AskPaper
        | Command::RealTime
        | Command::AskIdentity(_)
        | Command::LineSpacing(_)
        | Command::MoveTo(_)
        | Command::MoveBy(_)
        | Command::PrintWidth(_)
        | Command::Plain
        | Command::AsAlways => false,
    }
}

fn check(slip: &Slip, form: Form) -> Result<(), TestCaseError> {
    let commands = commands(&encode(slip, form)).map_err(TestCaseError::fail)?;
    let ids = job_ids(JOB, true);
    let before: &[Command] = match form {
        Form::Raster => &[Command::Initialize, Command::AutomaticStatus(0xFF)],
        Form::Text => &[
            Command::Initialize,
            Command::AutomaticStatus(0xFF),
            Command::CodePage(16),
            Command::MotionUnits(203, 203),
        ],
    };
    let after = [
        Command::FeedUnits(FOOT_DOTS),
        Command::ProcessId(ids.printed),
        Command::Cut,
        Command::ProcessId(ids.cut.unwrap_or_default()),
    ];
    prop_assert!(commands.starts_with(before) && commands.ends_with(&after), "the frame of a job");
    let body = &commands[before.len()..commands.len() - after.len()];
    for command in body {
        prop_assert!(is_of_a_body(command, form), "nobody wrote {command:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_text_says_no_command_in_the_printers_font(slip in slip()) {
        check(&slip, Form::Text)?;
    }

    #[test]
    fn a_text_says_no_command_where_it_is_drawn(slip in slip()) {
        check(&slip, Form::Raster)?;
    }
}

#[test]
fn the_virtual_printer_prints_hostile_slips_as_one_slip_each() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for form in [Form::Text, Form::Raster] {
        let folder = tempfile::tempdir().expect("a folder");
        let options =
            VirtualOptions { receive_buffer: 1 << 20, ..VirtualOptions::of(&profile(form), folder.path(), fonts()) };
        let mut printer = Device::new(&options, []).expect("a virtual printer");
        for _ in 0..40 {
            let slip = slip().new_tree(&mut runner).expect("a slip").current();
            let reaction = printer.receive(&encode(&slip, form));
            let mut cuts = 0;
            for event in reaction.events {
                assert!(!matches!(event, VirtualEvent::Failed { .. }), "{event:?}");
                cuts += usize::from(matches!(event, VirtualEvent::Cut { .. }));
            }
            assert!(cuts <= 1, "one slip, or none where all was blank");
        }
    }
}

#[test]
fn a_command_that_slipped_through_would_be_noticed() {
    let mut bytes = encode(&Slip { blocks: vec![Block::Rule], rtl: false }, Form::Text);
    let at = bytes.windows(2).position(|pair| pair == b"--").expect("a rule");
    bytes.splice(at..at, *b"\x1DVA\x00");
    let commands = commands(&bytes).expect("known commands");
    assert_eq!(commands.iter().filter(|command| !is_of_a_body(command, Form::Text)).count(), 4 + 3 + 1);
}
