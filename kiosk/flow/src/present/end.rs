//! S22, S23, S24.

use crate::input::{Control, HelpProgress};
use crate::journey::Journey;
use crate::texts::{Counted, Msg};
use crate::view::{Icon, Message, Tone};

impl Journey {
    pub(super) fn help_view(&self, progress: HelpProgress) -> Message {
        let (title, text) = match progress {
            HelpProgress::Told => (Msg::HelpTold, Msg::HelpStay),
            HelpProgress::Coming => (Msg::HelpComing, Msg::HelpStay),
            HelpProgress::Nobody => (Msg::HelpNobody, Msg::GoToDesk),
        };
        let proceed = self.button(Msg::Continue, Icon::None, Control::Continue);
        let cancel = self.button(Msg::CancelHelp, Icon::None, Control::CancelHelp);
        Message {
            buttons: if progress == HelpProgress::Told { vec![proceed, cancel] } else { vec![proceed] },
            ..self.message("S22", Icon::Help, Tone::Plain, self.t(title), self.t(text))
        }
    }

    pub(super) fn still_there_view(&self, left: u8) -> Message {
        Message {
            buttons: vec![
                self.button(Msg::YesContinue, Icon::None, Control::Continue),
                self.button(Msg::IHaveFinished, Icon::None, Control::Finish),
            ],
            anywhere: Some(Control::Continue),
            seconds: left.to_string(),
            ..self.message(
                "S23",
                Icon::None,
                Tone::Plain,
                self.t(Msg::StillThere),
                self.texts().count(Counted::Returning, left.into()),
            )
        }
    }

    /// "We have been told" only where the server has taken the alert.
    pub(super) fn out_of_order(&self) -> Message {
        let told = self.fault_told.then(|| self.t(Msg::WeWereTold));
        let text = [self.t(Msg::GoToDesk)].into_iter().chain(told).collect::<Vec<_>>().join(" ");
        self.message("S24", Icon::Warning, Tone::Fault, self.t(Msg::OutOfOrder), text)
    }
}
