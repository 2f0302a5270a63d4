//! What is known of the printer, put together from all it tells: pure.

use crate::printer::protocol::{
    Info, Paper, PortStatus, PrinterIdentity, PrinterStatus, Question, parse_paper, parse_real_time, parse_status,
};

/// What the printer says in its stream, what its port says, and what its silence says.
#[derive(Debug)]
pub(super) struct Knowledge {
    connected: bool,
    /// From the stream of answers.
    said: PrinterStatus,
    /// From the port, where it is believed.
    port: Option<PortStatus>,
    /// The profile vouches for the port, or the port has explained a stall.
    trusts_port: bool,
    profile_trusts_port: bool,
    /// The printer takes nothing, for longer than printing explains.
    stalled: bool,
    identity: PrinterIdentity,
    fault: Option<String>,
}

impl Knowledge {
    pub(super) fn new(trusts_port: bool) -> Self {
        Self {
            connected: false,
            said: PrinterStatus::disconnected(),
            port: None,
            trusts_port,
            profile_trusts_port: trusts_port,
            stalled: false,
            identity: PrinterIdentity::default(),
            fault: None,
        }
    }

    /// There is a link; whether it works is seen once the greeting has gone.
    pub(super) fn linked(&mut self) {
        *self = Self::new(self.profile_trusts_port);
    }

    /// The printer has taken the greeting.
    pub(super) fn greeted(&mut self) {
        self.connected = true;
    }

    pub(super) fn lost(&mut self, why: String) {
        *self = Self { fault: Some(why), ..Self::new(self.profile_trusts_port) };
    }

    pub(super) fn automatic(&mut self, bytes: [u8; 4]) {
        self.said = parse_status(bytes);
    }

    pub(super) fn paper(&mut self, byte: u8) {
        self.said.paper = parse_paper(byte);
        self.said.told = true;
    }

    /// The printer was asked for its paper and does not say.
    pub(super) fn no_word_of_paper(&mut self) {
        self.said.paper = Paper::Unknown;
        self.said.told = false;
    }

    pub(super) fn real_time(&mut self, question: Question, byte: u8) {
        self.said = parse_real_time(question, byte, self.said.clone());
    }

    pub(super) fn info(&mut self, info: Info, text: String) {
        self.identity.set(info, text);
    }

    /// What the port says; during a stall it is believed where it explains the stall, and from then on.
    pub(super) fn port(&mut self, status: Option<PortStatus>, stalls: bool) {
        let explains = status.is_some_and(|port| port.paper_out || !port.selected || port.error);
        self.trusts_port |= stalls && explains;
        self.port = status.filter(|_| self.trusts_port);
        // A printer that is out of paper when the link is made takes no greeting, and is connected all the same.
        self.connected |= self.port.is_some();
    }

    /// The printer has taken nothing for too long.
    pub(super) fn stalls(&mut self) {
        self.stalled = true;
    }

    /// The printer takes data again, or none is to be taken; what its port said lasts until it says otherwise.
    pub(super) fn flows(&mut self) {
        self.stalled = false;
    }

    pub(super) fn trusts_port(&self) -> bool {
        self.trusts_port
    }

    /// Whether the stream's own words let a slip be printed.
    pub(super) fn says_ready(&self) -> bool {
        PrinterStatus { connected: true, ..self.said.clone() }.ready()
    }

    /// All of it together: what any of them finds wrong is wrong.
    pub(super) fn status(&self) -> PrinterStatus {
        let mut status = PrinterStatus {
            connected: self.connected,
            link_fault: self.fault.clone(),
            identity: self.identity.clone(),
            ..self.said.clone()
        };
        if let Some(port) = self.port {
            status.told = true;
            status.offline |= !port.selected || port.error;
            if port.paper_out {
                status.paper = Paper::Out;
            }
        }
        let explained = status.cover_open || status.cutter_error || status.paper == Paper::Out;
        status.offline |= self.stalled && !explained;
        status
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: PortStatus = PortStatus { paper_out: false, selected: true, error: false };
    const OUT: PortStatus = PortStatus { paper_out: true, selected: true, error: false };
    /// What ports say that nobody ever gave a meaning to.
    const NONSENSE: PortStatus = PortStatus { paper_out: false, selected: false, error: true };

    fn linked(trusts_port: bool) -> Knowledge {
        let mut knowledge = Knowledge::new(trusts_port);
        knowledge.linked();
        knowledge.greeted();
        knowledge
    }

    #[test]
    fn a_port_is_believed_where_its_profile_says_so_or_where_it_explained_a_stall() {
        let mut knowledge = linked(false);
        knowledge.port(Some(NONSENSE), false);
        assert!(knowledge.status().ready(), "nobody vouches for this port");
        knowledge.port(Some(OUT), true);
        assert_eq!(knowledge.status().paper, Paper::Out);
        knowledge.port(Some(GOOD), false);
        assert!(knowledge.status().ready());
        knowledge.port(Some(OUT), false);
        assert_eq!(knowledge.status().paper, Paper::Out, "it was right before");
        knowledge.lost("pulled".to_owned());
        knowledge.linked();
        knowledge.greeted();
        knowledge.port(Some(OUT), false);
        assert_eq!(knowledge.status().paper, Paper::Unknown, "it may be another printer");

        let mut vouched = linked(true);
        vouched.port(Some(OUT), false);
        assert_eq!((vouched.status().paper, vouched.status().told), (Paper::Out, true));
        vouched.port(None, false);
        assert!(vouched.status().ready(), "a port that says nothing accuses nobody");
    }

    #[test]
    fn what_any_source_finds_wrong_is_wrong() {
        let mut knowledge = linked(true);
        knowledge.automatic([0x14, 0, 0, 0x0F]);
        knowledge.port(Some(OUT), true);
        assert_eq!(knowledge.status().paper, Paper::Out, "the stream may lag behind");
        knowledge.port(Some(GOOD), false);
        assert!(knowledge.status().ready());
        knowledge.automatic([0x18, 0, 0x0F, 0x0F]);
        knowledge.port(Some(GOOD), true);
        assert_eq!(knowledge.status().paper, Paper::Out);
        assert!(!knowledge.says_ready());
    }

    #[test]
    fn a_stall_that_nothing_explains_is_a_printer_that_refuses() {
        let mut knowledge = linked(false);
        knowledge.stalls();
        assert!(knowledge.status().offline);
        assert!(knowledge.says_ready(), "it said nothing");
        knowledge.flows();
        assert!(knowledge.status().ready());
        knowledge.automatic([0x38, 0, 0, 0x0F]);
        knowledge.stalls();
        assert!(knowledge.status().cover_open);
    }

    #[test]
    fn a_printer_without_paper_when_the_link_is_made_is_connected() {
        let mut knowledge = Knowledge::new(false);
        knowledge.linked();
        assert!(!knowledge.status().connected, "it has taken nothing yet");
        knowledge.port(Some(OUT), true);
        let status = knowledge.status();
        assert!(status.connected && !status.ready());
    }
}
