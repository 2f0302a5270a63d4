//! From where a visit stands to what is on the screen.

use std::time::Duration;

use wire::catalogue::{Catalogue, Question, Scale, Service};
use wire::ids::{Language, ServiceId};

use crate::input::{Control, HelpProgress, PrinterReadiness, Wait};
use crate::journey::{Journey, Role};
use crate::state::{State, Unprinted, Visit};
use crate::texts::{Counted, Msg, Texts};
use crate::view::{
    Button, Chrome, Countdown, Detail, Faces, Help, Home, Icon, Languages, OutOfOrder, Printing, Qr, Ready, Rows,
    Screen, Services, StillThere, Thanks, View,
};

impl Journey {
    /// What is on the screen.
    #[must_use]
    pub fn view(&self, now: Duration) -> View {
        View { generation: self.generation, chrome: self.chrome(), screen: self.screen(now) }
    }

    fn texts(&self) -> &Texts {
        // One entry a language, in `Language::ALL`'s order.
        let at = Language::ALL.iter().position(|l| *l == self.lang).unwrap_or_default();
        &self.texts[at]
    }

    fn t(&self, msg: Msg) -> String {
        self.texts().get(msg)
    }

    fn catalogue(&self) -> &Catalogue {
        &self.setup.catalogue
    }

    fn button(&self, msg: Msg, icon: Icon, control: Control) -> Button {
        Button { label: self.t(msg), note: String::new(), icon, selected: false, control }
    }

    fn chrome(&self) -> Chrome {
        Chrome {
            site: self.catalogue().site.name.get(self.lang).to_owned(),
            clock: self.clock.map(|time| self.texts().time(time)).unwrap_or_default(),
            lang: self.lang,
            footer: self.footer(),
        }
    }

    fn footer(&self) -> Vec<Button> {
        let back = || self.button(Msg::Back, Icon::Back, Control::Back);
        let languages = || self.button(Msg::Language, Icon::Languages, Control::Languages);
        let call = || self.button(Msg::CallPerson, Icon::Help, Control::CallPerson);
        match &self.state {
            _ if self.is_home() => vec![languages(), call()],
            State::Home | State::Ready { .. } | State::Unprinted { .. } | State::Thanks { .. } => {
                vec![languages(), call()]
            }
            State::Services { .. } | State::Detail { .. } | State::Question { .. } => vec![back(), languages(), call()],
            State::Languages { .. } => vec![back(), call()],
            State::Help { .. } => vec![languages()],
            State::StillThere { .. } => vec![call()],
            State::Issuing { .. } | State::Printing { .. } | State::OutOfOrder => Vec::new(),
        }
    }

    fn screen(&self, now: Duration) -> Screen {
        match &self.state {
            State::Home => Screen::Home(self.home_view()),
            State::Languages { .. } => {
                Screen::Languages(Languages { title: self.t(Msg::LanguagesTitle), languages: self.language_tiles() })
            }
            State::Services { first } => Screen::Services(self.services_view(*first, now)),
            State::Detail { service } => self.detail_screen(service, now),
            State::Issuing { slow, .. } | State::Printing { slow, .. } => Screen::Printing(Printing {
                title: self.t(Msg::Printing),
                text: if *slow { self.t(Msg::OneMoment) } else { String::new() },
            }),
            State::Ready { visit, unsure, left, .. } => Screen::Ready(self.ready_view(visit, *unsure, *left, now)),
            State::Unprinted { visit, why, reprinted } => {
                Screen::Unprinted(self.unprinted_view(visit, *why, *reprinted, now))
            }
            State::Question { answers, .. } => self.question_screen(answers.len()),
            State::Thanks { left } => Screen::Thanks(self.thanks_view(*left)),
            State::Help { progress, .. } => Screen::Help(self.help_view(*progress)),
            State::StillThere { left, .. } => Screen::StillThere(self.still_there_view(*left)),
            State::OutOfOrder => self.out_of_order(),
        }
    }

    fn home_view(&self) -> Home {
        let mut choices = vec![self.button(Msg::TakeTicket, Icon::Ticket, Control::TakeTicket)];
        if self.setup.role == Role::Both && self.questions() > 0 {
            choices.push(self.button(Msg::GiveFeedback, Icon::Smile, Control::GiveFeedback));
        }
        Home { title: self.t(Msg::HomeTitle), text: self.t(Msg::HomeText), choices, languages: self.language_tiles() }
    }

    fn language_tiles(&self) -> Vec<Button> {
        let tile = |lang: Language| Button {
            label: lang.endonym().to_owned(),
            note: String::new(),
            icon: if lang == self.lang { Icon::Check } else { Icon::None },
            selected: lang == self.lang,
            control: Control::Language(lang),
        };
        Language::ALL.into_iter().map(tile).collect()
    }

    fn services_view(&self, first: usize, now: Duration) -> Services {
        let all = &self.catalogue().services;
        let mut cards: Vec<Button> = all
            .iter()
            .skip(first)
            .take(self.page_size())
            .map(|service| Button {
                label: service.name.get(self.lang).to_owned(),
                note: self.wait(&service.id, now).map(|w| self.wait_note(w)).unwrap_or_default(),
                icon: Icon::None,
                selected: false,
                control: Control::Service(service.id.clone()),
            })
            .collect();
        if all.len() > self.page_size() {
            cards.push(self.button(Msg::More, Icon::Forward, Control::More));
        }
        cards.push(self.button(Msg::DontKnow, Icon::Help, Control::DontKnow));
        Services { title: self.t(Msg::ServicesTitle), cards }
    }

    fn wait_note(&self, wait: Wait) -> String {
        wait.minutes.map_or_else(|| self.ahead(wait.ahead), |range| self.wait_range(range))
    }

    fn wait_range(&self, (low, high): (u32, u32)) -> String {
        let values = [("low", low.to_string()), ("high", high.to_string())];
        let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
        self.texts().fill(if low == 0 { Msg::WaitUnder } else { Msg::WaitRange }, &values)
    }

    fn ahead(&self, people: u32) -> String {
        if people == 0 { self.t(Msg::NobodyAhead) } else { self.texts().count(Counted::PeopleAhead, people) }
    }

    fn detail_screen(&self, id: &ServiceId, now: Duration) -> Screen {
        match self.catalogue().service(id) {
            Some(service) => Screen::Detail(self.detail_view(service, now)),
            // A catalogue changes between visits, never during one.
            None => self.out_of_order(),
        }
    }

    fn detail_view(&self, service: &Service, now: Duration) -> Detail {
        let wait = self.wait(&service.id, now);
        let paper = self.printer == PrinterReadiness::Ready;
        let documents: Vec<String> = service.documents.iter().map(|d| d.get(self.lang).to_owned()).collect();
        Detail {
            title: service.name.get(self.lang).to_owned(),
            wait: wait.and_then(|w| w.minutes).map_or_else(|| self.t(Msg::WaitUnknown), |r| self.wait_range(r)),
            ahead: wait.map(|w| self.ahead(w.ahead)).unwrap_or_default(),
            documents_title: if documents.is_empty() { String::new() } else { self.t(Msg::Documents) },
            documents,
            online: service.online.as_ref().map(|link| Qr {
                link: link.clone(),
                caption: self.t(Msg::Online),
                note: String::new(),
            }),
            notice: if paper { String::new() } else { self.t(Msg::NoPaper) },
            primary: if paper {
                self.button(Msg::TakeTicket, Icon::Ticket, Control::Confirm)
            } else {
                self.button(Msg::TakePaperless, Icon::Ticket, Control::ConfirmPaperless)
            },
            secondary: (self.catalogue().services.len() > 1)
                .then(|| self.button(Msg::OtherService, Icon::None, Control::OtherService)),
        }
    }

    fn ticket_lines(&self, visit: &Visit, now: Duration) -> Vec<String> {
        let wait = self.wait(&visit.service, now).and_then(|w| w.minutes).map(|range| self.wait_range(range));
        let service = self.catalogue().service(&visit.service);
        let room = service.and_then(|s| s.room.as_ref()).map(|r| r.get(self.lang).to_owned());
        wait.into_iter().chain(room).collect()
    }

    fn ticket_qr(&self, visit: &Visit) -> Qr {
        Qr { link: visit.issued.link.clone(), caption: self.t(Msg::FollowMyTurn), note: self.t(Msg::NoAccount) }
    }

    fn countdown(&self, left: u8) -> Countdown {
        Countdown {
            text: self.texts().fill(Msg::BackIn, &[("seconds", &left.to_string())]),
            stay: self.button(Msg::Stay, Icon::None, Control::Stay),
        }
    }

    fn ready_view(&self, visit: &Visit, unsure: bool, left: Option<u8>, now: Duration) -> Ready {
        Ready {
            title: self.t(Msg::YourNumber),
            number: visit.issued.label.display(),
            headline: self.t(Msg::TakeYourTicket),
            lines: self.ticket_lines(visit, now),
            qr: self.ticket_qr(visit),
            countdown: left.map(|left| self.countdown(left)),
            secondary: unsure.then(|| self.button(Msg::NoTicket, Icon::None, Control::NoTicket)),
            primary: self.button(Msg::Finish, Icon::None, Control::Finish),
        }
    }

    fn unprinted_view(&self, visit: &Visit, why: Unprinted, reprinted: bool, now: Duration) -> crate::view::Unprinted {
        let (title, text, icon) = match why {
            Unprinted::Failed => (Msg::PlaceKept, Msg::NotPrinted, Icon::Warning),
            Unprinted::Lost => (Msg::PlaceKept, Msg::MaybePrinted, Icon::Warning),
            Unprinted::ByChoice => (Msg::YourNumber, Msg::WriteDown, Icon::None),
        };
        let again = why != Unprinted::ByChoice && !reprinted && self.printer == PrinterReadiness::Ready;
        crate::view::Unprinted {
            title: self.t(title),
            text: self.t(text),
            number: visit.issued.label.display(),
            lines: self.ticket_lines(visit, now),
            qr: self.ticket_qr(visit),
            icon,
            secondary: again.then(|| self.button(Msg::PrintAgain, Icon::Printer, Control::PrintAgain)),
            primary: self.button(Msg::Noted, Icon::None, Control::Noted),
        }
    }

    fn question_screen(&self, index: usize) -> Screen {
        let question = self.catalogue().survey.as_ref().and_then(|s| s.questions.get(index));
        let Some(question) = question else { return self.out_of_order() };
        let title = question.text.get(self.lang).to_owned();
        let mut answers = self.answers(question);
        if index == 0 {
            let languages = if self.setup.role == Role::Survey { self.language_tiles() } else { Vec::new() };
            return Screen::Faces(Faces { title, text: self.t(Msg::AnonymousAnswer), faces: answers, languages });
        }
        answers.push(self.button(Msg::Skip, Icon::Forward, Control::Skip));
        Screen::Rows(Rows { title, rows: answers })
    }

    fn answers(&self, question: &Question) -> Vec<Button> {
        let last = question.answers.len().saturating_sub(1);
        let face = |i: usize| match (question.scale, i) {
            (Scale::Rows, _) => Icon::None,
            (Scale::Faces, 0) => Icon::Smile,
            (Scale::Faces, i) if i == last => Icon::Frown,
            (Scale::Faces, _) => Icon::Meh,
        };
        let ranked = question.answers.iter().zip(1u8..).enumerate();
        ranked
            .map(|(i, (answer, rank))| Button {
                label: answer.get(self.lang).to_owned(),
                note: String::new(),
                icon: face(i),
                selected: false,
                control: Control::Answer(rank),
            })
            .collect()
    }

    fn thanks_view(&self, left: Option<u8>) -> Thanks {
        let link = self.catalogue().survey.as_ref().and_then(|s| s.complaint_url.clone());
        Thanks {
            title: self.t(Msg::Thanks),
            text: self.t(Msg::ResultsShown),
            complaint: link.map(|link| Qr { link, caption: self.t(Msg::Complaint), note: String::new() }),
            countdown: left.map(|left| self.countdown(left)),
            primary: self.button(Msg::Finish, Icon::None, Control::Finish),
        }
    }

    fn help_view(&self, progress: HelpProgress) -> Help {
        let (title, text) = match progress {
            HelpProgress::Told => (Msg::HelpTold, Msg::HelpStay),
            HelpProgress::Coming => (Msg::HelpComing, Msg::HelpStay),
            HelpProgress::Nobody => (Msg::HelpNobody, Msg::GoToDesk),
        };
        let cancel = progress == HelpProgress::Told;
        Help {
            progress,
            title: self.t(title),
            text: self.t(text),
            primary: self.button(Msg::Continue, Icon::None, Control::Continue),
            secondary: cancel.then(|| self.button(Msg::CancelHelp, Icon::None, Control::CancelHelp)),
        }
    }

    fn still_there_view(&self, left: u8) -> StillThere {
        let seconds = left.to_string();
        StillThere {
            title: self.t(Msg::StillThere),
            text: self.texts().fill(Msg::Returning, &[("seconds", &seconds)]),
            seconds,
            primary: self.button(Msg::YesContinue, Icon::None, Control::Continue),
            secondary: self.button(Msg::IHaveFinished, Icon::None, Control::Finish),
        }
    }

    fn out_of_order(&self) -> Screen {
        Screen::OutOfOrder(OutOfOrder { title: self.t(Msg::OutOfOrder), text: self.t(Msg::GoToDesk) })
    }
}

impl View {
    /// Every control on the screen, in reading order, the footer's last.
    pub fn controls(&self) -> impl Iterator<Item = &Control> {
        let screen: Vec<&Button> = match &self.screen {
            Screen::Home(v) => v.choices.iter().chain(&v.languages).collect(),
            Screen::Languages(v) => v.languages.iter().collect(),
            Screen::Services(v) => v.cards.iter().collect(),
            Screen::Detail(v) => [&v.primary].into_iter().chain(&v.secondary).collect(),
            Screen::Printing(_) | Screen::OutOfOrder(_) => Vec::new(),
            Screen::Ready(v) => {
                let stay = v.countdown.as_ref().map(|c| &c.stay);
                v.secondary.iter().chain(stay).chain([&v.primary]).collect()
            }
            Screen::Unprinted(v) => v.secondary.iter().chain([&v.primary]).collect(),
            Screen::Faces(v) => v.faces.iter().chain(&v.languages).collect(),
            Screen::Rows(v) => v.rows.iter().collect(),
            Screen::Thanks(v) => v.countdown.as_ref().map(|c| &c.stay).into_iter().chain([&v.primary]).collect(),
            Screen::Help(v) => [&v.primary].into_iter().chain(&v.secondary).collect(),
            Screen::StillThere(v) => vec![&v.primary, &v.secondary],
        };
        screen.into_iter().chain(&self.chrome.footer).map(|b| &b.control)
    }
}
