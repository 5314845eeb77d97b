//! Journeys in a real window, on the built programs.

mod sale;
mod window;
