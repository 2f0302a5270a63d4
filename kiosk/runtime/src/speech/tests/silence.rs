//! What is said stands in no log and no debug text.

use std::io;
use std::sync::{Arc, Mutex};

use super::loudspeaker::Loudspeaker;
use super::*;

/// Everything that was logged.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_is_said_stands_in_no_log_and_no_debug_text() {
    let captured = Captured::default();
    let writer = captured.clone();
    let level = tracing_subscriber::filter::LevelFilter::TRACE;
    let subscriber = tracing_subscriber::fmt().with_max_level(level).with_writer(move || writer.clone()).finish();
    tracing::subscriber::with_default(subscriber, || {
        let (sender, inbox) = mpsc::channel();
        let (events, told) = mpsc::channel();
        let espeak = EspeakNg::by("/nowhere/espeak-ng".into(), 150);
        let voice = Box::new(Aloud::new(Some(Arc::new(espeak)), Some(Arc::new(Loudspeaker::default())), None));
        let orator = Orator::new(voice, None, inbox, Arc::default(), move |event| events.send(event).unwrap());
        let secret = "RDV1 ABCDEFGH".to_owned();
        let long = vec![french(&secret.repeat(4000))];
        let say = Message::Say { id: 1, utterances: vec![french(&secret)], output: Output::Speaker };
        let debug = format!("{say:?}");
        assert!(!debug.contains("ABCDEFGH"), "{debug}");
        for message in [say, Message::Say { id: 2, utterances: long, output: Output::Headset }] {
            sender.send(message).unwrap();
        }
        drop(sender);
        // On this thread, whose log is captured.
        orator.run();
        assert_eq!(told.iter().count(), 2, "the fault, and what is meant for the headset");
    });
    let logged = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("the borne cannot be heard"), "the log is captured: {logged}");
    assert!(!logged.contains("ABCDEFGH"), "{logged}");
}
