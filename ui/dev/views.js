// The demo company on Saturday 21 November 2026, as the app would show it.
const id = (number) => `019361a0-0000-7000-8000-${String(number).padStart(12, "0")}`;
const at = (hour, minute, second = 0) => ({ day: "2026-11-21", hour, minute, second });
const colours = {
  Navy: "#20305a", White: "#fbfaf6", Rust: "#a9512f", Olive: "#5d683b", Sand: "#d6bd93", Black: "#222428",
  Slate: "#63707c", Ecru: "#ece2cc",
};

const status = (more = {}) => ({
  site: "Galway", station: "Till 2", person: "Mira Byrne", clock: at(10, 51),
  connection: { state: "online", unsent: 0, since: null }, printer: "ready", scanner: "ready", demo: false, ...more,
});

const view = (screen, data, more = {}) => ({
  revision: 1, language: "en", status: status(more.status), trays: more.trays ?? [], signal: null,
  screen: { screen, data },
});

const line = (number, name, colour, size, quantity, price, more = {}) => ({
  id: id(number), product: id(100 + number), gtin: "9521874003" + (300 + number), name, variant: `${colour} · ${size}`,
  colour_code: colours[colour], quantity: quantity * 1000, unit: "piece", unit_price: price, amount: price * quantity,
  before: null, discount: null, refund_of: null, removed: false, selected: false, ...more,
});

const shift = {
  number: 41, business_day: "2026-11-21", opened_at: at(8, 55), opened_by: "Tom Quinn", float: 15000, expected_cash: 48350,
  cash_in: 2000, cash_out: 5000, sales: 23, turnover: 98640, tenders: [["cash", 36350], ["card", 57290], ["voucher", 5000]],
};

const selling = (more = {}) => ({
  currency: "EUR", mode: "inclusive",
  lines: [
    line(1, "Harbour Tee", "Navy", "L", 2, 2400), line(2, "Harbour Tee", "White", "M", 1, 2400),
    line(3, "Quay Pocket Tee", "Olive", "XL", 1, 2800, {
      amount: 2240, before: 2800, discount: { kind: { percent: "20" }, reason: "worn hem", amount: 560 },
    }),
    line(4, "Loom Heavy Tee", "Black", "S", 3, 3200), line(5, "Loom Heavy Tee", "Black", "M", 1, 3900),
    line(6, "Deck Tee Kids", "Sand", "8 y", 2, 1600), line(7, "Harbour Tee", "Rust", "M", 1, 2400, { selected: true }),
  ],
  pieces: 11, line_count: 7, subtotal: 28540, discounts: 560, sale_discount: null,
  rates: [{ rate: { code: "standard", percent: "23" }, net: 23203, tax: 5337, gross: 28540 }],
  total: 28540, tenders: [], due: 28540, change: 0, quick: [29000, 30000, 32000, 35000, 40000, 50000], coins: [],
  can_undo: true, price_missing: null,
  parked: [
    { id: id(51), name: "Blue coat", at: at(10, 31), lines: 3, total: 8400 },
    { id: id(52), name: "10:44", at: at(10, 44), lines: 1, total: 2400 },
  ],
  shift, last_receipt: "04-2K7-000316", ...more,
});

const plain = { bold: false, large: false };
const text = (words, style = plain) => ({ block: "text", text: words, align: "centre", style });
const row = (start, end, indent = 0, style = plain) => ({ block: "row", start, end, indent, style });
const receipt = {
  blocks: [
    text("Twisted Threads", { bold: true, large: true }), text("14 Shop Street, Galway"), text("VAT IE 9521874T"),
    { block: "blank" }, row("04-2K7-000317", "Till 2, Mira B."), row("Sat 21 Nov 2026", "10:52"), { block: "rule" },
    row("2 Harbour Tee Navy L", "48.00"), row("2 x 24.00", "", 4), row("1 Harbour Tee White M", "24.00"),
    row("1 Quay Pocket Tee Olive XL", "22.40"), row("28.00  -20 % worn hem", "", 4), row("3 Loom Heavy Tee Black S", "96.00"),
    row("3 x 32.00", "", 4), row("1 Loom Heavy Tee Black M", "39.00"), row("2 Deck Tee Kids Sand 8 y", "32.00"),
    row("2 x 16.00", "", 4), row("1 Harbour Tee Rust M", "24.00"), { block: "rule" },
    row("TOTAL EUR", "285.40", 0, { bold: true, large: true }), row("Cash", "300.00"), row("Change", "14.60"),
    row("VAT 23 % of 232.03", "53.37"), { block: "qr", text: "04-2K7-000317" }, { block: "code128", text: "04-2K7-000317" },
  ],
};
const paper = { document: receipt, columns: 42 };

const people = [
  ["Mira Byrne", "cashier"], ["Tom Quinn", "cashier"], ["Aoife Walsh", "manager"], ["Sean Daly", "cashier"],
  ["Lena Vogt", "counter"], ["Pilar Ruiz", "cashier"],
].map(([name, role], number) => ({ id: id(200 + number), name, role, locked_s: null }));

const done = {
  sale: id(9), receipt: "04-2K7-000317", currency: "EUR", total: 28540, cash: 30000, change: 1460,
  coins: [[1000, 1], [200, 2], [50, 1], [10, 1]], paper, print: { state: "printed", at: at(10, 52, 8) }, drawer: "opened",
  at_central: true, parked: selling().parked, shift,
};
const offline = { connection: { state: "offline", unsent: 17, since: at(10, 42) }, printer: "paper-low", clock: at(10, 58) };
const tender = (number, kind, amount, reference) => ({ id: id(70 + number), kind, amount, reference });

export const views = {
  "first-start": view("first-start", {
    central: "threads.example", code: "7QF4M2",
    devices: [
      { name: "Receipt printer", kind: "receipt-printer", transport: "usb:04b8:0e28", answers: true },
      { name: "Scanner", kind: "scanner", transport: "wedge", answers: false },
    ],
  }, { status: { site: "", station: "", person: "", connection: { state: "not-joined", unsent: 0, since: null }, scanner: "not-tried" } }),
  "sign-in": view("sign-in", { company: "Twisted Threads", people, shift: [at(8, 55), "Tom"], demo_pins: { manager: "4321", others: "1234" } },
    { status: { person: "", clock: at(10, 40) } }),
  "open-till": view("open-till", { currency: "EUR", proposed_float: 15000, closed: null }),
  closed: view("open-till", {
    currency: "EUR", proposed_float: 15000,
    closed: { number: 41, expected: 48350, counted: 48300, report: paper, print: { state: "printed", at: at(18, 2, 11) } },
  }),
  till: view("selling", selling()),
  empty: view("selling", selling({ lines: [], pieces: 0, line_count: 0, total: 0, due: 0, discounts: 0, rates: [], can_undo: false })),
  offline: view("selling", selling(), {
    status: offline,
    trays: [{ id: 1, what: { tray: "unknown-code", data: { text: "9521874003313", why: "" } } }],
  }),
  trouble: view("selling", selling(), {
    status: { printer: "paper-out", scanner: "unplugged" },
    trays: [
      { id: 1, what: { tray: "printer-stopped", data: { state: "paper-out", waiting: 2 } } },
      { id: 2, what: { tray: "uncertain-print", data: { job: id(80), title: "04-2K7-000316" } } },
    ],
  }),
  uncertain: view("selling", selling(), {
    trays: [{ id: 2, what: { tray: "uncertain-print", data: { job: id(80), title: "receipt 04-2K7-000316" } } }],
  }),
  "no-price": view("selling", selling({
    lines: [line(1, "Harbour Tee", "Navy", "L", 2, 2400, { removed: true }),
      line(2, "Gift wrapping", "Sand", "", 1, 0, { unit_price: null, variant: "", selected: true })],
    price_missing: id(2), total: 0, due: 0, pieces: 1, line_count: 1,
  })),
  split: view("selling", selling({
    tenders: [tender(1, "voucher", 5000, "V-2K7-0418"), tender(2, "card", 10000, "··4407")], due: 13540,
    quick: [14000, 15000, 16000, 20000, 25000, 30000],
  })),
  refund: view("selling", selling({
    lines: [line(1, "Harbour Tee", "Navy", "L", -1, 2400, { refund_of: "04-2K7-000310", selected: true })],
    pieces: -1, line_count: 1, total: -2400, due: -2400, quick: [], discounts: 0,
    rates: [{ rate: { code: "standard", percent: "23" }, net: -1951, tax: -449, gross: -2400 }],
  })),
  done: view("sale-done", done, { status: { clock: at(10, 52) } }),
  waiting: view("sale-done", { ...done, print: { state: "waiting" }, drawer: "waiting", at_central: false }, {
    status: { printer: "paper-out" },
    trays: [{ id: 1, what: { tray: "printer-stopped", data: { state: "paper-out", waiting: 1 } } }],
  }),
  returnable: {
    sale: id(9), receipt: "04-2K7-000310", at: at(9, 48), currency: "EUR", total: 9600,
    lines: [
      { line: id(91), name: "Harbour Tee", variant: "Navy · L", unit: "piece", sold: 2000, returned: 0, refund: 4800 },
      { line: id(92), name: "Loom Heavy Tee", variant: "Black · S", unit: "piece", sold: 1000, returned: 1000, refund: 0 },
    ],
  },
};

const cell = (number, on_hand, in_sale = 0) => ({ product: id(number), on_hand: on_hand * 1000, in_sale: in_sale * 1000 });
const sizeRow = (colour, start, figures) => ({
  colour, colour_code: colours[colour], cells: figures.map(([hand, sale], place) => cell(start + place, hand, sale)),
});
export const grid = {
  name: "Harbour Tee", price: 2400, colour_code: colours.Rust, sizes: ["XS", "S", "M", "L", "XL", "2XL"], heard_min_ago: 2,
  rows: [
    sizeRow("Navy", 300, [[2], [4], [6], [3, 2], [5], [1]]), sizeRow("White", 310, [[4], [7], [2, 1], [8], [3], [0]]),
    sizeRow("Rust", 105, [[1], [0], [3, 1], [2], [0], [0]]), sizeRow("Olive", 330, [[0], [2], [5], [4], [1], [2]]),
    sizeRow("Sand", 340, [[3], [3], [0], [1], [2], [1]]),
  ],
};
export const tiles = [
  ["Harbour Tee", "Navy", 2400], ["Harbour Tee", "White", 2400], ["Loom Heavy Tee", "Black", 3200], ["Loom Heavy Tee", "Slate", 3200],
  ["Quay Pocket Tee", "Olive", 2800], ["Deck Tee Kids", "Sand", 1600], ["Harbour Tee", "Ecru", 2400], ["Pier Long Sleeve", "Rust", 3600],
].map(([name, variant, price], number) => ({ product: id(400 + number), name, variant, colour_code: colours[variant], price }));
export const hits = tiles.map((tile, number) => ({
  ...tile, variant: `${tile.variant} · M`, gtin: "9521874003" + (400 + number), sku: "HT-" + number, currency: "EUR",
  on_hand: (number % 4) * 1000, corrected: false,
}));
export const statusPage = {
  facts: [["fact-central", "https://threads.example"], ["fact-unsent", "17"], ["fact-acknowledged", "2114"]],
  errors: [[at(10, 42, 3), "connection refused"]],
};
