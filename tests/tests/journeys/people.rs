//! Who may do what, and when a PIN is taken.

use std::sync::{Arc, Barrier};
use std::thread;

use selvedge_contract::view::{PromptKind, Screen, TrayKind, View};
use selvedge_contract::{Code, Failure};
use selvedge_domain::Amount;
use selvedge_domain::barcode::Badge;
use selvedge_domain::tender::TenderKind;
use selvedge_tests::Shop;
use selvedge_tests::company::{PIN, SOCKS, code, somebody};

fn wrong(shop: &Shop, number: u32) -> Failure {
    Failure::from(shop.app().sign_in(somebody(number), "0000").expect_err("the PIN is wrong"))
}

#[test]
fn five_wrong_pins_lock_one_person_out_and_nobody_else() {
    let mut shop = Shop::new();
    for left in ["4", "3", "2", "1"] {
        let failure = wrong(&shop, 1);
        assert_eq!((failure.code, failure.detail.as_str()), (Code::WrongPin, left));
    }
    let locked = wrong(&shop, 1);
    assert_eq!((locked.code, locked.detail.as_str()), (Code::LockedOut, "30"));
    let right = Failure::from(shop.app().sign_in(somebody(1), PIN).expect_err("she has to wait"));
    assert_eq!(right.code, Code::LockedOut, "the right PIN waits too");
    shop.restart();
    assert_eq!(wrong(&shop, 1).code, Code::LockedOut, "a restart does not shorten the wait");
    let Screen::SignIn(screen) = shop.view().screen else { panic!("somebody must sign in") };
    let locked: Vec<_> = screen.people.iter().filter(|tile| tile.locked_s.is_some()).map(|tile| tile.id).collect();
    assert_eq!(locked, [somebody(1)]);

    shop.clock().pass_ms(31_000);
    assert_eq!(wrong(&shop, 1).detail, "60", "the next wrong one doubles the wait");
    shop.sign_in(2);
    shop.clock().pass_ms(61_000);
    shop.app().sign_out().unwrap();
    shop.sign_in(1);
    shop.app().sign_out().unwrap();
    assert_eq!(wrong(&shop, 1).detail, "4", "a right PIN forgets the wrong ones");
    shop.upload();
}

#[test]
fn many_wrong_pins_at_once_count_as_many() {
    let mut shop = Shop::new();
    let (guesses, together) = (24, Arc::new(Barrier::new(24)));
    let guess = |_| {
        let (app, together) = (Arc::clone(shop.app()), Arc::clone(&together));
        thread::spawn(move || {
            together.wait();
            Failure::from(app.sign_in(somebody(1), "0000").expect_err("the PIN is wrong"))
        })
    };
    let threads: Vec<_> = (0..guesses).map(guess).collect();
    let said: Vec<Failure> = threads.into_iter().map(|thread| thread.join().expect("a guess")).collect();
    let mut left: Vec<&str> =
        said.iter().filter(|one| one.code == Code::WrongPin).map(|one| one.detail.as_str()).collect();
    left.sort_unstable();
    assert_eq!(left, ["1", "2", "3", "4"], "each try is counted once");
    let locked = said.iter().filter(|one| one.code == Code::LockedOut).count();
    assert_eq!(left.len() + locked, guesses, "all the others wait, the right PIN among them");
    let right = Failure::from(shop.app().sign_in(somebody(1), PIN).expect_err("she has to wait"));
    assert_eq!(right.code, Code::LockedOut);
    shop.restart();
    shop.clock().pass_ms(31_000);
    shop.sign_in(1);
    shop.app().sign_out().unwrap();
    assert_eq!(wrong(&shop, 1).detail, "4", "the right one gives the tries back");
    shop.leaves_entries();
}

#[test]
fn a_counter_counts_and_does_not_sell() {
    let shop = Shop::new();
    shop.open(0);
    shop.app().sign_out().unwrap();
    shop.sign_in(4);
    shop.refuses(Code::NotAllowed, |app| app.cash_in(Amount::from_minor(1), ""));
    shop.refuses(Code::NotAllowed, |app| app.open_drawer());
    shop.refuses(Code::NotAllowed, |app| app.close_till(Amount::ZERO));
    shop.refuses(Code::NotAllowed, |app| app.undo());
    shop.refuses(Code::NotAllowed, |app| app.take_tender(TenderKind::Cash, Amount::from_minor(1), ""));
    shop.refuses(Code::NotAllowed, |app| app.complete_sale());
    let view = shop.app().scan(&code(SOCKS), "wedge").unwrap();
    assert_eq!(view.trays.len(), 1, "a scan by her is told in the tray and not lost");
    assert_eq!(shop.selling().line_count, 0);
    shop.upload();
}

#[test]
fn nobody_sells_who_is_not_signed_in() {
    let mut shop = Shop::new();
    shop.open(0);
    shop.scan(SOCKS);
    shop.app().sign_out().unwrap();
    shop.refuses(Code::SignedOut, |app| app.complete_sale());
    shop.refuses(Code::SignedOut, |app| app.cancel_sale());
    shop.refuses(Code::SignedOut, |app| app.reprint());
    shop.sign_in(2);
    assert_eq!(shop.selling().line_count, 1, "the sale stays for the next person");
    shop.pay(TenderKind::Cash);
    shop.settle();
    assert!(shop.papers[0].contains("Oisin K."), "the receipt names who finished it");
}

#[test]
fn a_switched_off_machine_signs_everybody_out_and_keeps_the_sale() {
    let mut shop = Shop::new();
    shop.open(0);
    shop.scan(SOCKS);
    shop.restart();
    assert_eq!(shop.selling().line_count, 1, "an app that is started again is where it was");
    shop.clock().reboot();
    shop.restart();
    assert!(matches!(shop.view().screen, Screen::SignIn(_)), "who was signed in may be gone");
    shop.sign_in(1);
    assert_eq!(shop.selling().line_count, 1);
    shop.app().cancel_sale().unwrap();
    shop.upload();
}

#[test]
fn a_second_day_begins_with_a_second_shift() {
    let mut shop = Shop::new();
    shop.open(5_000);
    shop.sell(&[SOCKS]);
    // Past midnight the shift's day stays what it was.
    shop.clock().pass_ms(16 * 3_600_000);
    shop.sell(&[SOCKS]);
    assert_eq!(shop.selling().shift.business_day.to_string(), "2026-11-21");
    shop.app().close_till(Amount::from_minor(6_580)).unwrap();
    shop.app().open_till(Amount::from_minor(5_000)).unwrap();
    shop.sell(&[SOCKS, SOCKS]);
    let shift = shop.selling().shift;
    assert_eq!((shift.number, shift.business_day.to_string().as_str()), (2, "2026-11-22"));
    assert_eq!((shift.sales, shift.turnover.minor(), shift.expected_cash.minor()), (1, 1_580, 6_580));
    shop.settle();
    let books = shop.audit();
    let days: Vec<_> = books.sales.iter().map(|sold| sold.business_day.as_str()).collect();
    assert_eq!(days, ["2026-11-21", "2026-11-21", "2026-11-22"], "a sale belongs to its shift's day");
    let numbers: Vec<_> = books.sales.iter().map(|sold| sold.receipt.split('-').next_back().unwrap()).collect();
    assert_eq!(numbers, ["000001", "000002", "000003"], "receipts go on over the days");
}

#[test]
fn a_till_is_opened_once_and_closed_once() {
    let mut shop = Shop::new();
    shop.sign_in(1);
    shop.refuses(Code::TillClosed, |app| app.complete_sale());
    shop.refuses(Code::WrongAmount, |app| app.open_till(Amount::from_minor(-1)));
    shop.app().open_till(Amount::from_minor(100)).unwrap();
    shop.refuses(Code::TillOpen, |app| app.open_till(Amount::ZERO));
    shop.refuses(Code::MoreThanInDrawer, |app| app.cash_out(Amount::from_minor(101), ""));
    shop.refuses(Code::WrongAmount, |app| app.cash_in(Amount::ZERO, ""));
    shop.app().cash_out(Amount::from_minor(100), "all of it").unwrap();
    shop.refuses(Code::WrongAmount, |app| app.close_till(Amount::from_minor(-1)));
    shop.app().close_till(Amount::ZERO).unwrap();
    shop.refuses(Code::TillClosed, |app| app.close_till(Amount::ZERO));
    shop.settle();
}

#[test]
fn a_badge_says_who_signs_in_and_only_while_nobody_is() {
    let shop = Shop::new();
    let badge = Badge::of(somebody(2)).printed();
    let view = shop.app().scan(&badge, "wedge").unwrap();
    let asked = view.prompt.expect("the window is told whose PIN to ask for");
    assert_eq!(asked.what, PromptKind::SignIn { person: somebody(2) });
    assert!(matches!(view.screen, Screen::SignIn(_)), "a badge alone signs nobody in");
    let view = shop.app().scan("SVB-0000ZZZZ", "wedge").unwrap();
    let why = |view: &View| view.trays.first().map(|tray| tray.what.clone());
    let told = TrayKind::ScanNotNow { text: "SVB-0000ZZZZ".to_owned(), why: Code::UnknownBadge };
    assert_eq!(why(&view), Some(told), "a badge of nobody here is told");

    shop.open(0);
    let view = shop.app().scan(&badge, "wedge").unwrap();
    assert_eq!(why(&view), Some(TrayKind::ScanNotNow { text: badge, why: Code::SignedIn }));
    assert_eq!(view.prompt, Some(asked), "nothing opens over a sale");
    assert!(shop.audit().unknown.is_empty(), "a badge is no code that nobody knows");
    shop.upload();
}

#[test]
fn a_badge_is_printed_for_who_is_signed_in() {
    let mut shop = Shop::new();
    shop.refuses(Code::SignedOut, |app| app.print_badge());
    shop.sign_in(2);
    shop.app().print_badge().unwrap();
    shop.settle();
    let badge = Badge::of(somebody(2)).printed();
    assert!(shop.papers[0].contains(&badge), "what is printed is what is scanned: {}", shop.papers[0]);
}
