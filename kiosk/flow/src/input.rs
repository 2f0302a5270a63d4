//! What a journey hears of.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime};
use wire::ids::{FamilyId, HelpId, Language, ServiceId, TicketId};
use wire::label::Label;

use crate::effect::TimerId;

/// Something happened.
#[derive(Clone, PartialEq, Debug)]
pub enum Input {
    /// A control was activated: put down and lifted inside.
    Touched(Control),
    /// A key of the keypad went down, or up.
    Key(Key, Press),
    /// The button beside the screen that calls a person.
    CallButton,
    /// A headset was plugged in, or pulled out.
    Headset(bool),
    /// Somebody stands in front of the borne, or no longer does.
    Presence(bool),
    /// What [`crate::Effect::Speak`] asked for was spoken to its end.
    SpeechEnded(u64),
    /// A timer ran out. A stale one does nothing.
    Timer(TimerId),
    /// The answer to [`crate::Effect::Issue`].
    Issued(Result<Issued, IssueFault>),
    /// What became of a ticket's paper.
    Print(TicketId, PrintReport),
    /// The printer's state changed.
    Printer(PrinterReadiness),
    /// What a person who changes the roll does at the printer.
    Roll(Roll),
    /// The server told how many people wait.
    Waits(WaitsByService),
    /// What staff decided for the rest of the day, and which services have no place left.
    Hall(Hall),
    /// Staff closed this borne on that day, before the program's start.
    Shut(Date),
    /// The answer to [`crate::Effect::RequestHelp`].
    HelpOpened(HelpId),
    /// The call for help could not even be noted.
    HelpFailed,
    /// News of a call for help.
    Help(HelpId, HelpProgress),
    /// The server is, or is not, within reach.
    Uplink(bool),
    /// Whether the server holds that this borne's store fails.
    FaultTold(bool),
    /// The site's wall clock, at each minute.
    Clock(DateTime),
    /// A badge of the site's staff was shown to the reader.
    Badge,
    /// The answer to [`crate::Effect::CheckPin`].
    Pin(PinCheck),
    /// How the machine is, while [`crate::Effect::Watch`] asks for it.
    Machine(MachineState),
}

/// The keys of the keypad (design, chapter 4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// The place before.
    Previous,
    /// The place after.
    Next,
    /// Activates.
    Select,
    /// Says it again; held for a second: starts speech.
    Repeat,
    /// The next step of volume.
    Volume,
}

/// Whether a key went down or up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Press {
    /// Down.
    Down,
    /// Up.
    Up,
}

/// A key of the keyboard on the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Typed {
    /// This character.
    Char(char),
    /// The last one away.
    Erase,
    /// That is all.
    Validate,
}

/// What a finger or a key can activate. A screen offers some of them; the others do nothing there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Control {
    /// S01: take a ticket.
    TakeTicket,
    /// S01: give feedback.
    GiveFeedback,
    /// S01, S02: this language.
    Language(Language),
    /// Footer: choose a language.
    Languages,
    /// Footer: display and sound.
    Display,
    /// Footer: the screen before.
    Back,
    /// Footer: call a person.
    CallPerson,
    /// S03: this family of services.
    Family(FamilyId),
    /// S03: this service.
    Service(ServiceId),
    /// S03, S04, S15: the next page.
    More,
    /// S03: I don't know.
    DontKnow,
    /// S04: take a ticket for this service.
    Confirm,
    /// S04: take a number without paper.
    ConfirmPaperless,
    /// S04: I have priority.
    HavePriority,
    /// S05: yes or no.
    Priority(bool),
    /// S04: other service.
    OtherService,
    /// So many people.
    Group(u8),
    /// S15: say it.
    Listen,
    /// S15: no ticket came.
    NoTicket,
    /// S15, S20: stay.
    Stay,
    /// S16: noted.
    Noted,
    /// S16: print again.
    PrintAgain,
    /// S18, S19: the answer of this rank, from 1.
    Answer(u8),
    /// S19: skip.
    Skip,
    /// S22: cancel my request.
    CancelHelp,
    /// S22, S23: go on.
    Continue,
    /// S15, S20, S23: finish.
    Finish,
    /// S29: larger text on and off.
    LargeText,
    /// S29: high contrast on and off.
    HighContrast,
    /// S29: dark background on and off.
    DarkBackground,
    /// S29: speech on and off.
    ReadAloud,
    /// S29: less sound.
    Quieter,
    /// S29: more sound.
    Louder,
    /// S26: a key.
    Type(Typed),
    /// S26: leave it.
    Cancel,
    /// S27 and what it leads to.
    Staff(StaffControl),
}

/// What staff can activate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StaffControl {
    /// S27: the roll wizard.
    ChangeRoll,
    /// S28: the next step.
    NextStep,
    /// S28: the test ticket can be read, or not.
    Readable(bool),
    /// S27: print a slip that is no ticket.
    TestTicket,
    /// S27: what the scanner reads, by its kind and length.
    TestReader,
    /// S27: hear the volume's steps.
    Volume,
    /// S27: how the network is.
    Network,
    /// S27: tickets whose paper nobody knows of.
    Uncertain,
    /// S27: no more visitors at this borne, or again.
    CloseReception,
    /// S27: stop the machine; asks first.
    Stop,
    /// Restart it.
    Restart,
    /// Shut it down.
    PowerOff,
    /// Back to S27.
    Overview,
    /// Leave S27.
    Leave,
}

/// What a person who changes the roll does at the printer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Roll {
    /// The cover is open.
    pub cover_open: bool,
    /// There is paper.
    pub paper: bool,
    /// Whether the printer tells of either at all.
    pub sensors: bool,
}

/// What staff decided for the rest of the day.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Hall {
    /// No ticket is given from then on, local time.
    pub closes_at: Option<DateTime>,
    /// Services whose places are all taken.
    pub full: BTreeSet<ServiceId>,
}

/// What became of a PIN.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PinCheck {
    /// It is the badge's.
    Right,
    /// Badge or PIN is wrong.
    Wrong {
        /// How many tries are left.
        left: u8,
    },
    /// Too many tries.
    Locked {
        /// For so long.
        minutes: u8,
    },
}

/// A part of the machine that staff look after.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The ticket printer.
    Printer,
    /// The scanner of codes.
    Scanner,
    /// The reader of badges.
    Badges,
    /// The headset.
    Headset,
    /// Speech and sounds.
    Sound,
    /// The button that calls a person.
    CallButton,
}

/// How a part is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Well.
    Good,
    /// The roll ends soon.
    PaperLow,
    /// There is no paper.
    PaperOut,
    /// Its cover is open.
    CoverOpen,
    /// It is there and refuses to work.
    Refuses,
    /// It is not there.
    Gone,
    /// Nothing is plugged in, which is as it may be.
    Unplugged,
}

/// How the machine is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MachineState {
    /// `Borne 02 · v1.4.2`.
    pub name: String,
    /// The parts that are fitted.
    pub parts: Vec<(Part, Health)>,
    /// Since how many minutes the server is out of reach; none: it is within reach.
    pub offline_min: Option<u64>,
    /// How many things are still to be sent.
    pub unsent: u64,
    /// Since when the oldest of them waits.
    pub oldest: Option<DateTime>,
    /// Tickets of today whose paper nobody knows of.
    pub uncertain: Vec<Label>,
    /// The machine's network, line by line, as technicians write it.
    pub network: Vec<String>,
    /// What the scanner read last, by kind and length.
    pub scanned: Option<String>,
    /// Whether the machine may be shut down from here.
    pub can_power_off: bool,
}

/// A ticket exists, durably.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Issued {
    /// Identity.
    pub ticket: TicketId,
    /// The number people see.
    pub label: Label,
    /// The address of its page.
    pub link: String,
    /// How long to wait for its paper before the number is shown without it, in milliseconds: twice what the
    /// printer's profile computes. Ten seconds hold where that is shorter.
    pub paper_ms: u64,
}

/// No ticket was issued.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IssueFault {
    /// The borne cannot write to its store.
    Store,
}

/// What became of a ticket's paper.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PrintReport {
    /// The printer said so.
    Printed,
    /// Every byte is at a printer that does not answer.
    Sent,
    /// Certainly not on paper.
    Failed,
    /// Nobody knows: the link was lost in mid-ticket.
    Lost,
}

/// Whether a ticket could be printed now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PrinterReadiness {
    /// Yes, as far as is known.
    Ready,
    /// No: paper out, cover open, off, or gone.
    NotReady,
}

/// How many people wait, by service.
pub type WaitsByService = BTreeMap<ServiceId, Wait>;

/// How long people wait for a service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wait {
    /// How many people wait.
    pub ahead: u32,
    /// The range in minutes, where it can be told.
    pub minutes: Option<(u32, u32)>,
}

/// How far a call for help is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HelpProgress {
    /// Staff have been told.
    Told,
    /// A person is on the way.
    Coming,
    /// There is nobody to come.
    Nobody,
}
