-- Words of products. No content of its own: the product's row has it. A row's number is rank << 40 | product.number, and
-- a smaller rank is sold more: the first rows of any answer are the most popular ones, without looking at the others.
-- The words arrive folded, one between two spaces, so that the tokenizer has nothing left to decide.
CREATE VIRTUAL TABLE product_text USING fts5 (
    text,
    content = '',
    contentless_delete = 1,
    detail = none,
    prefix = '1 2 3 4 5 6',
    tokenize = 'ascii'
);
-- A page of central's feed is one segment of the index, not many.
INSERT INTO product_text (product_text, rank) VALUES ('hashsize', 16777216);

-- Every word of letters only that a product was ever found by: whether a word exists, how it goes on, what is near it.
CREATE TABLE word (
    word TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- People type the last digits of a barcode that no scanner reads.
CREATE INDEX barcode_by_end ON barcode (gtin % 10000);
