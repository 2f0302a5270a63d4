//! The command line.

mod bundle;
mod configuration;
mod demo;
mod desk;
mod doctor;
mod enrol;
mod gallery;
mod logging;
mod quiet;
mod run;
mod trial;
mod wanted;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use kiosk_runtime::borne::StartError;
use kiosk_runtime::config::Config;
use kiosk_runtime::recent::Recent;
use kiosk_runtime::store::StoreError;

use crate::display::Kind;

/// Where packages put the configuration.
const DEFAULT_CONFIG: &str = "/etc/borne/borne.toml";

/// How the program ends where another start ends the same way until somebody acts: the unit leaves it at that
/// (RestartPreventExitStatus=; EX_CONFIG of sysexits.h).
const FOR_SOMEBODY_TO_MEND: u8 = 78;

/// Accueil's borne: tickets and surveys in a reception hall.
#[derive(Parser, Debug)]
#[command(name = "borne", version, about, propagate_version = true)]
struct Arguments {
    #[command(flatten)]
    sources: Sources,
    #[command(subcommand)]
    command: Command,
}

/// Where the configuration comes from.
#[derive(Args, Debug)]
struct Sources {
    /// The configuration [default: /etc/borne/borne.toml where it exists, else the shipped defaults]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One key of the configuration, over the file: --set printer.device=tcp:192.168.1.50
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = assignment)]
    assignments: Vec<(String, String)>,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Run the borne
    Run {
        /// Where to draw: auto, window, kms or headless
        #[arg(long, default_value_t = Kind::Auto)]
        display: Kind,
    },
    /// Run a borne for a demonstration: live view on the loopback, a clock that can be moved
    Demo(demo::DemoArguments),
    /// How the running borne is
    Status {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// What is on the running borne's screen: its texts and buttons, or its picture
    Screen {
        /// Write the picture to this PNG file
        #[arg(long, value_name = "FILE")]
        png: Option<PathBuf>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Touch the running borne's screen: `borne tap "Prendre un ticket"`, or `borne tap --at 540,1200`
    Tap {
        /// What the button says
        #[arg(required_unless_present = "at")]
        label: Option<String>,
        /// A point of the picture, in pixels
        #[arg(long, value_name = "X,Y", value_parser = point, conflicts_with = "label")]
        at: Option<(f32, f32)>,
    },
    /// Print a test slip: on the running borne, or here where none runs
    PrintTest,
    /// Show a code to the scanner: what it is to the borne, and how the scanner is set
    ScanTest {
        /// Draw the calibration code here first: a scanner that poses as a keyboard tells its layout by it
        #[arg(long)]
        calibration: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Put a card on the reader: whether it is read, and whether it is a badge
    CardTest {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// The borne's time and who vouches for it: the system's time service, the server, or you
    Clock {
        /// Say that the time it shows is right: numbers begin their new day
        #[arg(long)]
        confirm: bool,
    },
    /// Look at configuration, devices, server and store, and say what to do
    Doctor {
        /// Only list the devices that are plugged in: nothing is asked of printer or server
        #[arg(long)]
        devices: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Pack into one file what those need who help with this borne: its state, settings without secrets, logs without
    /// visitors. Works without a running borne too; a README in it says what each file is
    SupportBundle {
        /// The file to make [default: /tmp/borne-support-MACHINE-TIME.tar.gz]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Whether the borne may be taken away for a moment: the hall is closed, nobody is at it, its server has every event
    Quiet {
        /// So long the hall must stay closed
        #[arg(long, default_value_t = 15, value_name = "N")]
        minutes: u32,
    },
    /// What the server wants of this borne: whose updates it gets, and which; no borne needs to run
    Wanted {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Make this machine a borne of a site, with a one-time code of its server
    Enrol {
        /// The code, ABCD-EFGH-IJKL-MNOP
        code: wire::enrolment::EnrolmentCode,
        /// Replace the identity that is here
        #[arg(long)]
        again: bool,
    },
    /// Draw every screen as a picture, with a page to look through them; no borne needs to run
    Gallery(gallery::GalleryArguments),
    /// The configuration
    Config {
        #[command(subcommand)]
        command: configuration::ConfigCommand,
    },
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE, for instance printer.device=tcp:192.168.1.50")?;
    Ok((key.to_owned(), value.to_owned()))
}

fn point(text: &str) -> Result<(f32, f32), String> {
    let parsed = text.split_once(',').and_then(|(x, y)| Some((x.trim().parse().ok()?, y.trim().parse().ok()?)));
    parsed.ok_or_else(|| "write X,Y in pixels, for instance 540,1200".to_owned())
}

impl Sources {
    fn file(&self) -> Option<PathBuf> {
        let shipped = || Some(PathBuf::from(DEFAULT_CONFIG)).filter(|path| path.exists());
        self.config.clone().or_else(shipped)
    }

    fn load(&self) -> anyhow::Result<Config> {
        let overrides: Vec<(&str, String)> = self.assignments.iter().map(|(k, v)| (k.as_str(), v.clone())).collect();
        Ok(Config::load(self.file().as_deref(), &overrides)?)
    }
}

/// What can be typed, for the manual and for shells.
#[must_use]
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = typed();
    let recent = logging::start();
    match obey(arguments, recent) {
        Ok(code) => code,
        Err(error) => {
            // Nobody reads a closed standard error.
            let _ = writeln!(std::io::stderr(), "borne: {}", whole(&error));
            ending(&error)
        }
    }
}

/// What was typed. A package may be of another version than the sources.
fn typed() -> Arguments {
    let matches = command().version(kiosk_runtime::version::installed()).get_matches();
    Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

fn ending(error: &anyhow::Error) -> ExitCode {
    let store = match error.downcast_ref() {
        Some(StartError::Store(store)) => Some(store),
        Some(_) | None => error.downcast_ref(),
    };
    match store {
        Some(StoreError::Later { .. }) => FOR_SOMEBODY_TO_MEND.into(),
        Some(_) | None => ExitCode::FAILURE,
    }
}

/// An error with its causes, none said twice.
fn whole(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text = if text.is_empty() { cause } else { format!("{text}: {cause}") };
        }
    }
    text
}

fn obey(arguments: Arguments, recent: Recent) -> anyhow::Result<ExitCode> {
    let sources = arguments.sources;
    match arguments.command {
        Command::Run { display } => {
            run::run(&sources.load()?, display, &kiosk_runtime::borne::Demo::default(), recent)?
        }
        Command::Demo(demo) => demo::demo(&sources, &demo, recent)?,
        Command::Status { json } => desk::status(&sources.load()?, json)?,
        Command::Screen { png, json } => desk::screen(&sources.load()?, png.as_deref(), json)?,
        Command::Tap { label, at } => desk::tap(&sources.load()?, label, at)?,
        Command::PrintTest => trial::print(&sources.load()?)?,
        Command::ScanTest { calibration, json } => trial::scan(&sources.load()?, calibration, json)?,
        Command::CardTest { json } => trial::card(&sources.load()?, json)?,
        Command::Clock { confirm } => desk::clock(&sources.load()?, confirm)?,
        Command::Doctor { devices: true, json } => doctor::list_devices(&sources, json)?,
        Command::Doctor { devices: false, json } => return doctor::doctor(&sources, json),
        Command::SupportBundle { out } => bundle::bundle(&sources, out)?,
        Command::Quiet { minutes } => return quiet::quiet(&sources.load()?, minutes),
        Command::Wanted { json } => wanted::wanted(&sources.load()?, json)?,
        Command::Enrol { code, again } => enrol::enrol(&sources.load()?, code, again)?,
        Command::Gallery(arguments) => gallery::gallery(&sources.load()?, arguments)?,
        Command::Config { command } => return configuration::config(&sources, &command),
    }
    Ok(ExitCode::SUCCESS)
}

/// Says something on standard output. A reader that went away wants no more.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// A runtime for one request.
fn wait_for<T>(task: impl Future<Output = T>) -> anyhow::Result<T> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(task))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_of_a_later_version_ends_the_borne_in_a_way_that_no_other_start_follows() {
        let later = || StoreError::Later { path: "borne.db".into(), found: 9, known: 4 };
        assert_eq!(ending(&later().into()), ExitCode::from(78));
        assert_eq!(ending(&StartError::from(later()).into()), ExitCode::from(78));
        assert_eq!(ending(&StartError::InUse("/var/lib/borne".into()).into()), ExitCode::FAILURE);
        let unit = include_str!("../../../deploy/package/borne/accueil-borne.service");
        assert!(unit.lines().any(|line| line == "RestartPreventExitStatus=78"));
    }
}
