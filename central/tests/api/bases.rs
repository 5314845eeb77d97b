//! What a stretch of a journal did: signed by central, and handed in to one that lost it.

use selvedge_protocol::journal::{Base, Entry, add_up, statement_hash};
use selvedge_protocol::v1::{BaseAnswer, BaseRequest, BaseV1, EntryV1, JournalAnswer, JournalRequest, code};

use crate::house::{House, good, refused};

#[tokio::test(flavor = "multi_thread")]
async fn a_base_is_signed_over_the_wire_and_taken_back() {
    let house = House::open().await;
    let mut station = house.station().await;
    let token = house.token(&station).await.token;
    let entries: Vec<Entry> = (0..6).map(|_| station.sells(&house.demo.products[0], 1)).collect();
    let text = add_up(&entries[..4]).expect("added up").encode().expect("a text");
    let asked =
        BaseRequest { generation: station.generation, first: 1, last: 4, statement: statement_hash(&text).to_string() };
    let ask = |asked: &BaseRequest| house.http.post(house.url("/api/v1/bases")).bearer_auth(&token).json(asked);
    let (status, error) = refused(ask(&asked)).await;
    assert_eq!((status, error.code.as_str()), (409, code::BASE), "central has none of it yet");
    let (status, error) = refused(ask(&BaseRequest { statement: "ab".into(), ..asked.clone() })).await;
    assert_eq!((status, error.code.as_str()), (400, code::BAD_REQUEST));
    assert_eq!(refused(house.http.post(house.url("/api/v1/bases")).json(&asked)).await.0, 401, "a token is needed");

    let answer = house.upload(&token, &entries[..4]).await;
    assert_eq!(answer.heads[0].sequence, 4);
    let signed: BaseAnswer = good(ask(&asked)).await;
    let base = Base::try_from((text.clone(), signed.signature.clone())).expect("hex");
    let key = house.store.central().await.expect("a store").expect("set up").key().public();
    assert!(base.read(&key).is_ok(), "it is central's word");

    // Handed in although nothing is missing it changes nothing.
    let hand_in = |bases: Vec<BaseV1>, entries: &[Entry]| {
        let segment =
            JournalRequest { bases, entries: entries.iter().map(EntryV1::from).collect(), ..JournalRequest::default() };
        house.http.post(house.url("/api/v1/journal")).bearer_auth(&token).json(&segment)
    };
    let sent = BaseV1 { statement: text.clone(), signature: signed.signature.clone() };
    let answer: JournalAnswer = good(hand_in(vec![sent.clone()], &entries[4..])).await;
    assert_eq!((answer.heads[0].sequence, answer.problems.len()), (6, 0));
    assert_eq!(house.store.audit().await.expect("an audit"), Vec::<String>::new());

    let changed = BaseV1 { statement: text.replacen("4000", "9000", 1), ..sent.clone() };
    assert_eq!(refused(hand_in(vec![changed], &[])).await.0, 400, "only what central signed is a base");
    assert_eq!(refused(hand_in(vec![BaseV1 { signature: "zz".into(), ..sent }], &[])).await.0, 400);
}
