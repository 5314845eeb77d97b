//! What the window and the app say to each other. They ship as one binary and share these types.
//!
//! [`commands`] has the one list of commands; the dispatcher, the handler trait and the window's typed calls come from
//! it. [`view`] is what is shown: every command that changes something answers with the whole [`view::View`], and what
//! happens by itself arrives as an [`event::Event`]. [`failure`] has the codes that the window turns into sentences.

pub mod commands;
pub mod event;
pub mod failure;
mod macros;
pub mod view;

pub use commands::{Handlers, dispatch};
pub use event::Event;
pub use failure::{Code, Failure};
pub use view::View;

/// A request of the window: its name on the boundary and the type of its answer.
pub trait Command: serde::Serialize + serde::de::DeserializeOwned {
    /// The name on the boundary.
    const NAME: &'static str;
    /// What a good answer holds.
    type Reply: serde::Serialize + serde::de::DeserializeOwned;
}
