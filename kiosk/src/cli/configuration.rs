//! `borne config`.

use std::process::ExitCode;

use clap::Subcommand;
use kiosk_runtime::borne::read_catalogue;
use kiosk_runtime::config::EXAMPLE;

use super::{Sources, run, say};

/// The configuration.
#[derive(Subcommand, Debug)]
pub(super) enum ConfigCommand {
    /// Read it all, the site's catalogue too, and say what is wrong
    Check,
    /// Print the annotated defaults
    Example,
}

pub(super) fn config(sources: &Sources, command: &ConfigCommand) -> anyhow::Result<ExitCode> {
    match command {
        ConfigCommand::Example => say(EXAMPLE.trim_end()),
        ConfigCommand::Check => {
            let config = sources.load()?;
            run::panel(&config).check()?;
            let catalogue = read_catalogue(&config.borne.site)?;
            let origin = sources.file().map_or_else(|| "the shipped defaults".to_owned(), |p| p.display().to_string());
            say(&format!("{origin}: good"));
            let (services, counters) = (catalogue.services.len(), catalogue.counters.len());
            say(&format!("{}: good, {services} services, {counters} counters", config.borne.site.display()));
        }
    }
    Ok(ExitCode::SUCCESS)
}
