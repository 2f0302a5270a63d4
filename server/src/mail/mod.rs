//! Alarms by e-mail: whom the settings name is written to, by the same outbox as other programs are told.
//!
//! | part | what it does |
//! |---|---|
//! | `letter` | what is written; pure |
//! | `post` | hands one letter to the mail server |
//! | `rounds` | who is written to, and when |

mod letter;
mod post;
mod rounds;

pub use self::letter::Letter;
pub use self::post::{MailError, Post};
