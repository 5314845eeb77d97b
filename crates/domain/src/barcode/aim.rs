//! AIM symbology identifiers `]cm` (ISO/IEC 15424; GS1 General Specifications, section 5.1): three characters that a
//! scanner can put before the data to say what kind of symbol it read. Taken off even where they change nothing.

use serde::{Deserialize, Serialize};

/// What kind of symbol was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Symbology {
    /// `]E0`: EAN-13, UPC-A or UPC-E.
    EanUpc,
    /// `]E1` and `]E2`: an add-on of two or five digits by itself.
    AddOn,
    /// `]E3`: EAN-13, UPC-A or UPC-E with its add-on behind it.
    EanUpcAddOn,
    /// `]E4`: EAN-8.
    #[serde(rename = "ean-8")]
    Ean8,
    /// `]C0`, `]C2`, `]C4`: Code 128.
    #[serde(rename = "code-128")]
    Code128,
    /// `]C1`: GS1-128.
    #[serde(rename = "gs1-128")]
    Gs1128,
    /// `]e0` to `]e3`: GS1 DataBar and composite parts.
    DataBar,
    /// `]d…`: Data Matrix.
    DataMatrix,
    /// `]d2`, `]d5`: GS1 DataMatrix.
    Gs1DataMatrix,
    /// `]Q…`: QR.
    Qr,
    /// `]Q3`, `]Q4`: GS1 QR.
    Gs1Qr,
    /// `]J…`: DotCode.
    DotCode,
    /// `]J1`, `]J4`: GS1 DotCode.
    Gs1DotCode,
    /// `]I…`: interleaved 2 of 5, ITF-14 among it.
    Itf,
    /// `]A…`: Code 39.
    #[serde(rename = "code-39")]
    Code39,
    /// `]G…`: Code 93.
    #[serde(rename = "code-93")]
    Code93,
    /// `]F…`: Codabar.
    Codabar,
    /// `]L…`: PDF417.
    Pdf417,
    /// `]z…`: Aztec.
    Aztec,
    /// `]U…`: MaxiCode.
    MaxiCode,
    /// A letter that is not in this list.
    Other,
}

impl Symbology {
    /// Its data are GS1 element strings.
    pub fn has_elements(self) -> bool {
        match self {
            Symbology::Gs1128
            | Symbology::DataBar
            | Symbology::Gs1DataMatrix
            | Symbology::Gs1Qr
            | Symbology::Gs1DotCode => true,
            Symbology::EanUpc
            | Symbology::AddOn
            | Symbology::EanUpcAddOn
            | Symbology::Ean8
            | Symbology::Code128
            | Symbology::DataMatrix
            | Symbology::Qr
            | Symbology::DotCode
            | Symbology::Itf
            | Symbology::Code39
            | Symbology::Code93
            | Symbology::Codabar
            | Symbology::Pdf417
            | Symbology::Aztec
            | Symbology::MaxiCode
            | Symbology::Other => false,
        }
    }
}

/// Takes the identifier off: what it says, and the data. Without one the text is all data.
pub fn split(text: &str) -> (Option<Symbology>, &str) {
    let bytes = text.as_bytes();
    let (Some(b']'), Some(&code), Some(&modifier)) = (bytes.first(), bytes.get(1), bytes.get(2)) else {
        return (None, text);
    };
    let hexadecimal = matches!(code, b'z' | b'X') && matches!(modifier, b'A'..=b'F');
    if !code.is_ascii_alphabetic() || !(modifier.is_ascii_digit() || hexadecimal) {
        return (None, text);
    }
    let symbology = match (code, modifier) {
        (b'E', b'1' | b'2') => Symbology::AddOn,
        (b'E', b'3') => Symbology::EanUpcAddOn,
        (b'E', b'4') => Symbology::Ean8,
        (b'E', _) => Symbology::EanUpc,
        (b'C', b'1') => Symbology::Gs1128,
        (b'C', _) => Symbology::Code128,
        (b'e', _) => Symbology::DataBar,
        (b'd', b'2' | b'5') => Symbology::Gs1DataMatrix,
        (b'd', _) => Symbology::DataMatrix,
        (b'Q', b'3' | b'4') => Symbology::Gs1Qr,
        (b'Q', _) => Symbology::Qr,
        (b'J', b'1' | b'4') => Symbology::Gs1DotCode,
        (b'J', _) => Symbology::DotCode,
        (b'I', _) => Symbology::Itf,
        (b'A', _) => Symbology::Code39,
        (b'G', _) => Symbology::Code93,
        (b'F', _) => Symbology::Codabar,
        (b'L', _) => Symbology::Pdf417,
        (b'z', _) => Symbology::Aztec,
        (b'U', _) => Symbology::MaxiCode,
        _ => Symbology::Other,
    };
    (Some(symbology), &text[3..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_taken_off_and_understood() {
        for (text, symbology, data) in [
            ("]E04006381333931", Some(Symbology::EanUpc), "4006381333931"),
            ("]E496385074", Some(Symbology::Ean8), "96385074"),
            ("]C10109521234543213", Some(Symbology::Gs1128), "0109521234543213"),
            ("]d2x", Some(Symbology::Gs1DataMatrix), "x"),
            ("]Q1https://example.org", Some(Symbology::Qr), "https://example.org"),
            ("]zCx", Some(Symbology::Aztec), "x"),
            ("]X0x", Some(Symbology::Other), "x"),
            ("]E0", Some(Symbology::EanUpc), ""),
            ("]ABCxyz-0123", None, "]ABCxyz-0123"),
            ("]E", None, "]E"),
            ("]Eé", None, "]Eé"),
            ("4006381333931", None, "4006381333931"),
        ] {
            assert_eq!(split(text), (symbology, data), "{text}");
        }
    }
}
