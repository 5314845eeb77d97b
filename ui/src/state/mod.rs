//! What the window keeps beside the app's view: which page or sheet is open, what was refused, what was typed where.
//! [`Desk`] is how components read it and act.

mod desk;
mod shell;
mod taste;

pub use desk::{Desk, use_desk};
pub use shell::{Act, Moved, Offer, Page, Sheet, Shell, Toast};
pub use taste::{TEXT_SIZES, Taste, Theme, VOLUMES};
