//! What the fuzz targets do with an input. Each module is one of them: `run` takes any bytes, and panics where a promise
//! is broken. The workspace's tests include this file too, and replay the corpus through it.

pub mod apdu;
pub mod codes;
pub mod demultiplexer;
pub mod framing;
pub mod interpreter;
pub mod keys;
pub mod reports;

mod sent;
