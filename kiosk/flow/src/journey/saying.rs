//! What is spoken, where, and when it is cut.

use std::time::Duration;

use wire::ids::Language;

use super::{Journey, Place};
use crate::effect::Effect;
use crate::input::Control;
use crate::speech::{Output, Utterance, Volume};
use crate::state::{Pace, State, Visit};
use crate::texts::{Counted, Msg};
use crate::view::{Stop, StopKind, View};

/// Whether the borne speaks, and what it said last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Speech {
    on: bool,
    headset: bool,
    last: Vec<Utterance>,
    /// What is being spoken.
    current: Option<u64>,
    next: u64,
}

impl Speech {
    /// Whether the borne speaks by itself.
    pub const fn on(&self) -> bool {
        self.on
    }

    /// Whether something is being said.
    pub const fn sounding(&self) -> bool {
        self.current.is_some()
    }

    /// How many times the borne has begun to speak.
    pub const fn begun(&self) -> u64 {
        self.next
    }

    const fn output(&self) -> Output {
        if self.headset { Output::Headset } else { Output::Speaker }
    }
}

/// The longest that anything takes to say: where no end is told, the screen's time starts after it.
pub(super) const LONGEST: Duration = Duration::from_secs(60);

impl Journey {
    pub(super) fn headset(&mut self, plugged: bool, now: Duration, effects: &mut Vec<Effect>) {
        if plugged == self.speech.headset {
            return;
        }
        // What sounds in the hall stops; what sounded in the ear never goes on in the hall.
        self.speech.headset = plugged;
        self.end_speech(effects);
        if plugged {
            self.wake(effects);
            self.begin_speech(now, effects);
        } else {
            self.start_pace_unless_counting(effects);
        }
    }

    fn start_pace_unless_counting(&mut self, effects: &mut Vec<Effect>) {
        if matches!(self.state.pace(), Pace::Idle(_)) {
            self.start_pace(effects);
        }
    }

    /// Speech starts: what it is, then the screen.
    pub(super) fn begin_speech(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        self.speech.on = true;
        let mut utterances = vec![self.utterance(self.t(Msg::SpeechOn))];
        utterances.extend(self.screen_words(now));
        self.place = Some(Place::Title);
        self.speak(utterances, effects);
    }

    /// Silence, until somebody starts speech again; a headset that stays plugged keeps it.
    pub(super) fn end_speech(&mut self, effects: &mut Vec<Effect>) {
        self.cut_speech(effects);
        self.speech.on = self.speech.headset;
        self.speech.last.clear();
    }

    /// Any action cuts what is said (EN 301 549, 5.1.3.4).
    pub(super) fn cut_speech(&mut self, effects: &mut Vec<Effect>) {
        if self.speech.current.take().is_some() {
            effects.push(Effect::Hush);
        }
    }

    pub(super) fn speech_ended(&mut self, id: u64, effects: &mut Vec<Effect>) {
        if self.speech.current == Some(id) {
            self.speech.current = None;
            self.start_pace_unless_counting(effects);
        }
    }

    fn speak(&mut self, utterances: Vec<Utterance>, effects: &mut Vec<Effect>) {
        let utterances: Vec<Utterance> = utterances.into_iter().filter(|u| !u.text.is_empty()).collect();
        if utterances.is_empty() {
            return;
        }
        self.cut_speech(effects);
        self.speech.next += 1;
        let id = self.speech.next;
        self.speech.current = Some(id);
        self.speech.last.clone_from(&utterances);
        effects.push(Effect::Speak { id, utterances, output: self.speech.output() });
        self.start_pace_unless_counting(effects);
    }

    fn utterance(&self, text: String) -> Utterance {
        let lang = if self.french_alone().any(|french| french == text) { Language::Fr } else { self.shown_lang() };
        Utterance { text, lang }
    }

    /// What the site wrote in French alone while another language is shown.
    fn french_alone(&self) -> impl Iterator<Item = &str> {
        let lang = self.shown_lang();
        let french = matches!(lang, Language::Fr | Language::FrSimple);
        let texts = self.setup.catalogue.texts().filter(move |text| !french && !text.is_in(lang));
        texts.map(|text| text.get(Language::Fr))
    }

    /// A place of the screen: its name, and what stands below the name, each in its voice.
    fn named(&self, stop: &Stop) -> Vec<Utterance> {
        if let Some(lang) = stop.lang {
            return vec![Utterance { text: stop.label.clone(), lang }];
        }
        let noted = |name| Some((name, stop.label.strip_prefix(name)?.strip_prefix(", ")?));
        let whole = self.french_alone().any(|french| french == stop.label);
        let longest = self.french_alone().filter_map(noted).max_by_key(|(name, _)| name.len());
        match longest.filter(|_| !whole) {
            Some((name, note)) => vec![self.utterance(name.to_owned()), self.utterance(note.to_owned())],
            None => vec![self.utterance(stop.label.clone())],
        }
    }

    /// A new screen is told, where the borne speaks.
    pub(super) fn say_screen(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        if self.speech.on {
            let words = self.screen_words(now);
            self.speak(words, effects);
        }
    }

    /// What changed on the screen by itself.
    pub(super) fn say_news(&mut self, effects: &mut Vec<Effect>) {
        if !self.speech.on {
            return;
        }
        let text = if let State::StillThere { left, .. } = &self.state {
            self.texts().count(Counted::Returning, (*left).into())
        } else if let State::Ready { left: Some(left), .. } | State::Thanks { left: Some(left) } = &self.state {
            self.texts().fill(Msg::BackIn, &[("seconds", &left.to_string())])
        } else {
            self.t(Msg::OneMoment)
        };
        self.cut_speech(effects);
        self.speak(vec![self.utterance(text)], effects);
    }

    /// The screen in words: its name, its texts, how many choices there are.
    fn screen_words(&self, now: Duration) -> Vec<Utterance> {
        if let State::Ready { visit, .. } = &self.state {
            return self.ticket_words(visit, now, true);
        }
        if let State::Unprinted { visit, .. } = &self.state {
            return self.ticket_words(visit, now, false);
        }
        let view = self.view(now);
        let stops = view.stops();
        let read = stops.iter().take_while(|stop| !stop.is_button());
        let mut words: Vec<Utterance> =
            read.filter(|stop| !self.hushed(stop)).map(|stop| self.utterance(stop.label.clone())).collect();
        let choices = stops.iter().filter(|stop| stop.is_button()).count() - view.chrome.footer.len();
        if choices > 1 {
            let choices = u32::try_from(choices).unwrap_or(u32::MAX);
            words.push(self.utterance(self.texts().count(Counted::Choices, choices)));
        }
        if self.is_home() {
            words.push(self.utterance(self.t(Msg::SpokenHint)));
        }
        words
    }

    /// What is printed is also said (EN 301 549, 5.1.3.16); without paper the number is said twice.
    fn ticket_words(&self, visit: &Visit, now: Duration, printed: bool) -> Vec<Utterance> {
        let number = visit.issued.label.display();
        let view = self.view(now);
        let mut texts = vec![view.screen.title().to_owned(), number.clone()];
        if !printed {
            texts.extend(view.stops().get(1).filter(|stop| stop.label != number).map(|stop| stop.label.clone()));
            texts.push(number);
        }
        let alone = self.speech.headset;
        texts.extend(self.service_aloud(&visit.wish.service, alone).map(|(name, _)| name));
        texts.extend(self.ticket_lines(visit, now));
        if printed {
            texts.push(self.t(Msg::SpokenPaper));
        }
        texts.into_iter().map(|text| self.utterance(text)).collect()
    }

    /// S15's button, for whoever wants it once without speech otherwise.
    pub(super) fn say_ticket(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        if let State::Ready { visit, .. } | State::Unprinted { visit, .. } = self.state.clone() {
            let words = self.ticket_words(&visit, now, matches!(self.state, State::Ready { .. }));
            self.speak(words, effects);
        }
    }

    /// What others in the hall must not hear: the name of a sensitive service that was chosen, the digits of a PIN.
    fn hushed(&self, stop: &Stop) -> bool {
        let secret_key = matches!(self.state, State::Pin { .. })
            && matches!(stop.kind, StopKind::Button { control: Control::Type(_), .. });
        let chosen = if let State::Detail { wish, .. } | State::Priority { wish } = &self.state {
            Some(&wish.service)
        } else {
            None
        };
        let telling = chosen
            .and_then(|id| self.setup.catalogue.service(id))
            .is_some_and(|service| service.sensitive && stop.label == service.name.get(self.shown_lang()));
        secret_key || telling && !self.speech.headset
    }

    /// The place where the keypad is: its words, and what can be done there.
    pub(super) fn say_stop(&mut self, view: &View, at: usize, round: bool, effects: &mut Vec<Effect>) {
        self.cut_speech(effects);
        let stops = view.stops();
        let Some(stop) = stops.get(at).filter(|stop| self.speech.on && !self.hushed(stop)) else { return };
        let mut words = Vec::new();
        if round && at == 0 {
            words.push(self.utterance(self.t(Msg::SpokenStart)));
        }
        words.extend(self.named(stop));
        if let StopKind::Button { control, enabled, selected } = &stop.kind {
            if let Some(state) = self.state_words(control, *enabled, *selected) {
                words.push(self.utterance(state));
            }
            let footer = view.chrome.footer.len();
            let in_footer = at >= stops.len() - footer;
            let group: Vec<&Stop> = stops
                .iter()
                .enumerate()
                .filter(|(i, s)| s.is_button() && (*i >= stops.len() - footer) == in_footer)
                .map(|(_, s)| s)
                .collect();
            let before = stops[..at].iter().filter(|s| s.is_button()).count();
            let rank = if in_footer { at + footer - stops.len() } else { before };
            let values = [("n", (rank + 1).to_string()), ("count", group.len().to_string())];
            let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
            words.push(self.utterance(self.texts().fill(Msg::SpokenButton, &values)));
        }
        self.speak(words, effects);
    }

    /// On, off, chosen, not available; the level of the sound.
    fn state_words(&self, control: &Control, enabled: bool, selected: bool) -> Option<String> {
        let switch = matches!(
            control,
            Control::LargeText | Control::HighContrast | Control::DarkBackground | Control::ReadAloud
        );
        if switch {
            Some(self.t(if selected { Msg::SpokenOn } else { Msg::SpokenOff }))
        } else if matches!(control, Control::Quieter | Control::Louder) {
            Some(self.volume_words())
        } else if !enabled {
            Some(self.t(Msg::SpokenUnavailable))
        } else {
            selected.then(|| self.t(Msg::SpokenChosen))
        }
    }

    pub(crate) fn volume_words(&self) -> String {
        let (n, count) = (self.prefs.volume.rank().to_string(), Volume::STEPS.to_string());
        self.texts().fill(Msg::SpokenVolume, &[("n", &n), ("count", &count)])
    }

    /// The key of repetition.
    pub(super) fn say_last(&mut self, effects: &mut Vec<Effect>) {
        let last = self.speech.last.clone();
        self.cut_speech(effects);
        self.speak(last, effects);
    }

    pub(super) fn next_volume(&mut self, effects: &mut Vec<Effect>) {
        self.change_volume(self.prefs.volume.next(), effects);
        self.stay_awake(effects);
    }

    /// Each step says its level, in its own loudness.
    pub(super) fn change_volume(&mut self, volume: Volume, effects: &mut Vec<Effect>) {
        self.prefs.volume = volume;
        effects.push(Effect::Volume(volume));
        if self.speech.on {
            let level = self.utterance(self.volume_words());
            self.speak(vec![level], effects);
        }
    }

    /// S29: speech on or off.
    pub(super) fn read_aloud(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        if self.speech.on {
            self.speech.on = false;
            let off = self.utterance(self.t(Msg::SpeechOff));
            self.speak(vec![off], effects);
        } else {
            self.begin_speech(now, effects);
        }
    }

    /// The language of what is shown.
    pub(crate) const fn shown_lang(&self) -> Language {
        if self.state.of_staff() { Self::staff_lang(self.lang) } else { self.lang }
    }
}
