//! espeak-ng: a program a phrase, which reads it from its standard input and writes a WAV file to its standard output.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use wire::ids::Language;

use super::wav;

/// What the program is called.
const PROGRAM: &str = "espeak-ng";
/// How long it may take. It makes a phrase in 0.04 s.
const DEADLINE: Duration = Duration::from_secs(3);
/// The longest phrase, in bytes: less than a pipe holds, so that writing it never waits.
const LONGEST: usize = 1024;
/// The most it may write: half a minute.
const MOST_BYTES: u64 = 30 * 2 * wav::RATE as u64;

/// Why nothing is said; the text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum SpeechError {
    /// The program is not there.
    #[error("the program `{program}` is not there: install the package espeak-ng, or the screens only chime")]
    NoProgram {
        /// Its name.
        program: String,
    },
    /// It cannot be started, fails, or writes something else than sound.
    #[error("`{program}` makes no sound: {what}; try `{program} -v {voice} test` and install its voices")]
    NoSound {
        /// Its name.
        program: String,
        /// The voice it was asked for.
        voice: &'static str,
        /// What happened.
        what: String,
    },
    /// It does not come to an end.
    #[error("`{program}` took longer than {} s for a few words: the machine is overloaded", within.as_secs_f32())]
    TooSlow {
        /// Its name.
        program: String,
        /// What it was given.
        within: Duration,
    },
}

/// The voice of a language.
const fn voice(lang: Language) -> &'static str {
    match lang {
        Language::Fr | Language::FrSimple => "fr",
        Language::En => "en-gb",
        Language::Es => "es",
        Language::Pt => "pt",
        Language::Ar => "ar",
        Language::Tr => "tr",
        Language::Uk => "uk",
        // `cmn` alone spells most characters as English letters.
        Language::Zh => "cmn-latn-pinyin",
    }
}

/// Makes sound with espeak-ng.
#[derive(Clone, Debug)]
pub struct EspeakNg {
    program: PathBuf,
    deadline: Duration,
}

impl Default for EspeakNg {
    fn default() -> Self {
        Self { program: PathBuf::from(PROGRAM), deadline: DEADLINE }
    }
}

impl EspeakNg {
    /// By another program of the same manners, with another time to come to an end.
    #[cfg(test)]
    pub(super) const fn by(program: PathBuf, deadline: Duration) -> Self {
        Self { program, deadline }
    }

    /// The samples of a text, at so many words a minute. The program is ended when its time is over or nobody waits any more.
    pub(super) async fn samples(&self, text: &str, lang: Language, wpm: u32) -> Result<Vec<i16>, SpeechError> {
        let program = self.program.display().to_string();
        let voice = voice(lang);
        let silent = |what: String| SpeechError::NoSound { program: program.clone(), voice, what };
        let made = match tokio::time::timeout(self.deadline, self.run(text, voice, wpm)).await {
            Ok(made) => made,
            Err(_) => return Err(SpeechError::TooSlow { program, within: self.deadline }),
        };
        let wav = made.map_err(|error| {
            let missing = error.kind() == io::ErrorKind::NotFound;
            if missing { SpeechError::NoProgram { program: program.clone() } } else { silent(error.to_string()) }
        })?;
        wav::samples(&wav).map_err(|what| silent(what.to_owned()))
    }

    async fn run(&self, text: &str, voice: &str, wpm: u32) -> io::Result<Vec<u8>> {
        if text.len() > LONGEST {
            return Err(io::Error::other(format!("a text of {} bytes is too long, {LONGEST} at most", text.len())));
        }
        let mut child = Command::new(&self.program)
            .args(["--stdin", "--stdout", "-b", "1", "-v", voice, "-s", &wpm.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // One that does not want it ends: that is told by what it writes.
            let _unwanted = stdin.write_all(text.as_bytes()).await;
        }
        let mut wav = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            stdout.take(MOST_BYTES).read_to_end(&mut wav).await?;
        }
        // What has written its fill is ended by the drop; what has closed its output ends by itself.
        if u64::try_from(wav.len()).is_ok_and(|length| length >= MOST_BYTES) {
            return Err(io::Error::other("it writes more than half a minute"));
        }
        let status = child.wait().await?;
        if status.success() { Ok(wav) } else { Err(io::Error::other(format!("it ended with {status}"))) }
    }
}
