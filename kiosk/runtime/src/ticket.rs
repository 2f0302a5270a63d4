//! From a ticket to its slip (design, chapter 6).

use drivers::printer::slip::{Align, Block, Code, Slip, TenthsMm, TextLine, Weight};
use jiff::Zoned;
use kiosk_flow::texts::{Counted, Msg, Texts};
use wire::catalogue::{Catalogue, Service};
use wire::ids::Language;
use wire::label::Label;

/// The paper's width, which sets sizes and wording.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Paper {
    /// 80 mm.
    Wide,
    /// 58 mm.
    Narrow,
}

impl Paper {
    /// From a profile's width in millimetres.
    #[must_use]
    pub const fn of_width_mm(mm: u16) -> Self {
        if mm < 70 { Self::Narrow } else { Self::Wide }
    }
}

/// What a ticket says.
#[derive(Clone, Debug)]
pub struct TicketFacts {
    /// The number.
    pub label: Label,
    /// When it was issued, local time. A duplicate keeps it.
    pub at: Zoned,
    /// Its language.
    pub lang: Language,
    /// The address of its page.
    pub link: String,
    /// The wait in minutes, where it was known.
    pub wait_min: Option<(u32, u32)>,
    /// How many people come together, 1 to 9.
    pub group: u8,
    /// The visitor says that they have priority; the paper never says why.
    pub priority: bool,
    /// Printed again on request.
    pub duplicate: bool,
}

fn line(text: String, tenths: u16, weight: Weight, align: Align) -> TextLine {
    TextLine { text, cap: TenthsMm(tenths), weight, align }
}

fn centred(text: String, tenths: u16, weight: Weight) -> Block {
    Block::Text(line(text, tenths, weight, Align::Centre))
}

fn space(tenths: u16) -> Block {
    Block::Space(TenthsMm(tenths))
}

/// The slip of a ticket.
#[must_use]
pub fn slip(facts: &TicketFacts, catalogue: &Catalogue, service: &Service, texts: &Texts, paper: Paper) -> Slip {
    let wide = paper == Paper::Wide;
    let lang = facts.lang;
    let (name_cap, small_cap, body_cap) = if wide { (30, 23, 30) } else { (24, 23, 26) };
    let date = texts.date(facts.at.date(), wide);
    let mut blocks = vec![
        centred(catalogue.site.name.get(lang).to_owned(), 26, Weight::Bold),
        centred(format!("{date} · {}", texts.clock(facts.at.time())), small_cap, Weight::Regular),
    ];
    if facts.duplicate {
        blocks.extend([space(12), Block::Band { text: texts.get(Msg::Duplicata), cap: TenthsMm(26) }]);
    }
    blocks.push(space(if wide { 22 } else { 26 }));
    blocks.push(Block::Number { text: facts.label.display(), cap: TenthsMm(if wide { 140 } else { 120 }) });
    blocks.push(space(if wide { 23 } else { 28 }));
    let name = if wide { &service.name } else { service.short_name.as_ref().unwrap_or(&service.name) };
    blocks.push(centred(name.get(lang).to_owned(), name_cap, Weight::Bold));
    if !lang.is_french() {
        // An agent reads French, whoever holds the ticket.
        blocks.push(centred(name.get(Language::Fr).to_owned(), small_cap, Weight::Regular));
    }
    if let Some(wait) = facts.wait_min {
        blocks.push(centred(wait_text(wait, texts, wide), body_cap, Weight::Regular));
    }
    if let Some(room) = &service.room {
        blocks.push(centred(room.get(lang).to_owned(), body_cap, Weight::Regular));
    }
    if facts.group > 1 {
        blocks.push(centred(texts.count(Counted::Group, facts.group.into()), body_cap, Weight::Regular));
    }
    if facts.priority {
        blocks.push(centred(texts.get(Msg::PriorityNoted), body_cap, Weight::Bold));
    }
    blocks.extend([space(8), Block::Rule, space(5)]);
    let beside = [
        (Msg::TicketFollow, 24, Weight::Bold),
        (Msg::TicketOnPhone, 21, Weight::Regular),
        (Msg::TicketSamePage, 21, Weight::Regular),
    ];
    blocks.push(Block::Code(Code {
        data: facts.link.clone(),
        module_dots: if wide { 4 } else { 3 },
        lines: beside.into_iter().map(|(msg, cap, weight)| line(texts.get(msg), cap, weight, Align::Start)).collect(),
    }));
    Slip { blocks, rtl: lang.rtl() }
}

fn wait_text((low, high): (u32, u32), texts: &Texts, wide: bool) -> String {
    let (low_text, high_text) = (low.to_string(), high.to_string());
    let msg = match (low, wide) {
        (0, _) => Msg::WaitUnder,
        (_, true) => Msg::WaitRange,
        (_, false) => Msg::TicketWaitShort,
    };
    texts.fill(msg, &[("low", &low_text), ("high", &high_text)])
}

/// A slip that proves that a printer prints: site, time, a line of letters, a code.
#[must_use]
pub fn test_slip(catalogue: &Catalogue, at: &Zoned, texts: &Texts) -> Slip {
    Slip {
        blocks: vec![
            centred(catalogue.site.name.get(texts.lang()).to_owned(), 26, Weight::Bold),
            centred(format!("{} · {}", texts.date(at.date(), true), texts.clock(at.time())), 23, Weight::Regular),
            space(20),
            centred(texts.get(Msg::TestTicket), 30, Weight::Bold),
            centred("àâçéèêëîïôœùûü ÀÇÉÈŒ 0123456789".to_owned(), 23, Weight::Regular),
            space(15),
        ],
        rtl: false,
    }
}
