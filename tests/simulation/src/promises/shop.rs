//! A web shop with a token: it reserves and orders under keys of its own, asks again until it has an answer, and keeps the
//! signed row of every answer.

use http::{Method, Request, Response, header};
use selvedge_central::secret::shop_token;
use selvedge_central::store::Standing;
use selvedge_protocol::v1::{
    ApiError, ChannelV1, FeedRow, PromiseAnswer, PromiseChangeRequest, PromiseLineV1, PromiseRequest, PromiseV1, code,
    promise_id,
};
use uuid::Uuid;

use super::{Call, any_product, before_call, observe, pieces};
use crate::central::REPLICAS;
use crate::company::{SITES, central, site};
use crate::dice::Dice;
use crate::network::{Fate, Weather, fate};
use crate::world::World;

const NAME: &str = "web";
/// Baskets in one run at most.
const MOST_BASKETS: usize = 12;

/// What a customer of the web shop wants now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Reserve,
    Confirm,
    Release,
    Cancel,
}

/// A customer's basket.
struct Basket {
    key: String,
    request: PromiseRequest,
    wish: Wish,
    /// Nobody has answered the wish.
    open: bool,
    /// Central refused to set it aside.
    refused: bool,
    /// In the end it said its last wish once more.
    repeated: bool,
    /// As the shop heard it last.
    told: Option<PromiseV1>,
    row: Option<FeedRow>,
}

impl Basket {
    fn id(&self) -> Uuid {
        promise_id(&channel(), &self.key)
    }
}

/// The web shop.
#[derive(Default)]
pub struct Shop {
    baskets: Vec<Basket>,
}

impl Shop {
    /// What the shop was told of its promises.
    pub fn told(&self) -> impl Iterator<Item = &PromiseV1> {
        self.baskets.iter().filter_map(|basket| basket.told.as_ref())
    }

    /// Identities of all that it asked for.
    pub fn ids(&self) -> impl Iterator<Item = Uuid> + '_ {
        self.baskets.iter().map(Basket::id)
    }
}

fn channel() -> ChannelV1 {
    ChannelV1 { kind: "shop".to_owned(), who: NAME.to_owned() }
}

/// A customer of the web shop does something: begins a basket, decides about one, or is asked for once more.
pub fn buy(world: &mut World, dice: &mut Dice) {
    let number = world.promised.shop.baskets.len();
    let decides = |basket: &Basket| basket.open || basket.told.as_ref().is_some_and(|told| is_open(&told.state));
    let some: Vec<usize> = (0..number).filter(|at| decides(&world.promised.shop.baskets[*at])).collect();
    let at = match dice.pick(&some) {
        Some(at) if dice.chance(55) || number >= MOST_BASKETS => *at,
        _ if number >= MOST_BASKETS => return,
        _ => {
            let basket = basket(number, dice);
            world.promised.shop.baskets.push(basket);
            world.count("baskets");
            number
        }
    };
    let basket = &mut world.promised.shop.baskets[at];
    if !basket.open {
        basket.wish =
            *dice.pick(&[Wish::Confirm, Wish::Confirm, Wish::Release, Wish::Cancel]).unwrap_or(&Wish::Confirm);
        basket.open = true;
    }
    let weather = if dice.chance(50) { Weather::Storm } else { Weather::Calm };
    ask(world, at, dice, weather);
}

/// Somebody orders all that is left of a product at a site.
pub fn buy_all(world: &mut World, dice: &mut Dice) {
    let at = site(dice.index(SITES.len()).unwrap_or(0));
    let product = selvedge_tests::company::product(any_product(dice)).0;
    buy_all_of(world, at, product, dice);
}

/// The same of one product at one site.
pub fn buy_all_of(world: &mut World, at: Uuid, product: Uuid, dice: &mut Dice) {
    let number = world.promised.shop.baskets.len();
    if !world.central.is_up() || number >= 2 * MOST_BASKETS {
        return;
    }
    let standings = world.central.wait(world.central.store().standings(vec![product]));
    let left = |one: &Standing| one.on_hand - one.promised - one.lent;
    let Some(left) = standings.iter().find(|one| one.site == at).map(left).filter(|left| *left > 0) else { return };
    let mut basket = basket(number, dice);
    basket.request.site = at;
    basket.request.lines = vec![PromiseLineV1 { product, quantity_thousandths: left, allotment: None }];
    world.promised.shop.baskets.push(basket);
    world.count("baskets");
    ask(world, number, dice, Weather::Calm);
}

fn is_open(state: &str) -> bool {
    matches!(state, "reserved" | "confirmed")
}

fn basket(number: usize, dice: &mut Dice) -> Basket {
    let lines = (0..dice.between(1, 2)).map(|_| PromiseLineV1 {
        product: selvedge_tests::company::product(any_product(dice)).0,
        quantity_thousandths: pieces(dice) * 1_000,
        allotment: None,
    });
    let lines = lines.collect();
    let order = dice.chance(30);
    let seconds = u32::try_from(if dice.chance(50) { dice.between(5, 120) } else { 900 }).unwrap_or(900);
    let request = PromiseRequest {
        site: site(dice.index(SITES.len()).unwrap_or(0)),
        kind: if order { "order" } else { "reservation" }.to_owned(),
        lines,
        reference: format!("basket {number}"),
        expires_in_s: (!order).then_some(seconds),
        due_ms: None,
    };
    let key = format!("basket-{number}");
    Basket { key, request, wish: Wish::Reserve, open: true, refused: false, repeated: false, told: None, row: None }
}

/// The request for what the customer wants; the same bytes every time.
fn request(world: &World, basket: &Basket) -> Request<Vec<u8>> {
    let id = basket.id();
    let (path, body) = match basket.wish {
        Wish::Reserve => ("promises".to_owned(), serde_json::to_vec(&basket.request)),
        wish @ (Wish::Confirm | Wish::Release | Wish::Cancel) => {
            let verb = match wish {
                Wish::Confirm => "confirm",
                Wish::Release => "release",
                Wish::Reserve | Wish::Cancel => "cancel",
            };
            let change = PromiseChangeRequest { row: basket.row.clone() };
            (format!("promises/{id}/{verb}"), serde_json::to_vec(&change))
        }
    };
    call(world, Method::POST, &path, body.expect("JSON"), &basket.key)
}

fn call(world: &World, method: Method, path: &str, body: Vec<u8>, key: &str) -> Request<Vec<u8>> {
    let token = shop_token(&central().key(), NAME, (world.now.wall_ms(), world.now.wall_ms() + 3_600_000));
    Request::builder()
        .method(method)
        .uri(format!("https://central.example/api/v1/{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", key)
        .body(body)
        .expect("a request")
}

/// Central does a request of the shop; nothing while it is down.
fn done(world: &mut World, request: Request<Vec<u8>>) -> Option<Response<Vec<u8>>> {
    before_call(world);
    let path = request.uri().path().trim_start_matches("/api/v1/").to_owned();
    let replica = world.dice.index(REPLICAS).unwrap_or(0);
    let answer = world.central.call(replica, request)?;
    world.say(|| format!("central/{replica}: {path} of the web shop: {}", answer.status().as_u16()));
    world.count("calls of the web shop");
    observe(world, if path == "promises" { Call::Grant } else { Call::Other });
    Some(answer)
}

/// A request of the shop arrives once more, long after it was answered.
pub fn late(world: &mut World, request: Request<Vec<u8>>) {
    if done(world, request).is_some() {
        world.count("late repeats");
    }
}

fn ask(world: &mut World, at: usize, dice: &mut Dice, weather: Weather) {
    let request = request(world, &world.promised.shop.baskets[at]);
    match fate(dice, weather) {
        Fate::Lost { .. } => {}
        Fate::AnswerLost { .. } | Fate::Nonsense => {
            let answered = done(world, request).is_some();
            if answered {
                world.count("web shop's answers lost");
            }
        }
        Fate::Twice { after_ms } => {
            world.repeat_later(after_ms, request.clone());
            hear(world, at, request);
        }
        Fate::Through => hear(world, at, request),
    }
}

fn hear(world: &mut World, at: usize, request: Request<Vec<u8>>) {
    let Some(answer) = done(world, request) else { return };
    let status = answer.status().as_u16();
    let basket = &mut world.promised.shop.baskets[at];
    if status == 200 || status == 201 {
        let said: PromiseAnswer = serde_json::from_slice(answer.body()).expect("an answer about a promise");
        assert_eq!(said.promise.id, basket.id(), "a key is one promise");
        said.row.verify(&central().key().public()).expect("central signs what it promises");
        if let Some(before) = &basket.told {
            assert!(goes_on(before, &said.promise), "a promise goes forward only: {before:?}, {:?}", said.promise);
        }
        if basket.wish == Wish::Confirm {
            assert!(matches!(said.promise.state.as_str(), "confirmed" | "fulfilled"), "what is confirmed stands");
        }
        (basket.told, basket.row, basket.open) = (Some(said.promise), Some(said.row), false);
        return;
    }
    let error: ApiError = serde_json::from_slice(answer.body()).expect("a refusal in words");
    match (status, error.code.as_str()) {
        (409, code::SOLD_OUT) => {
            assert!(basket.wish == Wish::Reserve && basket.told.is_none(), "what was set aside is not sold out");
            (basket.refused, basket.open) = (true, false);
        }
        // It is over, or it was confirmed.
        (409, code::PROMISE_STATE) => basket.open = false,
        // Central takes back what it lost, or has not heard of the product yet: asked again.
        (503 | 429, _) => {}
        (404, _) if basket.wish == Wish::Reserve => {}
        _ => panic!("what was set aside is not forgotten while the shop shows its row: {status} {error:?}"),
    }
}

/// Whether one view of a promise may follow another.
pub fn goes_on(before: &PromiseV1, after: &PromiseV1) -> bool {
    let rank = |promise: &PromiseV1| super::checks::rank(&promise.state);
    let all = before.deliveries.iter().all(|one| after.deliveries.contains(one));
    rank(before) <= rank(after) && all && before.lines == after.lines && before.site == after.site
}

/// When everything works again: the shop asks for what has no answer, and shows what it holds, so that nothing of it is
/// forgotten.
///
/// # Panics
/// With the rule that is broken.
pub fn heal(world: &mut World, dice: &mut Dice) {
    for at in 0..world.promised.shop.baskets.len() {
        // A central that lost something hears of it by the first row, and is busy until all stations have reported.
        for _ in 0..20 {
            let basket = &mut world.promised.shop.baskets[at];
            if let Some(told) = basket.told.as_ref().filter(|_| !basket.open) {
                // What the customer wanted last is said once more; what ended otherwise needs no word.
                let again = match (told.state.as_str(), basket.wish) {
                    ("reserved" | "confirmed", _) => Some(Wish::Confirm),
                    ("cancelled", wish @ (Wish::Release | Wish::Cancel)) if !basket.repeated => Some(wish),
                    _ => None,
                };
                if let Some(wish) = again {
                    (basket.wish, basket.open, basket.repeated) = (wish, true, true);
                }
            }
            if !basket.open {
                break;
            }
            ask(world, at, dice, Weather::Good);
            let basket = &world.promised.shop.baskets[at];
            if basket.told.as_ref().is_some_and(|told| told.state == "confirmed") {
                break;
            }
            if basket.open {
                world.pass(30_000);
                world.manage();
            }
        }
        let basket = &world.promised.shop.baskets[at];
        let unknown = basket.wish == Wish::Reserve && basket.told.is_none();
        assert!(!basket.open || unknown && world.restored, "the web shop gets its answer: {:?}", basket.key);
    }
}
