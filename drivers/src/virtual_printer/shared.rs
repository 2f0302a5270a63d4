//! A device and its port, shared by the threads of the port and by whoever makes things happen at the printer.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::VirtualEvent;
use super::device::Device;
use super::reaction::{Order, Reaction};

/// What joins a printer to a computer. It is called with the printer locked, so it never waits: what cannot go at once is
/// lost, as it is in a printer's own interface.
pub(super) trait Port: Send {
    /// The cable is in; `plug` is the number of this time.
    fn plug_in(&mut self, plug: PlugNumber);
    /// The cable is out.
    fn unplug(&mut self);
    /// Ends the link where that leaves the cable in; `false` where only pulling the cable does.
    fn end_link(&mut self) -> bool {
        false
    }
    /// Sends bytes to the computer, if there is one.
    fn answer(&mut self, bytes: &[u8]);
    /// Another computer has the printer, or lets it go.
    fn take(&mut self, _taken: bool) {}
    /// The printer has room for so many bytes.
    fn room(&mut self, _room: usize) {}
}

/// Counts how often the cable was put in, so that what served the port before notices that it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct PlugNumber(u64);

/// Counts links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct LinkNumber(u64);

struct State {
    device: Device,
    /// `None` before the start and after the end.
    port: Option<Box<dyn Port>>,
    plug: PlugNumber,
    link: LinkNumber,
    stopped: bool,
}

pub(super) struct Shared {
    state: Mutex<State>,
    /// Room, links and the end are waited for here.
    changed: Condvar,
    told: Sender<VirtualEvent>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}

impl Shared {
    pub(super) fn new(device: Device, told: Sender<VirtualEvent>) -> Arc<Self> {
        let state =
            State { device, port: None, plug: PlugNumber::default(), link: LinkNumber::default(), stopped: false };
        Arc::new(Self { state: Mutex::new(state), changed: Condvar::new(), told })
    }

    /// Plugs the printer in, and lets happen what its script has at byte 0.
    pub(super) fn start(&self, port: Box<dyn Port>) {
        let mut state = self.lock();
        state.port = Some(port);
        let started = state.device.start();
        // A script may pull the cable before it was in.
        if state.device.plugged() {
            state.plug_in();
        }
        self.carry_out(&mut state, started);
    }

    /// Lets the device act, and carries out what follows.
    pub(super) fn act(&self, act: impl FnOnce(&mut Device) -> Reaction) {
        let mut state = self.lock();
        let reaction = act(&mut state.device);
        self.carry_out(&mut state, reaction);
    }

    /// Looks at the device.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Device) -> T) -> T {
        look(&self.lock().device)
    }

    /// A computer made a link; `None` where the cable is out by now.
    pub(super) fn link_made(&self, plug: PlugNumber) -> Option<LinkNumber> {
        let mut state = self.lock();
        if state.plug != plug || state.stopped {
            return None;
        }
        state.link.0 += 1;
        let reaction = state.device.link_made();
        self.carry_out(&mut state, reaction);
        Some(state.link)
    }

    /// Bytes came over a link; `false` where it is over, and they never arrived.
    pub(super) fn receive(&self, link: LinkNumber, bytes: &[u8]) -> bool {
        let mut state = self.lock();
        if state.link != link || state.stopped {
            return false;
        }
        let reaction = state.device.receive(bytes);
        self.carry_out(&mut state, reaction);
        true
    }

    /// The computer let the link go.
    pub(super) fn link_ended(&self, link: LinkNumber) {
        let mut state = self.lock();
        if state.link == link {
            let reaction = state.device.link_ended();
            self.carry_out(&mut state, reaction);
        }
    }

    /// Bytes for the computer that no printer would send.
    pub(super) fn say(&self, bytes: &[u8]) {
        if let Some(port) = &mut self.lock().port {
            port.answer(bytes);
        }
    }

    /// News of the port itself.
    pub(super) fn tell(&self, event: VirtualEvent) {
        // Nobody needs to listen.
        let _unless_dropped = self.told.send(event);
    }

    /// Waits for room in the receive buffer; `None` when the link is over, or the time is.
    pub(super) fn wait_for_room(&self, link: LinkNumber, until: Option<Instant>) -> Option<usize> {
        self.wait(until, |state| state.link == link, |device| Some(device.room()).filter(|room| *room > 0))
    }

    /// Waits until no other computer has the printer; `false` when the cable is out by then.
    pub(super) fn wait_for_release(&self, plug: PlugNumber, until: Option<Instant>) -> bool {
        self.wait(until, |state| state.plug == plug, |device| (!device.taken()).then_some(())).is_some()
    }

    fn wait<T>(
        &self,
        until: Option<Instant>,
        lasts: impl Fn(&State) -> bool,
        wanted: impl Fn(&Device) -> Option<T>,
    ) -> Option<T> {
        let mut state = self.lock();
        loop {
            if state.stopped || !lasts(&state) {
                return None;
            }
            if let Some(found) = wanted(&state.device) {
                return Some(found);
            }
            state = match until {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let left = until.checked_duration_since(Instant::now())?;
                    self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Switches the printer off for good.
    pub(super) fn stop(&self) {
        let mut state = self.lock();
        state.stopped = true;
        let mut port = state.port.take();
        if let Some(port) = &mut port {
            port.unplug();
        }
        self.changed.notify_all();
        // What a port waits for at its end may need the lock.
        drop(state);
        drop(port);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn carry_out(&self, state: &mut State, reaction: Reaction) {
        for event in reaction.events {
            self.tell(event);
        }
        for order in reaction.orders {
            state.carry_out(order);
        }
        let room = state.device.room();
        if let Some(port) = &mut state.port {
            port.room(room);
        }
        self.changed.notify_all();
    }
}

impl State {
    fn carry_out(&mut self, order: Order) {
        let Some(port) = &mut self.port else { return };
        match order {
            Order::Answer(bytes) => port.answer(&bytes),
            Order::Take(taken) => port.take(taken),
            Order::EndLink => {
                self.link.0 += 1;
                if !port.end_link() {
                    self.unplug();
                    self.plug_in();
                }
            }
            Order::Plug(true) => self.plug_in(),
            Order::Plug(false) => self.unplug(),
        }
    }

    fn plug_in(&mut self) {
        self.plug.0 += 1;
        if let Some(port) = &mut self.port {
            port.plug_in(self.plug);
        }
    }

    fn unplug(&mut self) {
        self.plug.0 += 1;
        self.link.0 += 1;
        if let Some(port) = &mut self.port {
            port.unplug();
        }
    }
}
