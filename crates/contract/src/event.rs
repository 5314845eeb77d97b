//! What happens by itself and is told to the window.

use serde::{Deserialize, Serialize};

use crate::view::{StatusLine, View};

/// Pushed to the window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event", content = "data")]
pub enum Event {
    /// A device or central changed what is shown.
    View(Box<View>),
    /// Only the status line changed.
    Status(Box<StatusLine>),
}
