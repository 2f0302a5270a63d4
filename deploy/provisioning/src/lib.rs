//! Makes a machine into a working borne over SSH, and a borne into a machine again.
//!
//! Nothing is installed for it beforehand: a Debian or Raspberry Pi OS with an SSH key is enough. A machine is looked at
//! ([`facts`]), compared with what is wanted of it ([`inventory`], [`files`]), and what is missing becomes a list of steps
//! ([`plan`]). Those are pure. The edges look and do: [`link`] speaks SSH, [`perform`] turns steps into scripts, [`provision`]
//! goes round until nothing is missing. So a run that was cut off is run again, and a second run changes nothing.

pub mod bundle;
pub mod facts;
pub mod files;
pub mod fleet;
pub mod inventory;
pub mod link;
pub mod network;
pub mod perform;
pub mod plan;
pub mod provision;
pub mod report;
pub mod retire;
pub mod server;
pub mod sites;
pub mod suits;
pub mod wanted;
