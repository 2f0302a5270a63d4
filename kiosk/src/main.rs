//! The borne's program: `borne run`, and what technicians ask a running borne.

use std::process::ExitCode;

fn main() -> ExitCode {
    borne::cli::main()
}
