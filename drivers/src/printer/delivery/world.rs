//! Does what the core says, one thing at a time.

use std::time::{Duration, Instant};

use super::core::{Core, Message, NoLink, Step, Written};
use super::report::{Job, JobId, PrinterEvent, Stage};
use crate::printer::job::EncodedJob;
use crate::printer::protocol::PortStatus;

/// Where a core lives: the threads of a printer, or a test that makes its own time.
pub(super) trait World {
    fn now(&self) -> Instant;
    /// What has happened and was not told yet; what an old link still says is dropped.
    fn heard(&mut self) -> Option<Message>;
    /// Waits for something to happen, no later than that; an early end is no harm.
    fn wait(&mut self, until: Option<Instant>) -> Option<Message>;
    fn tell(&mut self, event: PrinterEvent);
    /// `None`: the slip cannot be printed.
    fn encode(&mut self, job: &Job) -> Option<EncodedJob>;
    /// Whether the stage is on disk.
    fn record(&mut self, job: JobId, stage: Stage) -> bool;
    fn connect(&mut self, within: Duration) -> Result<(), NoLink>;
    fn close(&mut self);
    fn write(&mut self, bytes: &[u8], within: Duration) -> Written;
    /// `Taken`: all that was written has left the machine.
    fn flush(&mut self, within: Duration) -> Written;
    fn port(&mut self) -> Result<Option<PortStatus>, String>;
}

/// Runs the core until it has ended.
pub(super) fn run(core: &mut Core, world: &mut impl World) {
    while advance(core, world) {}
}

/// Takes in what has happened and does one thing; false once there is nothing left to do.
pub(super) fn advance(core: &mut Core, world: &mut impl World) -> bool {
    while let Some(message) = world.heard() {
        core.hear(message, world.now());
    }
    match core.step(world.now()) {
        Step::Tell(event) => world.tell(event),
        Step::Encode(job) => core.encoded(world.encode(&job), world.now()),
        Step::Record(job, stage) => core.recorded(world.record(job, stage)),
        Step::Connect { within } => core.connected(world.connect(within), world.now()),
        Step::Close => world.close(),
        Step::Write { within } => core.wrote(world.write(core.outgoing(), within), world.now()),
        Step::Flush { within } => core.flushed(world.flush(within), world.now()),
        Step::AskPort => core.port(world.port(), world.now()),
        Step::Wait { until } => {
            if let Some(message) = world.wait(until) {
                core.hear(message, world.now());
            }
        }
        Step::End => return false,
    }
    true
}
