//! Programs of others against our bytes and our virtual printer: python-escpos as a second encoder, receiptio as a
//! client that knows nothing of us.

mod fixtures;

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use drivers::printer::protocol::Question;
use drivers::printer::slip::{Align, Block, Slip, Weight};
use drivers::printer::transport::Transport;
use drivers::printer::{Form, JobId, Painter, Profile, encode_job};
use drivers::virtual_printer::{Happening, VirtualOptions, VirtualPrinter};
use fixtures::twin::{cut, dots, text_of};
use fixtures::{PATIENCE, Roll, Ticket, fonts, line, profile, ticket};

/// A tool that `deploy/dev/setup test` installs.
fn tool(path: &str) -> PathBuf {
    let folder = std::env::var_os("ACCUEIL_TOOLS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools"), PathBuf::from);
    let tool = folder.join(path);
    assert!(tool.exists(), "{} is missing: run deploy/dev/setup test", tool.display());
    tool
}

fn answer_of(mut command: Command, input: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().expect("a program that starts");
    running.stdin.take().expect("a pipe").write_all(input).expect("a program that reads");
    running.wait_with_output().expect("a program that ends")
}

fn second_encoder(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut python = Command::new(tool("bin/python"));
    python.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/second_encoder.py")).args(arguments);
    let Output { status, stdout, stderr } = answer_of(python, input);
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    stdout
}

#[test]
fn each_command_that_both_have_has_the_same_bytes() {
    for (roll, kind) in [(Roll::Mm80, Ticket::Duplicata), (Roll::Mm58, Ticket::Priority)] {
        for form in [Form::Text, Form::Raster] {
            let profile = profile(roll, form);
            let mut painter = Painter::open(&fonts(), profile.width_dots).expect("fonts");
            let job = encode_job(&mut painter, &ticket(roll, kind), &profile, JobId(4512)).expect("a slip that fits");
            let compared = String::from_utf8(second_encoder(&["again"], &job.bytes)).expect("UTF-8");
            let kinds: &[&str] = match form {
                Form::Text => &["initialize", "page", "align", "bold", "size", "text", "picture", "cut"],
                Form::Raster => &["initialize", "picture", "cut"],
            };
            for kind in kinds {
                assert!(compared.contains(&format!("\"{kind}\": ")), "{kind} was not compared: {compared}");
            }
        }
    }
    let known = [Question::Printer, Question::Paper].map(Question::request);
    let hex = |bytes: [u8; 3]| bytes.map(|byte| format!("{byte:02x}")).concat();
    let asked = String::from_utf8(second_encoder(&["questions"], b"")).expect("UTF-8");
    assert_eq!(asked.trim_end(), known.map(hex).join(" "));
}

/// Prints bytes and answers the slip's text and dots, row by row.
fn printed(profile: &Profile, bytes: &[u8]) -> (String, Vec<Vec<bool>>) {
    let folder = tempfile::tempdir().expect("a folder");
    let options = VirtualOptions::of(profile, folder.path(), fonts());
    let (device, mut transport) = VirtualPrinter::in_process(&options, []).expect("a printer");
    let mut link = transport.connect(PATIENCE).expect("a link");
    let mut rest = bytes;
    while !rest.is_empty() {
        let taken = link.writer.write(rest, PATIENCE).expect("bytes that the printer knows");
        rest = &rest[taken..];
    }
    let picture = cut(&device);
    let (width, dots) = dots(&picture);
    (text_of(&picture), dots.chunks(width as usize).map(<[bool]>::to_vec).collect())
}

#[test]
fn what_a_second_encoder_makes_of_a_slip_is_printed_as_ours_is() {
    let profile = profile(Roll::Mm80, Form::Text);
    let mut painter = Painter::open(&fonts(), profile.width_dots).expect("fonts");
    let code = Slip { blocks: ticket(Roll::Mm80, Ticket::Standard).blocks.split_off(10), rtl: false };
    assert!(matches!(code.blocks[..], [Block::Space(_), Block::Code(_)]), "{code:?}");
    let drawn = painter.draw(&code).expect("a slip that fits");

    let lines = Slip {
        blocks: vec![
            Block::Text(line("Mairie de Bonneveine", 23, Weight::Bold, Align::Centre)),
            Block::Text(line("B 42", 69, Weight::Bold, Align::Centre)),
            Block::Text(line("Priorité : voir l’agent – 10 €", 23, Weight::Regular, Align::Start)),
        ],
        rtl: false,
    };
    let ours = encode_job(&mut painter, &lines, &profile, JobId(1)).expect("a slip that fits");
    let (our_text, our_rows) = printed(&profile, &ours.bytes);

    let folder = tempfile::tempdir().expect("a folder");
    let picture = folder.path().join("code.pbm");
    let header = format!("P4 {} {}\n", drawn.width(), drawn.height());
    std::fs::write(&picture, [header.as_bytes(), drawn.bits()].concat()).expect("a file");
    let theirs = second_encoder(&["slip", picture.to_str().expect("a plain path")], b"");
    let (their_text, their_rows) = printed(&profile, &theirs);

    let note = format!("[picture {} x {}]\n", drawn.width(), drawn.height());
    assert_eq!(their_text.trim_end(), format!("{our_text}{note}").trim_end());
    let text_rows = our_rows.iter().rposition(|row| row.contains(&true)).expect("text") + 1;
    assert!(our_rows[..text_rows] == their_rows[..text_rows], "the text has other dots");
    let code_rows = 30 + 72 + 30;
    let (between, below) = their_rows[text_rows..].split_at(code_rows - text_rows);
    assert!(!between.concat().contains(&true), "a blank rest of the last line");
    for (y, row) in below.iter().enumerate() {
        for (x, black) in row.iter().enumerate() {
            assert_eq!(*black, drawn.is_black(x, y), "dot {x} of row {y}");
        }
    }
}

/// What receiptio says about a printer at an address of its own: its port is always 9100.
fn receiptio(host: Ipv4Addr, arguments: &[&str]) -> (String, Option<i32>) {
    let mut node = Command::new("node");
    node.arg(tool("oracles/node_modules/receiptio/bin/cli.js"));
    node.args(["-d", &host.to_string(), "-p", "escpos", "-l", "fr"]).args(arguments);
    // Accented letters it takes from another page than ours, the euro from ours.
    let Output { status, stderr, .. } = answer_of(node, "Salle A | 2,50 €\n".as_bytes());
    (String::from_utf8_lossy(&stderr).trim_end().to_owned(), status.code())
}

#[test]
fn an_independent_client_prints_on_the_virtual_printer_and_reads_its_state() {
    let folder = tempfile::tempdir().expect("a folder");
    // Below 127.0.0.0/8 every address is this machine; another run of this test has another.
    let [.., b, c] = std::process::id().to_be_bytes();
    let host = Ipv4Addr::new(127, 91, b, c.max(1));
    let options = VirtualOptions::of(&profile(Roll::Mm80, Form::Raster), folder.path(), fonts());
    let device = VirtualPrinter::listen_at(SocketAddr::from((host, 9100)), &options, []).expect("a free port");

    assert_eq!(receiptio(host, &[]), ("success".to_owned(), Some(0)));
    let text = text_of(&cut(&device));
    assert!(text.contains("Salle A") && text.contains("2,50 €"), "{text}");

    assert_eq!(receiptio(host, &["-q"]), ("online".to_owned(), Some(100)));
    device.happen(Happening::CoverOpened);
    assert_eq!(receiptio(host, &[]), ("coveropen".to_owned(), Some(101)));
    device.happen(Happening::CoverClosed);
    device.happen(Happening::PaperOut);
    assert_eq!(receiptio(host, &[]), ("paperempty".to_owned(), Some(102)));
    device.happen(Happening::PaperLoaded);
    device.happen(Happening::CutterJams);
    let (said, _) = receiptio(host, &["-t", "5"]);
    assert_eq!(said, "error", "a slip that is not cut is none");
}
