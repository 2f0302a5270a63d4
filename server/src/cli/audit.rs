//! `audit`.

use std::io::{self, Write};

use accueil_server::Settings;
use accueil_server::audit::{Action, Broken, Diff, Entry, Head, Verifier};
use accueil_server::store::Store;
use anyhow::bail;
use jiff::Timestamp;
use wire::ids::SiteId;

/// As many entries as are read at once.
const PIECE: u32 = 1_000;
/// As many breaks as somebody reads; one cause often shows in many places.
const SHOWN: usize = 20;

pub(super) async fn verify(settings: &Settings, noted: Option<Head>) -> anyhow::Result<()> {
    let store = accueil_server::store::open(&settings.store.address).await?;
    // First: what is appended meanwhile stands behind it.
    let head = store.audit_head().await?;
    let mut verifier = Verifier::new(noted);
    let mut broken: Vec<Broken> = Vec::new();
    loop {
        let piece = store.audit_from(verifier.walked().n + 1, PIECE).await?;
        let within = piece.iter().take_while(|link| link.n <= head.n);
        let walked = within.map(|link| broken.extend(verifier.next(link))).count();
        if walked < usize::try_from(PIECE)? {
            break;
        }
    }
    broken.extend(verifier.end(head));
    for broken in broken.iter().take(SHOWN) {
        writeln!(io::stderr(), "{broken}")?;
    }
    if !broken.is_empty() {
        bail!("the audit chain does not hold: {} in {} entries", count(broken.len()), verifier.walked().n);
    }
    writeln!(io::stdout(), "{} entries, none changed since it was written; the chain ends with\n{head}", head.n)?;
    writeln!(io::stderr(), "note this end where nobody who can write to the store can change it")?;
    Ok(())
}

/// Keeps what somebody did by a command: who may type one is not known here.
pub(super) async fn keep(
    store: &dyn Store,
    site: Option<SiteId>,
    action: Action,
    object: &str,
    diff: Diff,
) -> anyhow::Result<()> {
    let entry = Entry::new(Timestamp::now(), "ligne de commande", action, object).changing(diff);
    store.append_audit(&Entry { site, ..entry }, None).await?;
    Ok(())
}

fn count(breaks: usize) -> String {
    if breaks == 1 { "one break".to_owned() } else { format!("{breaks} breaks") }
}
