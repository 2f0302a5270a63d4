//! The words events are written with: what became of a print, how far a ticket is, why somebody waits.

use serde::{Deserialize, Serialize};

/// What became of a print.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrintOutcome {
    /// The printer said so.
    Printed,
    /// Certainly not on paper.
    NotPrinted,
    /// Sent, and nobody knows.
    Unknown,
}

/// Who put an end to a ticket that was not called.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voider {
    /// An agent or a supervisor.
    Staff,
    /// The person who holds it.
    Visitor,
}

/// Who moved a ticket; never which agent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// An agent or a supervisor.
    Staff,
    /// The person who holds it.
    Visitor,
    /// The hall's policy, by itself.
    Policy,
}

/// How far a passage through the queue is. The greatest rank seen wins (rule R13); a person who was served beats
/// an absence noted elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rank {
    /// In the queue.
    Waiting,
    /// Tied to a counter that will take it again.
    Parked,
    /// Given up before it was called.
    Cancelled,
    /// On the display.
    Called,
    /// At the counter.
    Serving,
    /// Nobody came.
    NoShow,
    /// Served.
    Finished,
}

/// Where in its new queue a transferred ticket stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueuePlace {
    /// Before those of its lane.
    Front,
    /// As if the person came now.
    Back,
    /// Where its first arrival puts it.
    #[default]
    Own,
}

/// Why a person is sent aside and comes back to the same counter. A code: an event is no place for what people say.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParkReason {
    /// A copy is made.
    Photocopy,
    /// A form is filled in.
    Form,
    /// A document is fetched.
    Document,
    /// Something is paid elsewhere.
    Payment,
    /// A colleague is asked.
    Colleague,
    /// Another reason, or one of a later version.
    #[serde(other)]
    Other,
}

/// Why a counter receives nobody for a while.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    /// A rest.
    Break,
    /// A meal.
    Lunch,
    /// Files are worked on without anybody in front.
    BackOffice,
    /// A meeting or a training.
    Meeting,
    /// Another reason, or one of a later version.
    #[serde(other)]
    Other,
}

/// What a borne does about a command.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandAnswer {
    /// It carries it out.
    Taken,
    /// It came too late.
    Expired,
    /// It cannot be carried out here: no printer, or no such service.
    Refused,
    /// Another answer, of a later version.
    #[serde(other)]
    Other,
}

/// A device of a borne that somebody has to look after.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Device {
    /// The ticket printer.
    Printer,
    /// The scanner of QR codes.
    Scanner,
    /// The reader of staff's cards.
    CardReader,
    /// The button that calls a person.
    CallButton,
    /// One of a later version.
    #[serde(other)]
    Other,
}

/// How a device is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Well.
    Works,
    /// The roll ends soon.
    PaperLow,
    /// There is no paper.
    PaperOut,
    /// Its cover is open.
    CoverOpen,
    /// Its cutter is stuck.
    CutterJammed,
    /// It is there and refuses to work.
    Offline,
    /// It is not there.
    Gone,
    /// One of a later version.
    #[serde(other)]
    Other,
}
