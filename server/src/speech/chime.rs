//! The chime before a call: two notes that fall, 0.7 s, made of numbers.

use std::f64::consts::TAU;

use super::wav::RATE;

/// Each note's pitch in hertz, when it begins, in seconds.
const NOTES: [(f64, f64); 2] = [(783.99, 0.0), (587.33, 0.25)];
/// How long it lasts, in seconds: no sound that nobody asked for is longer than 3 s with the phrase (EN 301 549, 5.1.3.10).
pub(super) const SECONDS: f64 = 0.7;
/// How fast a note fades.
const FADE: f64 = 6.0;
/// Its loudness beside that of the voice.
const LOUDNESS: f64 = 0.35;
/// How long it takes to begin: at once would click.
const RISE_S: f64 = 0.008;

/// The samples.
pub(super) fn samples() -> Vec<i16> {
    let rate = f64::from(RATE);
    let count = (0..RATE).take_while(|n| f64::from(*n) < SECONDS * rate);
    count.map(|n| sample(f64::from(n) / rate)).collect()
}

fn sample(at: f64) -> i16 {
    let note = |(pitch, from): (f64, f64)| {
        let since = at - from;
        if since < 0.0 {
            return 0.0;
        }
        let shape = (since / RISE_S).min(1.0) * (-FADE * since).exp();
        // The last moments go to silence, so that the end does not click either.
        let end = ((SECONDS - at) / 0.05).clamp(0.0, 1.0);
        shape * end * ((TAU * pitch * since).sin() + 0.25 * (TAU * 2.0 * pitch * since).sin())
    };
    let sum: f64 = NOTES.into_iter().map(note).sum();
    #[expect(clippy::cast_possible_truncation, reason = "it is clamped to what a sample holds")]
    let loud = (sum * LOUDNESS * f64::from(i16::MAX)).clamp(f64::from(i16::MIN), f64::from(i16::MAX)) as i16;
    loud
}
