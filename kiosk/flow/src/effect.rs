//! What a journey asks for.

use std::time::Duration;

use jiff::civil::Date;
use wire::ids::{HelpId, Language, ServiceId, TicketId};
use wire::survey::AnswerVector;

use crate::keyboard::Secret;
use crate::speech::{Chime, Output, Utterance, Volume};

/// Tells a timer from those before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TimerId(pub(crate) u64);

/// What a ticket is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    /// What for.
    pub service: ServiceId,
    /// The ticket's language.
    pub lang: Language,
    /// No paper.
    pub paperless: bool,
    /// The visitor says that they have priority.
    pub priority: bool,
    /// How many people come together, 1 to 9.
    pub group: u8,
}

/// Something to do, in this order.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// Issue a ticket, then print it unless it is paperless. Answered by [`crate::Input::Issued`].
    Issue(Order),
    /// Print a ticket again, with DUPLICATA. Answered by [`crate::Input::Print`].
    Reprint(TicketId),
    /// Tell staff that somebody asks for a person. Answered by [`crate::Input::HelpOpened`].
    RequestHelp,
    /// Tell staff that they no longer do.
    CancelHelp(HelpId),
    /// Count one passage's answers.
    Count {
        /// The answers.
        vector: AnswerVector,
        /// Within five seconds of the answer before.
        suspect: bool,
    },
    /// Send [`crate::Input::Timer`] with this id after a while.
    Start {
        /// Which.
        timer: TimerId,
        /// When.
        after: Duration,
    },
    /// Say something in place of whatever is being said. Answered by [`crate::Input::SpeechEnded`] unless it is cut.
    Speak {
        /// Comes back with the answer.
        id: u64,
        /// What, in this order.
        utterances: Vec<Utterance>,
        /// Where.
        output: Output,
    },
    /// Be silent at once.
    Hush,
    /// Sound.
    Chime(Chime),
    /// From now on so loud.
    Volume(Volume),
    /// The panel's lamp: off while nobody is received, on again at a touch.
    Backlight(bool),
    /// Keep, over the program's next start too, on which day staff closed this borne; none: they did not. [`crate::Input::Shut`]
    /// brings it back.
    KeepShut(Option<Date>),
    /// Check the PIN of the badge that was shown. Answered by [`crate::Input::Pin`].
    CheckPin(Secret),
    /// Send [`crate::Input::Machine`] now and at each change, or no longer.
    Watch(bool),
    /// Print a slip that is no ticket.
    TestTicket,
    /// Tell what the scanner reads, by kind and length, or no longer.
    TestReader(bool),
    /// Start the machine anew.
    Restart,
    /// Shut the machine down.
    PowerOff,
    /// An input that the state does not expect was set aside; for the log, without what it held.
    Rejected {
        /// The screen's number in the design.
        screen: &'static str,
        /// What kind of input.
        input: &'static str,
    },
}
