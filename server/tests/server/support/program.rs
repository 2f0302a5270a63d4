//! The program, on settings of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use super::CATALOGUE;

/// A folder with a site's catalogue and empty settings.
pub struct Program(TempDir);

impl Program {
    pub fn new() -> Self {
        Self::with("")
    }

    /// The same with these settings.
    pub fn with(settings: &str) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("site.toml"), CATALOGUE).unwrap();
        fs::write(folder.path().join("server.toml"), settings).unwrap();
        Self(folder)
    }

    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    pub fn settings(&self) -> PathBuf {
        self.folder().join("server.toml")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_accueil-server"));
        command.arg("--config").arg(self.settings()).args(arguments);
        command
    }

    pub fn run(&self, arguments: &[&str], input: &str, environment: &[(&str, &str)]) -> Output {
        let stdin = self.folder().join("stdin");
        fs::write(&stdin, input).unwrap();
        let mut command = self.command(arguments);
        command.envs(environment.iter().copied()).stdin(fs::File::open(stdin).unwrap()).output().unwrap()
    }

    /// What it says where it succeeds, as it must.
    pub fn said(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run(arguments, input, &[]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// That it fails, as it must, and says a word about it.
    pub fn fails(&self, arguments: &[&str], input: &str, word: &str) {
        let output = self.run(arguments, input, &[]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(word), "{said}");
    }
}
