//! Power cuts, on paper: QEMU's `blklogwrites` writes down what a machine wrote to its disk and when it was told to flush,
//! and this plays the log again up to many points, as a cut would have left the disk, and looks what is there.
//!
//! A cut just before a flush ends keeps the flush before and what was written through; everything else may be gone, and here
//! it is. The machine marks each ticket that was shown, by a block beyond the file system: a mark that was written before
//! the cut stands for a number that a visitor has seen, and that number must be there.
//!
//! Format of the log: Linux, Documentation/admin-guide/device-mapper/log-writes.rst; little-endian.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

const MAGIC: u64 = 0x006a_7366_7773_6872;
const FLUSH: u64 = 1;
const THROUGH: u64 = 2;
const DISCARD: u64 = 4;
/// What a mark begins with; the number follows, and the line's end.
const MARK: &[u8] = b"SHOWN ";

/// Which log, of which disk.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// What the machine wrote
    log: PathBuf,
    /// The disk as it was before
    disk: PathBuf,
    /// At so many points, spread over the log, the last flush among them
    #[arg(long, default_value_t = 200)]
    points: usize,
}

/// A write, or a flush.
struct Entry {
    /// Where, in bytes.
    at: u64,
    length: usize,
    flags: u64,
    /// Where its bytes stand in the log.
    data: u64,
}

fn entries(log: &File) -> anyhow::Result<Vec<Entry>> {
    let mut head = [0; 32];
    log.read_exact_at(&mut head, 0)?;
    let word =
        |bytes: &[u8], at: usize| -> anyhow::Result<u64> { Ok(u64::from_le_bytes(bytes[at..at + 8].try_into()?)) };
    ensure!(word(&head, 0)? == MAGIC, "this is no log of blklogwrites");
    let count = word(&head, 16)?;
    let sector = u64::from(u32::from_le_bytes(head[24..28].try_into()?));
    let mut place = sector;
    let mut entries = Vec::new();
    for _ in 0..count {
        log.read_exact_at(&mut head, place)?;
        let (at, sectors, flags) = (word(&head, 0)?, word(&head, 8)?, word(&head, 16)?);
        let data = place + sector;
        place = data;
        if flags & DISCARD == 0 {
            place += sectors * sector;
        }
        entries.push(Entry { at: at * sector, length: usize::try_from(sectors * sector)?, flags, data });
    }
    Ok(entries)
}

/// A disk that the log is played to.
struct Disk<'a> {
    log: &'a File,
    image: File,
}

impl Disk<'_> {
    fn write(&self, entry: &Entry) -> anyhow::Result<()> {
        let mut bytes = vec![0; entry.length];
        if entry.flags & DISCARD == 0 {
            self.log.read_exact_at(&mut bytes, entry.data)?;
        }
        self.image.write_all_at(&bytes, entry.at)?;
        Ok(())
    }
}

/// The number that a mark says was shown.
fn shown(log: &File, entry: &Entry) -> anyhow::Result<Option<String>> {
    if entry.length != 512 || entry.flags & DISCARD != 0 {
        return Ok(None);
    }
    let mut bytes = [0; 512];
    log.read_exact_at(&mut bytes, entry.data)?;
    let Some(text) = bytes.strip_prefix(MARK) else { return Ok(None) };
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let number = String::from_utf8(line.to_vec())?;
    ensure!(!number.is_empty(), "a mark names no number");
    Ok(Some(number))
}

/// What there is after a cut.
struct After {
    numbers: Vec<String>,
}

fn debugfs(image: &Path, file: &str, to: &Path) -> anyhow::Result<()> {
    let request = format!("dump {file} {}", to.display());
    let status = Command::new("/sbin/debugfs").args(["-R", &request]).arg(image).stderr(Stdio::null()).status()?;
    ensure!(status.success(), "debugfs cannot read {file}");
    Ok(())
}

/// What a start of the borne finds: the file system put right by its journal, the store by its own.
fn look(image: &Path, folder: &Path) -> anyhow::Result<After> {
    let repaired =
        Command::new("/sbin/e2fsck").args(["-fp"]).arg(image).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if !matches!(repaired.code(), Some(0 | 1)) {
        bail!("the file system is broken: e2fsck ends with {repaired}");
    }
    let store = folder.join("borne.db");
    for suffix in ["", "-wal"] {
        let to = folder.join(format!("borne.db{suffix}"));
        if to.exists() {
            fs::remove_file(&to)?;
        }
        debugfs(image, &format!("/borne.db{suffix}"), &to)?;
        // What is not there is written as an empty file, or not at all.
        if suffix == "-wal" && fs::metadata(&to).is_ok_and(|file| file.len() == 0) {
            fs::remove_file(&to)?;
        }
    }
    let shared = folder.join("borne.db-shm");
    if shared.exists() {
        fs::remove_file(shared)?;
    }
    let db = Connection::open_with_flags(&store, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    ensure!(sound == "ok", "the store is broken: {sound}");
    let mut log = db.prepare("SELECT raw FROM log ORDER BY seq")?;
    let mut numbers = Vec::new();
    for raw in log.query_map([], |row| row.get::<_, String>(0))? {
        let event: Value = serde_json::from_str(&raw?)?;
        if event["type"] == "ticket_issued" {
            numbers.push(event["label"].as_str().unwrap_or_default().to_owned());
        }
    }
    Ok(After { numbers })
}

/// Cuts, looks, and says what came of it.
pub(crate) fn cut(arguments: &Arguments) -> anyhow::Result<Value> {
    let log = File::open(&arguments.log).with_context(|| arguments.log.display().to_string())?;
    let entries = entries(&log)?;
    let flushes: Vec<usize> = (0..entries.len()).filter(|i| entries[*i].flags & FLUSH != 0).collect();
    let intervals = flushes.len().saturating_sub(1);
    ensure!(intervals >= arguments.points, "there are {intervals} flushes, and {} points are wanted", arguments.points);
    let mut points = (1..=arguments.points).map(|n| n * intervals / arguments.points - 1).peekable();

    let work = tempfile::tempdir()?;
    let (state, trial) = (work.path().join("state.img"), work.path().join("trial.img"));
    fs::copy(&arguments.disk, &state)?;
    let open = |path: &Path| File::options().write(true).open(path);
    let disk = Disk { log: &log, image: open(&state)? };

    let (mut all, mut lost, mut where_lost, mut broken) = (0_usize, BTreeSet::new(), Vec::new(), Vec::new());
    let mut seen: Vec<String> = Vec::new();
    let mut begin = 0;
    for (interval, pair) in flushes.windows(2).enumerate() {
        // Up to and with the flush before, everything holds.
        for entry in &entries[begin..=pair[0]] {
            disk.write(entry)?;
        }
        begin = pair[0] + 1;
        for entry in &entries[begin..pair[1]] {
            seen.extend(shown(&log, entry)?);
        }
        if points.next_if_eq(&interval).is_none() {
            continue;
        }
        fs::copy(&state, &trial)?;
        let cut = Disk { log: &log, image: open(&trial)? };
        for entry in entries[begin..pair[1]].iter().filter(|entry| entry.flags & THROUGH != 0) {
            cut.write(entry)?;
        }
        drop(cut);
        all += 1;
        match look(&trial, work.path()) {
            Ok(after) => {
                let there: BTreeSet<&String> = after.numbers.iter().collect();
                if there.len() != after.numbers.len() {
                    broken.push(format!("flush {interval}: a number twice"));
                }
                for number in seen.iter().filter(|number| !there.contains(number)) {
                    where_lost.push(format!("{number}, flush {interval}"));
                    lost.insert(number.clone());
                }
            }
            Err(error) => broken.push(format!("flush {interval}: {error:#}")),
        }
    }
    ensure!(!seen.is_empty(), "no ticket was marked: this proves nothing");
    broken.truncate(5);
    where_lost.truncate(5);
    Ok(json!({
        "points": all, "flushes": flushes.len(), "writes": entries.len(), "shown": seen.len(), "lost": lost.len(),
        "where": where_lost, "broken": broken,
    }))
}
