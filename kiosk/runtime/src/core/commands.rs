//! What the server asks for. Each command is answered once, in the log, before anything is done: one that comes again is
//! known by its identity, and one that a power cut ended is told as not printed (rule R4).

use drivers::printer::{Job, JobId};
use wire::command::{Command, CommandError, PrintTicket, What};
use wire::event::{CommandAnswer, PrintOutcome};
use wire::ids::{CommandId, TicketId};
use wire::sync::SyncReply;

use super::Core;
use crate::ticket::{TicketFacts, slip};

impl Core {
    /// Carries out what an answer of the server asks for. Its own time says what has ended, since the clock here may be
    /// wrong; but nobody signed it, so that it does not turn back what has certainly passed here.
    pub(super) fn obey(&mut self, reply: &SyncReply) {
        let now = reply.server_time.max(self.parts.clock.passed());
        for sealed in &reply.commands {
            match sealed.open(&self.parts.identity.borne, &self.parts.identity.server_key, now) {
                Ok(Command { id, what: What::Print(paper), .. }) => self.print_for_desk(id, &paper),
                Ok(Command {
                    id,
                    what: what @ (What::Restart | What::TestPrint | What::Picture | What::Logs),
                    expires_at,
                }) => {
                    let left = expires_at.duration_since(now);
                    self.act(id, &what, left.try_into().unwrap_or_default());
                }
                Ok(Command { what: What::Unknown, .. }) | Err(CommandError::Later) => {
                    tracing::debug!("a command of a later version is left alone");
                }
                Err(CommandError::Expired(id)) => {
                    self.answer(id, CommandAnswer::Expired, None);
                }
                Err(error @ CommandError::Signature) => tracing::warn!(%error, "a command is left alone"),
            }
        }
    }

    fn print_for_desk(&mut self, id: CommandId, paper: &PrintTicket) {
        let ready = self.could_print();
        let slip = self.parts.catalogue.service(&paper.service).filter(|_| ready).map(|service| {
            let facts = TicketFacts {
                label: paper.label,
                at: paper.issued_at.to_zoned(self.parts.zone.clone()),
                lang: paper.lang,
                link: self.parts.catalogue.ticket_link(&paper.token, &paper.label),
                wait_min: self.waits.get(&paper.service).filter(|_| !paper.duplicate).and_then(|wait| wait.minutes),
                group: paper.group,
                priority: paper.priority,
                duplicate: paper.duplicate,
            };
            slip(&facts, &self.parts.catalogue, service, self.parts.texts.get(paper.lang), self.paper)
        });
        let Some(slip) = slip else {
            self.answer(id, CommandAnswer::Refused, Some(paper.ticket));
            return;
        };
        let Some(print) = self.answer(id, CommandAnswer::Taken, Some(paper.ticket)) else { return };
        tracing::info!(ticket.label = %paper.label, print, "a ticket of the reception desk is printed");
        if !self.hand_over(Job { id: JobId(print), slip }) {
            self.end_print(print, PrintOutcome::NotPrinted);
        }
    }

    /// The answer's number in the log; none where the command was answered before, or the answer could not be kept.
    pub(super) fn answer(&mut self, id: CommandId, answer: CommandAnswer, ticket: Option<TicketId>) -> Option<u64> {
        match self.parts.store.answer_command(id, answer, ticket, self.parts.clock.now()) {
            Ok(answered) => {
                if answered.is_some() {
                    self.parts.uplink.wake();
                }
                answered
            }
            Err(error) => {
                self.store_failed(&error);
                None
            }
        }
    }
}
