//! What technicians may ask of a borne that is elsewhere: a table of actions. Each is a signed command that ends within
//! minutes; what became of it is told once, and erased after a day.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use wire::command::{Command, What};
use wire::ids::CommandId;
use wire::outcome::{Ended, Outcome, Why};

use crate::app::App;
use crate::audit::{self, Diff, Entry};
use crate::housekeeping::Job;
use crate::store::{Action, ActionFile, Borne, NewAction, NewCommand, StoreError};

/// How long an action is waited for.
pub(crate) const WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// How long it is remembered, with what was sent for it.
pub(crate) const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

/// What became of it, beside the reasons of [`Why`].
const DONE: &str = "done";
const EXPIRED: &str = "expired";

/// What may be asked.
#[derive(Debug)]
pub(crate) struct Kind {
    /// For programs and addresses.
    pub(crate) name: &'static str,
    /// What the button says.
    pub(crate) button: &'static str,
    /// What comes of it.
    pub(crate) about: &'static str,
    /// What the result is called; none where nothing is sent.
    pub(crate) result: Option<&'static str>,
    what: What,
}

/// Everything that may be asked, in the order of the page.
pub(crate) const KINDS: [Kind; 4] = [
    Kind {
        name: "restart",
        button: "Redémarrer le programme",
        about: "Le programme s’arrête dès que personne n’est à la borne, puis repart. Si quelqu’un y reste 9\u{a0}minutes, il ne s’arrête pas.",
        result: None,
        what: What::Restart,
    },
    Kind {
        name: "test_print",
        button: "Imprimer un essai",
        about: "Le papier dit qu’il n’est pas un ticket.",
        result: None,
        what: What::TestPrint,
    },
    Kind {
        name: "picture",
        button: "Voir l’écran",
        about: "Une image de l’écran, seulement si personne n’est à la borne.",
        result: Some("Voir l’image"),
        what: What::Picture,
    },
    Kind {
        name: "logs",
        button: "Lire le journal",
        about: "Les 500 dernières lignes du programme, sans rien des visiteurs.",
        result: Some("Lire les lignes"),
        what: What::Logs,
    },
];

/// The kind of that name.
pub(crate) fn named(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// Where an action stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The borne has not read it.
    Waiting,
    /// It has.
    Taken,
    /// It is done.
    Done,
    /// It is not done: a sentence says why.
    Failed(&'static str),
    /// The borne did not answer in time.
    Expired,
    /// It has it, and did not say in time what became of it.
    Untold,
}

impl Stage {
    /// Where an action stands now. One whose time is over is over, whether or not anybody has noted that.
    pub(crate) fn of(action: &Action, now: Timestamp) -> Self {
        match action.outcome.as_deref() {
            Some(DONE) => Self::Done,
            Some(EXPIRED) => Self::over(action),
            Some(why) => Self::Failed(sentence(why)),
            None if action.expires_at <= now => Self::over(action),
            None if action.taken_at.is_some() => Self::Taken,
            None => Self::Waiting,
        }
    }

    const fn over(action: &Action) -> Self {
        if action.taken_at.is_some() { Self::Untold } else { Self::Expired }
    }

    /// Whether it is waited for.
    pub(crate) const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Taken)
    }

    /// In the audit chain and on pages.
    pub(crate) const fn in_french(self) -> &'static str {
        match self {
            Self::Waiting => "Attend la borne",
            Self::Taken => "Reçue par la borne",
            Self::Done => "Faite",
            Self::Failed(_) => "Pas faite",
            Self::Expired => "Sans réponse",
            Self::Untold => "Reçue, sans nouvelles",
        }
    }
}

/// Why something was not done, and what to do.
fn sentence(why: &str) -> &'static str {
    match Why::ALL.into_iter().find(|known| known.as_str() == why).unwrap_or(Why::Other) {
        Why::Occupied => "Quelqu’un est à la borne. Redemandez plus tard.",
        Why::Printer => "L’imprimante n’imprime pas. Son état dit pourquoi.",
        Why::Unconfirmed => "L’imprimante a reçu l’essai, mais ne dit pas s’il est sorti. Demandez sur place.",
        Why::Screen => "L’écran ne donne pas d’image. Redémarrez le programme.",
        Why::TooLarge => "L’image est trop grande pour être envoyée.",
        Why::Store => "Le disque de la borne n’écrit plus. Changez-le.",
        Why::Other => "La borne dit une raison que ce serveur ne connaît pas. Mettez-le à jour.",
    }
}

impl App {
    /// Asks a borne for something, in the name of whom the entry names. The same form again, or another while one is open, asks nothing more.
    pub(crate) async fn ask_of_borne(
        &self,
        borne: &Borne,
        kind: &'static Kind,
        id: CommandId,
        by: Entry,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.end_late_actions(now).await?;
        let expires_at = now + WITHIN;
        let command = Command { id, expires_at, what: kind.what.clone() };
        let body = serde_json::to_string(&command).map_err(|_| StoreError::Unreadable { what: "a command" })?;
        let command = NewCommand { id, borne: borne.id, body, expires_at };
        let asked = NewAction { command, kind: kind.name, asked_by: by.actor.clone(), asked_at: now };
        if self.store.ask(&asked).await? {
            let diff = Diff::none().with(kind.button, (), "Demandée");
            self.audit(by.changing(diff)).await;
        }
        Ok(())
    }

    /// Keeps what a borne says became of something. False where it is not asked for that.
    pub(crate) async fn end_asked(&self, borne: &Borne, told: Outcome) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let (outcome, file) = match told.result {
            Ended::Done => (DONE, None),
            Ended::Failed { why } => (why.as_str(), None),
            Ended::Picture { png } => (DONE, Some(("image/png", png.0))),
            Ended::Logs { text } => (DONE, Some(("text/plain; charset=utf-8", text.into_bytes()))),
        };
        let file = file.map(|(media, bytes)| ActionFile { media: media.to_owned(), bytes });
        let ended = self.store.end_action(borne.id, told.command, now, outcome, file.as_ref()).await?;
        match ended {
            Some(ended) => self.audit_ended(&ended, &borne.name).await.map(|()| true),
            None => Ok(false),
        }
    }

    async fn end_late_actions(&self, now: Timestamp) -> Result<(), StoreError> {
        for ended in self.store.expire_actions(now, EXPIRED).await? {
            self.audit_ended(&ended, "serveur").await?;
        }
        Ok(())
    }

    async fn audit_ended(&self, ended: &Action, actor: &str) -> Result<(), StoreError> {
        let now = self.clock.now();
        let site = self.store.borne(ended.borne).await?.map(|borne| borne.site);
        let button = named(&ended.kind).map_or("demande", |kind| kind.button);
        let diff = Diff::none().with(button, "Demandée", Stage::of(ended, now).in_french());
        let entry = Entry::new(now, actor, audit::Action::Borne, ended.borne.to_string());
        self.audit(Entry { site, ..entry.changing(diff) }).await;
        Ok(())
    }
}

/// Ends what no borne did in time, and erases what is a day old.
#[derive(Debug)]
pub(crate) struct EndingActions;

#[async_trait]
impl Job for EndingActions {
    fn name(&self) -> &'static str {
        "ending what was asked of bornes"
    }

    async fn look(&mut self, app: &App, now: Timestamp) -> Result<(), StoreError> {
        app.end_late_actions(now).await?;
        app.store.forget_actions(now - REMEMBERED).await?;
        Ok(())
    }
}
