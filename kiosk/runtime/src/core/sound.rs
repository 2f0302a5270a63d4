//! What the journeys say and sound, handed to what speaks.

use kiosk_flow::Input;
use kiosk_flow::speech::{Chime, Output, Utterance};

use super::Core;
use crate::devices::DeviceState;
use crate::speech::{self, SpeechEvent};

impl Core {
    pub(super) fn speak(&self, id: u64, utterances: Vec<Utterance>, output: Output) {
        let spoken = utterances.into_iter().map(|u| speech::Utterance { text: u.text, lang: u.lang }).collect();
        let output = match output {
            Output::Speaker => speech::Output::Speaker,
            Output::Headset => speech::Output::Headset,
        };
        self.parts.speech.say(id, spoken, output);
    }

    pub(super) fn chime(&self, chime: Chime) {
        self.parts.speech.chime(match chime {
            Chime::Key => speech::Chime::Key,
            Chime::Ready => speech::Chime::Ready,
            Chime::Error => speech::Chime::Error,
            Chime::Inactivity => speech::Chime::Inactivity,
        });
    }

    pub(super) fn speech_event(&mut self, event: SpeechEvent) {
        match event {
            // Said or not, nothing more comes of it: the screen's time runs.
            SpeechEvent::Ended(id) | SpeechEvent::Unsaid(id) => self.input(Input::SpeechEnded(id)),
            SpeechEvent::Headset(plugged) => {
                self.headset = Some(plugged);
                self.input(Input::Headset(plugged));
            }
            SpeechEvent::Fault(why) => self.sound_is(DeviceState::Unavailable(why)),
            SpeechEvent::Recovered => self.sound_is(DeviceState::Works("speaks".to_owned())),
        }
    }

    fn sound_is(&mut self, state: DeviceState) {
        if self.parts.device_states.set("sound", state) {
            let states = self.parts.device_states.clone();
            self.update_status(|status| status.devices = states);
        }
    }
}
