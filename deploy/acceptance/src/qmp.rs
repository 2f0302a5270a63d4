//! The monitor of a QEMU machine (QEMU Machine Protocol, docs/interop/qmp-spec): a JSON object a line.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

/// Coordinates of absolute pointers end here (`INPUT_EVENT_ABS_MAX`).
const ABS_MAX: u32 = 0x7fff;

/// A conversation with a machine.
pub(crate) struct Monitor {
    lines: BufReader<UnixStream>,
    stream: UnixStream,
}

impl Monitor {
    /// The monitor behind a socket, ready for commands.
    pub(crate) fn connect(socket: &Path) -> anyhow::Result<Self> {
        let stream =
            UnixStream::connect(socket).with_context(|| format!("{}: no machine listens there", socket.display()))?;
        let mut monitor = Self { lines: BufReader::new(stream.try_clone()?), stream };
        monitor.line()?;
        monitor.execute("qmp_capabilities", None)?;
        Ok(monitor)
    }

    fn line(&mut self) -> anyhow::Result<Value> {
        let mut line = String::new();
        if self.lines.read_line(&mut line)? == 0 {
            bail!("the machine has ended");
        }
        Ok(serde_json::from_str(&line)?)
    }

    /// Tells it something and waits for the answer.
    pub(crate) fn execute(&mut self, command: &str, arguments: Option<Value>) -> anyhow::Result<Value> {
        let mut request = json!({ "execute": command });
        if let Some(arguments) = arguments {
            request["arguments"] = arguments;
        }
        writeln!(self.stream, "{request}")?;
        loop {
            let mut answer = self.line()?;
            if let Some(error) = answer.get("error") {
                bail!("{command}: {error}");
            }
            if let Some(value) = answer.get_mut("return") {
                return Ok(value.take());
            }
        }
    }

    /// Hands over each event until the machine ends.
    pub(crate) fn events(mut self, mut to: impl FnMut(&str)) -> anyhow::Result<()> {
        let mut line = String::new();
        while self.lines.read_line(&mut line)? > 0 {
            to(line.trim_end());
            line.clear();
        }
        Ok(())
    }

    /// Fingers come down together, stay, and are lifted.
    pub(crate) fn touch(&mut self, fingers: &[(u32, u32)], hold: Duration) -> anyhow::Result<()> {
        let contact = |kind: &str, slot: usize, id: i64, axis: &str, value: u32| json!({ "type": "mtt", "data": { "type": kind, "slot": slot, "tracking-id": id, "axis": axis, "value": value } });
        let touched = |down: bool| json!({ "type": "btn", "data": { "down": down, "button": "touch" } });
        let mut down = vec![touched(true)];
        let mut up = vec![touched(false)];
        for (slot, (x, y)) in fingers.iter().enumerate() {
            let id = i64::try_from(slot)? + 1;
            down.push(contact("begin", slot, id, "x", 0));
            down.push(contact("data", slot, id, "x", x * ABS_MAX / 1000));
            down.push(contact("data", slot, id, "y", y * ABS_MAX / 1000));
            up.push(contact("end", slot, -1, "x", 0));
        }
        self.execute("input-send-event", Some(json!({ "events": down })))?;
        // What a finger does: it stays a moment.
        thread::sleep(hold);
        self.execute("input-send-event", Some(json!({ "events": up })))?;
        Ok(())
    }
}
