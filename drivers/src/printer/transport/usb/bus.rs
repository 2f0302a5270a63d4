//! libusb: everything that touches it, and nothing that decides.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusb::{
    ConfigDescriptor, Context, Device, DeviceHandle, Direction, Hotplug, HotplugBuilder, Recipient, Registration,
    RequestType, TransferType, UsbContext,
};

use super::descriptors::{Names, Port, Setting, UsbDevice};
use super::sysfs;
use crate::printer::selector::UsbId;
use crate::printer::transport::Arrived;

/// `GET_DEVICE_ID` and `GET_PORT_STATUS` (USB Device Class Definition for Printing Devices 1.1, 4.2).
const GET_DEVICE_ID: u8 = 0;
const GET_PORT_STATUS: u8 = 1;
/// A control request is answered at once or not at all.
const CONTROL_TIMEOUT: Duration = Duration::from_millis(500);

/// The devices of this machine.
pub(crate) trait Bus: Send {
    /// What is plugged in.
    fn devices(&mut self) -> rusb::Result<Vec<UsbDevice>>;
    /// Takes a printer's port from whoever has it; dropping gives it back.
    fn open(&mut self, device: &UsbDevice, port: Port) -> rusb::Result<Arc<dyn Pipes>>;
    /// Tells of every device that appears from now on, where the system can.
    fn watch(&mut self, arrived: Arrived);
}

/// An open port: its pipes serve several threads at once.
pub(crate) trait Pipes: Send + Sync {
    /// Sends, and tells how many bytes went, also where the time was up first; after another error nobody can tell.
    fn write(&self, bytes: &[u8], timeout: Duration) -> rusb::Result<usize>;
    /// Receives at most as much as the buffer holds, which must hold whole packets.
    fn read(&self, buffer: &mut [u8], timeout: Duration) -> rusb::Result<usize>;
    /// The byte of `GET_PORT_STATUS`.
    fn port_status(&self) -> rusb::Result<u8>;
    /// The text of `GET_DEVICE_ID` (IEEE 1284): `MFG:EPSON;CMD:ESC/POS;MDL:TM-T20III;...`.
    fn device_id(&self) -> rusb::Result<String>;
}

/// The bus as libusb sees it; nothing is asked of it before the first look.
#[derive(Default)]
pub(crate) struct Libusb {
    context: Option<Context>,
    arrived: Option<Arrived>,
    watch: Option<Watch>,
}

impl Libusb {
    fn context(&mut self) -> rusb::Result<&Context> {
        if self.context.is_none() {
            let context = Context::new()?;
            self.watch = self.arrived.as_ref().and_then(|arrived| Watch::start(&context, arrived));
            self.context = Some(context);
        }
        self.context.as_ref().ok_or(rusb::Error::Other)
    }
}

impl Bus for Libusb {
    fn devices(&mut self) -> rusb::Result<Vec<UsbDevice>> {
        let list = self.context()?.devices()?;
        Ok(list.iter().filter_map(|device| describe(&device)).collect())
    }

    fn open(&mut self, wanted: &UsbDevice, port: Port) -> rusb::Result<Arc<dyn Pipes>> {
        let list = self.context()?.devices()?;
        let device = list
            .iter()
            .find(|device| device.bus_number() == wanted.bus && device.address() == wanted.address)
            .ok_or(rusb::Error::NoDevice)?;
        let handle = device.open()?;
        match handle.set_auto_detach_kernel_driver(true) {
            // Where drivers cannot be detached none is attached.
            Ok(()) | Err(rusb::Error::NotSupported) => {}
            Err(error) => return Err(error),
        }
        handle.claim_interface(port.interface)?;
        if let Some(alternate) = port.alternate {
            handle.set_alternate_setting(port.interface, alternate)?;
        }
        Ok(Arc::new(Claimed { handle, port }))
    }

    fn watch(&mut self, arrived: Arrived) {
        self.arrived = Some(arrived);
    }
}

/// A device as libusb describes it without opening it.
fn describe(device: &Device<Context>) -> Option<UsbDevice> {
    let descriptor = device.device_descriptor().ok()?;
    // A device that was never configured has no active one.
    let config = device.active_config_descriptor().or_else(|_| device.config_descriptor(0)).ok()?;
    let (bus, address) = (device.bus_number(), device.address());
    Some(UsbDevice {
        id: UsbId { vendor: descriptor.vendor_id(), product: descriptor.product_id() },
        bus,
        address,
        names: sysfs::folder(bus, address).map_or_else(Names::default, |folder| sysfs::names(&folder)),
        settings: settings(&config),
    })
}

fn settings(config: &ConfigDescriptor) -> Vec<Setting> {
    let alternates = config.interfaces().flat_map(|interface| interface.descriptors());
    alternates
        .map(|setting| {
            let bulk = |direction| {
                setting
                    .endpoint_descriptors()
                    .find(|pipe| pipe.transfer_type() == TransferType::Bulk && pipe.direction() == direction)
                    .map(|pipe| pipe.address())
            };
            Setting {
                interface: setting.interface_number(),
                alternate: setting.setting_number(),
                class: setting.class_code(),
                protocol: setting.protocol_code(),
                output: bulk(Direction::Out),
                input: bulk(Direction::In),
            }
        })
        .collect()
}

/// A port that this program holds; libusb gives it back to the kernel's driver when it is released.
struct Claimed {
    handle: DeviceHandle<Context>,
    port: Port,
}

impl Claimed {
    fn class_request(&self, request: u8, index: u16, answer: &mut [u8]) -> rusb::Result<usize> {
        let kind = rusb::request_type(Direction::In, RequestType::Class, Recipient::Interface);
        self.handle.read_control(kind, request, 0, index, answer, CONTROL_TIMEOUT)
    }

    /// A pipe that halted stays so until it is told to go on.
    fn revive(&self, pipe: u8, error: rusb::Error) -> rusb::Error {
        if error == rusb::Error::Pipe
            && let Err(error) = self.handle.clear_halt(pipe)
        {
            tracing::debug!(%error, "a halted pipe of the printer stays halted");
        }
        error
    }
}

impl Pipes for Claimed {
    fn write(&self, bytes: &[u8], timeout: Duration) -> rusb::Result<usize> {
        // rusb answers a time-out with the count where it is not 0 (libusb 1.0, "libusb_bulk_transfer").
        self.handle.write_bulk(self.port.output, bytes, timeout).map_err(|error| self.revive(self.port.output, error))
    }

    fn read(&self, buffer: &mut [u8], timeout: Duration) -> rusb::Result<usize> {
        let input = self.port.input.ok_or(rusb::Error::NotSupported)?;
        self.handle.read_bulk(input, buffer, timeout).map_err(|error| self.revive(input, error))
    }

    fn port_status(&self) -> rusb::Result<u8> {
        if !self.port.printer_class {
            return Err(rusb::Error::NotSupported);
        }
        let mut answer = [0];
        match self.class_request(GET_PORT_STATUS, u16::from(self.port.interface), &mut answer)? {
            0 => Err(rusb::Error::NotSupported),
            _ => Ok(answer[0]),
        }
    }

    fn device_id(&self) -> rusb::Result<String> {
        if !self.port.printer_class {
            return Err(rusb::Error::NotSupported);
        }
        let mut answer = [0; 1024];
        let index = u16::from(self.port.interface) << 8 | u16::from(self.port.alternate.unwrap_or(0));
        let length = self.class_request(GET_DEVICE_ID, index, &mut answer)?;
        // Its own length stands in the first two bytes, and devices get it wrong.
        let text = answer.get(2..length).unwrap_or_default();
        Ok(String::from_utf8_lossy(text).into_owned())
    }
}

/// The thread in which libusb tells of devices.
struct Watch {
    context: Context,
    stopping: Arc<AtomicBool>,
    registration: Option<Registration<Context>>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// `None`, with a note, where the system tells of nothing: the delivery looks now and then anyway.
    fn start(context: &Context, arrived: &Arrived) -> Option<Self> {
        let callback = Box::new(Arrivals(Arc::clone(arrived)));
        let registration = match HotplugBuilder::new().register(context, callback) {
            Ok(registration) => registration,
            Err(error) => {
                tracing::info!(%error, "no news of USB devices that come: looking every few seconds");
                return None;
            }
        };
        let stopping = Arc::new(AtomicBool::new(false));
        let (events, stop) = (context.clone(), Arc::clone(&stopping));
        let thread = thread::Builder::new().name("printer-usb".to_owned()).spawn(move || handle_events(&events, &stop));
        match thread {
            Ok(thread) => Some(Self {
                context: context.clone(),
                stopping,
                registration: Some(registration),
                thread: Some(thread),
            }),
            Err(error) => {
                tracing::warn!(%error, "no thread to hear of USB devices that come: looking every few seconds");
                None
            }
        }
    }
}

fn handle_events(context: &Context, stopping: &AtomicBool) {
    /// After an error: libusb has none that passes at once.
    const PAUSE: Duration = Duration::from_secs(2);
    while !stopping.load(Ordering::SeqCst) {
        if let Err(error) = context.handle_events(None)
            && error != rusb::Error::Interrupted
        {
            tracing::debug!(%error, "libusb could not wait for news");
            thread::park_timeout(PAUSE);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.registration = None;
        self.context.interrupt_handle_events();
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _unless_panicked = thread.join();
        }
    }
}

struct Arrivals(Arrived);

impl Hotplug<Context> for Arrivals {
    fn device_arrived(&mut self, _device: Device<Context>) {
        (self.0)();
    }

    /// The reader of a link is the first to know.
    fn device_left(&mut self, _device: Device<Context>) {}
}

/// The same error for callers that know no USB.
pub(super) fn io_error(error: rusb::Error) -> io::Error {
    let kind = match error {
        rusb::Error::NoDevice | rusb::Error::NotFound => io::ErrorKind::NotFound,
        rusb::Error::Access => io::ErrorKind::PermissionDenied,
        rusb::Error::Busy => io::ErrorKind::ResourceBusy,
        rusb::Error::Timeout => io::ErrorKind::TimedOut,
        rusb::Error::Interrupted => io::ErrorKind::Interrupted,
        rusb::Error::NoMem => io::ErrorKind::OutOfMemory,
        rusb::Error::NotSupported => io::ErrorKind::Unsupported,
        rusb::Error::Io
        | rusb::Error::InvalidParam
        | rusb::Error::Overflow
        | rusb::Error::Pipe
        | rusb::Error::BadDescriptor
        | rusb::Error::Other => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}
