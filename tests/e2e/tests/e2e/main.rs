//! Journeys in a real window, on the built programs.

mod sale;
mod seen;
mod set_aside;
mod transfers;
mod window;
