//! A network with a loopback and nothing else, a `/run` of its own, and processes that end together.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

/// Tells the program that it runs apart.
const MARK: &str = "ACCUEIL_APART";
/// Prepares the place and becomes the program. What hides the machine's own `/run/pcscd` is the mount.
const PREPARE: &str = "set -e; ip link set lo up; mount -t tmpfs none /run; mkdir /run/pcscd; exec \"$0\" \"$@\"";
/// What is started there ends with it, however it ends.
const PLACE: [&str; 5] = ["--net", "--mount", "--pid", "--fork", "--kill-child"];
/// As root, and as anybody where the system lets anybody be root of a place of their own.
const WAYS: [&[&str]; 2] = [&[], &["--user", "--map-root-user"]];

/// The system gives no place apart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "this machine gives no network apart ({0}): run this as root, or allow user namespaces (sysctl \
     kernel.unprivileged_userns_clone=1, or kernel.apparmor_restrict_unprivileged_userns=0)"
)]
pub struct ApartError(String);

/// A command that runs a program apart. Whatever the program starts ends with it.
pub fn apart(program: &Path, arguments: &[&OsStr]) -> Result<Command, ApartError> {
    let mut reasons = Vec::new();
    for way in WAYS {
        let tried = unshare(way, Path::new("true"), &[]).stdin(Stdio::null()).output();
        match tried {
            Ok(output) if output.status.success() => {
                let mut command = unshare(way, program, arguments);
                command.env(MARK, "1");
                return Ok(command);
            }
            Ok(output) => reasons.push(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            Err(error) => reasons.push(format!("unshare: {error}")),
        }
    }
    Err(ApartError(reasons.join("; ")))
}

fn unshare(way: &[&str], program: &Path, arguments: &[&OsStr]) -> Command {
    let mut command = Command::new("unshare");
    command.args(way).args(PLACE).args(["sh", "-c", PREPARE]).arg(program).args(arguments);
    command
}

/// Whether this program was started by [`apart`].
#[must_use]
pub fn is_apart() -> bool {
    std::env::var_os(MARK).is_some()
}
