//! A view as the screens take it: its words, its pictures, and what its buttons do.

use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use kiosk_flow::view::{Button, Countdown, Icon};
use kiosk_flow::{Control, Input};
use kiosk_ui::{AppWindow, Choice, Script};
use slint::{ComponentHandle as _, Model as _, ModelRc, SharedString, VecModel};
use wire::ids::Language;

/// The identities of a screen's buttons: where each kind of them begins. The footer's are its places, from 0.
pub(super) mod ids {
    /// A touch beside the buttons.
    pub const ANYWHERE: i32 = 8;
    /// The way to stay.
    pub const STAY: i32 = 9;
    /// What can be done.
    pub const ACTIONS: i32 = 10;
    /// The languages.
    pub const LANGUAGES: i32 = 40;
    /// Cards, faces, keys.
    pub const CHOICES: i32 = 100;
}

/// What the buttons of the screen do. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Controls(Arc<Mutex<Vec<(i32, Control)>>>);

impl Controls {
    /// For the callback that says which button was activated.
    pub fn touched(&self, on_input: Rc<dyn Fn(Input)>) -> impl Fn(i32) + 'static + use<> {
        let controls = self.clone();
        move |id| {
            let control = controls.locked().iter().find(|(of, _)| *of == id).map(|(_, control)| control.clone());
            if let Some(control) = control {
                on_input(Input::Touched(control));
            }
        }
    }

    /// What a new view's buttons do, instead of what the last one's did. Whether one of them does something else now.
    pub fn replace(&self, sheet: Sheet<'_>) -> bool {
        let mut controls = self.locked();
        let differs = |(id, was): &(i32, Control)| sheet.controls.iter().any(|(of, is)| of == id && is != was);
        let other = controls.iter().any(differs);
        *controls = sheet.controls;
        other
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Vec<(i32, Control)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a view becomes, screen by screen.
pub(super) struct Sheet<'a> {
    pub app: &'a AppWindow,
    lang: Language,
    controls: Vec<(i32, Control)>,
}

impl<'a> Sheet<'a> {
    pub fn new(app: &'a AppWindow, lang: Language) -> Self {
        Self { app, lang, controls: Vec::new() }
    }

    /// A text. In a line that is read from the right, what is read from the left stays together.
    pub fn text(&self, text: &str) -> SharedString {
        if script(self.lang) == Script::Arabic { super::bidi::isolated(text).into() } else { text.into() }
    }

    /// Several texts.
    pub fn texts(&self, texts: &[String]) -> Vec<SharedString> {
        texts.iter().map(|text| self.text(text)).collect()
    }

    /// What a control is for a screen that names no button of its own.
    pub fn control(&mut self, id: i32, control: &Control) {
        self.controls.push((id, control.clone()));
    }

    /// A button.
    pub fn button(&mut self, id: i32, button: &Button) -> Choice {
        self.control(id, &button.control);
        Choice {
            id,
            label: self.text(&button.label),
            note: self.text(&button.note),
            spoken: self.text(&button.spoken()),
            icon: self.icon(button.icon),
            script: script(button.lang.unwrap_or(self.lang)),
            selected: button.selected,
            enabled: button.enabled,
        }
    }

    /// Several buttons, whose identities follow each other.
    pub fn buttons<'b>(&mut self, first: i32, buttons: impl IntoIterator<Item = &'b Button>) -> Vec<Choice> {
        (first..).zip(buttons).map(|(id, button)| self.button(id, button)).collect()
    }

    /// A countdown's text, and its way to stay.
    pub fn countdown(&mut self, countdown: Option<&Countdown>) -> (SharedString, Choice) {
        countdown.map_or_else(Default::default, |countdown| {
            (self.text(&countdown.text), self.button(ids::STAY, &countdown.stay))
        })
    }

    /// An icon's path commands. Arrows and the key that deletes point the way that lines are read.
    pub fn icon(&self, icon: Icon) -> SharedString {
        let icons = self.app.global::<kiosk_ui::Icon<'_>>();
        let mirrored = script(self.lang) == Script::Arabic;
        match icon {
            Icon::None => SharedString::default(),
            Icon::Ticket => icons.get_ticket(),
            Icon::Smile => icons.get_smile(),
            Icon::SmileSlight => icons.get_smile_slight(),
            Icon::Meh => icons.get_meh(),
            Icon::Frown => icons.get_frown(),
            Icon::Languages => icons.get_languages(),
            Icon::Display => icons.get_a_large_small(),
            Icon::Help => icons.get_hand_helping(),
            Icon::Back if mirrored => icons.get_arrow_right(),
            Icon::Forward if mirrored => icons.get_arrow_left(),
            Icon::Back => icons.get_arrow_left(),
            Icon::Forward => icons.get_arrow_right(),
            Icon::Check => icons.get_check(),
            Icon::Cross => icons.get_x(),
            Icon::Printer => icons.get_printer(),
            Icon::Warning => icons.get_triangle_alert(),
            Icon::Clock => icons.get_clock(),
            Icon::Bus => icons.get_bus(),
            Icon::Speaker => icons.get_volume_2(),
            Icon::Quieter => icons.get_volume_1(),
            Icon::Delete if mirrored => icons.get_delete_right(),
            Icon::Delete => icons.get_delete(),
            Icon::People => icons.get_users(),
            Icon::Lock => icons.get_lock(),
            Icon::RollOpen => icons.get_roll_open(),
            Icon::RollPlace => icons.get_roll_place(),
            Icon::RollPull => icons.get_roll_pull(),
            Icon::RollSlip => icons.get_roll_slip(),
        }
    }
}

/// The letters of a language.
pub(super) fn script(lang: Language) -> Script {
    match lang {
        Language::Fr | Language::En | Language::Es | Language::Pt | Language::Tr | Language::FrSimple => Script::Latin,
        Language::Uk => Script::Cyrillic,
        Language::Ar => Script::Arabic,
        Language::Zh => Script::Chinese,
    }
}

/// Sets what changed of a list: rows that stay are neither made nor laid out anew, and keep the finger that is down.
pub(super) fn set_list<T: Clone + PartialEq + 'static>(
    current: &ModelRc<T>,
    fresh: Vec<T>,
    set: impl FnOnce(ModelRc<T>),
) {
    let Some(rows) = current.as_any().downcast_ref::<VecModel<T>>() else {
        return set(ModelRc::new(VecModel::from(fresh)));
    };
    while rows.row_count() > fresh.len() {
        rows.remove(rows.row_count() - 1);
    }
    for (row, value) in fresh.into_iter().enumerate() {
        match rows.row_data(row) {
            None => rows.push(value),
            Some(shown) if shown != value => rows.set_row_data(row, value),
            Some(_) => {}
        }
    }
}
