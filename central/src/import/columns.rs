//! Which column is what: by the words in the header.

/// What a column can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Column {
    /// The company's own number.
    Sku,
    /// A number from elsewhere; the SKU where there is none.
    Id,
    /// One or more trade item numbers.
    Gtin,
    /// What it is called.
    Name,
    /// What tells it from its siblings.
    Variant,
    /// Groups variants.
    Style,
    /// Colour name.
    Colour,
    /// `#RRGGBB`.
    ColourCode,
    /// Size name.
    Size,
    /// `piece`, `kilogram`, `metre`.
    Unit,
    /// Code of a tax rate.
    Tax,
    /// Price of one unit.
    Price,
    /// What the site has of it.
    Stock,
    /// Where it belongs.
    Category,
    /// Who makes it.
    Brand,
    /// Larger is sold more.
    Popularity,
}

/// Words of a header, in small letters; the first is the one to use.
const WORDS: [(Column, &[&str]); 16] = [
    (Column::Sku, &["sku", "article", "item"]),
    (Column::Id, &["id", "product_id"]),
    (Column::Gtin, &["gtin", "gtins", "ean", "upc", "barcode"]),
    (Column::Name, &["name", "description", "title"]),
    (Column::Variant, &["variant"]),
    (Column::Style, &["style"]),
    (Column::Colour, &["colour", "color"]),
    (Column::ColourCode, &["colour_code", "color_code"]),
    (Column::Size, &["size"]),
    (Column::Unit, &["unit"]),
    (Column::Tax, &["tax", "vat"]),
    (Column::Price, &["price"]),
    (Column::Stock, &["stock", "quantity"]),
    (Column::Category, &["category"]),
    (Column::Brand, &["brand"]),
    (Column::Popularity, &["popularity"]),
];

impl Column {
    /// Its word.
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|(column, _)| *column == self).map_or("column", |(_, words)| words[0])
    }
}

/// The columns of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// What each field is; none is passed over.
    pub fields: Vec<Option<Column>>,
    /// Headers that say nothing to us.
    pub ignored: Vec<String>,
}

impl Columns {
    /// Reads a header.
    ///
    /// # Errors
    /// [`HeaderError`], when a line of such a file could not name a product.
    pub fn read<'a>(header: impl Iterator<Item = &'a str>) -> Result<Self, HeaderError> {
        let mut fields: Vec<Option<Column>> = Vec::new();
        let mut ignored = Vec::new();
        for title in header {
            let title = title.trim_start_matches('\u{feff}').trim();
            let word = title.to_lowercase().replace([' ', '-'], "_");
            let found = WORDS.iter().find(|(_, words)| words.contains(&word.as_str())).map(|(column, _)| *column);
            match found {
                Some(column) if fields.contains(&Some(column)) => {
                    return Err(HeaderError::Twice { column: column.word(), title: title.to_owned() });
                }
                Some(_) => {}
                None => ignored.push(title.to_owned()),
            }
            fields.push(found);
        }
        let columns = Columns { fields, ignored };
        if !columns.has(Column::Name) {
            return Err(HeaderError::NoName { found: columns.ignored.join(", ") });
        }
        if ![Column::Sku, Column::Id, Column::Gtin].into_iter().any(|column| columns.has(column)) {
            return Err(HeaderError::NoNumber);
        }
        Ok(columns)
    }

    /// Whether the file has it.
    pub fn has(&self, column: Column) -> bool {
        self.fields.contains(&Some(column))
    }
}

/// A header that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Products have names.
    #[error("line 1: there is no column \"name\" (not known: {found})")]
    NoName {
        /// What else is there.
        found: String,
    },
    /// Products have numbers.
    #[error("line 1: there is no column \"sku\", \"id\" or \"gtin\"")]
    NoNumber,
    /// Which of them?
    #[error("line 1: column {title:?} is {column:?} a second time")]
    Twice {
        /// What it means.
        column: &'static str,
        /// As written.
        title: String,
    },
}
