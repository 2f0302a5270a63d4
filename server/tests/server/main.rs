//! What the server promises, over its router, its store and real HTTP.

mod machine;
mod store;
mod support;
