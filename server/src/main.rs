//! The `accueil-server` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    accueil_server::cli::main()
}
