//! What the system says of a process.

use std::time::Duration;

use anyhow::Context;
use rustix::param::clock_ticks_per_second;

/// The memory that is a process's own, and its share of what it has in common with others (PSS), in MiB.
pub fn memory_mib(process: u32) -> anyhow::Result<f64> {
    let rollup = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).context("no Pss")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(kib / 1_024.0)
}

/// The processor time that a process has used, all its threads.
pub fn processor_time(process: u32) -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name stands in parentheses, and may hold anything.
    let (_, behind) = stat.rsplit_once(')').context("no name")?;
    let ticks = |nth| -> anyhow::Result<u64> { Ok(behind.split_whitespace().nth(nth).context("no time")?.parse()?) };
    let (user, system) = (ticks(11)?, ticks(12)?);
    Ok(Duration::from_millis((user + system) * 1_000 / clock_ticks_per_second()))
}
