//! What is scanned stands in no log, at any level, and in no debug text.
use std::io;
use std::sync::{Arc, Mutex};

use super::listening::{Listening, hurried};
use drivers::scanner::ScannerEvent;
use drivers::virtual_scanner::VirtualScanner;
use tracing_subscriber::filter::LevelFilter;

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn nothing_that_was_scanned_is_logged_whatever_becomes_of_it() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(move || writer.clone()).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let mut scanner = VirtualScanner::plug_in(&folder.path().join("port")).unwrap();
    let listening = Listening::open(&format!("serial:{}", scanner.port().display()), hurried());
    let mut told = format!("{:?}", listening.next().0);

    // Whole codes of every kind, half a code, a flood, and half a code cut off by pulling the cable.
    let secret = "185057800608491";
    let flood = secret.repeat(400);
    for code in [secret.as_bytes(), b"185057800608491\x1d\xff", format!("RDV1.{secret}").as_bytes()] {
        scanner.present(code).unwrap();
        told += &format!("{:?}", listening.next().0);
    }
    for cut_off in [secret, &flood] {
        scanner.send(cut_off.as_bytes()).unwrap();
        let (event, _) = listening.next();
        assert!(matches!(event, ScannerEvent::Unreadable { .. }), "{event:?}");
        told += &format!("{event:?}");
    }
    scanner.send(secret.as_bytes()).unwrap();
    scanner.unplug().unwrap();
    loop {
        let (event, _) = listening.next();
        told += &format!("{event:?}");
        if matches!(event, ScannerEvent::Lost { .. }) {
            break;
        }
    }

    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("the scanner is connected"), "the log is captured: {logged}");
    for text in [&logged, &told] {
        for piece in ["185057", "800608", "608491", "49, 56, 53", "31, 38, 35"] {
            assert!(!text.contains(piece), "{piece} stands in {text}");
        }
    }
    assert!(told.contains("Payload(…)"), "{told}");
}
