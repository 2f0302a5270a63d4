//! The promises of speech, with the voice that writes down and with a loudspeaker that shows what it is given.

mod loudspeaker;
mod silence;

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use loudspeaker::Loudspeaker;

use super::*;

const DEADLINE: Duration = Duration::from_secs(10);

/// Speech with its events.
struct Bench {
    handle: SpeechHandle,
    events: Receiver<SpeechEvent>,
}

impl Bench {
    fn new(voice: Box<dyn Voice>) -> Self {
        Self::quiet(voice, None)
    }

    fn quiet(voice: Box<dyn Voice>, quiet: Option<(DayPart, TimeZone)>) -> Self {
        let (sender, events) = mpsc::channel();
        let handle = Speech::start_on(voice, quiet, move |event| sender.send(event).unwrap()).unwrap();
        Self { handle, events }
    }

    fn logged(log: &SpeechLog) -> Self {
        Self::new(Box::new(log.clone()))
    }

    fn next(&self) -> SpeechEvent {
        self.events.recv_timeout(DEADLINE).unwrap()
    }

    fn say(&self, id: u64, texts: &[&str], output: Output) {
        self.handle.say(id, texts.iter().map(|text| french(text)).collect(), output);
    }

    fn plug(&self, present: bool) {
        self.handle.headset().set(present);
        assert_eq!(self.next(), SpeechEvent::Headset(present));
    }
}

fn french(text: &str) -> Utterance {
    Utterance { text: text.to_owned(), lang: Language::Fr }
}

fn said(entries: &[Entry]) -> Vec<(String, Output, Fate)> {
    let said = |entry: &Entry| match &entry.what {
        What::Said { text, .. } => Some((text.clone(), entry.output, entry.fate)),
        What::Chimed { .. } => None,
    };
    entries.iter().filter_map(said).collect()
}

/// Waits until that text is being said.
fn sounding(log: &SpeechLog, text: &str) {
    let sounds = |entries: &[Entry]| said(entries).iter().any(|(t, _, fate)| t == text && *fate == Fate::Sounding);
    assert!(log.wait_until(DEADLINE, sounds), "{text}: {:?}", log.entries());
}

fn fate_of(log: &SpeechLog, text: &str) -> Fate {
    said(&log.entries()).iter().rfind(|(t, ..)| t == text).unwrap().2
}

#[test]
fn what_is_said_is_said_in_order_and_told_when_it_has_been() {
    let log = SpeechLog::default();
    let bench = Bench::logged(&log);
    let english = Utterance { text: "Hello.".to_owned(), lang: Language::En };
    bench.handle.set_volume(2);
    bench.handle.say(7, vec![french("Bonjour."), english], Output::Speaker);
    assert_eq!(bench.next(), SpeechEvent::Ended(7));
    assert_eq!(log.texts(), ["Bonjour.", "Hello."]);
    let entries = log.entries();
    assert!(matches!(&entries[1].what, What::Said { language: "en", .. }), "{entries:?}");
    assert!(entries.iter().all(|entry| (entry.volume, entry.fate, entry.output) == (2, Fate::Ended, Output::Speaker)));
    bench.handle.set_volume(-1);
    bench.say(8, &[], Output::Speaker);
    assert_eq!(bench.next(), SpeechEvent::Ended(8), "nothing to say is said at once");
}

#[test]
fn what_is_said_anew_or_hushed_is_cut_and_never_told_as_ended() {
    let log = SpeechLog::held();
    let bench = Bench::logged(&log);
    bench.say(1, &["Un.", "Un encore."], Output::Speaker);
    sounding(&log, "Un.");
    bench.say(2, &["Deux."], Output::Speaker);
    sounding(&log, "Deux.");
    bench.handle.hush();
    bench.say(3, &["Trois."], Output::Speaker);
    sounding(&log, "Trois.");
    log.finish();
    assert_eq!(bench.next(), SpeechEvent::Ended(3));
    let fates = said(&log.entries()).into_iter().map(|(text, _, fate)| (text, fate)).collect::<Vec<_>>();
    let expected = [("Un.", Fate::Cut), ("Deux.", Fate::Cut), ("Trois.", Fate::Ended)];
    assert_eq!(fates, expected.map(|(text, fate)| (text.to_owned(), fate)));
    assert!(bench.events.try_recv().is_err());
}

#[test]
fn what_is_meant_for_the_headset_is_not_said_without_one() {
    let log = SpeechLog::default();
    let bench = Bench::logged(&log);
    bench.say(1, &["RDV ABC"], Output::Headset);
    assert_eq!(bench.next(), SpeechEvent::Unsaid(1));
    bench.plug(true);
    bench.say(2, &["RDV ABC"], Output::Headset);
    assert_eq!(bench.next(), SpeechEvent::Ended(2));
    bench.plug(false);
    bench.say(3, &["RDV ABC"], Output::Headset);
    assert_eq!(bench.next(), SpeechEvent::Unsaid(3));
    assert_eq!(said(&log.entries()), [("RDV ABC".to_owned(), Output::Headset, Fate::Ended)]);
}

#[test]
fn a_headset_that_is_pulled_out_silences_before_it_is_told_and_nothing_is_moved() {
    let log = SpeechLog::held();
    let (sender, events) = mpsc::channel();
    let (seen, witness) = (log.clone(), sender.clone());
    drop(sender);
    let handle = Speech::start_on(Box::new(log.clone()), None, move |event| {
        // What the log says at the moment of the event, on the thread that speaks.
        let sounds = seen.entries().iter().any(|entry| entry.fate == Fate::Sounding);
        witness.send((event, sounds)).unwrap();
    });
    let handle = handle.unwrap();
    let next = || events.recv_timeout(DEADLINE).unwrap();
    handle.headset().set(true);
    assert_eq!(next(), (SpeechEvent::Headset(true), false));
    // Meant for the loudspeaker, said in the headset: it is not moved back either.
    for (id, output) in [(1, Output::Headset), (2, Output::Speaker)] {
        let text = format!("Texte {id}.");
        handle.say(id, vec![french(&text), french("Et la suite.")], output);
        sounding(&log, &text);
        handle.headset().set(false);
        assert_eq!(next(), (SpeechEvent::Unsaid(id), false));
        assert_eq!(next(), (SpeechEvent::Headset(false), false));
        assert_eq!(fate_of(&log, &text), Fate::Cut);
        handle.headset().set(true);
        assert_eq!(next(), (SpeechEvent::Headset(true), false));
    }
    handle.hush();
    drop(handle);
    assert!(said(&log.entries()).iter().all(|(_, output, _)| *output == Output::Headset), "{:?}", log.entries());
    assert!(!log.texts().contains(&"Et la suite.".to_owned()));
}

#[test]
fn a_headset_that_is_plugged_in_silences_the_loudspeaker() {
    let log = SpeechLog::held();
    let bench = Bench::logged(&log);
    bench.say(1, &["Un."], Output::Speaker);
    sounding(&log, "Un.");
    bench.handle.headset().set(true);
    assert_eq!(bench.next(), SpeechEvent::Unsaid(1));
    assert_eq!(bench.next(), SpeechEvent::Headset(true));
    bench.handle.chime(Chime::Ready);
    bench.say(2, &["Deux."], Output::Speaker);
    sounding(&log, "Deux.");
    let after: Vec<Output> = log.entries().iter().skip(1).map(|entry| entry.output).collect();
    assert_eq!(after, [Output::Headset, Output::Headset]);
}

#[test]
fn chimes_are_softer_in_quiet_hours_and_the_log_keeps_the_last_200() {
    let log = SpeechLog::default();
    let always: DayPart = "00:00-23:59".parse().unwrap();
    let never: DayPart = "23:58-23:59".parse().unwrap();
    // A zone in which it is about noon now: neither end is near.
    let hour = jiff::Timestamp::now().to_zoned(TimeZone::UTC).hour();
    let zone = TimeZone::fixed(jiff::tz::Offset::constant(12 - hour));
    for (hours, quiet) in [(always, true), (never, false)] {
        let bench = Bench::quiet(Box::new(log.clone()), Some((hours, zone.clone())));
        bench.handle.chime(Chime::Error);
        bench.say(1, &[], Output::Speaker);
        assert_eq!(bench.next(), SpeechEvent::Ended(1));
        assert_eq!(log.entries().last().unwrap().what, What::Chimed { chime: Chime::Error, quiet });
    }
    let bench = Bench::logged(&log);
    for id in 0..300 {
        bench.say(id, &[&id.to_string()], Output::Speaker);
        assert_eq!(bench.next(), SpeechEvent::Ended(id));
    }
    let texts = log.texts();
    assert_eq!((texts.len(), texts[0].as_str(), texts[199].as_str()), (200, "100", "299"));
}

/// A synthesiser whose texts are a second of one level a letter.
struct Levels;

struct Level(Vec<i16>);

impl Synthesiser for Levels {
    fn begin(&self, utterance: &Utterance) -> Result<Box<dyn Synthesis>, SpeechError> {
        let level = |letter: u8| std::iter::repeat_n(i16::from(letter) * 100, RATE as usize);
        Ok(Box::new(Level(utterance.text.bytes().flat_map(level).collect())))
    }
}

impl Synthesis for Level {
    fn more(&mut self, samples: &mut Vec<i16>, _: Duration) -> Result<bool, SpeechError> {
        let piece = self.0.len().min(1000);
        samples.extend(self.0.drain(..piece));
        Ok(!self.0.is_empty())
    }
}

fn aloud(speaker: &Loudspeaker, headset: &Loudspeaker) -> Box<dyn Voice> {
    Box::new(Aloud::new(Some(Arc::new(Levels)), Some(Arc::new(speaker.clone())), Some(Arc::new(headset.clone()))))
}

#[test]
fn speech_that_is_hushed_or_loses_its_headset_is_silent_within_100_ms_and_the_loudspeaker_stays_so() {
    let (speaker, headset) = (Loudspeaker::default(), Loudspeaker::default());
    let bench = Bench::new(aloud(&speaker, &headset));
    drop(speaker.until(|shown| shown.openings == 1 && !shown.open));
    bench.plug(true);
    bench.say(1, &["AAAA"], Output::Headset);
    headset.plays(2000);
    let asked = Instant::now();
    bench.handle.hush();
    let hushed = headset.silent_after(asked);
    bench.say(2, &["AAAA"], Output::Headset);
    let before = headset.shown().given.len();
    headset.plays(before + 2000);
    let asked = Instant::now();
    bench.handle.headset().set(false);
    let pulled = headset.silent_after(asked);
    assert_eq!((bench.next(), bench.next()), (SpeechEvent::Unsaid(2), SpeechEvent::Headset(false)));
    assert!(hushed < Duration::from_millis(100) && pulled < Duration::from_millis(100), "{hushed:?}, {pulled:?}");
    eprintln!("hushed after {hushed:?}, pulled out after {pulled:?}");
    drop(bench);
    assert_eq!(speaker.shown().given.clone(), [] as [i16; 0]);
    assert_eq!(speaker.shown().openings, 1, "at the start, to see that it is there");
}

#[test]
fn each_step_of_the_volume_is_exact_and_changes_while_it_speaks() {
    let speaker = Loudspeaker::default();
    let bench = Bench::new(aloud(&speaker, &speaker));
    for (step, level) in [(-1, 818), (0, 1633), (1, 3258), (2, 6500)] {
        bench.handle.set_volume(step);
        bench.say(1, &["A"], Output::Speaker);
        assert_eq!(bench.next(), SpeechEvent::Ended(1));
        let given = speaker.take();
        assert_eq!(given.len(), RATE as usize, "all of it");
        assert!(given.iter().all(|sample| *sample == level), "{step}: {}", given[0]);
    }
    bench.say(2, &["A"], Output::Speaker);
    speaker.plays(1);
    bench.handle.set_volume(-1);
    assert_eq!(bench.next(), SpeechEvent::Ended(2));
    let given = speaker.shown().given.clone();
    assert_eq!((given[0], given[given.len() - 1]), (6500, 818));
}

#[test]
fn a_chime_is_heard_whole_before_what_is_said_whichever_is_asked_for_first() {
    let speaker = Loudspeaker::default();
    let bench = Bench::new(aloud(&speaker, &speaker));
    let chime = Chime::Ready.samples(RATE);
    bench.handle.set_volume(2);
    bench.handle.chime(Chime::Ready);
    bench.say(1, &["A"], Output::Speaker);
    assert_eq!(bench.next(), SpeechEvent::Ended(1));
    let given = speaker.take();
    assert_eq!(given[..chime.len()], chime);
    assert!(given[chime.len()..].iter().all(|sample| *sample == 6500));

    bench.say(2, &["A"], Output::Speaker);
    speaker.plays(3000);
    bench.handle.chime(Chime::Ready);
    assert_eq!(bench.next(), SpeechEvent::Ended(2));
    let given = speaker.take();
    let begin = given.windows(chime.len()).position(|window| window == chime).expect("the whole chime");
    assert!(given[..begin].iter().chain(&given[begin + chime.len()..]).all(|sample| *sample == 6500));
    assert_eq!(given.len(), chime.len() + RATE as usize, "and all that was to be said");

    // Speech that is cut does not take the chime along that the device still holds.
    bench.say(3, &["A"], Output::Speaker);
    speaker.plays(3000);
    bench.handle.chime(Chime::Key);
    let tick = Chime::Key.samples(RATE);
    let ticks = |samples: &[i16]| samples.windows(tick.len()).any(|window| window == tick);
    drop(speaker.until(|shown| ticks(&shown.given)));
    let before = speaker.shown().given.len();
    bench.say(4, &["B"], Output::Speaker);
    assert_eq!(bench.next(), SpeechEvent::Ended(4));
    let given = speaker.shown().given.clone();
    assert!(ticks(&given[before..]), "the tick is heard again");
}

#[test]
fn a_device_that_cannot_be_had_is_told_once_and_again_when_it_can() {
    let speaker = Loudspeaker::default();
    speaker.shown().broken = true;
    let bench = Bench::new(aloud(&speaker, &speaker));
    let SpeechEvent::Fault(text) = bench.next() else { panic!() };
    assert!(text.contains("in use by another program") && text.contains("alsa:default"), "{text}");
    for id in [1, 2] {
        bench.handle.chime(Chime::Error);
        bench.say(id, &["A"], Output::Speaker);
        assert_eq!(bench.next(), SpeechEvent::Unsaid(id));
    }
    speaker.shown().broken = false;
    bench.say(3, &["A"], Output::Speaker);
    assert_eq!((bench.next(), bench.next()), (SpeechEvent::Recovered, SpeechEvent::Ended(3)));
}

#[test]
fn without_a_program_that_speaks_it_is_told_once_and_chimes_are_heard() {
    let speaker = Loudspeaker::default();
    let espeak = EspeakNg::by("/nowhere/espeak-ng".into(), 150);
    let bench = Bench::new(Box::new(Aloud::new(Some(Arc::new(espeak)), Some(Arc::new(speaker.clone())), None)));
    let SpeechEvent::Fault(text) = bench.next() else { panic!() };
    assert!(text.contains("install the package espeak-ng"), "{text}");
    bench.handle.chime(Chime::Ready);
    bench.say(1, &["A"], Output::Speaker);
    assert_eq!(bench.next(), SpeechEvent::Unsaid(1));
    bench.say(2, &["A"], Output::Speaker);
    assert_eq!(bench.next(), SpeechEvent::Unsaid(2));
    speaker.plays(Chime::Ready.samples(RATE).len());
    drop(bench);
}

#[test]
fn where_nothing_is_fitted_nothing_is_said_and_that_is_no_fault() {
    let bench = Bench::new(Box::new(Aloud::new(None, None, None)));
    bench.handle.chime(Chime::Ready);
    bench.say(1, &["A"], Output::Speaker);
    assert_eq!(bench.next(), SpeechEvent::Unsaid(1));
    assert!(bench.events.try_recv().is_err());
}

#[test]
fn the_handle_ends_its_thread_whatever_sounds() {
    let speaker = Loudspeaker::default();
    let bench = Bench::new(aloud(&speaker, &speaker));
    bench.say(1, &["AAAAAAAA"], Output::Speaker);
    speaker.plays(2000);
    let asked = Instant::now();
    drop(bench.handle);
    assert!(asked.elapsed() < Duration::from_millis(500), "{:?}", asked.elapsed());
    assert!(!speaker.shown().open);
    assert_eq!(bench.events.recv(), Err(mpsc::RecvError));
}

#[test]
fn at_rest_the_thread_sleeps() {
    let (sender, told) = mpsc::channel();
    // The callback runs on the thread that speaks, which tells its own files.
    let tell = move |_| sender.send(std::fs::read_link("/proc/thread-self").unwrap()).unwrap();
    let handle = Speech::start_on(Box::new(SpeechLog::default()), None, tell).unwrap();
    handle.say(1, vec![french("Bonjour.")], Output::Speaker);
    let thread = std::path::Path::new("/proc").join(told.recv_timeout(DEADLINE).unwrap());
    let naps = || {
        let status = std::fs::read_to_string(thread.join("status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).unwrap();
        line.trim().parse::<u32>().unwrap()
    };
    let before = naps();
    assert!(told.recv_timeout(Duration::from_secs(2)).is_err(), "nothing happens");
    assert!(naps() <= before + 2, "it woke {} times", naps() - before);
}
