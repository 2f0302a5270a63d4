//! `throwaway-postgres`: starts a server with an empty database, prints its address, and ends it with the standard input.

use std::io::{self, Write};
use std::process::ExitCode;

use throwaway_postgres::{Cluster, ClusterError, Durability};

fn main() -> ExitCode {
    match hold() {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            let _ = writeln!(io::stderr(), "throwaway-postgres: {e}");
            ExitCode::FAILURE
        }
    }
}

fn hold() -> Result<(), ClusterError> {
    let cluster = Cluster::start(Durability::Fast)?;
    cluster.create("accueil")?;
    writeln!(io::stdout(), "{}", cluster.address("accueil"))?;
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
