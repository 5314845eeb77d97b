//! The rules of money, tax, cart, tender, shift, stock, barcodes and time, held against any sequence of what people do.

mod barcodes;
mod cart;
mod cart_rules;
mod known_time;
mod make;
mod money;
mod promise;
mod shift;
mod sums;
mod tally;
mod tax;
mod tender;
mod transfer;
