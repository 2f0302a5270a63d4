//! Accueil's server: it enrols bornes, takes their logs in, and shows agents and visitors the hall that follows from
//! them.
//!
//! [`serve`] takes its listener and its shutdown; [`App::open`] and [`router`] serve tests in the same process.
//!
//! | room | what lives there |
//! |---|---|
//! | [`store`] | what is kept, and what every store promises |
//! | `machine` | `/v1/enrol`, `/v1/sync`, `/v1/survey`, `/v1/time` |
//! | `pages` | sign-in, counters, console, displays, tickets, health |
//! | `live` | the hall in memory and its watchers |
//! | `intake` | whether tickets are given today |

pub mod address;
mod alarms;
pub mod app;
pub mod badges;
mod body;
pub mod clock;
mod connections;
mod desk;
mod housekeeping;
mod intake;
pub mod limits;
pub mod live;
mod machine;
mod pages;
pub mod password;
mod refusal;
mod serving;
pub mod settings;
pub mod store;

pub use app::{App, StartError};
pub use clock::Clock;
pub use housekeeping::Housekeeping;
pub use refusal::chain;
pub use serving::{router, run, serve};
pub use settings::Settings;
