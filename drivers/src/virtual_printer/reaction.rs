//! What a virtual printer does about what it got: orders for its port, and news for whoever watches.

use super::VirtualEvent;

/// What the port is to do, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    /// Bytes for the computer.
    Answer(Vec<u8>),
    /// The link ends; it can be made again at once.
    EndLink,
    /// The cable is out, or in.
    Plug(bool),
    /// Another computer has the printer, or lets it go.
    Take(bool),
}

/// What one thing that came, or happened, led to.
#[derive(Debug, Default)]
pub(crate) struct Reaction {
    /// Nothing is answered.
    pub(super) silent: bool,
    pub(crate) orders: Vec<Order>,
    pub(crate) events: Vec<VirtualEvent>,
}

impl Reaction {
    pub(super) fn answer(&mut self, bytes: &[u8]) {
        if self.silent {
            return;
        }
        if let Some(Order::Answer(before)) = self.orders.last_mut() {
            before.extend_from_slice(bytes);
        } else {
            self.orders.push(Order::Answer(bytes.to_vec()));
        }
    }

    pub(super) fn order(&mut self, order: Order) {
        self.orders.push(order);
    }

    pub(super) fn tell(&mut self, event: VirtualEvent) {
        self.events.push(event);
    }
}
