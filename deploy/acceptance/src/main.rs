//! `rig`: the hands of the acceptance tests (deploy/acceptance). It touches and photographs the screen of a virtual machine,
//! is its printer and its card, looks which of its ports answer, and cuts its power on paper.

mod buttons;
mod card;
mod datagrams;
mod paper;
mod picture;
mod ports;
mod power;
mod qmp;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};

/// The hands of the acceptance tests.
#[derive(Parser, Debug)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Tell the machine something over its monitor (QMP), and print its answer
    Qmp {
        socket: PathBuf,
        command: String,
        /// As JSON
        arguments: Option<String>,
    },
    /// Print what happens to the machine, an event a line, until it ends
    Events { socket: PathBuf },
    /// Put fingers on the screen: X,Y from its upper left corner in thousandths of its width and height; all of them come
    /// down, stay, and are lifted
    Touch {
        socket: PathBuf,
        #[arg(required = true, value_parser = place)]
        fingers: Vec<(u32, u32)>,
        /// How long they stay
        #[arg(long, default_value_t = 150, value_name = "MS")]
        hold: u64,
    },
    /// Say where a button is, from what `borne screen --json` tells (standard input): X,Y in thousandths of the screen's size
    Where {
        label: String,
        /// Of the screen, in dots
        #[arg(value_name = "WIDTH,HEIGHT")]
        size: String,
        /// The picture is turned by 90 degrees clockwise on the screen
        #[arg(long)]
        turned: bool,
    },
    /// Say how much two pictures differ, in thousandths of their dots
    Differ {
        one: PathBuf,
        other: PathBuf,
        /// How far a dot's colours may be apart, of 255
        #[arg(long, default_value_t = 8)]
        tolerance: u8,
        /// The first is the other one turned by 90 degrees clockwise
        #[arg(long)]
        turned: bool,
    },
    /// Be what is plugged into the machine's serial port, and send it what comes on standard input, until that ends
    Line { socket: PathBuf },
    /// Be a card in the machine's reader, until this is ended
    Card {
        socket: PathBuf,
        /// Its number
        #[arg(value_parser = card::number)]
        uid: card::Uid,
    },
    /// Be a ticket printer at this address, until this is ended; slips go to the folder
    Paper { address: SocketAddr, folder: PathBuf, fonts: PathBuf },
    /// Print the TCP ports that answer
    Ports {
        host: IpAddr,
        #[command(flatten)]
        speed: Speed,
    },
    /// Print the UDP ports that say anything: `answers`, or `refuses` where the machine says that nobody is there (as root)
    Datagrams {
        host: Ipv4Addr,
        #[command(flatten)]
        speed: Speed,
    },
    /// Cut the power at many points of a disk's log: whether each ticket that was shown before is there after
    PowerCuts(power::Arguments),
}

/// How fast ports are asked.
#[derive(clap::Args, Clone, Copy, Debug)]
struct Speed {
    /// How long an answer is waited for
    #[arg(long, default_value_t = 400, value_name = "MS")]
    patience: u64,
    /// How long 256 of them take to get there: more for a machine that is emulated
    #[arg(long, default_value_t = 6, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..))]
    pace: u64,
}

impl From<Speed> for ports::Speed {
    fn from(said: Speed) -> Self {
        Self { pace: Duration::from_millis(said.pace), patience: Duration::from_millis(said.patience) }
    }
}

fn place(text: &str) -> Result<(u32, u32), String> {
    let wrong = || format!("{text}: write X,Y in thousandths, such as 500,820");
    let (x, y) = text.split_once(',').ok_or_else(wrong)?;
    let inside = |n: &str| n.parse::<u32>().ok().filter(|n| *n < 1000).ok_or_else(wrong);
    Ok((inside(x)?, inside(y)?))
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Qmp { socket, command, arguments } => {
            let arguments = arguments.map(|text| serde_json::from_str(&text)).transpose()?;
            say(&qmp::Monitor::connect(&socket)?.execute(&command, arguments)?.to_string());
        }
        Command::Events { socket } => qmp::Monitor::connect(&socket)?.events(say)?,
        Command::Touch { socket, fingers, hold } => {
            qmp::Monitor::connect(&socket)?.touch(&fingers, Duration::from_millis(hold))?;
        }
        Command::Where { label, size, turned } => {
            let screen = serde_json::from_reader(std::io::stdin())?;
            let (across, down) = buttons::place(&screen, &label, &size, turned)?;
            say(&format!("{across},{down}"));
        }
        Command::Differ { one, other, tolerance, turned } => {
            say(&picture::differ(&one, &other, tolerance, turned)?.to_string());
        }
        Command::Line { socket } => {
            std::io::copy(&mut std::io::stdin(), &mut std::os::unix::net::UnixStream::connect(socket)?)?;
        }
        Command::Card { socket, uid } => card::lie_on(&socket, &uid)?,
        Command::Paper { address, folder, fonts } => paper::print(address, &folder, &fonts)?,
        Command::Ports { host, speed } => {
            for port in ports::open(host, speed.into())? {
                say(&port.to_string());
            }
        }
        Command::Datagrams { host, speed } => {
            for (port, answer) in datagrams::heard(host, speed.into())? {
                say(&format!("{port} {answer}"));
            }
        }
        Command::PowerCuts(arguments) => say(&power::cut(&arguments)?.to_string()),
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "what was asked for")]
fn say(line: &str) {
    println!("{line}");
}
