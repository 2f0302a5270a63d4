//! From the first touch to a ticket in the hand.

use std::time::Duration;

use wire::catalogue::Service;
use wire::ids::{FamilyId, Language, ServiceId, TicketId};

use super::Journey;
use crate::effect::{Effect, Order};
use crate::hall::Reception;
use crate::input::{Control, IssueFault, Issued, PrintReport, PrinterReadiness};
use crate::speech::Chime;
use crate::state::{State, Unprinted, Visit, Wish};
use crate::view::Button;

/// A page of a list: what stands on it, and how many pages there are.
pub(crate) struct Page<T> {
    pub items: Vec<T>,
    pub number: usize,
    pub pages: usize,
}

/// Cuts a list into pages of so many cells; where there are several, one cell of each leads to the next.
pub(crate) fn page_of<T: Clone>(items: &[T], cells: usize, wanted: usize) -> Page<T> {
    let cells = cells.max(2);
    if items.len() <= cells {
        return Page { items: items.to_vec(), number: 0, pages: 1 };
    }
    let each = cells - 1;
    let pages = items.len().div_ceil(each);
    let number = wanted % pages;
    Page { items: items.iter().skip(number * each).take(each).cloned().collect(), number, pages }
}

impl Journey {
    pub(super) fn open_services(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        if let [only] = self.setup.catalogue.services.as_slice() {
            let only = only.id.clone();
            self.open_service(only, now, effects);
        } else {
            let state = self.service_list();
            self.enter(state, now, effects);
        }
    }

    fn service_list(&self) -> State {
        if self.setup.catalogue.families.is_empty() {
            State::Services { family: None, page: 0 }
        } else {
            State::Families { page: 0 }
        }
    }

    /// The services of a family, or all where there are none.
    pub(crate) fn services_of(&self, family: Option<&FamilyId>) -> Vec<&Service> {
        let belongs = |service: &&Service| family.is_none() || service.family.as_ref() == family;
        self.setup.catalogue.services.iter().filter(belongs).collect()
    }

    pub(super) fn open_service(&mut self, service: ServiceId, now: Duration, effects: &mut Vec<Effect>) {
        let (family, page) =
            if let State::Services { family, page } = &self.state { (family.clone(), *page) } else { (None, 0) };
        let known = self.setup.catalogue.service(&service);
        let open = known.is_some_and(|s| matches!(self.hall.service(&self.setup.catalogue, s), Reception::Open { .. }));
        let several = known.is_some_and(|s| s.group);
        let state = if !open {
            State::ServiceClosed { service, family, page }
        } else if several {
            State::Group { service }
        } else {
            State::Detail { wish: Wish { service, group: 1, priority: false }, page: 0 }
        };
        self.enter(state, now, effects);
    }

    pub(super) fn group_chosen(&mut self, group: u8, now: Duration, effects: &mut Vec<Effect>) {
        if let State::Group { service } = self.state.clone() {
            self.enter(State::Detail { wish: Wish { service, group, priority: false }, page: 0 }, now, effects);
        }
    }

    pub(super) fn ask_priority(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        if let State::Detail { wish, .. } = self.state.clone() {
            self.enter(State::Priority { wish }, now, effects);
        }
    }

    /// One bit, no reason asked; then the ticket, since that is what the visitor came for.
    pub(super) fn priority_told(&mut self, priority: bool, now: Duration, effects: &mut Vec<Effect>) {
        if let State::Priority { wish } = self.state.clone() {
            self.enter(State::Detail { wish: Wish { priority, ..wish }, page: 0 }, now, effects);
            // Without paper the visitor agrees to that first.
            if self.printer == PrinterReadiness::Ready {
                self.issue(false, now, effects);
            }
        }
    }

    /// The page of services that a service stands on.
    fn list_with(&self, service: &ServiceId) -> State {
        let family = self.setup.catalogue.service(service).and_then(|s| s.family.clone());
        let wanted = Control::Service(service.clone());
        let page = page_with(&wanted, |page| self.service_page(family.as_ref(), page));
        State::Services { family, page }
    }

    fn page_of_family(&self, family: &FamilyId) -> usize {
        page_with(&Control::Family(family.clone()), |page| self.family_page(page))
    }

    pub(super) fn back(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        let several = self.setup.catalogue.services.len() > 1;
        let list = |service: &ServiceId| {
            if several { self.list_with(service) } else { self.home() }
        };
        let before = match &self.state {
            State::Services { family, page: page @ 1.. } => State::Services { family: family.clone(), page: page - 1 },
            State::Families { page: page @ 1.. } => State::Families { page: page - 1 },
            State::Detail { wish, page: page @ 1.. } => State::Detail { wish: wish.clone(), page: page - 1 },
            State::Services { family: Some(family), page: 0 } => State::Families { page: self.page_of_family(family) },
            State::Detail { wish, page: 0 } if self.setup.catalogue.service(&wish.service).is_some_and(|s| s.group) => {
                State::Group { service: wish.service.clone() }
            }
            State::Detail { wish, page: 0 } => list(&wish.service),
            State::Group { service } => list(service),
            State::ServiceClosed { family, page, .. } if several => {
                State::Services { family: family.clone(), page: *page }
            }
            State::Priority { wish } => State::Detail { wish: wish.clone(), page: 0 },
            State::Languages { .. } | State::Display { .. } => return self.uncover(now, effects),
            State::Question { answers, suspect } if !answers.is_empty() => {
                State::Question { answers: answers[..answers.len() - 1].to_vec(), suspect: *suspect }
            }
            State::Home
            | State::Closed
            | State::Families { page: 0 }
            | State::Services { family: None, page: 0 }
            | State::ServiceClosed { .. }
            | State::Question { .. }
            | State::Issuing { .. }
            | State::Printing { .. }
            | State::Ready { .. }
            | State::Unprinted { .. }
            | State::Thanks { .. }
            | State::Help { .. }
            | State::StillThere { .. }
            | State::OutOfOrder
            | State::Pin { .. }
            | State::PinLocked { .. }
            | State::Staff(_) => self.home(),
        };
        self.enter(before, now, effects);
    }

    /// The next page; after the last one the first.
    pub(super) fn more(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        let mut state = self.state.clone();
        if let State::Services { family, page } = &mut state {
            *page = self.service_page(family.as_ref(), *page + 1).1;
        } else if let State::Families { page } = &mut state {
            *page = self.family_page(*page + 1).1;
        } else if let State::Detail { wish, page } = &mut state {
            *page = (*page + 1) % self.detail_pages(wish, now).len();
        } else if let State::Ready { page, left, .. } = &mut state {
            (*page, *left) = (1 - (*page).min(1), None);
        } else if let State::Unprinted { page, .. } = &mut state {
            *page = 1 - (*page).min(1);
        }
        self.enter(state, now, effects);
    }

    pub(super) fn issue(&mut self, paperless: bool, now: Duration, effects: &mut Vec<Effect>) {
        let State::Detail { wish, .. } = self.state.clone() else { return };
        let open = self
            .setup
            .catalogue
            .service(&wish.service)
            .is_some_and(|s| matches!(self.hall.service(&self.setup.catalogue, s), Reception::Open { .. }));
        if !open {
            // It closed, or filled up, while the visitor read.
            let State::Services { family, page } = self.list_with(&wish.service) else { return };
            self.enter(State::ServiceClosed { service: wish.service, family, page }, now, effects);
            return;
        }
        effects.push(Effect::Issue(Order {
            service: wish.service.clone(),
            lang: self.lang,
            paperless,
            priority: wish.priority,
            group: wish.group,
        }));
        self.enter(State::Issuing { wish, paperless, slow: false }, now, effects);
    }

    pub(super) fn issued(&mut self, result: Result<Issued, IssueFault>, now: Duration, effects: &mut Vec<Effect>) {
        let State::Issuing { wish, paperless, slow } = self.state.clone() else {
            effects.push(Effect::Rejected { screen: self.state.code(), input: "issued" });
            return;
        };
        match result {
            Ok(issued) if paperless => {
                let visit = Visit { issued, wish };
                let why = Unprinted::ByChoice;
                self.enter(State::Unprinted { visit, why, reprinted: false, page: 0 }, now, effects);
            }
            // The same screen goes on: neither its time nor its timer starts anew.
            Ok(issued) => self.state = State::Printing { visit: Visit { issued, wish }, reprint: false, slow },
            Err(IssueFault::Store) => {
                effects.push(Effect::Chime(Chime::Error));
                self.enter(State::OutOfOrder, now, effects);
            }
        }
    }

    pub(super) fn paper(&mut self, ticket: TicketId, report: PrintReport, now: Duration, effects: &mut Vec<Effect>) {
        let covered = self.state.under().is_some();
        let next = match (self.state.visit().clone(), report) {
            (State::Printing { visit, reprint, .. }, report) if visit.issued.ticket == ticket => {
                after_print(visit, reprint, report)
            }
            // The paper came after all, or certainly will not.
            (State::Unprinted { visit, reprinted, why, .. }, PrintReport::Printed | PrintReport::Failed)
                if visit.issued.ticket == ticket && why != Unprinted::ByChoice =>
            {
                after_print(visit, reprinted, report)
            }
            // An earlier visitor's paper.
            (_, PrintReport::Printed | PrintReport::Sent | PrintReport::Failed | PrintReport::Lost) => return,
        };
        if covered {
            *self.state.visit_mut() = next;
        } else {
            let chime = if matches!(next, State::Ready { .. }) { Chime::Ready } else { Chime::Error };
            effects.push(Effect::Chime(chime));
            self.enter(next, now, effects);
        }
    }

    pub(super) fn no_ticket(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        if let State::Ready { visit, reprinted, .. } = self.state.clone() {
            self.enter(State::Unprinted { visit, why: Unprinted::Lost, reprinted, page: 0 }, now, effects);
        }
    }

    pub(super) fn print_again(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        if let State::Unprinted { visit, .. } = self.state.clone() {
            effects.push(Effect::Reprint(visit.issued.ticket));
            self.enter(State::Printing { visit, reprint: true, slow: false }, now, effects);
        }
    }

    pub(super) fn stay(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        if let State::Ready { left, .. } | State::Thanks { left } = &mut self.state {
            *left = None;
            let state = self.state.clone();
            self.enter(state, now, effects);
        }
    }

    /// A service's name, unless it tells others in the hall what the visitor came for.
    pub(super) fn service_aloud(&self, service: &ServiceId, alone: bool) -> Option<(String, Language)> {
        let service = self.setup.catalogue.service(service)?;
        (alone || !service.sensitive).then(|| (service.name.get(self.lang).to_owned(), self.lang))
    }
}

/// The first page that a control stands on.
fn page_with(wanted: &Control, page: impl Fn(usize) -> (Vec<Button>, usize)) -> usize {
    let pages = (0..).map(&page).enumerate().take_while(|(at, (_, number))| number == at);
    let holds = |cards: &[Button]| cards.iter().any(|button| button.control == *wanted);
    pages.into_iter().find(|(_, (cards, _))| holds(cards)).map_or(0, |(at, _)| at)
}

/// Where a print that ended leads.
fn after_print(visit: Visit, reprinted: bool, report: PrintReport) -> State {
    let ready = |visit, unsure| State::Ready { visit, unsure, reprinted, left: None, page: 0 };
    let unprinted = |visit, why| State::Unprinted { visit, why, reprinted, page: 0 };
    match report {
        PrintReport::Printed => ready(visit, false),
        PrintReport::Sent => ready(visit, true),
        PrintReport::Failed => unprinted(visit, Unprinted::Failed),
        PrintReport::Lost => unprinted(visit, Unprinted::Lost),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_hold_everything_once_and_come_round() {
        for count in 0..20_usize {
            let items: Vec<usize> = (0..count).collect();
            for cells in 2..8 {
                let pages = page_of(&items, cells, 0).pages;
                let all: Vec<usize> = (0..pages).flat_map(|n| page_of(&items, cells, n).items).collect();
                assert_eq!(all, items, "{count} in {cells}");
                assert!(pages == 1 || (0..pages).all(|n| page_of(&items, cells, n).items.len() < cells));
                assert_eq!(page_of(&items, cells, pages).number, 0);
            }
        }
    }
}
