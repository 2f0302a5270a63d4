//! The command line: arguments here, one file a family of commands.

mod admin;
mod audit;
mod backup;
mod badges;
mod catalogue;
mod displays;
mod mail;
mod manager;
mod place;
mod serve;
mod simulate;
mod tls;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use accueil_server::audit::Head;
use accueil_server::roles::Role;
use accueil_server::store::StoreError;
use accueil_server::{Settings, StartError, chain};
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

/// How the program ends where another start ends the same way until somebody acts: the unit leaves it at that
/// (RestartPreventExitStatus=; EX_CONFIG of sysexits.h).
const FOR_SOMEBODY_TO_MEND: u8 = 78;

/// Accueil's server: sync, queue, agents' console, hall display.
#[derive(Debug, Parser)]
#[command(name = "accueil-server", version)]
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
    /// The site, by its identity or its name, where several are served.
    #[arg(long, global = true)]
    site: Option<String>,
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
    /// Print a one-time code that makes a machine a screen of the hall within 24 hours: it is typed at /afficher.
    DisplayCode {
        /// Which display, as the site's catalogue names it.
        display: wire::ids::DisplayId,
    },
    /// Machines that were given a display of the hall.
    #[command(subcommand)]
    Display(displays::DisplayCommand),
    /// Bornes that enrolled.
    #[command(subcommand)]
    Borne(BorneCommand),
    /// Badges of the site's staff, who open a borne's own screens with a card and a PIN.
    #[command(subcommand)]
    Badge(badges::BadgeCommand),
    /// What the site has published: its counters, services, hours, texts and address.
    #[command(subcommand)]
    Catalogue(catalogue::CatalogueCommand),
    /// Who did what.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// TLS with an authority of the site's own.
    #[command(subcommand)]
    Tls(TlsCommand),
    /// Print the description of what other programs may ask and do, as OpenAPI.
    Openapi,
    /// Letters about alarms.
    #[command(subcommand)]
    Mail(mail::MailCommand),
    /// Copies of the store.
    #[command(subcommand)]
    Backup(backup::BackupCommand),
    /// Play a day of a site against its running server: bornes that sign, agents at their consoles. When it ends, also by
    /// Ctrl-C, counters are closed and whoever still waits is cancelled; its bornes stay for the next one.
    Simulate(simulate::Arguments),
    /// What technicians must know, newest first: when, what, which borne, its name, what happened, what to do.
    Alarms,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Add somebody, or give them another password and this role instead of those they had; at every site, unless one is
    /// named with --site.
    Add {
        /// The name they sign in with, which colleagues see.
        name: String,
        /// What they are: agent, reception, supervisor, administrator, technician or dpo.
        #[arg(long, default_value = "agent")]
        role: Role,
        /// Read the password from the standard input, one line.
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Check that no entry was changed, removed or exchanged since it was written, and print where the chain ends.
    Verify {
        /// Where it once ended, as an earlier check or the server's log says: what was written anew before shows too.
        #[arg(long)]
        noted: Option<Head>,
    },
}

#[derive(Debug, Subcommand)]
enum TlsCommand {
    /// Print the root that bornes and computers must trust, in PEM, and its fingerprint beside it on the standard error. It
    /// is made where there is none.
    Root,
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

/// What can be typed, for the manual and for shells.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs the command that was typed.
#[must_use]
pub fn main() -> ExitCode {
    let cli = typed();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            let _ = writeln!(io::stderr(), "accueil-server: {}", chain(e.as_ref()));
            ending(&e)
        }
    }
}

/// What was typed. A package may be of another version than the sources.
fn typed() -> Cli {
    let matches = command().version(accueil_server::version::installed()).get_matches();
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
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

#[tokio::main]
async fn run(cli: Cli) -> anyhow::Result<()> {
    if matches!(cli.command, Command::Openapi) {
        // It needs no settings.
        return Ok(write!(io::stdout(), "{}", accueil_server::openapi())?);
    }
    let listen = if let Command::Serve { listen } = cli.command { listen } else { None };
    let settings = &Settings::load(cli.common.config.as_deref(), listen)?;
    let site = || place::the_site(settings, cli.common.site.as_deref());
    match cli.command {
        Command::Serve { .. } => serve::serve(settings).await,
        Command::Migrate => admin::migrate(settings).await,
        Command::User(UserCommand::Add { name, role, password_stdin: _ }) => {
            let named = match cli.common.site {
                Some(_) => Some(site().await?),
                None => None,
            };
            admin::add_user(settings, name, named.as_ref(), role).await
        }
        Command::EnrolCode { name } => admin::enrol_code(settings, site().await?.id, name).await,
        Command::DisplayCode { display } => admin::display_code(settings, site().await?.id, display).await,
        Command::Display(command) => displays::run(settings, site().await?.id, command).await,
        Command::Borne(BorneCommand::List) => admin::list_bornes(settings, site().await?.id).await,
        Command::Borne(BorneCommand::Revoke { id }) => admin::revoke(settings, id).await,
        Command::Badge(command) => badges::run(settings, &site().await?, command).await,
        Command::Catalogue(command) => catalogue::run(settings, &site().await?, command).await,
        Command::Openapi => Ok(()),
        Command::Mail(command) => mail::run(settings, command).await,
        Command::Backup(command) => backup::run(settings, command).await,
        Command::Simulate(arguments) => simulate::run(settings, cli.common.site.as_deref(), arguments).await,
        Command::Alarms => admin::alarms(settings, site().await?.id).await,
        Command::Audit(AuditCommand::Verify { noted }) => audit::verify(settings, noted).await,
        Command::Tls(TlsCommand::Root) => tls::root(settings).await,
    }
}
