//! The threads that serve all readers: one watches the daemon, one decides and tells, and one for each reader talks to its
//! cards.
//!
//! The library of the daemon has no deadlines: a card that never answers holds its caller up. So only the reader's own
//! thread calls it, the deciding thread tells [`CardFault::TooSlow`] when the time is over, and the reader's thread is
//! left to its card: it comes back when the card answers, is taken away, or the daemon ends. Until then the reader is
//! busy, and the others work.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::apdu::Response;
use super::board::{Board, JobId, Step};
use super::daemon::{Daemon, Leaving, Sharing, Sights};
use super::event::{CardEvent, CardFault, DaemonFault, TransmitError};
use super::link::{Job, Link, Manners, Reply, Task};
use super::pcscd::Pcscd;
use super::policy::{Policy, Script};
use super::selector::CardSelector;
use super::uid::Uid;
use super::watch::{Waker, Watcher};

/// How cards are treated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardOptions {
    /// Whether other programs may talk to a card at the same time.
    pub sharing: Sharing,
    /// How a card is left.
    pub leaving: Leaving,
    /// How long a card may take to give its number. Readers give their own cards up after 3 to 5 s; people do after one.
    pub limit: Duration,
    /// What may be read besides the number.
    pub policy: Policy,
}

impl Default for CardOptions {
    fn default() -> Self {
        Self {
            sharing: Sharing::default(),
            leaving: Leaving::default(),
            limit: Duration::from_secs(2),
            policy: Policy::number_only(),
        }
    }
}

/// The card readers that a selector means, and the threads that serve them.
#[derive(Debug)]
pub struct CardReader {
    policy: Policy,
    messages: Sender<Message>,
    waker: Waker,
    ended: Mutex<Receiver<()>>,
}

/// Card readers cannot be opened; readers and a daemon that are merely away are waited for.
#[derive(Debug, thiserror::Error)]
#[error("the card readers' threads cannot start: the system is out of threads or memory")]
pub struct CardOpenError(#[from] std::io::Error);

/// The threads did not end in time; they end by themselves once the daemon lets go of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the card readers' threads did not end in time")]
pub struct CardShutdownTimeout;

/// What the deciding thread hears.
pub(super) enum Message {
    Seen(Sights),
    Lost(DaemonFault),
    Answered { reader: Arc<str>, job: JobId, answer: Result<Uid, CardFault> },
    Ended { reader: Arc<str>, job: JobId, outcome: Option<(Reply, Result<Vec<Response>, CardFault>)> },
    Read { reader: String, script: Script, reply: Reply },
    Shutdown,
}

impl CardReader {
    /// Starts the threads; returns before the daemon is asked anything.
    ///
    /// `events` is called from one thread, in order, and must not block.
    pub fn open(
        selector: CardSelector,
        options: CardOptions,
        events: impl Fn(CardEvent) + Send + 'static,
    ) -> Result<Self, CardOpenError> {
        Self::open_with(Arc::new(Pcscd), selector, options, events)
    }

    pub(super) fn open_with(
        daemon: Arc<dyn Daemon>,
        selector: CardSelector,
        options: CardOptions,
        events: impl Fn(CardEvent) + Send + 'static,
    ) -> Result<Self, CardOpenError> {
        let (messages, inbox) = mpsc::channel();
        let (ending, ended) = mpsc::channel();
        let waker = Watcher::start(Arc::clone(&daemon), selector, messages.clone(), ending.clone())?;
        let desk = Desk {
            daemon,
            manners: Manners { sharing: options.sharing, leaving: options.leaving },
            board: Board::new(options.limit),
            links: BTreeMap::new(),
            events: Box::new(events),
            messages: messages.clone(),
        };
        thread::Builder::new().name("card".to_owned()).spawn(move || {
            desk.run(&inbox);
            // Dropping the sender is what tells the end, also after a panic.
            drop(ending);
        })?;
        Ok(Self { policy: options.policy, messages, waker, ended: Mutex::new(ended) })
    }

    /// Reads from an application of the card on a reader, and waits for it, `within` that time at most. Gives the
    /// responses up to and with the first that the card refused; the first is that of the selection.
    ///
    /// The script is the only thing that reaches the card, and only where the policy names its application.
    pub fn transmit(&self, reader: &str, script: Script, within: Duration) -> Result<Vec<Response>, TransmitError> {
        if !self.policy.permits(&script) {
            return Err(TransmitError::NotPermitted);
        }
        let (reply, answer) = mpsc::channel();
        let message = Message::Read { reader: reader.to_owned(), script, reply };
        self.messages.send(message).map_err(|_| TransmitError::Closed)?;
        match answer.recv_timeout(within) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => Err(CardFault::TooSlow(within).into()),
            // Whoever had the other end is gone.
            Err(RecvTimeoutError::Disconnected) => Err(TransmitError::Closed),
        }
    }

    /// Ends the threads. One that a card holds up is left to it.
    pub fn shutdown(&self, within: Duration) -> Result<(), CardShutdownTimeout> {
        self.end();
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        match ended.recv_timeout(within) {
            Err(RecvTimeoutError::Timeout) => Err(CardShutdownTimeout),
            Ok(()) | Err(RecvTimeoutError::Disconnected) => Ok(()),
        }
    }

    fn end(&self) {
        // It may have ended.
        let _unless_ended = self.messages.send(Message::Shutdown);
        self.waker.stop();
    }
}

impl Drop for CardReader {
    fn drop(&mut self) {
        self.end();
    }
}

/// The thread that decides.
struct Desk {
    daemon: Arc<dyn Daemon>,
    manners: Manners,
    board: Board,
    links: BTreeMap<Arc<str>, Link>,
    events: Box<dyn Fn(CardEvent) + Send>,
    messages: Sender<Message>,
}

impl Desk {
    fn run(mut self, inbox: &Receiver<Message>) {
        loop {
            let heard = match self.board.wake() {
                // It holds a sender itself, so the channel never closes.
                None => inbox.recv().ok(),
                Some(by) => inbox.recv_timeout(by.saturating_duration_since(Instant::now())).ok(),
            };
            let steps = match heard {
                Some(Message::Shutdown) => return,
                Some(message) => self.hear(message),
                None => self.board.time(Instant::now()),
            };
            for step in steps {
                self.take(step);
            }
        }
    }

    fn hear(&mut self, message: Message) -> Vec<Step> {
        match message {
            Message::Seen(sights) => self.board.see(&sights, Instant::now()),
            Message::Lost(fault) => self.board.lose(fault),
            Message::Answered { reader, job, answer } => self.board.answered(&reader, job, answer),
            Message::Ended { reader, job, outcome } => {
                // The reader is free before whoever asked can ask again.
                let steps = self.board.ended(&reader, job);
                if let Some((reply, answer)) = outcome {
                    // Whoever asked may have stopped waiting.
                    let _unless_late = reply.send(answer.map_err(TransmitError::from));
                }
                steps
            }
            Message::Read { reader, script, reply } => {
                match self.board.begin(&reader) {
                    Ok((reader, id)) => self.hand_over(&reader, Job { id, task: Task::Read { script, reply } }),
                    Err(error) => {
                        // Whoever asked may have stopped waiting.
                        let _unless_late = reply.send(Err(error));
                    }
                }
                Vec::new()
            }
            Message::Shutdown => Vec::new(),
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Tell(event) => (self.events)(event),
            Step::Ask { reader, job } => self.hand_over(&reader, Job { id: job, task: Task::Number }),
            Step::Release { reader } => {
                self.links.remove(&reader);
            }
        }
    }

    fn hand_over(&mut self, reader: &Arc<str>, job: Job) {
        let refused = match self.link(reader) {
            Ok(link) => link.send(job).err().map(|job| (job, "its thread broke".to_owned())),
            Err(error) => Some((job, error.to_string())),
        };
        let Some((Job { id, task }, why)) = refused else {
            return;
        };
        // The next exchange gets a new thread.
        self.links.remove(reader);
        let fault = CardFault::Failed(why);
        let message = match task {
            Task::Number => Message::Answered { reader: Arc::clone(reader), job: id, answer: Err(fault) },
            Task::Read { reply, .. } => {
                Message::Ended { reader: Arc::clone(reader), job: id, outcome: Some((reply, Err(fault))) }
            }
        };
        // To itself: what follows must not happen within what led here.
        let _while_running = self.messages.send(message);
    }

    fn link(&mut self, reader: &Arc<str>) -> std::io::Result<&Link> {
        if !self.links.contains_key(reader) {
            let link = Link::start(reader, self.daemon.talk(), self.manners, self.messages.clone())?;
            self.links.insert(Arc::clone(reader), link);
        }
        self.links.get(reader).ok_or_else(|| std::io::ErrorKind::NotFound.into())
    }
}

#[cfg(test)]
mod tests;
