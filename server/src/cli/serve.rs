//! `serve`.

use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;

use accueil_server::settings::Log;
use accueil_server::{App, Clock, Listeners, Settings, logging};
use anyhow::Context;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::util::SubscriberInitExt;

use super::manager;

pub(super) async fn serve(settings: &Settings) -> anyhow::Result<()> {
    log(&settings.log)?;
    let app = App::open(settings, Clock::system()).await?;
    let plain = bind(settings.http.listen, "--listen or http.listen").await?;
    let mut tls = None;
    if let Some(spoken) = app.tls() {
        let listener = bind(settings.tls.listen, "tls.listen").await?;
        let listen = listener.local_addr()?;
        match spoken.root() {
            Some(root) => tracing::info!(%listen, root = root.fingerprint, "TLS by the site's own authority"),
            None => tracing::info!(%listen, "TLS"),
        }
        tls = Some(listener);
    }
    let metrics = match settings.metrics.listen {
        None => None,
        Some(address) => Some(bind(address, "metrics.listen").await?),
    };
    let mut terminate = signal(SignalKind::terminate())?;
    let shutdown = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        tracing::info!("stopping");
        manager::stopping();
    };
    tracing::info!(listen = %plain.local_addr()?, store = %settings.store.address, "serving");
    if let Some(code) = app.first_code().await? {
        let address = plain.local_addr()?;
        // On the terminal and not in the log, which goes to other machines.
        writeln!(
            io::stderr(),
            "\nNobody can sign in yet. Open http://{address}/premiers-pas (or this server's public address) and type this \
             code:\n\n    {}\n",
            code.reveal()
        )?;
    }
    manager::ready();
    let living = tokio::spawn(manager::live());
    accueil_server::run(app, Listeners { plain, tls, metrics }, shutdown).await;
    living.abort();
    Ok(())
}

async fn bind(address: SocketAddr, setting: &str) -> anyhow::Result<TcpListener> {
    let bound = TcpListener::bind(address).await;
    bound.with_context(|| format!("cannot listen on {address}: is the port in use? choose another with {setting}"))
}

fn log(log: &Log) -> anyhow::Result<()> {
    let lines = logging::subscriber(log, io::stderr().is_terminal(), io::stderr).with_context(|| {
        format!("log.filter: `{}` is no filter such as `info` or `accueil_server=debug,info`", log.filter)
    })?;
    lines.try_init()?;
    for library in logging::held_back(log) {
        tracing::warn!(
            library,
            "log.filter asks for a library's finer lines, which would tell secrets: no more than info is written of it"
        );
    }
    Ok(())
}
