//! Writes the manual pages and the shells' completions of our programs, for their packages: `manual FOLDER` fills
//! `FOLDER/PROGRAM/` with what the programs' own definitions of their command lines say.
//!
//! A program of its own, so that the programs carry none of it.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use clap_complete::Shell;

/// The shells of Debian that people type in.
const SHELLS: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

fn main() -> anyhow::Result<()> {
    let folder = std::env::args_os().nth(1).context("say where to write: manual FOLDER")?;
    for command in [borne::cli::command(), accueil_server::cli::command()] {
        write(command, Path::new(&folder))?;
    }
    Ok(())
}

fn write(mut command: clap::Command, folder: &Path) -> anyhow::Result<()> {
    let name = command.get_name().to_owned();
    let folder = folder.join(&name);
    let failed = || format!("cannot write into {}", folder.display());
    fs::create_dir_all(&folder).with_context(failed)?;
    // A page for each command, and none that only says what `--help` does.
    clap_mangen::generate_to(command.clone().disable_help_subcommand(true), &folder).with_context(failed)?;
    for shell in SHELLS {
        clap_complete::generate_to(shell, &mut command, &name, &folder).with_context(failed)?;
    }
    Ok(())
}
