//! What the buttons of a screen do, and their words and pictures as the screens take them.

use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use kiosk_flow::view::{Button, Icon};
use kiosk_flow::{Control, Input};
use kiosk_ui::{AppWindow, Choice};
use slint::{ComponentHandle as _, Model as _, ModelRc, SharedString, VecModel};

/// Who hears of what was touched.
#[derive(Clone)]
pub(super) struct Touch(Rc<dyn Fn(Input)>);

impl Touch {
    pub fn new(on_input: impl Fn(Input) + 'static) -> Self {
        Self(Rc::new(on_input))
    }
}

/// What the buttons at one place of a screen do, in their order. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Slots(Arc<Mutex<Vec<Control>>>);

impl Slots {
    /// For a callback that gives the place of the button.
    pub fn touched(&self, touch: &Touch) -> impl Fn(i32) + 'static + use<> {
        let (slots, touch) = (self.clone(), touch.clone());
        move |place| slots.report(place, &touch)
    }

    /// For a callback of the one button there is.
    pub fn touched_one(&self, touch: &Touch) -> impl Fn() + 'static + use<> {
        let (slots, touch) = (self.clone(), touch.clone());
        move || slots.report(0, &touch)
    }

    fn report(&self, place: i32, touch: &Touch) {
        let control = usize::try_from(place)
            .ok()
            .and_then(|place| self.0.lock().unwrap_or_else(PoisonError::into_inner).get(place).cloned());
        if let Some(control) = control {
            touch.0(Input::Touched(control));
        }
    }

    fn keep(&self, controls: impl Iterator<Item = Control>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = controls.collect();
    }

    /// Takes what a row of buttons does and gives what they show.
    pub fn put(&self, app: &AppWindow, buttons: &[Button]) -> Vec<Choice> {
        self.keep(buttons.iter().map(|button| button.control.clone()));
        buttons.iter().map(|button| choice(app, button)).collect()
    }

    /// Takes what one button does and gives its label; none: an empty one, which is a button that is not there.
    pub fn put_one<'a>(&self, button: impl Into<Option<&'a Button>>) -> SharedString {
        let button = button.into();
        self.keep(button.map(|button| button.control.clone()).into_iter());
        button.map(|button| SharedString::from(&button.label)).unwrap_or_default()
    }
}

fn choice(app: &AppWindow, button: &Button) -> Choice {
    Choice {
        label: SharedString::from(&button.label),
        note: SharedString::from(&button.note),
        icon: icon(app, button.icon),
        selected: button.selected,
    }
}

/// An icon's path commands.
pub(super) fn icon(app: &AppWindow, icon: Icon) -> SharedString {
    let icons = app.global::<kiosk_ui::Icon<'_>>();
    match icon {
        Icon::None => SharedString::default(),
        Icon::Ticket => icons.get_ticket(),
        Icon::Smile => icons.get_smile(),
        Icon::Meh => icons.get_meh(),
        Icon::Frown => icons.get_frown(),
        Icon::Languages => icons.get_languages(),
        Icon::Help => icons.get_hand_helping(),
        Icon::Back => icons.get_arrow_left(),
        Icon::Forward => icons.get_arrow_right(),
        Icon::Check => icons.get_check(),
        Icon::Printer => icons.get_printer(),
        Icon::Warning => icons.get_triangle_alert(),
    }
}

/// Sets a list only where it changed: a list that is set anew forgets the finger that is down on it.
pub(super) fn set_list<T: Clone + PartialEq + 'static>(
    current: &ModelRc<T>,
    fresh: Vec<T>,
    set: impl FnOnce(ModelRc<T>),
) {
    if current.row_count() != fresh.len() || !current.iter().eq(fresh.iter().cloned()) {
        set(ModelRc::new(VecModel::from(fresh)));
    }
}

/// Sets a list of texts only where it changed.
pub(super) fn set_texts(current: &ModelRc<SharedString>, fresh: &[String], set: impl FnOnce(ModelRc<SharedString>)) {
    set_list(current, fresh.iter().map(SharedString::from).collect(), set);
}
