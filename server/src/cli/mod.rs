//! The command line: arguments here, one file a family of commands.

mod admin;
mod badges;
mod serve;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use accueil_server::store::Role;
use accueil_server::{Settings, chain};
use clap::{Args, Parser, Subcommand};

/// Accueil's server: sync, queue, agents' console, hall display.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Common {
    /// The settings' file; without it, the defaults and the environment hold.
    #[arg(long, global = true, env = "ACCUEIL_SERVER_CONFIG")]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until interrupted.
    Serve {
        /// Address and port, before those of the settings.
        #[arg(long)]
        listen: Option<SocketAddr>,
    },
    /// Bring the store up to date, and end.
    Migrate,
    /// Who may sign in.
    #[command(subcommand)]
    User(UserCommand),
    /// Print a one-time code that enrols one borne within 24 hours.
    EnrolCode {
        /// What technicians call the borne; without it, the borne's own name holds.
        #[arg(long)]
        name: Option<String>,
    },
    /// Bornes that enrolled.
    #[command(subcommand)]
    Borne(BorneCommand),
    /// Badges of the site's staff, who open a borne's own screens with a card and a PIN.
    #[command(subcommand)]
    Badge(badges::BadgeCommand),
    /// What technicians must know, newest first: when, what, which borne, its name, what happened, what to do.
    Alarms,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Add somebody, or give them another password and role.
    Add {
        /// The name they sign in with, which colleagues see.
        name: String,
        /// What they may do: agent.
        #[arg(long, default_value = "agent")]
        role: Role,
        /// Read the password from the standard input, one line.
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

#[derive(Debug, Subcommand)]
enum BorneCommand {
    /// Every borne that ever enrolled.
    List,
    /// End a borne's rights, at once.
    Revoke {
        /// Its identity, as `borne list` shows it.
        id: wire::ids::OriginId,
    },
}

/// Runs the command that was typed.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            let _ = writeln!(io::stderr(), "accueil-server: {}", chain(e.as_ref()));
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(cli: Cli) -> anyhow::Result<()> {
    let config = cli.common.config.as_deref();
    match cli.command {
        Command::Serve { listen } => serve::serve(&Settings::load(config, listen)?).await,
        Command::Migrate => admin::migrate(&Settings::load(config, None)?).await,
        Command::User(UserCommand::Add { name, role, password_stdin: _ }) => {
            admin::add_user(&Settings::load(config, None)?, name, role).await
        }
        Command::EnrolCode { name } => admin::enrol_code(&Settings::load(config, None)?, name).await,
        Command::Borne(BorneCommand::List) => admin::list_bornes(&Settings::load(config, None)?).await,
        Command::Borne(BorneCommand::Revoke { id }) => admin::revoke(&Settings::load(config, None)?, id).await,
        Command::Badge(command) => badges::run(&Settings::load(config, None)?, command).await,
        Command::Alarms => admin::alarms(&Settings::load(config, None)?).await,
    }
}
