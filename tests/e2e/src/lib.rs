//! What the tests in a real window stand on: a display of their own, the WebDriver, the built app, keys as a scanner

pub mod central;
pub mod counter;
pub mod display;
pub mod keys;
pub mod process;
pub mod programs;
pub mod shop;
pub mod station;
pub mod till;
pub mod window;

pub use central::Central;
pub use counter::Counter;
pub use display::Display;
pub use station::Station;
pub use window::Window;
