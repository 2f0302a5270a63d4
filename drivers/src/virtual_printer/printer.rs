//! The hand on a virtual printer, whatever joins it to the computer.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};

use super::device::Device;
use super::pty::PtyPort;
use super::script::{Happening, Step};
use super::shared::Shared;
use super::tcp::TcpPort;
use super::transport::VirtualTransport;
use super::usb::UsbPort;
use super::usb_device::UsbIdentity;
use super::{VirtualError, VirtualEvent, VirtualOptions};

/// A virtual printer; dropping it takes it away.
#[derive(Debug)]
pub struct VirtualPrinter {
    selector: String,
    events: Receiver<VirtualEvent>,
    shared: Arc<Shared>,
}

impl VirtualPrinter {
    /// A network printer on a free port of 127.0.0.1.
    pub fn listen(options: &VirtualOptions, script: impl IntoIterator<Item = Step>) -> Result<Self, VirtualError> {
        Self::listen_at((Ipv4Addr::LOCALHOST, 0).into(), options, script)
    }

    /// A network printer at that address of this machine.
    pub fn listen_at(
        address: SocketAddr,
        options: &VirtualOptions,
        script: impl IntoIterator<Item = Step>,
    ) -> Result<Self, VirtualError> {
        let (shared, events) = switched_on(options, script)?;
        let port = TcpPort::bind(address, Arc::downgrade(&shared)).map_err(VirtualError::Plug)?;
        let selector = format!("tcp:{}", port.address());
        shared.start(Box::new(port));
        Ok(Self { selector, events, shared })
    }

    /// A serial printer: `node` becomes a link to the line it is on, and leads to another after the cable was out.
    ///
    /// There is no DTR and no CTS on such a line: a printer that takes no data is not read from.
    pub fn on_pty(
        node: &Path,
        options: &VirtualOptions,
        script: impl IntoIterator<Item = Step>,
    ) -> Result<Self, VirtualError> {
        let (shared, events) = switched_on(options, script)?;
        let port = PtyPort::make(node, Arc::downgrade(&shared)).map_err(VirtualError::Plug)?;
        shared.start(Box::new(port));
        Ok(Self { selector: format!("serial:{}", node.display()), events, shared })
    }

    /// A USB printer on the bus that this program runs on; see [`on_usb_bus`](super::on_usb_bus).
    pub fn on_usb(
        identity: &UsbIdentity,
        options: &VirtualOptions,
        script: impl IntoIterator<Item = Step>,
    ) -> Result<Self, VirtualError> {
        let (shared, events) = switched_on(options, script)?;
        let port = UsbPort::connect(identity.clone(), Arc::downgrade(&shared)).map_err(VirtualError::Plug)?;
        shared.start(Box::new(port));
        let UsbIdentity { vendor, product, serial, .. } = identity;
        Ok(Self { selector: format!("usb:{vendor:04x}:{product:04x}:{serial}"), events, shared })
    }

    /// A printer in this process, and what reaches it; opening its selector makes another one on the same folder.
    pub fn in_process(
        options: &VirtualOptions,
        script: impl IntoIterator<Item = Step>,
    ) -> Result<(Self, VirtualTransport), VirtualError> {
        let (shared, events) = switched_on(options, script)?;
        let selector = format!("virtual:{}", options.folder.display());
        let transport = VirtualTransport::of(Arc::clone(&shared));
        Ok((Self { selector, events, shared }, transport))
    }

    /// How to reach it, as a configuration writes it.
    pub fn selector(&self) -> &str {
        &self.selector
    }

    /// What happens at the printer, in order.
    pub fn events(&self) -> &Receiver<VirtualEvent> {
        &self.events
    }

    /// Makes something happen now.
    pub fn happen(&self, what: Happening) {
        self.shared.act(|device| device.happen(what));
    }

    /// Makes something happen once the printer has worked on so many more bytes.
    pub fn schedule(&self, after: u64, what: Happening) {
        self.shared.act(|device| device.schedule(after, what));
    }

    /// Sends the computer bytes that no printer would: garbage, half an answer, a flood.
    pub fn say(&self, bytes: &[u8]) {
        self.shared.say(bytes);
    }
}

impl Drop for VirtualPrinter {
    fn drop(&mut self) {
        self.shared.stop();
    }
}

fn switched_on(
    options: &VirtualOptions,
    script: impl IntoIterator<Item = Step>,
) -> Result<(Arc<Shared>, Receiver<VirtualEvent>), VirtualError> {
    let (told, events) = mpsc::channel();
    Ok((Shared::new(Device::new(options, script)?, told), events))
}
