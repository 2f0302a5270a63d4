//! What the journeys ask for, done; and what came of it, told back.

use std::time::Instant;

use drivers::printer::{Job, JobId, Outcome, Paper as Roll, PrinterEvent, PrinterStatus, Reason, Stage};
use kiosk_flow::{Effect, Input, IssueFault, Issued, Order, PrintReport};
use wire::event::{Device, EventBody, PrintOutcome};
use wire::ids::{HelpId, Language, TicketId};
use wire::report::PaperLevel;
use wire::service_day::{Period, ServiceDay};
use wire::survey::AnswerVector;
use wire::token::TicketToken;

use super::at_staff::roll;
use super::{Core, CurrentTicket};
use crate::clock::Trust;
use crate::devices::of_printer;
use crate::random;
use crate::store::{IssueRequest, NewTicket, StoreError, print_outcome};
use crate::survey::CellKey;
use crate::ticket::{TicketFacts, slip, test_slip};

/// A ticket's length on paper, feed included (design, chapter 6).
const TICKET_MM: u16 = 85;
/// Slips that are no tickets have job numbers of their own, far from the journal's.
pub(super) const FIRST_TEST_JOB: u64 = 1 << 62;

const fn is_test(job: JobId) -> bool {
    job.0 >= FIRST_TEST_JOB
}

impl Core {
    pub(super) fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Issue(order) => self.issue(&order),
            Effect::Reprint(ticket) => self.reprint(ticket),
            Effect::RequestHelp => self.request_help(),
            Effect::CancelHelp(help) => {
                self.append(EventBody::HelpCancelled { help });
            }
            Effect::Count { vector, suspect } => self.count(vector, suspect),
            Effect::Start { timer, after } => {
                let at = self.now() + after;
                self.timers.start(at, timer);
            }
            Effect::Speak { id, utterances, output } => self.speak(id, utterances, output),
            Effect::Hush => self.parts.speech.hush(),
            Effect::Chime(chime) => self.chime(chime),
            Effect::Volume(volume) => self.parts.speech.set_volume(volume.step()),
            Effect::Backlight(on) => self.parts.devices.light(on),
            Effect::KeepShut(day) => self.keep_shut(day),
            Effect::CheckPin(secret) => self.check_pin(&secret),
            Effect::Watch(on) => self.watch(on),
            Effect::TestTicket => drop(self.test_print()),
            Effect::TestReader(on) => self.test_reader(on),
            Effect::Restart => self.restart(),
            Effect::PowerOff => self.power_off(),
            Effect::Rejected { screen, input } => tracing::debug!(screen, input, "an input found no use"),
        }
    }

    fn issue(&mut self, order: &Order) {
        let result = self.try_issue(order);
        match result {
            Ok((issued, new)) => {
                tracing::info!(ticket.label = %new.label, ticket.seq = new.seq, "ticket issued");
                self.update_status(|status| status.tickets += 1);
                let ticket = issued.ticket;
                self.input(Input::Issued(Ok(issued)));
                if !order.paperless {
                    self.print(new.seq, ticket);
                }
                self.tell_uncertain_clock(new.day);
                self.hall.issued(&order.service, new.day);
                self.tell_hall();
                self.parts.uplink.wake();
                self.store_took();
            }
            Err(error) => {
                self.store_failed(&error);
                self.input(Input::Issued(Err(IssueFault::Store)));
            }
        }
    }

    fn try_issue(&mut self, order: &Order) -> Result<(Issued, NewTicket), StoreError> {
        let Order { service, lang, paperless, priority, group } = order;
        let catalogue = std::sync::Arc::clone(&self.parts.catalogue);
        let letter = catalogue.service(service).map_or(wire::label::Prefix::APPOINTMENT, |s| s.letter);
        let moment = self.parts.clock.moment();
        let request = IssueRequest {
            ticket: TicketId(random::uuid_v7(&self.parts.clock)),
            token: TicketToken::from_random(random::bytes()),
            service: service.clone(),
            letter,
            series: self.parts.identity.series,
            form: catalogue.site.label_form,
            lang: *lang,
            paperless: *paperless,
            priority: *priority,
            group: *group,
            moment,
        };
        let new = self.parts.store.issue(&request, &self.parts.zone)?;
        let link = catalogue.ticket_link(&request.token, &new.label);
        let facts = TicketFacts {
            label: new.label,
            at: moment.at.to_zoned(self.parts.zone.clone()),
            lang: *lang,
            link: link.clone(),
            wait_min: self.waits.get(service).and_then(|w| w.minutes),
            group: *group,
            priority: *priority,
            duplicate: false,
        };
        self.current = Some(CurrentTicket { ticket: request.ticket, service: service.clone(), facts });
        let paper_ms = self.parts.profile.expected_time(TICKET_MM).as_millis() * 2;
        let paper_ms = u64::try_from(paper_ms).unwrap_or(u64::MAX);
        Ok((Issued { ticket: request.ticket, label: new.label, link, paper_ms }, new))
    }

    /// One event a doubt, once a ticket is concerned.
    fn tell_uncertain_clock(&mut self, day: ServiceDay) {
        let uncertain = self.parts.clock.moment().trust == Trust::Uncertain;
        if uncertain && !self.doubt_told {
            tracing::warn!("nobody vouches for the clock: tickets stay in the service day that was reached");
            self.append(EventBody::ClockUncertain { day });
        }
        self.doubt_told = uncertain;
    }

    /// Hands the current ticket's slip to the printer.
    fn print(&mut self, print: u64, ticket: TicketId) {
        let slip = self.current.as_ref().filter(|c| c.ticket == ticket).and_then(|current| {
            let service = self.parts.catalogue.service(&current.service)?;
            let texts = self.parts.texts.get(current.facts.lang);
            Some(slip(&current.facts, &self.parts.catalogue, service, texts, self.paper))
        });
        let submitted = slip.is_some_and(|slip| self.hand_over(Job { id: JobId(print), slip }));
        if submitted {
            self.jobs.insert(print, ticket);
        } else {
            self.end_print(print, PrintOutcome::NotPrinted);
            self.input(Input::Print(ticket, PrintReport::Failed));
        }
    }

    fn reprint(&mut self, ticket: TicketId) {
        let Some(current) = self.current.as_mut().filter(|c| c.ticket == ticket) else {
            self.input(Input::Print(ticket, PrintReport::Failed));
            return;
        };
        current.facts.duplicate = true;
        match self.parts.store.queue_duplicate(ticket, self.parts.clock.now()) {
            Ok(print) => {
                self.print(print, ticket);
                self.parts.uplink.wake();
            }
            Err(error) => {
                self.store_failed(&error);
                self.input(Input::Print(ticket, PrintReport::Failed));
            }
        }
    }

    /// The job's number, where the printer took it.
    pub(super) fn test_print(&mut self) -> Option<u64> {
        let at = self.parts.clock.now().to_zoned(self.parts.zone.clone());
        let slip = test_slip(&self.parts.catalogue, &at, self.parts.texts.get(Language::Fr));
        let id = FIRST_TEST_JOB + self.test_slips;
        self.test_slips += 1;
        if !self.hand_over(Job { id: JobId(id), slip }) {
            tracing::error!("the test slip could not be handed to the printer");
            return None;
        }
        Some(id)
    }

    pub(super) fn printer(&mut self, event: PrinterEvent) {
        match event {
            PrinterEvent::Status(status) => {
                let ready = status.ready();
                let now = self.now();
                self.conditions.note(Device::Printer, of_printer(&status), now);
                self.update_status(|shown| {
                    shown.printer_ready = ready;
                    shown.printer = in_words(&status);
                    shown.paper = paper_in_words(status.paper).to_owned();
                    shown.paper_level = paper_level(status.paper);
                });
                self.printer_ready(ready);
                self.input(Input::Roll(roll(&status)));
            }
            PrinterEvent::Stage { job, stage } => trace_stage(job, stage),
            PrinterEvent::FirstByte { job, at } => self.first_byte(job, at),
            PrinterEvent::LastByte { job, .. } => tracing::debug!(print = job.0, "the last byte was taken"),
            PrinterEvent::Outcome { job, outcome, reason } => self.print_ended(job, outcome, reason),
        }
    }

    fn first_byte(&mut self, job: JobId, at: Instant) {
        // Not a test's, and not the reception desk's.
        let ours = self.jobs.contains_key(&job.0);
        if let Some(touched) = self.touched_at.take_if(|_| ours) {
            let took = u64::try_from(at.saturating_duration_since(touched).as_micros()).unwrap_or(u64::MAX);
            self.update_status(|status| status.touch_to_first_byte_us = Some(took));
        }
    }

    fn print_ended(&mut self, job: JobId, outcome: Outcome, reason: Reason) {
        self.papers.remove(&job.0);
        if is_test(job) {
            tracing::info!(%reason, "test slip ended");
            self.slip_ended(job.0, outcome, reason);
            return;
        }
        match outcome {
            Outcome::Printed => {}
            Outcome::NotPrinted | Outcome::Unknown => tracing::warn!(print = job.0, %reason, "a ticket's paper"),
        }
        self.end_print(job.0, print_outcome(outcome));
        let report = match (outcome, reason) {
            (Outcome::Printed, _) => PrintReport::Printed,
            (Outcome::NotPrinted, _) => PrintReport::Failed,
            (Outcome::Unknown, Reason::NoConfirmation) => PrintReport::Sent,
            (Outcome::Unknown, _) => PrintReport::Lost,
        };
        if let Some(ticket) = self.jobs.remove(&job.0) {
            self.input(Input::Print(ticket, report));
        }
    }

    pub(super) fn end_print(&mut self, print: u64, outcome: PrintOutcome) {
        match self.parts.store.end_print(print, outcome, self.parts.clock.now()) {
            Ok(true) => self.update_status(|status| match outcome {
                PrintOutcome::Printed => status.prints[0] += 1,
                PrintOutcome::NotPrinted => status.prints[1] += 1,
                PrintOutcome::Unknown => status.prints[2] += 1,
            }),
            Ok(false) => {}
            Err(error) => self.store_failed(&error),
        }
        self.parts.uplink.wake();
    }

    fn request_help(&mut self) {
        let help = HelpId(random::uuid_v7(&self.parts.clock));
        let noted = self.append(EventBody::HelpRequested { help });
        self.input(if noted { Input::HelpOpened(help) } else { Input::HelpFailed });
    }

    pub(super) fn append(&mut self, body: EventBody) -> bool {
        let appended = self.parts.store.append(self.parts.clock.now(), body);
        if let Err(error) = &appended {
            self.store_failed(error);
        }
        self.parts.uplink.wake();
        appended.is_ok()
    }

    fn count(&mut self, vector: AnswerVector, suspect: bool) {
        let Some(survey) = &self.parts.catalogue.survey else { return };
        let key = CellKey {
            survey: survey.id.clone(),
            service: self.parts.service.clone(),
            period: Period::half_day_of(self.parts.clock.now(), &self.parts.zone),
            vector,
            suspect,
        };
        if let Err(error) = self.parts.answers.count(&key) {
            self.store_failed(&error);
        }
        self.parts.uplink.wake();
    }
}

fn trace_stage(job: JobId, stage: Stage) {
    tracing::debug!(print = job.0, ?stage, "print");
}

pub(crate) fn in_words(status: &PrinterStatus) -> String {
    let state = if !status.connected {
        "away"
    } else if status.cover_open {
        "cover open"
    } else if status.cutter_error {
        "cutter jammed"
    } else if status.paper == Roll::Out {
        "paper out"
    } else if status.offline {
        "offline"
    } else if status.told {
        "ready"
    } else {
        "connected; it does not tell its state"
    };
    let fault = status.link_fault.as_ref().filter(|_| !status.connected);
    fault.map_or_else(|| state.to_owned(), |fault| format!("{state}: {fault}"))
}

const fn paper_level(paper: Roll) -> PaperLevel {
    match paper {
        Roll::Unknown => PaperLevel::Unknown,
        Roll::Ok => PaperLevel::Enough,
        Roll::NearEnd => PaperLevel::Low,
        Roll::Out => PaperLevel::Out,
    }
}

const fn paper_in_words(paper: Roll) -> &'static str {
    match paper {
        Roll::Unknown => "not known",
        Roll::Ok => "enough",
        Roll::NearEnd => "near its end",
        Roll::Out => "out",
    }
}
