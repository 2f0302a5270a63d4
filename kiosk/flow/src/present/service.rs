//! S03, S04, S05, the size of a group, a service that is closed.

use std::time::Duration;

use wire::catalogue::Service;
use wire::ids::{FamilyId, ServiceId};

use super::{button, qr};
use crate::hall::Reception;
use crate::input::{Control, PrinterReadiness, Wait};
use crate::journey::{Journey, Page, page_of};
use crate::state::Wish;
use crate::texts::{Counted, Msg};
use crate::view::{Button, Choices, Detail, Entry, Icon, Message, Screen, Tone};

/// How many people may come with one ticket.
const LARGEST_GROUP: u8 = 9;
/// From so many cards on, "I don't know" stands on every page; on smaller ones at the end of the list.
const ROOMY: usize = 6;

/// A part of S04 where it is split into pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum DetailPart {
    /// Everything.
    Whole,
    /// What must be known first and who comes along, where they have a page of their own.
    Notices,
    /// The wait; with it what must be known first, where that has no page.
    Facts,
    /// The documents from this one on.
    Documents(usize),
    /// How to do it without coming.
    Online,
}

impl Journey {
    /// The way to the next page; from the last one to the first.
    fn next_page(&self, number: usize, pages: usize) -> Button {
        if number + 1 >= pages {
            return self.button(Msg::FirstPage, Icon::Back, Control::More);
        }
        let values = [("page", (number + 1).to_string()), ("pages", pages.to_string())];
        button(self.fill(Msg::More, &values), Icon::Forward, Control::More)
    }

    /// A page of cards with its ways on.
    fn paged(&self, cards: Vec<Button>, wanted: usize) -> (Vec<Button>, usize) {
        let cells = self.room().cards;
        let dont_know = self.button(Msg::DontKnow, Icon::Help, Control::DontKnow);
        let everywhere = cells >= ROOMY;
        let (cards, cells) = if everywhere {
            (cards, cells - 1)
        } else {
            (cards.into_iter().chain([dont_know.clone()]).collect(), cells)
        };
        let Page { mut items, number, pages } = page_of(&cards, cells, wanted);
        if pages > 1 {
            items.push(self.next_page(number, pages));
        }
        if everywhere {
            items.push(dont_know);
        }
        (items, number)
    }

    /// The page of families, and its number.
    pub(crate) fn family_page(&self, wanted: usize) -> (Vec<Button>, usize) {
        let cards = self.catalogue().families.iter().map(|family| {
            let services = self.services_of(Some(&family.id)).len();
            let note = self.texts().count(Counted::Services, u32::try_from(services).unwrap_or(u32::MAX));
            let name = family.name.get(self.shown_lang()).to_owned();
            Button { note, ..button(name, Icon::None, Control::Family(family.id.clone())) }
        });
        self.paged(cards.collect(), wanted)
    }

    /// The page of services, and its number; their notes are those of no particular moment.
    pub(crate) fn service_page(&self, family: Option<&FamilyId>, wanted: usize) -> (Vec<Button>, usize) {
        let cards = self.services_of(family).into_iter().map(|service| {
            let name = service.name.get(self.shown_lang()).to_owned();
            button(name, Icon::None, Control::Service(service.id.clone()))
        });
        self.paged(cards.collect(), wanted)
    }

    pub(super) fn families_view(&self, page: usize) -> Choices {
        let (cards, _) = self.family_page(page);
        Choices { code: "S03", title: self.t(Msg::FamiliesTitle), text: String::new(), cards }
    }

    pub(super) fn services_view(&self, family: Option<&FamilyId>, page: usize, now: Duration) -> Choices {
        let (mut cards, _) = self.service_page(family, page);
        for card in &mut cards {
            if let Control::Service(id) = &card.control {
                (card.note, card.enabled) = self.service_note(&id.clone(), now);
            }
        }
        Choices { code: "S03", title: self.t(Msg::ServicesTitle), text: String::new(), cards }
    }

    /// The second line of a service's card, and whether a ticket can be taken.
    fn service_note(&self, id: &ServiceId, now: Duration) -> (String, bool) {
        let Some(service) = self.catalogue().service(id) else { return (String::new(), false) };
        match self.hall.service(self.catalogue(), service) {
            Reception::Open { .. } => (self.wait(id, now).map(|w| self.wait_note(w)).unwrap_or_default(), true),
            Reception::Full => (self.t(Msg::FullToday), false),
            Reception::Closed { next } => {
                let today = next.zip(self.hall.now).is_some_and(|(next, now)| next.date() == now.date());
                let opens = next.filter(|_| today).map(|next| self.texts().time(next.time()));
                let note = opens.map(|time| self.fill(Msg::OpensAt, &[("time", time)]));
                (note.unwrap_or_else(|| self.t(Msg::ClosedToday)), false)
            }
        }
    }

    fn wait_note(&self, wait: Wait) -> String {
        wait.minutes.map_or_else(|| self.ahead(wait.ahead), |range| self.wait_range(range))
    }

    pub(super) fn wait_range(&self, (low, high): (u32, u32)) -> String {
        let values = [("low", low.to_string()), ("high", high.to_string())];
        self.fill(if low == 0 { Msg::WaitUnder } else { Msg::WaitRange }, &values)
    }

    fn ahead(&self, people: u32) -> String {
        if people == 0 { self.t(Msg::NobodyAhead) } else { self.texts().count(Counted::PeopleAhead, people) }
    }

    pub(super) fn service_closed_view(&self, id: &ServiceId) -> Message {
        let service = self.catalogue().service(id);
        let reception = service.map(|s| self.hall.service(self.catalogue(), s));
        let (title, text) = match reception {
            Some(Reception::Full) => (Msg::FullToday, self.full_text(service)),
            reception => {
                let when = reception.and_then(|r| self.next_opening(r));
                let text = when.map(|when| self.fill(Msg::NextOpening, &[("when", when)]));
                (Msg::ServiceClosed, text.unwrap_or_default())
            }
        };
        let online = service.and_then(|s| s.online.clone());
        let other = self.catalogue().services.len() > 1;
        let way_on = if other {
            self.button(Msg::OtherService, Icon::None, Control::OtherService)
        } else {
            self.button(Msg::Finish, Icon::None, Control::Finish)
        };
        Message {
            qr: online.map(|link| qr(link, self.t(Msg::Online), String::new())),
            buttons: vec![way_on],
            ..self.message("S17", Icon::Clock, Tone::Plain, self.t(title), text)
        }
    }

    pub(super) fn group_view(&self) -> Entry {
        let key = |n: u8| button(n.to_string(), Icon::None, Control::Group(n));
        Entry {
            code: "S04G",
            title: self.t(Msg::GroupTitle),
            text: self.t(Msg::GroupText),
            places: Vec::new(),
            keys: (1..=LARGEST_GROUP).map(key).collect(),
            columns: 3,
            buttons: Vec::new(),
        }
    }

    /// The pages of S04: one, or one a part.
    pub(crate) fn detail_pages(&self, wish: &Wish, now: Duration) -> Vec<DetailPart> {
        let Some(service) = self.catalogue().service(&wish.service) else { return vec![DetailPart::Whole] };
        let room = self.room();
        if !room.split_detail {
            return vec![DetailPart::Whole];
        }
        let documents = (0..service.documents.len()).step_by(room.documents.max(1)).map(DetailPart::Documents);
        let online = service.online.as_ref().map(|_| DetailPart::Online);
        let told = wish.group > 1 || !self.notices(service, now).is_empty();
        let notices = (told && room.split_lines).then_some(DetailPart::Notices);
        let mut pages: Vec<DetailPart> =
            notices.into_iter().chain([DetailPart::Facts]).chain(documents).chain(online).collect();
        if pages.len() == 1 {
            pages = vec![DetailPart::Whole];
        }
        pages
    }

    pub(super) fn detail_screen(&self, wish: &Wish, page: usize, now: Duration) -> Screen {
        match self.catalogue().service(&wish.service) {
            Some(service) => Screen::Detail(self.detail_view(service, wish, page, now)),
            // A catalogue changes between visits, never during one.
            None => Screen::Message(self.out_of_order()),
        }
    }

    fn detail_view(&self, service: &Service, wish: &Wish, page: usize, now: Duration) -> Detail {
        let pages = self.detail_pages(wish, now);
        let page = page % pages.len();
        let part = pages[page];
        let facts = matches!(part, DetailPart::Whole | DetailPart::Facts);
        let noticed = if pages.contains(&DetailPart::Notices) { part == DetailPart::Notices } else { facts };
        let wait = self.wait(&service.id, now);
        let documents: Vec<String> = match part {
            DetailPart::Whole => self.documents(service).collect(),
            DetailPart::Documents(first) => self.documents(service).skip(first).take(self.room().documents).collect(),
            DetailPart::Notices | DetailPart::Facts | DetailPart::Online => Vec::new(),
        };
        let online = matches!(part, DetailPart::Whole | DetailPart::Online);
        let paper = self.printer == PrinterReadiness::Ready;
        let more = (pages.len() > 1).then(|| self.next_page(page, pages.len()));
        let minutes = wait.and_then(|w| w.minutes);
        Detail {
            title: service.name.get(self.shown_lang()).to_owned(),
            wait: if facts {
                minutes.map_or_else(|| self.t(Msg::WaitUnknown), |r| self.wait_range(r))
            } else {
                String::new()
            },
            ahead: wait.filter(|_| facts).map(|w| self.ahead(w.ahead)).unwrap_or_default(),
            group: if noticed && wish.group > 1 { self.group_words(wish.group) } else { String::new() },
            documents_title: if documents.is_empty() { String::new() } else { self.t(Msg::Documents) },
            documents,
            online: service
                .online
                .as_ref()
                .filter(|_| online)
                .map(|link| qr(link.clone(), self.t(Msg::Online), String::new())),
            notices: if noticed { self.notices(service, now) } else { Vec::new() },
            more,
            primary: if paper {
                self.button(Msg::TakeTicket, Icon::Ticket, Control::Confirm)
            } else {
                self.button(Msg::TakePaperless, Icon::Ticket, Control::ConfirmPaperless)
            },
            secondary: self.detail_ways(wish),
        }
    }

    fn documents<'a>(&'a self, service: &'a Service) -> impl Iterator<Item = String> + 'a {
        service.documents.iter().map(|document| document.get(self.shown_lang()).to_owned())
    }

    /// "For 4 people. Allow more time for several people."
    fn group_words(&self, group: u8) -> String {
        let people = self.texts().count(Counted::Group, group.into());
        format!("{people}. {}", self.t(Msg::GroupLonger))
    }

    /// What the visitor must know before taking a ticket.
    fn notices(&self, service: &Service, now: Duration) -> Vec<String> {
        let minutes = self.wait(&service.id, now).and_then(|w| w.minutes);
        let paper = self.printer == PrinterReadiness::Ready;
        let until = match self.hall.service(self.catalogue(), service) {
            Reception::Open { until } => until,
            Reception::Closed { .. } | Reception::Full => None,
        };
        let late = until.zip(self.hall.now).zip(minutes).filter(|((until, now), (_, high))| {
            let served = now.time().hour() as u32 * 60 + now.time().minute() as u32 + high;
            served > until.hour() as u32 * 60 + until.minute() as u32
        });
        let late = late.map(|((until, _), _)| self.fill(Msg::NotBefore, &[("time", self.texts().time(until))]));
        let paperless = (!paper).then(|| self.t(Msg::NoPaper));
        late.into_iter().chain(paperless).collect()
    }

    fn detail_ways(&self, wish: &Wish) -> Vec<Button> {
        let priority = (self.catalogue().site.priority.offered && !wish.priority)
            .then(|| self.button(Msg::IHavePriority, Icon::None, Control::HavePriority));
        let other = (self.catalogue().services.len() > 1)
            .then(|| self.button(Msg::OtherService, Icon::None, Control::OtherService));
        priority.into_iter().chain(other).collect()
    }

    /// S05: one bit, no reason asked.
    pub(super) fn priority_view(&self) -> Message {
        let own = self.catalogue().site.priority.text.as_ref();
        let text = own.map_or_else(|| self.t(Msg::PriorityText), |text| text.get(self.shown_lang()).to_owned());
        Message {
            buttons: vec![
                self.button(Msg::Yes, Icon::None, Control::Priority(true)),
                self.button(Msg::No, Icon::None, Control::Priority(false)),
            ],
            equal: true,
            ..self.message("S05", Icon::People, Tone::Plain, self.t(Msg::PriorityTitle), text)
        }
    }
}
