//! Product numbers: misread digits are noticed, forms of one number are one number, any scan has a meaning.

use std::collections::HashSet;

use proptest::prelude::*;
use selvedge_domain::Gtin;
use selvedge_domain::barcode::{MAX_CHARS, ScanMeaning, UpcE, explain, read};
use selvedge_domain::ids::GenerationId;
use selvedge_domain::receipt_number::{ReceiptNumber, generation_short};
use uuid::Uuid;

fn gtin() -> impl Strategy<Value = Gtin> {
    "[0-9]{7}|[0-9]{11}|[0-9]{12}|[0-9]{13}"
        .prop_filter_map("all zeros is no number", |body| Gtin::with_check_digit(&body).ok())
}

/// A number system, a maker and an item that UPC-E has a short form for, and that form; the rule read backwards.
fn short_form() -> impl Strategy<Value = (String, String)> {
    let d = || prop::collection::vec(0..10_u8, 5);
    (0..2_u8, d(), 0..10_u8).prop_map(|(system, d, last)| {
        let d: Vec<String> = d.iter().map(ToString::to_string).collect();
        let (maker, item) = match last {
            0..=2 => (format!("{}{}{last}00", d[0], d[1]), format!("00{}{}{}", d[2], d[3], d[4])),
            3 => (format!("{}{}{}00", d[0], d[1], d[2]), format!("000{}{}", d[3], d[4])),
            4 => (format!("{}{}{}{}0", d[0], d[1], d[2], d[3]), format!("0000{}", d[4])),
            _ => (d.concat(), format!("0000{last}")),
        };
        (format!("{system}{maker}{item}"), format!("{system}{}{last}", d.concat()))
    })
}

proptest! {
    #[test]
    fn every_single_wrong_digit_is_noticed(gtin in gtin()) {
        let text = gtin.to_string();
        for place in 0..text.len() {
            for digit in b'0'..=b'9' {
                let mut wrong = text.clone().into_bytes();
                if wrong[place] == digit {
                    continue;
                }
                wrong[place] = digit;
                let wrong = String::from_utf8(wrong).expect("digits");
                prop_assert!(Gtin::parse(&wrong).is_err(), "{} for {}", wrong, text);
            }
        }
    }

    #[test]
    fn padding_keeps_the_key(gtin in gtin()) {
        let padded = Gtin::parse(&gtin.digits14()).expect("padded with zeros");
        prop_assert_eq!((padded, padded.key()), (gtin, gtin.key()));
        prop_assert_eq!(HashSet::from([padded, gtin]).len(), 1, "one trade item");
        prop_assert_eq!(Gtin::from_key(gtin.key()), Ok(gtin));
        prop_assert_eq!(padded.is_restricted(), gtin.is_restricted());
        let json = serde_json::to_string(&gtin).expect("a string");
        prop_assert_eq!(&json, &format!("\"{gtin}\""));
        prop_assert_eq!(serde_json::from_str::<Gtin>(&json).expect("read back").to_string(), gtin.to_string());
    }

    #[test]
    fn short_forms_mean_their_long_number((body, seven) in short_form()) {
        if let Ok(long) = Gtin::with_check_digit(&body) {
            let eight = format!("{seven}{}", long.key() % 10);
            let read_back = UpcE::parse(&eight).expect("a short form");
            prop_assert_eq!(read_back.candidates, vec![long]);
            prop_assert!(UpcE::parse(&seven).expect("without check digit").candidates.contains(&long));
            prop_assert!(read(&eight).gtins().contains(&long));
            let by_symbology = format!("]E0{eight}");
            prop_assert_eq!(read(&by_symbology).meaning, ScanMeaning::Product(vec![long]));
        }
    }

    #[test]
    fn any_text_has_a_meaning_and_is_never_lost(text in prop_oneof![
        "\\PC{0,40}",
        "(?s).{0,40}",
        "\\](E[0-4]|C[01]|d[12]|Q[13]|e0|I1|A0)[0-9]{0,20}",
        "(\\]C1)?\\(?01\\)?[0-9]{0,20}",
        "[0-9]{0,20}",
        "SVB-.{0,12}",
    ]) {
        let scan = read(&text);
        prop_assert_eq!(&scan.raw, &text.chars().take(MAX_CHARS).collect::<String>());
        if let ScanMeaning::Product(gtins) = &scan.meaning {
            prop_assert!(!gtins.is_empty() && gtins.len() <= 2);
            prop_assert_eq!(explain(&text).gtin14.is_some(), gtins.len() == 1);
        }
        serde_json::to_string(&explain(&text)).expect("plain data");
    }

    #[test]
    fn receipt_numbers_are_read_back(bits in any::<u128>(), number in 1..=u32::MAX, till in "[0-9A-Z]{2,6}|[A-Z]{3}-[0-9]{1,2}") {
        let generation = GenerationId(Uuid::from_u128(bits));
        let receipt = ReceiptNumber::new(&till, generation, number).expect("a till");
        prop_assert_eq!(receipt.generation(), generation_short(generation));
        prop_assert_eq!(ReceiptNumber::parse(&receipt.to_string()), Ok(receipt.clone()));
        let scanned = format!("]C0{receipt}\r\n");
        prop_assert_eq!(read(&scanned).meaning, ScanMeaning::OwnReceipt(receipt));
    }
}
