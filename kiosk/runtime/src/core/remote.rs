//! What technicians ask through the server: a new start, a test slip, a picture of the screen, the last lines of the log; a
//! test slip they ask for here, too. What comes through the server is said to be taken first, as every command is, and told of again once it has ended.
//!
//! A visitor comes before a technician: the borne starts anew once nobody is there, and a picture is taken of a screen that
//! nobody has been at, from before it was asked for until after it was taken.

use std::collections::BTreeMap;
use std::time::Duration;

use drivers::printer::{Outcome as Printed, Printer, Reason};
use tokio::sync::oneshot;
use wire::command::What;
use wire::event::CommandAnswer;
use wire::ids::CommandId;
use wire::outcome::{Bytes, Ended, MAX_PICTURE, Outcome, Why};

use super::{Core, Message};
use crate::screen::Screen;
use crate::slip_end::SlipEnd;

/// So long nobody must have been there: until then a screen may still show the one before as it goes.
pub(super) const SETTLED: Duration = Duration::from_secs(3);

/// What technicians elsewhere wait for.
#[derive(Debug, Default)]
pub(super) struct Remote {
    /// Since when nobody is there.
    free_since: Option<Duration>,
    /// Test slips on their way, by job.
    slips: BTreeMap<u64, Asker>,
    /// Pictures that are being taken, as long as nobody came.
    pub pictures: Vec<CommandId>,
}

/// Who asked for a test slip.
#[derive(Debug)]
pub(super) enum Asker {
    /// A technician, through the server.
    Afar(CommandId),
    /// A technician who is here.
    Here(oneshot::Sender<SlipEnd>),
}

impl Core {
    /// Begins what a command asks for. `left` is what is left of its time.
    pub(super) fn act(&mut self, id: CommandId, what: &What, left: Duration) {
        if self.answer(id, CommandAnswer::Taken, None).is_none() {
            return;
        }
        tracing::info!(?what, "a technician asks through the server");
        match what {
            What::Restart => self.want_new_start(id, left),
            What::TestPrint if self.could_print() => self.print_slip(Asker::Afar(id)),
            What::TestPrint => self.fail(id, Why::Printer),
            What::Picture => self.take_picture(id),
            What::Logs => self.tell(id, Ended::Logs { text: self.parts.recent.text() }),
            What::Print(_) | What::Unknown => {}
        }
    }

    /// Notes whether somebody is there; called before each view is shown.
    pub(super) fn look_who_is_there(&mut self) {
        if self.parts.journey.is_free() {
            self.remote.free_since = self.remote.free_since.or(Some(self.now()));
            return;
        }
        self.remote.free_since = None;
        for spoilt in std::mem::take(&mut self.remote.pictures) {
            self.fail(spoilt, Why::Occupied);
        }
    }

    pub(super) fn nobody_is_there(&self) -> bool {
        let settled = |since| self.now().saturating_sub(since) >= SETTLED;
        self.parts.journey.is_free() && self.remote.free_since.is_some_and(settled)
    }

    /// Tells that the program is there again, where a technician ended it.
    pub(super) fn come_back(&self) {
        if let Some(id) = self.parts.store.restarted_by() {
            self.tell(id, Ended::Done);
        }
    }

    /// Prints a test slip for somebody.
    pub(super) fn print_slip(&mut self, asker: Asker) {
        match self.test_print() {
            Some(job) => _ = self.remote.slips.insert(job, asker),
            None => self.tell_slip(asker, SlipEnd::not_taken()),
        }
    }

    /// What became of a test slip.
    pub(super) fn slip_ended(&mut self, job: u64, outcome: Printed, reason: Reason) {
        let Some(asker) = self.remote.slips.remove(&job) else { return };
        let Some(status) = self.parts.printer.as_ref().map(Printer::status) else { return };
        self.tell_slip(asker, SlipEnd::of(outcome, reason, &status));
    }

    fn tell_slip(&self, asker: Asker, end: SlipEnd) {
        match (asker, end) {
            (Asker::Afar(id), SlipEnd::Printed) => self.tell(id, Ended::Done),
            (Asker::Afar(id), SlipEnd::Unconfirmed) => self.fail(id, Why::Unconfirmed),
            (Asker::Afar(id), SlipEnd::Failed { .. }) => self.fail(id, Why::Printer),
            // Who waits no longer hears nothing.
            (Asker::Here(waits), end) => drop(waits.send(end)),
        }
    }

    /// The screen's own loop draws it: nobody here waits for that.
    fn take_picture(&mut self, id: CommandId) {
        if !self.nobody_is_there() {
            self.fail(id, Why::Occupied);
            return;
        }
        let (screen, answer) = (std::sync::Arc::clone(&self.parts.screen), self.messages.clone());
        let begun = std::thread::Builder::new().name("picture".to_owned()).spawn(move || {
            // The loop has ended: nobody is left to hear.
            let _ = answer.send(Message::Pictured(id, picture(&*screen).map(Bytes)));
        });
        match begun {
            Ok(_) => self.remote.pictures.push(id),
            Err(error) => {
                tracing::error!(%error, "no picture can be taken");
                self.fail(id, Why::Screen);
            }
        }
    }

    /// A picture was taken. What the screen showed then was shown by this loop before it hears of it, so that whoever came
    /// meanwhile has been seen.
    pub(super) fn pictured(&mut self, id: CommandId, taken: Result<Bytes, Why>) {
        let Some(index) = self.remote.pictures.iter().position(|wanted| *wanted == id) else { return };
        self.remote.pictures.swap_remove(index);
        match taken {
            Ok(png) => self.tell(id, Ended::Picture { png }),
            Err(why) => self.fail(id, why),
        }
    }

    pub(super) fn fail(&self, id: CommandId, why: Why) {
        self.tell(id, Ended::Failed { why });
    }

    fn tell(&self, id: CommandId, ended: Ended) {
        self.parts.uplink.tell(Outcome::of(id, ended));
    }
}

fn picture(screen: &dyn Screen) -> Result<Vec<u8>, Why> {
    let failed = |error: &dyn std::error::Error| {
        tracing::warn!(%error, "no picture can be taken");
        Why::Screen
    };
    let png = screen.picture().map_err(|error| failed(&error))?.png().map_err(|error| failed(&error))?;
    if png.len() > MAX_PICTURE { Err(Why::TooLarge) } else { Ok(png) }
}
