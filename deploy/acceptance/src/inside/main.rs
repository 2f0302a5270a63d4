//! `rig-inside`: what the rig needs inside the machine. It asks for no library that a bare Debian lacks.

mod answer;
mod jack;
mod panel;
mod port;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// What the rig needs inside the machine.
#[derive(Parser, Debug)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Carry bytes between a USB printer of the machine's own (g_printer) and standard input and output
    Port { device: PathBuf },
    /// Be a touchscreen (uinput) that is touched at X,Y, in thousandths, for each line of standard input: `finger`, `palm`, or
    /// `cancelled` for a finger that is found to be a palm
    Panel { x: i32, y: i32 },
    /// Be a sound card's headset socket (uinput), for each line of standard input: `in` or `out`
    Jack,
    /// Be a port that is open, of TCP and of UDP: take connections, and answer datagrams
    Answer { port: u16 },
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Port { device } => port::carry(&device),
        Command::Panel { x, y } => panel::be_touched(x, y),
        Command::Jack => jack::be_plugged(),
        Command::Answer { port } => answer::each(port),
    }
}

#[expect(clippy::print_stdout, reason = "what was asked for")]
fn say(line: &str) {
    println!("{line}");
}
