//! Accueil's server: it enrols bornes, takes their logs in, and shows agents and visitors the hall that follows from
//! them.
//!
//! [`serve`] takes its listener and its shutdown; [`App::open`] and [`router`] serve tests in the same process.
//!
//! | room | what lives there |
//! |---|---|
//! | [`store`] | what is kept, and what every store promises |
//! | `machine` | `/v1/enrol`, `/v1/sync`, `/v1/catalogue`, `/v1/survey`, `/v1/time` |
//! | `pages` | sign-in, counters, console, displays, tickets, health |
//! | `api` | `/api/v1`: what other programs may ask and do |
//! | [`hooks`] | what other programs are told |
//! | `live` | the hall in memory and its watchers |
//! | `intake` | whether tickets are given today |
//! | `publish` | what an office changes of its site: drafts and publications |
//! | `day_end` | closing a service day, by staff or by the next one |
//! | [`mail`] | alarms by e-mail |
//! | `rules` | the rules of calls: drafts, versions, what they say in words |
//! | `replay` | a day that was, served once more by other rules |
//! | [`simulate`] | a whole day played against a running server, over HTTP |
//! | `presence` | when pages of counters were heard of last |
//! | `received` | who can be received at which counter, and who takes in those whom none receives |
//! | `fleet` | how the bornes are, and what is wrong with them |
//! | `gathering` | batches of bornes on their way into the store |
//! | [`audit`] | who did what, in a chain that shows what was changed since |
//! | `identity` | who somebody is, as an OpenID provider says |
//! | `metrics` | figures for Prometheus, on a listener of their own |
//! | [`logging`] | what the server says of itself |
//! | [`tls`] | TLS that the server speaks itself |
//! | `announce` | what screens show and ring, and in which numbers |
//! | `speech` | what they say |
//! | [`sizes`] | how large their letters are |
//! | `words` | what visitors read and hear, in nine languages |
//! | [`backup`] | copies of the store, each restored and compared |
//! | `following` | what other servers on the same store write |
//! | [`version`] | the version of its package |
//! | [`cli`] | the command line, which uses the library as any program would |

// The command line names the library as another program would.
extern crate self as accueil_server;

pub mod address;
mod alarms;
mod announce;
mod api;
pub mod app;
pub mod audit;
pub mod backup;
pub mod badges;
mod body;
pub mod cli;
pub mod clock;
mod commands;
mod connections;
mod day_end;
pub mod desk;
mod fleet;
mod following;
mod gathering;
pub mod hooks;
mod housekeeping;
mod identity;
mod intake;
pub mod limits;
pub mod live;
pub mod logging;
mod machine;
pub mod mail;
mod metrics;
mod pages;
pub mod password;
mod presence;
mod publish;
mod received;
mod refusal;
mod replay;
pub mod roles;
pub mod room;
mod rules;
mod screens;
mod serving;
pub mod settings;
pub mod simulate;
pub mod site;
pub mod sizes;
mod speech;
pub mod store;
pub mod tls;
pub mod version;
mod words;

pub use api::{EventKind, Scope, openapi};
pub use app::{App, StartError};
pub use clock::Clock;
pub use housekeeping::Housekeeping;
pub use identity::{MappingError, OidcError};
pub use refusal::chain;
pub use serving::{Listeners, router, rows, run, serve};
pub use settings::Settings;
