//! What the drivers cost while nothing happens.

use std::sync::mpsc::channel;
use std::time::Duration;

use anyhow::Context;
use drivers::gpio::fake::FakeBoard;
use drivers::gpio::{ControlEvent, ControlOptions, Controls, InputLine, InputOptions, OutputLine, OutputOptions, Pull};
use integration_tests::bench::{Figure, Goal};
use rustix::time::{ClockId, clock_gettime};

use super::PATIENCE;

const REST: Duration = Duration::from_secs(60);
/// The threads of the drivers that are open, one each at least, by the beginning of their names.
const DRIVERS: [&str; 4] = ["printer", "scanner", "card", "gpio"];
/// The thread of what stands for hardware in this process: the virtual printer's end of the USB cable.
const TWIN: &str = "virtual-printer";

/// Scripted lines, and the controls on them.
pub struct Lines {
    _controls: Controls,
}

impl Lines {
    /// Everything that can be fitted, found.
    pub fn open() -> anyhow::Result<Self> {
        let board = FakeBoard::new(&["BELL", "SENSOR"], &["RING", "BUZZER"]);
        let input = |line: &str, active_low, pull| -> anyhow::Result<Option<InputLine>> {
            let options = InputOptions { active_low, pull, debounce: Duration::from_millis(20) };
            Ok(Some(InputLine { line: line.parse()?, options }))
        };
        let output = |line: &str| -> anyhow::Result<Option<OutputLine>> {
            Ok(Some(OutputLine { line: line.parse()?, options: OutputOptions::default() }))
        };
        let options = ControlOptions {
            button: input("line:BELL", true, Pull::Up)?,
            presence: input("line:SENSOR", false, Pull::Down)?,
            presence_hold: Duration::from_secs(2),
            ring: output("line:RING")?,
            buzzer: output("line:BUZZER")?,
        };
        let (tell, told) = channel();
        let controls = Controls::open_on(Box::new(board), options, move |event| drop(tell.send(event)))?;
        for _ in 0..4 {
            let event = told.recv_timeout(PATIENCE).context("the controls told nothing in time")?;
            anyhow::ensure!(matches!(event, ControlEvent::Available(_)), "a control does not work: {event:?}");
        }
        Ok(Self { _controls: controls })
    }
}

/// The share of a core that this process uses, all its threads but the virtual printer's, also those that come and go.
pub fn processor() -> anyhow::Result<Figure> {
    let names = threads()?;
    for driver in DRIVERS {
        anyhow::ensure!(names.iter().any(|(_, name)| name.starts_with(driver)), "no thread of the {driver} at rest");
    }
    let before = used()?;
    std::thread::sleep(REST);
    let used = used()?.saturating_sub(before);
    let share = used.as_secs_f64() / REST.as_secs_f64() * 100.0;
    Ok(Figure::new("all drivers at rest: processor", share, "% of a core", 0.2, Goal::AtMost(1.0)))
}

/// What this process has used, less its twins.
fn used() -> anyhow::Result<Duration> {
    let mut twins = Duration::ZERO;
    for (task, name) in threads()? {
        if name == TWIN {
            let line = std::fs::read_to_string(format!("/proc/self/task/{task}/schedstat"))?;
            let ran = line.split_whitespace().next().context("the kernel tells no thread's time (schedstat)")?;
            twins += Duration::from_nanos(ran.parse()?);
        }
    }
    let whole = clock_gettime(ClockId::ProcessCPUTime);
    Ok(Duration::new(u64::try_from(whole.tv_sec)?, u32::try_from(whole.tv_nsec)?).saturating_sub(twins))
}

/// The numbers and names of this process's threads.
fn threads() -> anyhow::Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for task in std::fs::read_dir("/proc/self/task")? {
        let task = task?;
        // A thread may end while the list is read.
        if let Ok(name) = std::fs::read_to_string(task.path().join("comm")) {
            found.push((task.file_name().to_string_lossy().into_owned(), name.trim().to_owned()));
        }
    }
    Ok(found)
}
