//! S14, S15, S16.

use std::time::Duration;

use super::{button, qr};
use crate::input::{Control, PrinterReadiness};
use crate::journey::Journey;
use crate::state::{Unprinted, Visit};
use crate::texts::{Counted, Msg};
use crate::view::{Button, Icon, Message, Qr, Ticket, Tone};

impl Journey {
    pub(super) fn printing_view(&self, slow: bool) -> Message {
        let text = if slow { self.t(Msg::OneMoment) } else { String::new() };
        self.message("S14", Icon::Printer, Tone::Plain, self.t(Msg::Printing), text)
    }

    /// Wait, room, how many people.
    pub(crate) fn ticket_lines(&self, visit: &Visit, now: Duration) -> Vec<String> {
        let wish = &visit.wish;
        let wait = self.wait(&wish.service, now).and_then(|w| w.minutes).map(|range| self.wait_range(range));
        let service = self.catalogue().service(&wish.service);
        let room = service.and_then(|s| s.room.as_ref()).map(|r| r.get(self.shown_lang()).to_owned());
        let group = (wish.group > 1).then(|| self.texts().count(Counted::Group, wish.group.into()));
        wait.into_iter().chain(room).chain(group).collect()
    }

    fn ticket_qr(&self, visit: &Visit) -> Qr {
        qr(visit.issued.link.clone(), self.t(Msg::FollowMyTurn), self.t(Msg::NoAccount))
    }

    /// Where the code has a page of its own: what this page shows, and the way to the other.
    fn ticket_page(&self, visit: &Visit, page: usize) -> (bool, Option<Qr>, Option<Button>) {
        if !self.room().split_ticket {
            return (true, Some(self.ticket_qr(visit)), None);
        }
        let first = page == 0;
        let more = if first {
            self.button(Msg::OnMyPhone, Icon::Forward, Control::More)
        } else {
            button(self.t(Msg::YourNumber), Icon::Back, Control::More)
        };
        (first, (!first).then(|| self.ticket_qr(visit)), Some(more))
    }

    pub(super) fn ready_view(
        &self,
        visit: &Visit,
        unsure: bool,
        left: Option<u8>,
        page: usize,
        now: Duration,
    ) -> Ticket {
        let (words, qr, more) = self.ticket_page(visit, page);
        Ticket {
            code: "S15",
            title: self.t(Msg::YourNumber),
            text: String::new(),
            icon: Icon::None,
            number: visit.issued.label.display(),
            headline: if words { self.t(Msg::TakeYourTicket) } else { String::new() },
            lines: if words { self.ticket_lines(visit, now) } else { Vec::new() },
            qr,
            countdown: left.map(|left| self.countdown(left)),
            more,
            secondary: words.then(|| {
                if unsure {
                    self.button(Msg::NoTicket, Icon::None, Control::NoTicket)
                } else {
                    self.button(Msg::Listen, Icon::Speaker, Control::Listen)
                }
            }),
            primary: self.button(Msg::Finish, Icon::None, Control::Finish),
        }
    }

    pub(super) fn unprinted_view(
        &self,
        visit: &Visit,
        why: Unprinted,
        reprinted: bool,
        page: usize,
        now: Duration,
    ) -> Ticket {
        let (title, text, icon) = match why {
            Unprinted::Failed => (Msg::PlaceKept, Msg::NotPrinted, Icon::Warning),
            Unprinted::Lost => (Msg::PlaceKept, Msg::MaybePrinted, Icon::Warning),
            Unprinted::ByChoice => (Msg::YourNumber, Msg::WriteDown, Icon::None),
        };
        let again = why != Unprinted::ByChoice && !reprinted && self.printer == PrinterReadiness::Ready;
        let (words, qr, more) = self.ticket_page(visit, page);
        Ticket {
            code: "S16",
            title: self.t(title),
            text: if words { self.t(text) } else { String::new() },
            icon: if words { icon } else { Icon::None },
            number: visit.issued.label.display(),
            headline: String::new(),
            lines: if words != (more.is_some() && self.room().split_lines) {
                self.ticket_lines(visit, now)
            } else {
                Vec::new()
            },
            qr,
            countdown: None,
            more,
            secondary: (again && words).then(|| self.button(Msg::PrintAgain, Icon::Printer, Control::PrintAgain)),
            primary: self.button(Msg::Noted, Icon::None, Control::Noted),
        }
    }
}
