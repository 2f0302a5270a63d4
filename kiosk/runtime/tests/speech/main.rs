#![expect(clippy::unwrap_used, reason = "tests")]
//! The real programs: espeak-ng makes sound of each language, and the ALSA library brings it to a device.

use std::f64::consts::TAU;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use kiosk_runtime::config::Config;
use kiosk_runtime::speech::{
    Chime, EspeakNg, Output, RATE, Speech, SpeechError, SpeechEvent, Synthesis, Utterance, probe,
};
use wire::ids::Language;

const DEADLINE: Duration = Duration::from_secs(20);

/// What a borne says of a ticket, by the tag of its language.
const TICKETS: [(&str, &str); 9] = [
    ("fr", "Votre numéro est B 42. Vous attendez entre 20 et 30 minutes."),
    ("en", "Your number is B 42. You will wait between 20 and 30 minutes."),
    ("es", "Su número es B 42. Esperará entre 20 y 30 minutos."),
    ("pt", "O seu número é B 42. Vai esperar entre 20 e 30 minutos."),
    ("ar", "رقمك هو B 42. ستنتظر بين 20 و 30 دقيقة."),
    ("tr", "Numaranız B 42. 20 ile 30 dakika arasında bekleyeceksiniz."),
    ("uk", "Ваш номер B 42. Ви чекатимете від 20 до 30 хвилин."),
    ("zh", "您的号码是 B 42。您需要等待20到30分钟。"),
    ("fr-simple", "Votre numéro est B 42. Vous attendez entre 20 et 30 minutes."),
];

fn peak(samples: &[i16]) -> u16 {
    samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or_default()
}

#[test]
fn every_language_is_heard_and_lasts_as_long_as_a_person_would_take() {
    let espeak = EspeakNg::new(150);
    let mut lengths = Vec::new();
    for (tag, text) in TICKETS {
        let begun = Instant::now();
        let mut making = espeak.begin_tagged(text, tag).unwrap_or_else(|error| panic!("{tag}: {error}"));
        let mut samples = Vec::new();
        while samples.is_empty() {
            assert!(making.more(&mut samples, Duration::from_millis(100)).unwrap(), "{tag}");
        }
        let first = begun.elapsed();
        samples.extend(making.whole().unwrap());
        let seconds = samples.len() as f64 / f64::from(RATE);
        eprintln!(
            "measured {tag}: {seconds:.1} s of sound, the first after {first:?}, all after {:?}",
            begun.elapsed()
        );
        assert!((3.0..12.0).contains(&seconds), "{tag}: {seconds} s");
        assert!(peak(&samples) > 4000, "{tag}: {}", peak(&samples));
        let heard = samples.chunks(RATE as usize / 50).filter(|piece| peak(piece) > 500).count();
        assert!(heard as f64 / 50.0 > seconds / 2.0, "{tag}: heard for {heard} of {seconds} s");
        lengths.push((tag, samples.len()));
    }
    let length = |tag: &str| lengths.iter().find(|(other, _)| *other == tag).unwrap().1;
    assert!(length("fr-simple") > length("fr") * 105 / 100, "plain French is slower: {lengths:?}");
}

#[test]
fn a_language_that_nobody_knows_is_french() {
    let espeak = EspeakNg::new(150);
    let made = |tag: &str| espeak.begin_tagged("Un numéro.", tag).unwrap().whole().unwrap();
    assert_eq!(made("xx"), made("fr"));
    assert_ne!(made("es"), made("fr"));
}

#[test]
fn a_text_that_is_cut_ends_its_program_within_100_ms() {
    let espeak = EspeakNg::new(150);
    let mut making = espeak.begin_tagged(&"Vous attendez entre 20 et 30 minutes. ".repeat(200), "fr").unwrap();
    let mut samples = Vec::new();
    while samples.is_empty() {
        assert!(making.more(&mut samples, Duration::from_millis(100)).unwrap());
    }
    let process = Path::new("/proc").join(making.process().to_string());
    assert!(process.exists());
    let cut = Instant::now();
    drop(making);
    let took = cut.elapsed();
    assert!(!process.exists(), "it has ended");
    assert!(took < Duration::from_millis(100), "{took:?}");
    eprintln!("measured cut to end of the program: {took:?}");
}

#[test]
fn what_is_no_synthesiser_is_told_and_not_waited_for() {
    let mute = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/speech/mute-synthesiser");
    let mute = EspeakNg::by(mute, 150).within(Duration::from_millis(300));
    let begun = Instant::now();
    let error = mute.begin_tagged("Bonjour.", "fr").unwrap().whole().unwrap_err();
    assert!(matches!(error, SpeechError::TooSlow { .. }), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    for (program, what) in [("/bin/false", "without a word"), ("/bin/echo", "no WAV file")] {
        let error = EspeakNg::by(program.into(), 150).begin_tagged("Bonjour.", "fr").unwrap().whole().unwrap_err();
        assert!(error.to_string().contains(what), "{program}: {error}");
    }
    let absent = EspeakNg::by("no-such-synthesiser".into(), 150).begin_tagged("Bonjour.", "fr").unwrap_err();
    assert!(absent.to_string().contains("install the package"), "{absent}");
    let long = EspeakNg::new(150).begin_tagged(&"mot ".repeat(10_000), "fr").unwrap_err();
    assert!(long.to_string().contains("too long"), "{long}");
}

/// Calls `test` with the folder where ALSA's device `recorder` writes `sound.raw`, in a process of its own: the library
/// reads its configuration once.
fn with_recorder(name: &str, test: impl FnOnce(&Path)) {
    const FOLDER: &str = "RECORDER_FOLDER";
    if let Some(folder) = std::env::var_os(FOLDER) {
        return test(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let sound = folder.path().join("sound.raw");
    let text = format!(
        "</usr/share/alsa/alsa.conf>\n\
         pcm.recorder {{ type plug slave.pcm {{ type file slave.pcm {{ type null }} file \"{}\" format \"raw\" }} }}\n",
        sound.display()
    );
    let configuration = folder.path().join("asound.conf");
    fs::write(&configuration, text).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env("ALSA_CONFIG_PATH", &configuration)
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "with a recorder: {said}");
    assert!(!said.contains("ALSA lib"), "the library keeps quiet: {said}");
    for line in said.lines().filter(|line| line.starts_with("measured")) {
        eprintln!("{line}");
    }
}

fn audio(device: &str) -> kiosk_runtime::config::Audio {
    Config::load(None, &[("audio.speaker", device.to_owned())]).unwrap().audio
}

/// What the recorder has written, and not longer than it is played.
fn recorded(folder: &Path) -> Vec<i16> {
    let bytes = fs::read(folder.join("sound.raw")).unwrap();
    bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}

/// How strong a frequency is (a term of the discrete Fourier transform).
fn strength(samples: &[i16], hertz: f64) -> f64 {
    let turn = TAU * hertz / f64::from(RATE);
    let sum = samples.iter().enumerate().fold((0.0, 0.0), |(cosine, sine), (place, &sample)| {
        let (s, c) = (turn * place as f64).sin_cos();
        (f64::from(sample).mul_add(c, cosine), f64::from(sample).mul_add(s, sine))
    });
    sum.0.hypot(sum.1)
}

#[test]
fn what_is_said_and_chimed_reaches_the_device_with_the_gain_of_its_step() {
    with_recorder("what_is_said_and_chimed_reaches_the_device_with_the_gain_of_its_step", |folder| {
        let (sender, events) = mpsc::channel();
        let tell = move |event| sender.send(event).unwrap();
        let handle = Speech::start(&audio("alsa:recorder"), TimeZone::UTC, tell).unwrap();
        let ticket = || vec![Utterance { text: TICKETS[0].1.to_owned(), lang: Language::Fr }];
        let play = |step: i8, chime: Option<Chime>, texts: Vec<Utterance>| {
            handle.set_volume(step);
            if let Some(chime) = chime {
                handle.chime(chime);
            }
            handle.say(1, texts, Output::Speaker);
            assert_eq!(events.recv_timeout(DEADLINE).unwrap(), SpeechEvent::Ended(1));
            recorded(folder)
        };
        let usual = play(0, None, ticket());
        assert!(usual.len() > 3 * RATE as usize, "{} samples", usual.len());
        let decibels = |louder: &[i16], than: &[i16]| 20.0 * (f64::from(peak(louder)) / f64::from(peak(than))).log10();
        for (step, gain) in [(-1, -6.0), (1, 6.0), (2, 12.0)] {
            let gained = decibels(&play(step, None, ticket()), &usual);
            assert!((gained - gain).abs() < 0.1, "speech at step {step}: {gained} dB");
            eprintln!("measured speech at step {step}: {gained:.2} dB");
        }
        assert!(peak(&play(2, None, ticket())) < u16::try_from(i16::MAX).unwrap(), "the loudest does not clip");

        let chime = play(0, Some(Chime::Ready), Vec::new());
        for (step, gain) in [(-1, -6.0), (1, 6.0), (2, 12.0)] {
            let gained = decibels(&play(step, Some(Chime::Ready), Vec::new()), &chime);
            assert!((gained - gain).abs() < 0.1, "a chime at step {step}: {gained} dB");
        }
        let (first, second) = (&chime[..4410], &chime[4410..10_000]);
        for (notes, present, absent) in [(first, 659.26, 880.0), (second, 880.0, 659.26)] {
            assert!(strength(notes, present) > 5.0 * strength(notes, absent), "{present} Hz");
        }
        let both = play(0, Some(Chime::Ready), ticket());
        let length = Chime::Ready.samples(RATE).len();
        assert_eq!(both[..length], chime[..length], "the chime first");
        assert!(peak(&both[length..]).abs_diff(peak(&usual)) <= 1, "then what is said");
    });
}

#[test]
fn devices_that_cannot_be_had_say_what_to_do_and_do_not_hold_the_borne_up() {
    with_recorder("devices_that_cannot_be_had_say_what_to_do_and_do_not_hold_the_borne_up", |_| {
        for device in ["alsa:no-such-device", "alsa:plughw:CARD=Nothing", "alsa:hw:9"] {
            let (sender, events) = mpsc::channel();
            let tell = move |event| sender.send(event).unwrap();
            let handle = Speech::start(&audio(device), TimeZone::UTC, tell).unwrap();
            let next = || events.recv_timeout(DEADLINE).unwrap();
            let SpeechEvent::Fault(text) = next() else { panic!("{device}") };
            assert!(text.contains("is not there") && text.contains("plughw"), "{device}: {text}");
            handle.say(5, vec![Utterance { text: "Bonjour.".to_owned(), lang: Language::Fr }], Output::Speaker);
            assert_eq!(next(), SpeechEvent::Unsaid(5), "{device}, and the fault is not told again");
        }
        let found = probe(&audio("alsa:no-such-device"));
        let loudspeaker = found.iter().find(|finding| finding.what == "loudspeaker").unwrap();
        assert!(loudspeaker.state.contains("is not there"), "{found:?}");
        assert!(loudspeaker.remedy.as_ref().is_some_and(|remedy| remedy.contains("plughw")), "{found:?}");
        let found = probe(&audio("alsa:recorder"));
        assert!(found.iter().all(|finding| finding.remedy.is_none()), "{found:?}");
        assert!(found[0].state.contains("espeak-ng speaks"), "{found:?}");
    });
}

#[cfg(feature = "virtual")]
#[test]
fn a_borne_as_it_is_configured_hears_its_jack_and_writes_down_what_it_would_say() {
    use std::io::Write;

    use kiosk_runtime::speech::{Fate, What};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("board");
    fs::write(&path, "input JACK\n").unwrap();
    let mut script = fs::OpenOptions::new().append(true).open(&path).unwrap();
    let settings = [("audio.voice", "log".to_owned()), ("audio.jack", format!("fake:{}:JACK", path.display()))];
    let config = Config::load(None, &settings).unwrap().audio;
    let (sender, events) = mpsc::channel();
    let handle = Speech::start(&config, TimeZone::UTC, move |event| sender.send(event).unwrap()).unwrap();
    let next = || events.recv_timeout(DEADLINE).unwrap();
    let code = || vec![Utterance { text: "K7P".to_owned(), lang: Language::En }];
    assert_eq!(next(), SpeechEvent::Headset(false));
    handle.say(1, code(), Output::Headset);
    assert_eq!(next(), SpeechEvent::Unsaid(1));
    writeln!(script, "set JACK low").unwrap();
    assert_eq!(next(), SpeechEvent::Headset(true));
    handle.say(2, code(), Output::Headset);
    assert_eq!(next(), SpeechEvent::Ended(2));
    writeln!(script, "unplug").unwrap();
    assert_eq!(next(), SpeechEvent::Headset(false));
    assert!(matches!(next(), SpeechEvent::Fault(_)));
    handle.say(3, code(), Output::Headset);
    assert_eq!(next(), SpeechEvent::Unsaid(3));
    let entries = handle.log().unwrap().entries();
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert_eq!((entries[0].output, entries[0].volume, entries[0].fate), (Output::Headset, 0, Fate::Ended));
    assert_eq!(entries[0].what, What::Said { text: "K7P".to_owned(), language: "en" });
}
