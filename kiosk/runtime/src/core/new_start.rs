//! A new start of the program: a technician asks for one through the server, or other settings need one.
//!
//! Whoever is at the borne comes before it, and so does what was begun: papers, whoever asked for them, pictures, and
//! the word to the server on what became of them. Nothing of that holds it up for ever.

use std::time::Duration;

use wire::ids::CommandId;
use wire::outcome::Why;

use super::Core;
use super::remote::SETTLED;

/// What a new start takes at most: it is not begun later than this before the command ends.
const TO_COME_BACK: Duration = Duration::from_secs(60);
/// Longer than any paper takes, also one whose roll is changed meanwhile: what has not ended by then is not waited for.
const TO_FINISH: Duration = Duration::from_secs(180);
/// So long what became of it may be on its way up: a server that is away hears of it no sooner if that is waited for.
const TO_TELL: Duration = Duration::from_secs(5);

/// A new start that is wanted, and what holds it up.
#[derive(Debug, Default)]
pub(super) struct NewStart {
    /// The command that asks for it, and until when it waits.
    command: Option<(CommandId, Duration)>,
    /// Other settings hold.
    settings: bool,
    /// Since when what was begun holds it up, with nobody there.
    finishing: Option<Duration>,
    /// Since when nothing but the word on it does.
    telling: Option<Duration>,
}

impl NewStart {
    /// Other settings hold.
    pub fn for_settings(&mut self) {
        self.settings = true;
    }

    pub const fn is_wanted(&self) -> bool {
        self.settings || self.command.is_some()
    }

    fn ends_before(&self, now: Duration) -> bool {
        self.command.is_some_and(|(_, until)| now > until)
    }
}

impl Core {
    /// A technician's, whose command has so much time left. The loop begins it once the whole answer was obeyed: what
    /// came with it comes first.
    pub(super) fn want_new_start(&mut self, id: CommandId, left: Duration) {
        let until = self.now() + left.saturating_sub(TO_COME_BACK).max(SETTLED);
        self.new_start.command = Some((id, until));
    }

    /// Ends the program for its new start, once nobody is there and what was begun has ended.
    pub(super) fn look_at_new_start(&mut self) {
        if !self.new_start.is_wanted() {
            return;
        }
        if !self.nobody_is_there() {
            (self.new_start.finishing, self.new_start.telling) = (None, None);
            let now = self.now();
            if let Some((id, _)) = self.new_start.command.take_if(|(_, until)| now > *until) {
                self.fail(id, Why::Occupied);
            }
        } else if !self.is_finishing() {
            self.end_for_new_start();
        }
    }

    /// Whether something of paper, of pictures, or of the word on them would be lost now. A command that ends, and a
    /// paper that never does, are not waited for.
    fn is_finishing(&mut self) -> bool {
        let now = self.now();
        let begun = !self.papers.is_empty() || !self.remote.pictures.is_empty();
        let waits = &mut self.new_start;
        let (since, at_most) = if begun {
            waits.telling = None;
            (*waits.finishing.get_or_insert(now), TO_FINISH)
        } else if self.parts.uplink.has_told() {
            return false;
        } else {
            (*waits.telling.get_or_insert(now), TO_TELL)
        };
        now.saturating_sub(since) < at_most && !waits.ends_before(now)
    }

    fn end_for_new_start(&mut self) {
        if let Some((id, _)) = self.new_start.command.take() {
            if let Err(error) = self.parts.store.note_restart(id) {
                tracing::error!(%error, "the borne does not start anew: it could not tell of it");
                self.fail(id, Why::Store);
                return;
            }
            tracing::warn!("the borne starts anew for a technician");
        }
        if self.new_start.settings {
            tracing::info!("the program starts anew with the settings that the server wants");
        }
        self.new_start = NewStart::default();
        self.parts.screen.quit();
    }
}
