//! `mail`: letters about alarms.

use std::io::{self, Write};

use accueil_server::Settings;
use accueil_server::mail::{Letter, Post};
use anyhow::{anyhow, bail};
use clap::Subcommand;
use uuid::Uuid;

#[derive(Debug, Subcommand)]
pub(super) enum MailCommand {
    /// Write to an address by way of the mail server that the settings name.
    Test {
        /// Whom.
        address: String,
    },
}

pub(super) async fn run(settings: &Settings, command: MailCommand) -> anyhow::Result<()> {
    let MailCommand::Test { address } = command;
    let Some(post) = Post::new(&settings.mail)? else {
        bail!("the settings name no mail server: write host, from and to under [mail]");
    };
    let letter = Letter::trial(&Uuid::now_v7().to_string());
    post.send(&address, &letter).await.map_err(|said| {
        anyhow!("the letter was not taken: {said}; check host, port, tls, user and password_file under [mail]")
    })?;
    writeln!(io::stdout(), "the mail server has taken a letter for {address}: see whether it arrives")?;
    Ok(())
}
