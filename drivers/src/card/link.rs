//! The thread that talks to the cards of one reader. It may be held up for as long as a card likes; nobody waits for it.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use super::apdu::{Command, Dialogue, Response, StatusWord, Turn};
use super::board::JobId;
use super::daemon::{Leaving, LinkFault, Sharing, Talk};
use super::event::{CardFault, TransmitError};
use super::policy::Script;
use super::reader::Message;
use super::uid::Uid;

/// How long to wait before a card that moved, or that another program held, is tried again.
const AGAIN_AFTER: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(100)];

/// An exchange.
pub(super) struct Job {
    pub(super) id: JobId,
    pub(super) task: Task,
}

pub(super) enum Task {
    /// Ask for the card's number.
    Number,
    /// Run a script, and tell whoever waits for it.
    Read { script: Script, reply: Reply },
}

/// Where the answer to a script goes.
pub(super) type Reply = Sender<Result<Vec<Response>, TransmitError>>;

/// How cards are treated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manners {
    pub(super) sharing: Sharing,
    pub(super) leaving: Leaving,
}

/// The way to the thread; dropped, the thread ends once its card lets it.
pub(super) struct Link {
    jobs: Sender<Job>,
}

impl Link {
    pub(super) fn start(
        reader: &Arc<str>,
        talk: Box<dyn Talk>,
        manners: Manners,
        told: Sender<Message>,
    ) -> std::io::Result<Self> {
        let (jobs, inbox) = mpsc::channel();
        let reader = Arc::clone(reader);
        thread::Builder::new()
            .name("card-link".to_owned())
            .spawn(move || serve(&reader, talk, manners, &inbox, &told))?;
        Ok(Self { jobs })
    }

    /// Hands an exchange over; gives it back where the thread is no more.
    pub(super) fn send(&self, job: Job) -> Result<(), Job> {
        self.jobs.send(job).map_err(|mpsc::SendError(job)| job)
    }
}

fn serve(reader: &Arc<str>, mut talk: Box<dyn Talk>, manners: Manners, jobs: &Receiver<Job>, told: &Sender<Message>) {
    for Job { id, task } in jobs {
        let _unless_done = Unfinished { reader, id, told };
        let reader = Arc::clone(reader);
        let message = match task {
            Task::Number => {
                let answer = converse(talk.as_mut(), &reader, manners, &[Command::get_uid()]).and_then(number);
                Message::Answered { reader, job: id, answer }
            }
            Task::Read { script, reply } => {
                let answer = converse(talk.as_mut(), &reader, manners, script.commands());
                Message::Ended { reader, job: id, outcome: Some((reply, answer)) }
            }
        };
        if told.send(message).is_err() {
            return;
        }
    }
}

/// Frees the reader where its thread breaks in the middle of an exchange.
struct Unfinished<'a> {
    reader: &'a Arc<str>,
    id: JobId,
    told: &'a Sender<Message>,
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            // The deciding thread may have ended.
            let ended = Message::Ended { reader: Arc::clone(self.reader), job: self.id, outcome: None };
            let _while_running = self.told.send(ended);
        }
    }
}

/// Connects, sends the commands until one is refused, and lets go.
fn converse(
    talk: &mut dyn Talk,
    reader: &str,
    manners: Manners,
    commands: &[Command],
) -> Result<Vec<Response>, CardFault> {
    let mut pauses = AGAIN_AFTER.iter();
    loop {
        let answer = talk.connect(reader, manners.sharing).and_then(|()| exchange(talk, commands));
        talk.disconnect(manners.leaving);
        match (answer, pauses.next()) {
            (Ok(responses), _) => return Ok(responses),
            (Err(LinkFault::Passing(_)), Some(pause)) => thread::sleep(*pause),
            (Err(LinkFault::Passing(fault) | LinkFault::Lasting(fault)), _) => return Err(fault),
        }
    }
}

fn exchange(talk: &mut dyn Talk, commands: &[Command]) -> Result<Vec<Response>, LinkFault> {
    let mut responses = Vec::with_capacity(commands.len());
    for command in commands {
        let (mut dialogue, mut bytes) = Dialogue::start(command.clone());
        let response = loop {
            let answer = talk.transmit(&bytes)?;
            match dialogue.answer(&answer).map_err(|error| LinkFault::Lasting(error.into()))? {
                Turn::Send(next) => bytes = next,
                Turn::Done(response) => break response,
            }
        };
        // After a selection that failed, the next command would reach whatever application was selected before.
        let refused = response.status() != StatusWord::OK;
        responses.push(response);
        if refused {
            break;
        }
    }
    Ok(responses)
}

fn number(responses: Vec<Response>) -> Result<Uid, CardFault> {
    let Some(response) = responses.first() else {
        return Err(CardFault::Gone);
    };
    if response.status() != StatusWord::OK {
        return Err(CardFault::NoNumber(response.status()));
    }
    Uid::new(response.data()).ok_or(CardFault::OddNumber(response.data().len()))
}
