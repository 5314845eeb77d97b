//! Contract suites: what every implementation of a port must do, checked by panicking. An implementation's test builds
//! a bench and calls the suite; the fakes pass the same ones.

pub mod link;
pub mod print_queue;

pub use link::{LinkBench, link};
pub use print_queue::{QueueBench, print_queue};
