//! The programs that come with PostgreSQL.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use wire::redaction::redact;

use super::super::super::{CopyError, PostgresAddress};

/// Where Debian keeps each version's programs.
const VERSIONS: &str = "/usr/lib/postgresql";

/// A copy that takes longer hangs.
const DEADLINE: Duration = Duration::from_secs(2 * 3_600);

/// As much of what a program says as is told.
const SAID_MAX: usize = 400;

/// Runs a program on the store's database server and waits for its end. What it needs to come in stands in its
/// environment, where only its user reads it; not on its command line. It ends with this future.
pub(super) async fn run(
    program: &'static str,
    address: &PostgresAddress,
    database: Option<&str>,
    arguments: &[&str],
    file: &Path,
) -> Result<(), CopyError> {
    let path = find(program);
    let mut command = Command::new(&path);
    command.args(arguments).arg(file).envs(address.environment());
    command.envs(database.map(|name| ("PGDATABASE", name)));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let missing = |source| CopyError::Program { program: path.display().to_string(), source };
    let failed = |said: &str| CopyError::Failed { program, said: redact(said) };
    let ended = tokio::time::timeout(DEADLINE, command.output()).await;
    let output = ended.map_err(|_| failed("it did not end within two hours"))?.map_err(missing)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(failed(said.trim().chars().take(SAID_MAX).collect::<String>().as_str()))
}

/// Of the newest version that is installed: an older one does not read a newer database.
fn find(program: &str) -> PathBuf {
    let versions = std::fs::read_dir(VERSIONS).into_iter().flatten().flatten().map(|version| version.path());
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let installed = versions.filter(|path| path.join("bin").join(program).is_file());
    installed.max_by_key(number).map_or_else(|| program.into(), |path| path.join("bin").join(program))
}
