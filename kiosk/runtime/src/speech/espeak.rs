//! espeak-ng: a program a text, which reads it from its standard input and writes sound to its standard output.

use std::env;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::Utterance;
use super::spoken::spoken_form;
use super::voice::{RATE, SpeechError, Synthesis, Synthesiser};

/// What the program is called.
const PROGRAM: &str = "espeak-ng";

/// The longest text, in bytes: less than a pipe holds, so that writing it never waits.
const LONGEST: usize = 16 * 1024;

/// How long the program may make nothing while something is waited for. It makes a minute of sound in 0.2 s.
const DEADLINE: Duration = Duration::from_secs(5);

/// Bytes read at once: a quarter of a second of sound.
const PIECE: usize = 11_025;

/// The voice of a language, by its tag, and its speed in percent of the usual one; another language speaks French.
fn voice_of(tag: &str) -> (&'static str, u32) {
    match tag {
        "en" => ("en-gb", 100),
        "es" => ("es", 100),
        "pt" => ("pt", 100),
        "ar" => ("ar", 100),
        "tr" => ("tr", 100),
        "uk" => ("uk", 100),
        // `cmn` alone spells most characters as English letters.
        "zh" => ("cmn-latn-pinyin", 100),
        "fr-simple" => ("fr", 85),
        _ => ("fr", 100),
    }
}

/// Makes sound with espeak-ng.
#[derive(Debug, Clone)]
pub struct EspeakNg {
    program: PathBuf,
    words_a_minute: u32,
    deadline: Duration,
}

impl EspeakNg {
    /// By the program of that name on the PATH.
    #[must_use]
    pub fn new(words_a_minute: u16) -> Self {
        Self::by(PathBuf::from(PROGRAM), words_a_minute)
    }

    /// By another program of the same manners.
    #[must_use]
    pub fn by(program: PathBuf, words_a_minute: u16) -> Self {
        Self { program, words_a_minute: words_a_minute.into(), deadline: DEADLINE }
    }

    /// With another time for the program to make something.
    #[must_use]
    pub fn within(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Where the program is, if it is there.
    #[must_use]
    pub fn found(&self) -> Option<PathBuf> {
        if self.program.components().count() > 1 {
            return self.program.is_file().then(|| self.program.clone());
        }
        let folders = env::var_os("PATH")?;
        env::split_paths(&folders).map(|folder| folder.join(&self.program)).find(|path| path.is_file())
    }

    fn name(&self) -> String {
        self.program.display().to_string()
    }

    /// Begins with a text in the language of that tag.
    pub fn begin_tagged(&self, text: &str, tag: &str) -> Result<Making, SpeechError> {
        let text = spoken_form(text, tag);
        if text.len() > LONGEST {
            return Err(SpeechError::TooLong { length: text.len(), longest: LONGEST });
        }
        let (voice, percent) = voice_of(tag);
        let mut child = Command::new(&self.program)
            .args(["--stdin", "--stdout", "-b", "1", "-v", voice, "-s"])
            .arg((self.words_a_minute * percent / 100).to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| self.refusal(voice, &error))?;
        let stdin = child.stdin.take();
        let making = Making {
            child,
            program: self.name(),
            voice,
            header: Some(Vec::new()),
            odd: None,
            heard: Instant::now(),
            deadline: self.deadline,
        };
        // Dropping the standard input is what tells the end of the text. One that does not want it ends: that is told
        // by what it makes.
        if let Some(mut stdin) = stdin {
            let _unwanted = stdin.write_all(text.as_bytes());
        }
        Ok(making)
    }

    fn refusal(&self, voice: &'static str, error: &io::Error) -> SpeechError {
        let program = self.name();
        if error.kind() == io::ErrorKind::NotFound {
            SpeechError::NoProgram { program }
        } else {
            SpeechError::NoSound { program, voice, what: error.to_string() }
        }
    }
}

impl Synthesiser for EspeakNg {
    fn begin(&self, utterance: &Utterance) -> Result<Box<dyn Synthesis>, SpeechError> {
        Ok(Box::new(self.begin_tagged(&utterance.text, utterance.lang.tag())?))
    }
}

/// A text that the program makes sound of; dropping it ends the program.
#[derive(Debug)]
pub struct Making {
    child: Child,
    program: String,
    voice: &'static str,
    /// What was read of the header, until it is whole.
    header: Option<Vec<u8>>,
    /// The first half of a sample.
    odd: Option<u8>,
    /// When it made something last.
    heard: Instant,
    deadline: Duration,
}

impl Making {
    /// The program's id.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    fn take(&mut self, bytes: &[u8], samples: &mut Vec<i16>) -> Result<(), SpeechError> {
        let mut bytes = bytes.to_vec();
        if let Some(mut header) = self.header.take() {
            header.append(&mut bytes);
            match begin_of_samples(&header).map_err(|what| self.silent(what))? {
                Some(begin) => bytes = header.split_off(begin),
                None => {
                    self.header = Some(header);
                    return Ok(());
                }
            }
        }
        if let Some(first) = self.odd.take() {
            bytes.insert(0, first);
        }
        let pairs = bytes.chunks_exact(2);
        self.odd = pairs.remainder().first().copied();
        samples.extend(pairs.map(|pair| i16::from_le_bytes([pair[0], pair[1]])));
        Ok(())
    }

    fn silent(&self, what: &str) -> SpeechError {
        SpeechError::NoSound { program: self.program.clone(), voice: self.voice, what: what.to_owned() }
    }
}

impl Synthesis for Making {
    fn more(&mut self, samples: &mut Vec<i16>, patience: Duration) -> Result<bool, SpeechError> {
        let Some(stdout) = &self.child.stdout else { return Ok(false) };
        let longest = Timespec::try_from(patience).ok();
        let mut waiting = [PollFd::new(stdout, PollFlags::IN)];
        match poll(&mut waiting, longest.as_ref()) {
            Ok(0) | Err(Errno::INTR) if self.heard.elapsed() > self.deadline => {
                return Err(SpeechError::TooSlow { program: self.program.clone(), within: self.deadline });
            }
            Ok(0) | Err(Errno::INTR) => return Ok(true),
            Ok(_) => {}
            Err(error) => return Err(self.silent(&io::Error::from(error).to_string())),
        }
        let mut buffer = vec![0; PIECE];
        let read = rustix::io::read(stdout, &mut buffer);
        self.heard = Instant::now();
        match read {
            Ok(0) if self.header.is_some() => Err(self.silent("it ended without a word")),
            Ok(0) => Ok(false),
            Ok(length) => self.take(&buffer[..length], samples).map(|()| true),
            Err(Errno::INTR) => Ok(true),
            Err(error) => Err(self.silent(&io::Error::from(error).to_string())),
        }
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        // It fails where the program has ended already.
        let _ended = self.child.kill();
        if let Err(error) = self.child.wait() {
            tracing::warn!(%error, "the end of the synthesiser cannot be awaited");
        }
    }
}

/// Where the samples begin in a WAV file whose begin this is, once enough of it is there: RIFF, `fmt `, `data`. Lengths
/// are not believed: who writes to a pipe does not know them.
fn begin_of_samples(wav: &[u8]) -> Result<Option<usize>, &'static str> {
    const RIFF: usize = 12;
    const LONGEST_HEADER: usize = 4096;
    if wav.len() >= RIFF && !(wav.starts_with(b"RIFF") && &wav[8..RIFF] == b"WAVE") {
        return Err("it writes no WAV file");
    }
    let mut place = RIFF;
    let mut shaped = false;
    while let Some(chunk) = wav.get(place..place + 8) {
        let length = u32::from_le_bytes([chunk[4], chunk[5], chunk[6], chunk[7]]);
        let begin = place + 8;
        match &chunk[..4] {
            b"data" if shaped => return Ok(Some(begin)),
            b"data" => return Err("it writes a WAV file without a format"),
            b"fmt " => {
                let Some(format) = wav.get(begin..begin + 16) else { return Ok(None) };
                let short = |at: usize| u16::from_le_bytes([format[at], format[at + 1]]);
                let rate = u32::from_le_bytes([format[4], format[5], format[6], format[7]]);
                if (short(0), short(2), rate, short(14)) != (1, 1, RATE, 16) {
                    return Err("it writes another format than 16 bits, one channel, 22050 Hz");
                }
                shaped = true;
            }
            _ => {}
        }
        place = begin.saturating_add(usize::try_from(length).unwrap_or(usize::MAX));
        if place > LONGEST_HEADER {
            return Err("it writes no WAV file");
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The header that espeak-ng 1.51 writes.
    const HEADER: &[u8; 44] =
        b"RIFF\x24\xf0\xff\x7fWAVEfmt \x10\0\0\0\x01\0\x01\0\x22\x56\0\0\x44\xac\0\0\x02\0\x10\0data\0\xf0\xff\x7f";

    #[test]
    fn the_samples_begin_behind_the_header_however_it_comes() {
        for length in 0..HEADER.len() {
            assert_eq!(begin_of_samples(&HEADER[..length]), Ok(None), "{length} bytes");
        }
        assert_eq!(begin_of_samples(HEADER), Ok(Some(44)));
        let listed = [&HEADER[..36], b"LIST\x02\0\0\0ab", &HEADER[36..]].concat();
        assert_eq!(begin_of_samples(&listed), Ok(Some(54)), "other chunks are passed over");
    }

    #[test]
    fn what_is_no_sound_of_ours_is_refused() {
        let with = |place: usize, byte: u8| {
            let mut header = *HEADER;
            header[place] = byte;
            begin_of_samples(&header)
        };
        for (place, byte) in [(0, b'X'), (20, 3), (22, 2), (24, 0x44), (34, 8), (8, b'A')] {
            assert!(with(place, byte).is_err(), "byte {place}");
        }
        assert!(begin_of_samples(&[&HEADER[..12], &HEADER[36..]].concat()).is_err(), "no format");
        assert!(with(19, 0x7F).is_err(), "a header of two gigabytes");
    }

    /// A voice that does not know a letter says so in its phonemes, and goes on in English.
    #[test]
    fn every_voice_knows_the_letters_of_its_language() {
        for (tag, text) in [
            ("fr", "Votre numéro est le"),
            ("es", "Su número es"),
            ("pt", "O seu número é"),
            ("ar", "رقمك هو"),
            ("tr", "Numaranız şu"),
            ("uk", "Ваш номер"),
            ("zh", "您的号码是。请到窗口。"),
        ] {
            let said = Command::new(PROGRAM).args(["-q", "-x", "-v", voice_of(tag).0, text]).output().unwrap();
            let phonemes = String::from_utf8(said.stdout).unwrap();
            assert!(!phonemes.trim().is_empty() && !phonemes.contains("(en)"), "{tag}: {phonemes}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_header_or_none(bytes in prop::collection::vec(any::<u8>(), 0..200), begin in any::<bool>()) {
            let bytes = if begin { [&HEADER[..12], &bytes].concat() } else { bytes };
            if let Ok(Some(begin)) = begin_of_samples(&bytes) {
                prop_assert!(begin <= bytes.len());
            }
        }
    }
}
