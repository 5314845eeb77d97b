//! ESC/POS: a printer's profile, the bytes of a document, the answers of a printer, and an interpreter of our own
//! bytes that says what stands on the paper.

pub mod bytes;
mod code_page;
mod decode;
mod encode;
mod paper;
pub mod profile;
pub mod status;

pub use code_page::CodePageName;
pub use decode::{Command, Decoder};
pub use encode::{Encoded, Loss, encode};
pub use paper::{PaperLine, PaperText, Receipt, Roll, Rolled, read_paper};
pub use profile::{Cutter, Drawer, Fence, Profile, ProfileError, StatusAbility};
