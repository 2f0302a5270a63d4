//! What the machine tells: files of the system, and programs that get a while to answer.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::super::wait_for;
use super::journal::without_visitors;
use super::pack::Pack;

/// How long a program may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Where they are, also for somebody who is not root.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A file of the system: its name in the bundle, what it is, and where it stands.
const FILES: [(&str, &str, &str); 9] = [
    ("system/os-release.txt", "the system's release", "/etc/os-release"),
    ("system/kernel.txt", "the kernel's version", "/proc/version"),
    ("system/uptime.txt", "seconds since the machine started, and idle ones", "/proc/uptime"),
    ("system/load.txt", "how busy it is", "/proc/loadavg"),
    ("system/memory.txt", "its memory", "/proc/meminfo"),
    ("updates/refused.txt", "versions that did not work here", "/var/lib/borne-updates/refused"),
    ("updates/before.txt", "the versions that the last update came from", "/var/lib/borne-updates/before"),
    ("updates/trying.txt", "an update that is not yet known to work", "/var/lib/borne-updates/trying"),
    ("updates/log.txt", "what the last installation said", "/var/lib/borne-updates/log"),
];

/// A program that is asked.
struct Asked {
    name: &'static str,
    what: &'static str,
    line: &'static [&'static str],
    /// What is told of its answer.
    told: fn(&str) -> String,
}

const PROGRAMS: [Asked; 10] = [
    Asked {
        name: "journal/accueil-borne.txt",
        what: "the last journal of the borne's unit, without visitors",
        line: &["journalctl", "--no-pager", "--output=short-iso", "--lines=4000", "--unit=accueil-borne"],
        told: without_visitors,
    },
    Asked {
        name: "journal/borne-update.txt",
        what: "the last journal of the updates",
        line: &["journalctl", "--no-pager", "--output=short-iso", "--lines=1000", "--unit=borne-update"],
        told: str::to_owned,
    },
    Asked {
        name: "journal/kernel.txt",
        what: "the kernel's last lines: disks, USB, graphics",
        line: &["journalctl", "--no-pager", "--output=short-iso", "--lines=2000", "--dmesg"],
        told: str::to_owned,
    },
    Asked {
        name: "system/units.txt",
        what: "whether our units run",
        line: &["systemctl", "--no-pager", "--lines=0", "status", "accueil-borne.service", "borne-update.timer"],
        told: str::to_owned,
    },
    Asked {
        name: "system/failed-units.txt",
        what: "units of the machine that failed",
        line: &["systemctl", "--no-pager", "--failed"],
        told: str::to_owned,
    },
    Asked { name: "system/disk.txt", what: "room on its disks", line: &["df", "-h"], told: str::to_owned },
    Asked {
        name: "system/packages.txt",
        what: "what is installed, and which version",
        line: &["dpkg-query", "--show", "--showformat=${db:Status-Abbrev} ${Package} ${Version} ${Architecture}\\n"],
        told: str::to_owned,
    },
    Asked {
        name: "updates/kept.txt",
        what: "packages that are kept as the way back",
        line: &["ls", "-l", "/var/lib/borne-updates/packages"],
        told: str::to_owned,
    },
    Asked {
        name: "system/lockdown.txt",
        what: "which parts of the machine are closed",
        line: &["borne-lockdown", "status"],
        told: str::to_owned,
    },
    Asked {
        name: "system/readonly-root.txt",
        what: "whether the root is read-only",
        line: &["borne-readonly-root", "status"],
        told: str::to_owned,
    },
];

pub(super) fn gather(pack: &mut Pack) {
    for (name, what, path) in FILES {
        let text = std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        pack.put(name, what, text.map_err(|error| format!("{path}: {error}")));
    }
    for Asked { name, what, line, told } in PROGRAMS {
        pack.put(name, what, answer(line).map(|text| told(&text)));
    }
}

/// What a program says; what it says of its failure stands below it.
fn answer(line: &[&str]) -> Result<String, String> {
    let Some((program, arguments)) = line.split_first() else { return Err("no program is named".to_owned()) };
    let mut command = Command::new(program);
    command.args(arguments).env("PATH", PATH).env("LC_ALL", "C.UTF-8").stdin(Stdio::null()).kill_on_drop(true);
    let ended =
        wait_for(async { tokio::time::timeout(PATIENCE, command.output()).await }).map_err(|e| e.to_string())?;
    let output = match ended {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(format!("{program} cannot be started: {error}")),
        Err(_) => return Err(format!("{program} did not answer within {} s", PATIENCE.as_secs())),
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    match (output.status.success(), said.trim().is_empty(), complaint.is_empty()) {
        (_, false, true) | (true, true, true) => Ok(said),
        (_, false, false) => Ok(format!("{said}\n{program} complained: {complaint}\n")),
        (_, true, false) => Err(complaint),
        (false, true, true) => Err(format!("{program} said nothing, and ended with {}", output.status)),
    }
}

/// What the machine is called, as a part of a file's name.
pub(super) fn name() -> String {
    let told = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let plain: String = told.trim().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    if plain.is_empty() { "borne".to_owned() } else { plain }
}

/// Who fetches the file.
pub(super) fn user() -> String {
    let told = ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    told.filter(|name| !name.is_empty()).unwrap_or_else(|| "USER".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_answers_or_it_is_said_why_not() {
        assert_eq!(answer(&["echo", "well"]).unwrap(), "well\n");
        assert!(answer(&["no-such-program"]).unwrap_err().contains("no-such-program cannot be started"));
        assert!(answer(&["ls", "/nowhere"]).unwrap_err().contains("/nowhere"));
        assert_eq!(answer(&["sh", "-c", "echo a; echo b >&2; exit 3"]).unwrap(), "a\n\nsh complained: b\n");
        assert!(answer(&["false"]).unwrap_err().contains("said nothing"));
    }
}
