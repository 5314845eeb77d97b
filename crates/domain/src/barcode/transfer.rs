//! The code on the paper that goes with goods to another site: it says which transfer they are, in full, so that a
//! station that has never heard of it knows it by the paper alone.

use uuid::Uuid;

use crate::ids::TransferId;
use crate::receipt_number::CROCKFORD;

/// The paper that goes with goods carries this, and the transfer's id behind it.
pub const TRANSFER_PREFIX: &str = "SVT-";
/// Digits of five bits that hold an id.
const DIGITS: u32 = 26;

/// As it is printed and scanned: the prefix, and the id as 26 digits of Crockford's base 32.
pub fn transfer_code(id: TransferId) -> String {
    let bits = id.0.as_u128();
    let digit = |at: u32| usize::try_from((bits >> (5 * at)) & 31).map_or('0', |digit| char::from(CROCKFORD[digit]));
    let digits: String = (0..DIGITS).rev().map(digit).collect();
    format!("{TRANSFER_PREFIX}{digits}")
}

/// What stands behind the prefix; none where that is no id.
pub(super) fn read(rest: &str) -> Option<TransferId> {
    let value = |byte: u8| CROCKFORD.iter().position(|digit| *digit == byte.to_ascii_uppercase());
    let digits: Vec<u128> = rest.bytes().map(|byte| value(byte).map(|at| at as u128)).collect::<Option<_>>()?;
    let whole = digits.len() == DIGITS as usize && digits.first().is_some_and(|first| *first < 8);
    whole.then(|| TransferId(Uuid::from_u128(digits.iter().fold(0, |bits, digit| (bits << 5) | digit))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::barcode::{ScanMeaning, read};

    #[test]
    fn what_is_printed_is_read_back() {
        for bits in [0, 1, u128::MAX, 0x0193_4a2b_7c00_7def_8123_4567_89ab_cdef] {
            let id = TransferId(Uuid::from_u128(bits));
            let code = transfer_code(id);
            assert_eq!(code.len(), 30);
            assert_eq!(read(&code).meaning, ScanMeaning::Transfer(id), "{code}");
            assert_eq!(read(&code.to_lowercase().replace("svt-", "SVT-")).meaning, ScanMeaning::Transfer(id));
        }
    }

    #[test]
    fn a_damaged_code_is_told_as_one() {
        let code = transfer_code(TransferId(Uuid::from_u128(7)));
        for wrong in ["SVT-", &code[..29], &format!("{code}0"), &code.replace("SVT-0", "SVT-8"), "SVT-é"] {
            assert!(matches!(read(wrong).meaning, ScanMeaning::Malformed(_)), "{wrong}");
        }
    }
}
