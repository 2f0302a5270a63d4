//! What the reception desk does.

use jiff::Timestamp;
use queue_engine::State;
use uuid::Uuid;
use wire::event::{EventBody, TicketIssued};
use wire::ids::HelpId;
use wire::label::{Label, Series};
use wire::token::Hash32;

use super::checks::write;
use super::{Decided, Drawn, Intent, View};
use crate::desk::act::{NewTicket, Refusal, Seen, Who};
use crate::store::{Hold, Passage};

impl View<'_> {
    pub(super) fn issue(self, new: &NewTicket, drawn: &Drawn) -> Decided {
        self.staff()?;
        let catalogue = &self.plan.catalogue;
        let service = catalogue.service(&new.service).ok_or(Refusal::Unknown("the service"))?;
        self.received(&new.service, &new.needs)?;
        let NewTicket { lang, priority, group, appointment, paperless, .. } = *new;
        Ok(Intent::Issue(TicketIssued {
            ticket: drawn.ticket,
            label: Label::new(service.letter, Series::DESK, catalogue.site.label_form, 1),
            day: self.hall.day(),
            service: new.service.clone(),
            lang,
            token: drawn.token.hash(),
            paperless,
            uncertain: false,
            priority,
            group,
            appointment,
            needs: new.needs.clone(),
        }))
    }

    /// A ticket that is still of some use.
    pub(super) fn reprint(self, id: Uuid, seen: Seen, token: Hash32) -> Decided {
        self.staff()?;
        let ticket = self.seen(seen)?;
        match ticket.state(self.hall.day()) {
            State::Waiting | State::Parked | State::Called | State::Serving | State::NoShow => {
                let ticket = ticket.id;
                Ok(write(id, [], [EventBody::Reprinted { ticket, token: Some(token) }]))
            }
            State::Unissued | State::Expired | State::Cancelled | State::Finished => Err(self.moved(ticket)),
        }
    }

    pub(super) fn check_in(self, id: Uuid, seen: Seen, appointment: Timestamp) -> Decided {
        self.staff()?;
        let ticket = self.waiting(seen)?.id;
        Ok(write(id, [], [EventBody::CheckedIn { ticket, appointment }]))
    }

    /// A call for help is answered once: it stands with the passages, as the one before the first.
    pub(super) fn answer_help(self, id: Uuid, help: HelpId) -> Decided {
        let Who::Staff { account, .. } = self.who else { return Err(Refusal::NotYours) };
        let calls = self.hall.help();
        let call = calls.iter().find(|call| call.id == help).ok_or(Refusal::Unknown("the call for help"))?;
        if !call.is_open() {
            return Err(Refusal::Answered { by: call.answered_by() });
        }
        let once = Passage { of: help.0, episode: 0, from: None, to: Hold::Over, counter: None };
        Ok(write(id, [once], [EventBody::HelpAnswered { help, by: account }]))
    }
}
