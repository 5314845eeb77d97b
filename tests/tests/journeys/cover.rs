//! What is in a customer's hand is sold in every state; when the books had less, that is recorded and a count is due.

use selvedge_contract::view::{ConnectionState, Tone, TrayKind};
use selvedge_domain::Quantity;
use selvedge_domain::tender::TenderKind;
use selvedge_protocol::v1::{BalancePage, BalanceV1, ChannelV1, FeedBody, PromiseLineV1, PromiseV1};
use selvedge_store::StoreError;
use selvedge_store::table::{feed, promise};
use selvedge_tests::Shop;
use selvedge_tests::company::{self, FELT, SOCKS, TEE, product};
use uuid::Uuid;

/// What central says that the shop has of tees and socks; none: it never said anything.
fn with_books(pieces: Option<i64>) -> Shop {
    let mut shop = Shop::new();
    shop.leaves_all();
    if let Some(pieces) = pieces {
        let row = |number: u32| BalanceV1 {
            product: product(number).0,
            location: company::sales_floor().0,
            quantity_thousandths: pieces * 1_000,
        };
        let page = BalancePage {
            rows: vec![row(TEE), row(SOCKS)],
            next: 1,
            more: false,
            restarted: true,
            as_of_ms: 1_795_251_000_000,
            heads: Vec::new(),
            epoch: Uuid::from_u128(1),
        };
        shop.app().store().write::<_, StoreError>("test-balances", |tx| feed::hear(tx, &page)).unwrap();
    }
    shop.open(0);
    shop
}

/// All of it is promised to others.
fn promise_away(shop: &Shop, pieces: i64) {
    let promised = PromiseV1 {
        id: Uuid::from_u128(0x91),
        site: company::site().0,
        kind: "order".to_owned(),
        channel: ChannelV1 { kind: "shop".to_owned(), who: "web".to_owned() },
        reference: String::new(),
        lines: vec![PromiseLineV1 { product: product(TEE).0, quantity_thousandths: pieces * 1_000, allotment: None }],
        state: "confirmed".to_owned(),
        made_ms: 1_795_251_000_000,
        expires_ms: None,
        due_ms: None,
        ended_ms: None,
        deliveries: Vec::new(),
        cause: None,
        asked: None,
    };
    let body = FeedBody::Promise(promised);
    let store = shop.app().store();
    let applied = store.write::<_, StoreError>("test-feed", |tx| feed::apply_body(tx, company::site(), true, &body));
    assert_eq!(applied.unwrap(), Ok(()));
    assert_eq!(store.read(|tx| promise::unfinished(tx, 10)).unwrap().len(), 1);
}

fn told(shop: &Shop) -> Vec<(Quantity, Quantity)> {
    let told = shop.view().trays.into_iter().filter_map(|tray| match tray.what {
        TrayKind::CountRaised { line, believed, .. } => Some((line.quantity, believed)),
        _ => None,
    });
    told.collect()
}

#[test]
fn a_hand_sale_is_done_in_every_state_and_recorded_where_the_books_had_less() {
    let states = [ConnectionState::Connecting, ConnectionState::Online, ConnectionState::Offline];
    for books in [None, Some(-3), Some(0), Some(1), Some(2), Some(5)] {
        for promised in [None, Some(1), Some(9)] {
            for state in states {
                let case = format!("books {books:?}, promised {promised:?}, {state:?}");
                let shop = with_books(books);
                shop.app().set_connection(state);
                if let Some(pieces) = promised {
                    promise_away(&shop, pieces);
                }
                shop.scan_all(&[TEE, TEE]);
                let receipt = shop.pay(TenderKind::Cash);
                let view = shop.view();
                assert_eq!(view.signal.map(|signal| signal.tone), Some(Tone::Done), "{case}: no other tone");
                let audit = shop.audit();
                assert_eq!(audit.sales[0].receipt, receipt, "{case}: it is sold");
                let raised: Vec<_> = audit.raised.iter().flat_map(|one| &one.lines).collect();
                match books.filter(|books| *books < 2) {
                    Some(books) => {
                        let [line] = raised[..] else { panic!("{case}: {raised:?}") };
                        assert_eq!((line.product, line.seen_thousandths), (product(TEE).0, 2_000), "{case}");
                        assert_eq!(line.believed_thousandths, books * 1_000, "{case}: what the till believed");
                        assert_eq!(audit.raised[0].sale, Some(audit.sales[0].sale), "{case}");
                        assert_eq!(told(&shop), [(Quantity::units(2), Quantity::units(books))], "{case}");
                    }
                    None => assert!(raised.is_empty() && told(&shop).is_empty(), "{case}: {raised:?}"),
                }
            }
        }
    }
}

#[test]
fn each_sale_says_what_it_showed_and_what_comes_back_shows_nothing() {
    let shop = with_books(Some(1));
    let receipt = shop.sell(&[TEE]);
    assert!(shop.audit().raised.is_empty(), "the last one was there");
    shop.sell(&[TEE, SOCKS, SOCKS, FELT]);
    let raised = shop.audit().raised;
    let believed: Vec<_> = raised[0].lines.iter().map(|line| (line.product, line.believed_thousandths)).collect();
    let expected = [(product(TEE).0, 0), (product(SOCKS).0, 1_000), (product(FELT).0, 0)];
    assert_eq!(believed, expected, "in one entry");
    assert_eq!(raised.len(), 1);
    shop.take_back(&receipt, &[(0, 1_000)]).unwrap();
    shop.pay(TenderKind::Cash);
    assert_eq!(shop.audit().raised.len(), 1, "what comes back needs no cover");
    let tray = shop.view().trays.into_iter().find(|tray| matches!(tray.what, TrayKind::CountRaised { more: 2, .. }));
    shop.app().dismiss_tray(tray.unwrap().id).unwrap();
    assert_eq!(told(&shop), [], "who has read it closes it");
}
