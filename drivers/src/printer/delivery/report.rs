//! What the caller hands to a printer, and what it hears back.

use std::fmt;
use std::time::Instant;

use crate::printer::protocol::PrinterStatus;
use crate::printer::slip::Slip;

/// The caller's name for a job; it is unique among the jobs of a printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// One slip to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The caller's name for it.
    pub id: JobId,
    /// What to print.
    pub slip: Slip,
}

/// How far a job has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Accepted; nothing has been sent.
    Queued,
    /// Recorded in the journal before the first byte: from here on paper may have come out.
    Sending,
    /// The last byte has left this machine; that alone proves nothing.
    Sent,
    /// The printer says that the slip is printed.
    Printed,
    /// The printer says that the slip is cut.
    Cut,
}

impl Outcome {
    /// What a job came to whose last record is that stage, when the program that sent it is no more; a job without a
    /// record was not printed.
    pub const fn left_behind(stage: Stage) -> Self {
        match stage {
            Stage::Queued => Self::NotPrinted,
            Stage::Sending | Stage::Sent => Self::Unknown,
            Stage::Printed | Stage::Cut => Self::Printed,
        }
    }
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The printer says so.
    Printed,
    /// No byte reached the printer: printing again prints once.
    NotPrinted,
    /// Bytes have gone and nothing tells what became of them: it is never printed again by itself.
    Unknown,
}

/// Why a job ended as it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The printer confirmed the print.
    Confirmed,
    /// Everything was sent to a printer that confirms nothing.
    NoConfirmation,
    /// The time of the job ran out.
    TimedOut,
    /// The link was lost after the first byte.
    LinkLost,
    /// No link to the printer within the time of the job.
    Unreachable,
    /// Paper out, cover open or another state in which the printer cannot print.
    NotReady,
    /// The journal did not take the record that must come before the first byte.
    JournalFailed,
    /// The slip cannot be printed: its QR code holds too much, for instance.
    Unprintable,
    /// The printer was shut down.
    ShutDown,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Confirmed => "the printer confirmed it",
            Self::NoConfirmation => "this printer confirms nothing",
            Self::TimedOut => "no confirmation in time",
            Self::LinkLost => "the link to the printer was lost",
            Self::Unreachable => "the printer cannot be reached",
            Self::NotReady => "the printer is not ready: check paper and cover",
            Self::JournalFailed => "the print journal cannot be written",
            Self::Unprintable => "the slip cannot be printed",
            Self::ShutDown => "the printer was shut down",
        })
    }
}

/// What happens at a printer; jobs are told of in the order of their stages, then their outcome, exactly once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrinterEvent {
    /// The state of the printer changed.
    Status(PrinterStatus),
    /// A job came to a stage.
    Stage {
        /// The job.
        job: JobId,
        /// How far it is.
        stage: Stage,
    },
    /// The transport took the first byte of a job.
    FirstByte {
        /// The job.
        job: JobId,
        /// When.
        at: Instant,
    },
    /// The transport took the last byte of a job; with [`PrinterEvent::FirstByte`] it tells how long sending took.
    LastByte {
        /// The job.
        job: JobId,
        /// When.
        at: Instant,
    },
    /// A job ended.
    Outcome {
        /// The job.
        job: JobId,
        /// How.
        outcome: Outcome,
        /// Why.
        reason: Reason,
    },
}

/// The record that survives a power cut.
///
/// `record` returns once the stage is on disk: `Stage::Sending` is recorded before the first byte goes, so that a job
/// found there after a crash is unknown, and one not found there is certainly not printed.
pub trait Journal: Send {
    /// Notes durably that a job came to a stage; called for `Sending`, `Sent`, `Printed` and `Cut`.
    fn record(&mut self, job: JobId, stage: Stage) -> Result<(), JournalError>;

    /// The last stage of the last job that an earlier program began to send; asked once, when the printer is opened.
    ///
    /// After a job that was cut off the printer may wait for the rest of a picture; it is freed before the next slip.
    fn last_begun(&mut self) -> Result<Option<Stage>, JournalError> {
        Ok(None)
    }
}

/// Why the journal could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the print journal cannot be written")]
pub struct JournalError(#[source] pub Box<dyn std::error::Error + Send + Sync>);
