use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use wire::catalogue::Localised;
use wire::ids::Language;

use super::*;

/// Longer than any machine takes for a few lines of a shell.
const LONG: Duration = Duration::from_secs(20);

/// A program of a few lines that stands in for the synthesiser.
fn program(folder: &tempfile::TempDir, script: &str) -> PathBuf {
    let path = folder.path().join("speaks");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn phrases(label: &str, counter: &str, lang: Language) -> Vec<Phrase> {
    Phrase::of_call(label.parse().unwrap(), &Localised::french(counter), lang)
}

fn seconds(wav: &[u8]) -> f64 {
    wav::samples(wav).unwrap().len() as f64 / f64::from(wav::RATE)
}

#[tokio::test]
async fn speech_is_made_once_and_ends_within_its_deadline() {
    let folder = tempfile::TempDir::new().unwrap();
    let said = folder.path().join("said");
    let sound = folder.path().join("sound.wav");
    fs::write(&sound, wav::file(&[&[9_000; 500]])).unwrap();
    let script = format!("cat >> {}; cat {}", said.display(), sound.display());
    let speech = Speech::new(Some(EspeakNg::by(program(&folder, &script), LONG)));
    let phrase = &phrases("A 42", "Guichet 4", Language::Fr)[0];
    let (first, second) = tokio::join!(speech.sound(phrase), speech.sound(phrase));
    assert!(first.fault.is_none() && first.wav == second.wav);
    assert_eq!(speech.kept(&phrase.clip()).await.as_deref(), Some(&*first.wav));
    assert_eq!(fs::read_to_string(&said).unwrap(), "Numéro A, 42, Guichet 4.", "said once, to both");

    let slow = Speech::new(Some(EspeakNg::by(program(&folder, "exec sleep 60"), Duration::from_millis(200))));
    let begun = Instant::now();
    let sound = slow.sound(phrase).await;
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert!(matches!(sound.fault.as_deref(), Some(SpeechError::TooSlow { .. })), "{:?}", sound.fault);
    assert!((seconds(&sound.wav) - chime::SECONDS).abs() < 0.01, "the chime sounds alone");
    assert_eq!(slow.kept(&phrase.clip()).await, None, "it is tried again the next time");
}

#[tokio::test]
async fn what_does_not_speak_is_told_and_chimes() {
    let folder = tempfile::TempDir::new().unwrap();
    let missing = Speech::new(Some(EspeakNg::by(folder.path().join("none"), LONG)));
    let both = phrases("A 42", "Guichet 4", Language::En);
    let sound = missing.sound(&both[0]).await;
    let fault = sound.fault.unwrap().to_string();
    assert!(fault.contains("install the package espeak-ng"), "{fault}");
    assert!(seconds(&sound.wav) > 0.6);
    let second = missing.sound(&both[1]).await;
    assert!(seconds(&second.wav) == 0.0, "no second chime");
    for script in ["exit 3", "echo hello", "exec yes"] {
        let broken = Speech::new(Some(EspeakNg::by(program(&folder, script), LONG)));
        let fault = broken.sound(&both[0]).await.fault.expect(script).to_string();
        assert!(fault.contains("makes no sound"), "{script}: {fault}");
    }
}

#[test]
fn the_chime_is_short_and_neither_clicks_nor_clips() {
    let samples = chime::samples();
    assert!((samples.len() as f64 / f64::from(wav::RATE) - 0.7).abs() < 0.01);
    assert!(samples[0] == 0 && samples.last().unwrap().abs() < 200);
    let loudest = samples.iter().map(|s| s.unsigned_abs()).max().unwrap();
    assert!((8_000..32_000).contains(&loudest), "{loudest}");
}

#[tokio::test]
async fn every_language_is_heard_in_less_than_three_seconds() {
    let speech = Speech::new(Some(EspeakNg::default()));
    let words = [
        (Language::Fr, "Guichet 4"),
        (Language::En, "Counter 4"),
        (Language::Es, "Ventanilla 4"),
        (Language::Pt, "Balcão 4"),
        (Language::Ar, "الشباك 4"),
        (Language::Tr, "Gişe 4"),
        (Language::Uk, "Віконце 4"),
        (Language::Zh, "4 号窗口"),
    ];
    for (lang, counter) in words {
        let phrase = phrases("A 42", counter, lang).pop().unwrap();
        let sound = speech.sound(&phrase).await;
        assert!(sound.fault.is_none(), "{}: {:?}", lang.tag(), sound.fault);
        let length = seconds(&sound.wav);
        let longest = if lang == Language::Ar { 3.2 } else { 3.0 };
        assert!((1.2..=longest).contains(&length), "{}: {length:.2} s", lang.tag());
    }
    // The longest numbers go a little beyond rather than too fast.
    let long = speech.sound(&phrases("B2 142", "Guichet 12", Language::Fr)[0]).await;
    assert!((2.5..3.05).contains(&seconds(&long.wav)), "{:.2} s", seconds(&long.wav));
}
