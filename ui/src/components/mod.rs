//! The parts from which screens are made.

mod amount_field;
mod button;
mod edge;
mod field;
mod icons;
mod layer;
mod number_pad;
mod picture;
mod receipt;
mod status_line;
mod toast;
mod top_bar;
mod tray;

pub use amount_field::{AmountField, read_amount};
pub use button::{Button, Kind, key_cap};
pub use edge::Edge;
pub use field::{on_enter, use_first_focus};
pub use icons::{Icon, icon, large_icon, small_icon};
pub use layer::{Dialog, Drawer, refusal};
pub use number_pad::{NumberPad, Order, Pad};
pub use picture::{Picture, is_colour};
pub use receipt::Receipt;
pub use status_line::StatusBar;
pub use toast::ToastBar;
pub use top_bar::{TopBar, help_button, language_button};
pub use tray::{Trays, clock_words};
