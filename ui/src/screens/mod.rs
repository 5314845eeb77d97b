//! The screens: what the app asks for, and what the window puts on top of it.

mod cart;
mod close_till;
mod first_start;
mod open_till;
mod pay;
mod sale_done;
mod search;
mod sheets;
mod side;
mod sign_in;
mod till;

pub use close_till::Close;
pub use first_start::FirstStart;
pub use open_till::OpenTill;
pub use pay::Pay;
pub use sale_done::SaleDone;
pub use sheets::{Sheets, leave_demo, line_words, symbol, title_id};
pub use sign_in::SignIn;
pub use till::Till;
