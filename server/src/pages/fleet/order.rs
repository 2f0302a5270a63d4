//! In which order the table of bornes stands: a link in each head asks for it, and says so where the page renews itself.

use std::cmp::{Ordering, Reverse};

use super::table::{Level, Mark, Row};
use crate::pages::admin::words::plain;

/// By what rows are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Column {
    Name,
    Seen,
    Alarms,
    Paper,
    Printer,
    Unsent,
    Clock,
    Sound,
    Version,
}

impl Column {
    /// As they stand.
    const ALL: [Self; 9] = [
        Self::Name,
        Self::Seen,
        Self::Alarms,
        Self::Paper,
        Self::Printer,
        Self::Unsent,
        Self::Clock,
        Self::Sound,
        Self::Version,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Name => "Borne",
            Self::Seen => "Vue",
            Self::Alarms => "Alarmes",
            Self::Paper => "Papier",
            Self::Printer => "Imprimante",
            Self::Unsent => "À envoyer",
            Self::Clock => "Heure",
            Self::Sound => "Son",
            Self::Version => "Version",
        }
    }

    /// What it is called in addresses.
    const fn key(self) -> &'static str {
        match self {
            Self::Name => "borne",
            Self::Seen => "vue",
            Self::Alarms => "alarmes",
            Self::Paper => "papier",
            Self::Printer => "imprimante",
            Self::Unsent => "envoi",
            Self::Clock => "heure",
            Self::Sound => "son",
            Self::Version => "version",
        }
    }

    /// Rising, then falling, in words.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Name => ("de A à Z", "de Z à A"),
            Self::Seen => ("la dernière vue d’abord", "la plus silencieuse d’abord"),
            Self::Alarms => ("les plus saines d’abord", "alarmes d’abord"),
            Self::Paper => ("le plus de papier d’abord", "le moins de papier d’abord"),
            Self::Printer => ("imprimantes prêtes d’abord", "imprimantes en panne d’abord"),
            Self::Unsent => ("le moins à envoyer d’abord", "le plus à envoyer d’abord"),
            Self::Clock => ("heures sûres d’abord", "heures douteuses d’abord"),
            Self::Sound => ("bornes audibles d’abord", "sons coupés d’abord"),
            Self::Version => ("la plus ancienne version d’abord", "la plus récente version d’abord"),
        }
    }

    /// Which way the first click sorts: what wants somebody comes first.
    const fn falls_first(self) -> bool {
        !matches!(self, Self::Name | Self::Version)
    }

    /// Of two rows, rising.
    fn compare(self, a: &Row, b: &Row) -> Ordering {
        let level = |mark: &Option<Mark>| mark.as_ref().map_or(Level::Plain, |mark| mark.level);
        let by = |mark: fn(&Row) -> &Option<Mark>| level(mark(a)).cmp(&level(mark(b)));
        match self {
            Self::Name => natural(&a.name).cmp(&natural(&b.name)),
            Self::Seen => a.silence.cmp(&b.silence),
            Self::Alarms => a.level.cmp(&b.level),
            Self::Paper => by(|row| &row.paper),
            Self::Printer => by(|row| &row.printer),
            Self::Unsent => a.waiting.cmp(&b.waiting),
            Self::Clock => by(|row| &row.clock),
            Self::Sound => by(|row| &row.sound),
            Self::Version => a.version.as_deref().map(natural).cmp(&b.version.as_deref().map(natural)),
        }
    }
}

/// An order of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Order {
    column: Column,
    falls: bool,
}

impl Default for Order {
    fn default() -> Self {
        Self { column: Column::Alarms, falls: true }
    }
}

/// A column's head.
pub(super) struct Head {
    pub(super) name: &'static str,
    /// As `aria-sort` says it, where the rows stand by this column.
    pub(super) sorted: Option<&'static str>,
    /// The same for eyes.
    pub(super) arrow: &'static str,
    /// Where its link leads: the same column the other way round, or another one.
    pub(super) query: String,
    /// What the link does.
    pub(super) action: &'static str,
}

impl Order {
    /// What an address asks for; what it does not know stands as it stands without.
    pub(super) fn read(query: &str) -> Self {
        let field = |wanted: &str| {
            form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == wanted).map(|(_, value)| value)
        };
        let column = field("tri").and_then(|key| Column::ALL.into_iter().find(|column| column.key() == key));
        let Some(column) = column else { return Self::default() };
        let falls = match field("sens").as_deref() {
            Some("asc") => Some(false),
            Some("desc") => Some(true),
            Some(_) => return Self::default(),
            None => None,
        };
        Self { column, falls: falls.unwrap_or(column.falls_first()) }
    }

    /// The same in an address.
    pub(super) fn query(self) -> String {
        format!("tri={}&sens={}", self.column.key(), if self.falls { "desc" } else { "asc" })
    }

    /// « alarmes d’abord »
    pub(super) const fn words(self) -> &'static str {
        let (rises, falls) = self.column.words();
        if self.falls { falls } else { rises }
    }

    pub(super) fn heads(self) -> Vec<Head> {
        let head = |column: Column| {
            let is_this = column == self.column;
            let next = Self { column, falls: if is_this { !self.falls } else { column.falls_first() } };
            let (sorted, arrow) = match (is_this, self.falls) {
                (false, _) => (None, "↕"),
                (true, false) => (Some("ascending"), "↑"),
                (true, true) => (Some("descending"), "↓"),
            };
            Head { name: column.name(), sorted, arrow, query: next.query(), action: next.words() }
        };
        Column::ALL.into_iter().map(head).collect()
    }

    /// Puts rows in order. Those alike stand with alarms first, and then as they came.
    pub(super) fn sort(self, rows: &mut [Row]) {
        rows.sort_by_key(|row| Reverse(row.level));
        rows.sort_by(|a, b| {
            let order = self.column.compare(a, b);
            if self.falls { order.reverse() } else { order }
        });
    }
}

/// A piece of a text as people order it: numbers by their size, letters without accents, and before them what is neither.
#[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Piece {
    Number(u64),
    Text(String),
}

fn natural(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        match (pieces.last_mut(), c.to_digit(10)) {
            (Some(Piece::Number(n)), Some(digit)) => *n = n.saturating_mul(10).saturating_add(u64::from(digit)),
            (_, Some(digit)) => pieces.push(Piece::Number(u64::from(digit))),
            (last, None) => {
                let without_accent = plain(c);
                let mut own = [0; 4];
                let written = if without_accent.is_empty() { &*c.encode_utf8(&mut own) } else { without_accent };
                match last {
                    Some(Piece::Text(text)) => text.push_str(written),
                    Some(Piece::Number(_)) | None => pieces.push(Piece::Text(written.to_owned())),
                }
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_say_the_order_and_what_they_do_not_know_is_alarms_first() {
        for column in Column::ALL {
            for falls in [true, false] {
                let order = Order { column, falls };
                assert_eq!(Order::read(&order.query()), order);
            }
            let first = Order { column, falls: column.falls_first() };
            assert_eq!(Order::read(&format!("ici=x&tri={}", column.key())), first);
        }
        for unknown in
            ["", "tri=", "tri=couleur&sens=asc", "tri=papier&sens=travers", "sens=asc", "tri=%ff", "tri[]=papier"]
        {
            assert_eq!(Order::read(unknown), Order::default(), "{unknown}");
        }
    }

    #[test]
    fn a_head_leads_the_other_way_round_and_its_words_are_those_of_where_it_leads() {
        let heads = Order::read("tri=papier&sens=desc").heads();
        let sorted: Vec<_> = heads.iter().filter(|head| head.sorted.is_some()).collect();
        let told: Vec<_> =
            sorted.iter().map(|head| (head.name, head.sorted, head.query.as_str(), head.action)).collect();
        assert_eq!(told, [("Papier", Some("descending"), "tri=papier&sens=asc", "le plus de papier d’abord")]);
        for head in &heads {
            assert_eq!(Order::read(&head.query).words(), head.action);
        }
    }

    #[test]
    fn names_and_versions_stand_as_people_order_them() {
        let mut names = ["Hall 10", "écran", "Hall 2", "Zone", "hall 2 bis", "Accueil"];
        names.sort_by_key(|name| natural(name));
        assert_eq!(names, ["Accueil", "écran", "Hall 2", "hall 2 bis", "Hall 10", "Zone"]);
        let mut versions = ["0.10.0", "0.9.12", "0.9.2"];
        versions.sort_by_key(|version| natural(version));
        assert_eq!(versions, ["0.9.2", "0.9.12", "0.10.0"]);
    }
}
