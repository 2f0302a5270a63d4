//! What became of a test slip, for whoever asked for it.

use std::time::Duration;

use drivers::printer::{Outcome, PrinterStatus, Reason};
use serde::{Deserialize, Serialize};

/// How a test slip ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "slip", rename_all = "snake_case")]
pub enum SlipEnd {
    /// The printer says that it is printed.
    Printed,
    /// All of it went to a printer that confirms nothing.
    Unconfirmed,
    /// It is not printed, or nobody can tell.
    Failed {
        /// A sentence for whoever looks after the printer.
        why: String,
    },
}

impl SlipEnd {
    /// Of what the printer's thread says; `status` is the printer's after that.
    #[must_use]
    pub fn of(outcome: Outcome, reason: Reason, status: &PrinterStatus) -> Self {
        match (outcome, reason) {
            (Outcome::Printed, _) => Self::Printed,
            (Outcome::Unknown, Reason::NoConfirmation) => Self::Unconfirmed,
            (Outcome::NotPrinted, _) => {
                Self::failed(format!("the test slip is not printed: {reason}"), &crate::core::in_words(status))
            }
            (Outcome::Unknown, _) => Self::failed(
                format!("the test slip was sent, and may not be printed: {reason}; look for it at the printer"),
                &crate::core::in_words(status),
            ),
        }
    }

    /// Of a borne that has no printer, or whose printer's thread has ended.
    #[must_use]
    pub fn not_taken() -> Self {
        Self::Failed { why: "the test slip is not printed: the printer takes nothing; start the borne anew".to_owned() }
    }

    /// Of a slip that nothing is heard of for so long.
    #[must_use]
    pub fn not_ended(after: Duration) -> Self {
        Self::Failed {
            why: format!(
                "the test slip is not out after {} s; look at the printer: it may still come once paper, cover and cable are right",
                after.as_secs()
            ),
        }
    }

    fn failed(sentence: String, state: &str) -> Self {
        Self::Failed { why: format!("{sentence} (printer: {state})") }
    }
}

#[cfg(test)]
mod tests {
    use drivers::printer::Paper;

    use super::*;

    #[test]
    fn only_what_may_be_printed_is_no_failure() {
        let ready = PrinterStatus { connected: true, told: true, ..PrinterStatus::disconnected() };
        let of = |outcome, reason| SlipEnd::of(outcome, reason, &ready);
        assert_eq!(of(Outcome::Printed, Reason::Confirmed), SlipEnd::Printed);
        assert_eq!(of(Outcome::Unknown, Reason::NoConfirmation), SlipEnd::Unconfirmed);
        for reason in [Reason::TimedOut, Reason::LinkLost, Reason::ShutDown] {
            let SlipEnd::Failed { why } = of(Outcome::Unknown, reason) else { panic!("{reason}") };
            assert!(why.contains("may not be printed") && why.contains(&reason.to_string()), "{why}");
        }
    }

    #[test]
    fn a_failure_tells_how_the_printer_is() {
        let out = PrinterStatus { connected: true, told: true, paper: Paper::Out, ..PrinterStatus::disconnected() };
        let SlipEnd::Failed { why } = SlipEnd::of(Outcome::NotPrinted, Reason::NotReady, &out) else { panic!() };
        assert_eq!(
            why,
            "the test slip is not printed: the printer is not ready: check paper and cover (printer: paper out)"
        );
    }
}
