//! `serve`.

use std::io::IsTerminal;

use accueil_server::settings::{Log, LogFormat};
use accueil_server::{App, Clock, Settings};
use anyhow::Context;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

pub(super) async fn serve(settings: &Settings) -> anyhow::Result<()> {
    log(&settings.log)?;
    let app = App::open(settings, Clock::system()).await?;
    let listen = settings.http.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen}: is the port in use? choose another with --listen or http.listen")
    })?;
    let mut terminate = signal(SignalKind::terminate())?;
    let shutdown = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        tracing::info!("stopping");
    };
    tracing::info!(listen = %listener.local_addr()?, store = %settings.store.path.display(), "serving");
    accueil_server::run(app, listener, shutdown).await;
    Ok(())
}

fn log(log: &Log) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&log.filter).with_context(|| {
        format!("log.filter: `{}` is no filter such as `info` or `accueil_server=debug,info`", log.filter)
    })?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match log.format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().init(),
    }
    Ok(())
}
