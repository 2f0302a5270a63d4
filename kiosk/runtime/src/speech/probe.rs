//! What `borne doctor` asks of the borne's sound.

use drivers::audio::{JackSelector, SoundSelector, cards, jacks};

use super::voice::{SpeechError, Voice};
use super::{Aloud, EspeakNg, Output};
use crate::config::{Audio, VoiceKind};

/// Something that speaks, sounds or tells of the headset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What, in a technician's words.
    pub what: &'static str,
    /// How it is.
    pub state: String,
    /// What to do, where it does not work.
    pub remedy: Option<String>,
}

/// Tries the synthesiser, the loudspeaker and the headset, without a sound.
///
/// It takes some 50 ms. Devices that a running borne holds are told as in use.
#[must_use]
pub fn probe(config: &Audio) -> Vec<Finding> {
    let mut found = vec![voice(config), device("loudspeaker", config, Output::Speaker)];
    if config.headset.is_some() {
        found.push(device("headset", config, Output::Headset));
    }
    found.push(jack(config));
    found
}

fn works(what: &'static str, state: String) -> Finding {
    Finding { what, state, remedy: None }
}

/// What an error says goes up to the colon, the remedy is behind it.
fn fails(what: &'static str, error: &SpeechError) -> Finding {
    let text = error.to_string();
    let (state, remedy) = text.rsplit_once(": ").or_else(|| text.rsplit_once("; ")).unwrap_or((&text, ""));
    let remedy = (!remedy.is_empty()).then(|| remedy.to_owned());
    Finding { what, state: state.to_owned(), remedy }
}

fn voice(config: &Audio) -> Finding {
    const WHAT: &str = "voice";
    match config.voice {
        VoiceKind::None => works(WHAT, "none is configured: nothing is read out".to_owned()),
        VoiceKind::Log => works(WHAT, "what would be said is written down, and nothing is heard".to_owned()),
        VoiceKind::EspeakNg => {
            let espeak = EspeakNg::new(config.rate_wpm);
            let silent = Audio { speaker: SoundSelector::None, headset: None, ..config.clone() };
            match Aloud::of(&silent).check(Output::Speaker).first() {
                Some(error) => fails(WHAT, error),
                None => {
                    works(WHAT, espeak.found().map_or_else(String::new, |path| format!("{} speaks", path.display())))
                }
            }
        }
    }
}

fn device(what: &'static str, config: &Audio, output: Output) -> Finding {
    let selector = match output {
        Output::Speaker => &config.speaker,
        Output::Headset => config.headset.as_ref().unwrap_or(&config.speaker),
    };
    if *selector == SoundSelector::None {
        return works(what, "none is configured".to_owned());
    }
    let mute = Audio { voice: VoiceKind::None, ..config.clone() };
    match Aloud::of(&mute).check(output).first() {
        None => works(what, format!("{selector} can be played on")),
        Some(error) => {
            let mut finding = fails(what, error);
            let there: Vec<String> = cards().iter().map(ToString::to_string).collect();
            let cards = if there.is_empty() { "no card is there".to_owned() } else { there.join(", ") };
            finding.state = format!("{}; {cards}", finding.state);
            finding
        }
    }
}

fn jack(config: &Audio) -> Finding {
    const WHAT: &str = "headset jack";
    let there: Vec<String> = jacks().iter().map(ToString::to_string).collect();
    let there =
        if there.is_empty() { "no jack of this machine tells of headsets".to_owned() } else { there.join(", ") };
    match &config.jack {
        None => works(WHAT, format!("none is configured, so nothing is said in a headset; {there}")),
        Some(jack @ (JackSelector::Auto | JackSelector::Named(_))) if !is_there(jack) => Finding {
            what: WHAT,
            state: format!("{jack} is not there; {there}"),
            remedy: Some("set audio.jack to one that is, or wire the jack's switch to a line".to_owned()),
        },
        Some(jack) => works(WHAT, format!("{jack} is watched by the running borne")),
    }
}

fn is_there(jack: &JackSelector) -> bool {
    let all = jacks();
    if *jack == JackSelector::Auto { !all.is_empty() } else { all.contains(jack) }
}
