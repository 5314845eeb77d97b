//! Numbers as people type them, read without a detour over decimals or floats.

/// Why a text is no number. Each type says it in its own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberError {
    /// Something else than a sign, digits and one point or comma.
    NotANumber,
    /// More digits after the point than there may be. Zeros count: `1,000` may be meant as a thousand.
    TooManyDecimals,
    /// Does not fit.
    TooLarge,
}

/// Reads `12`, `12.5`, `-12,50`, `.5` in units of the last of `decimals` places.
pub(crate) fn scaled(text: &str, decimals: u8) -> Result<i64, NumberError> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
    let all = || whole.bytes().chain(fraction.bytes());
    if all().next().is_none() || !all().all(|byte| byte.is_ascii_digit()) {
        return Err(NumberError::NotANumber);
    }
    let missing = usize::from(decimals).checked_sub(fraction.len()).ok_or(NumberError::TooManyDecimals)?;
    let mut number = 0_i64;
    for byte in all().chain(std::iter::repeat_n(b'0', missing)) {
        let digit = i64::from(byte - b'0');
        number = number.checked_mul(10).and_then(|tens| tens.checked_add(digit)).ok_or(NumberError::TooLarge)?;
    }
    Ok(if negative { -number } else { number })
}
