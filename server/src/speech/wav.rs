//! WAV: 16 bits, one channel, 22,050 samples a second, as espeak-ng makes them.

/// Samples a second.
pub(super) const RATE: u32 = 22_050;
/// What is taken for silence at the ends of what a synthesiser makes.
const SILENCE: i16 = 200;
/// What is left of that silence, so that no sound is cut: a fortieth of a second.
const LEFT: usize = RATE as usize / 40;

/// A file of samples, one piece after another.
pub(super) fn file(pieces: &[&[i16]]) -> Vec<u8> {
    let samples: usize = pieces.iter().map(|piece| piece.len()).sum();
    // A phrase of hours has been refused long before.
    let bytes = u32::try_from(samples * 2).unwrap_or(u32::MAX - 36);
    let mut file = Vec::with_capacity(44 + samples * 2);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + bytes).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&16_u32.to_le_bytes());
    // PCM, one channel.
    file.extend_from_slice(&[1, 0, 1, 0]);
    file.extend_from_slice(&RATE.to_le_bytes());
    file.extend_from_slice(&(RATE * 2).to_le_bytes());
    // Bytes a sample, bits a sample.
    file.extend_from_slice(&[2, 0, 16, 0]);
    file.extend_from_slice(b"data");
    file.extend_from_slice(&bytes.to_le_bytes());
    for sample in pieces.iter().flat_map(|piece| piece.iter()) {
        file.extend_from_slice(&sample.to_le_bytes());
    }
    file
}

/// The samples of a file that a synthesiser writes. Lengths are not believed: who writes to a pipe does not know them.
pub(super) fn samples(wav: &[u8]) -> Result<Vec<i16>, &'static str> {
    const RIFF: usize = 12;
    if !(wav.starts_with(b"RIFF") && wav.get(8..RIFF) == Some(b"WAVE")) {
        return Err("it writes no WAV file");
    }
    let mut place = RIFF;
    let mut shaped = false;
    while let Some(chunk) = wav.get(place..place + 8) {
        let begin = place + 8;
        if &chunk[..4] == b"data" {
            return if shaped { Ok(pairs(&wav[begin..])) } else { Err("it writes a WAV file without a format") };
        }
        if &chunk[..4] == b"fmt " {
            let format = wav.get(begin..begin + 16).ok_or("it writes half a WAV file")?;
            let short = |at: usize| u16::from_le_bytes([format[at], format[at + 1]]);
            let rate = u32::from_le_bytes([format[4], format[5], format[6], format[7]]);
            if (short(0), short(2), rate, short(14)) != (1, 1, RATE, 16) {
                return Err("it writes another format than 16 bits, one channel, 22050 Hz");
            }
            shaped = true;
        }
        let length = u32::from_le_bytes([chunk[4], chunk[5], chunk[6], chunk[7]]);
        place = begin.saturating_add(usize::try_from(length).unwrap_or(usize::MAX));
    }
    Err("it ended without a sound")
}

fn pairs(bytes: &[u8]) -> Vec<i16> {
    bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}

/// Without the silence that a synthesiser puts around its words.
pub(super) fn trimmed(samples: &[i16]) -> &[i16] {
    let loud = |sample: &i16| sample.unsigned_abs() > SILENCE.unsigned_abs();
    let Some(first) = samples.iter().position(loud) else { return &[] };
    let last = samples.iter().rposition(loud).unwrap_or(first);
    &samples[first.saturating_sub(LEFT)..(last + LEFT).min(samples.len())]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_file_begins_as_the_format_wants_and_is_read_back() {
        let bytes = file(&[&[1, -2], &[3]]);
        assert_eq!(&bytes[..4], b"RIFF");
        assert_eq!(u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize, bytes.len() - 8);
        assert_eq!(u32::from_le_bytes(bytes[40..44].try_into().unwrap()), 6);
        assert_eq!(samples(&bytes), Ok(vec![1, -2, 3]));
    }

    #[test]
    fn silence_goes_from_the_ends_and_not_from_within() {
        let mut voice = vec![0_i16; 30_000];
        voice[10_000] = 9_000;
        voice[12_000] = -9_000;
        let left = trimmed(&voice);
        assert_eq!(left.len(), 2_000 + 2 * LEFT);
        assert_eq!(left[LEFT], 9_000);
        assert!(trimmed(&[0; 99]).is_empty());
        assert_eq!(trimmed(&[9_000]), [9_000]);
    }

    #[test]
    fn what_is_no_sound_of_ours_is_refused() {
        let good = file(&[&[1, 2]]);
        for (place, byte) in [(0, b'X'), (8, b'A'), (20, 3), (22, 2), (24, 0x44), (34, 8)] {
            let mut bad = good.clone();
            bad[place] = byte;
            assert!(samples(&bad).is_err(), "byte {place}");
        }
        assert!(samples(&[&good[..12], &good[36..]].concat()).is_err(), "no format");
        assert_eq!(samples(&good[..36]), Err("it ended without a sound"));
        let listed = [&good[..36], b"LIST\x02\0\0\0ab", &good[36..]].concat();
        assert_eq!(samples(&listed), Ok(vec![1, 2]), "other chunks are passed over");
    }

    proptest! {
        #[test]
        fn any_bytes_are_samples_or_none(bytes in prop::collection::vec(any::<u8>(), 0..200), begin in any::<bool>()) {
            let bytes = if begin { [&file(&[])[..36], &bytes].concat() } else { bytes };
            let _ = samples(&bytes);
        }
    }
}
