//! Many contacts in, one pointer out: which of them a button may see. Pure: time is an argument.
//!
//! Left to itself, Slint clicks twice when a palm joins a finger, never while a palm rests, once for a touch that the
//! panel takes back, and twice for a finger that trembles. What is right at a borne:
//!
//! | what happens | clicks | because |
//! |---|---|---|
//! | a finger comes and goes | 1 | a press acts when it is released, however long it was |
//! | a second finger or a palm joins one that holds a control | 0 | nobody knows which was meant (design, principle 6) |
//! | all fingers of a hand land within [`LANDING`] | 0 | a hand that leans, a child, water |
//! | a palm rests beside the controls, another finger taps | 1 each | it holds nothing, so nothing else was meant |
//! | a palm rests on a control, another finger taps | 0, then 1 each | the first tap looks like a second finger; what has been down for [`RESTS`] without a press only rests |
//! | something has held a control for [`HELD`], a finger taps | 1 | so long holds a lost finger or a sleeve, not a visitor |
//! | [`CROWD`] contacts at once | 0 | a hand laid flat, a wet panel |
//! | the panel takes a touch back, or is unplugged | 0 | it was no finger, or nobody knows |
//! | a finger is lost and found, or taps twice, within [`AGAIN`] at one place | 1 | a panel that bounces, a hand that trembles |
//! | a finger slides off and lifts | 0 | the button is no longer under it |
//! | a finger slides off, comes back and lifts | 1 | the button shows itself pressed again |
//! | the screen changes under the finger | 0 | what is there now was not pressed |

use std::time::Duration;

/// Contacts that come within this time are one landing hand.
pub const LANDING: Duration = Duration::from_millis(100);

/// What comes down where something was lifted less than this ago is the same touch. Twice what bouncing panels need,
/// and shorter than the pause between two taps that are meant.
pub const AGAIN: Duration = Duration::from_millis(150);

/// What has been down for this long without a press only rests, and no longer stops others.
pub const RESTS: Duration = Duration::from_secs(1);

/// Nobody holds a control for this long while another finger taps: its lift was lost, or it is no finger.
pub const HELD: Duration = Duration::from_secs(10);

/// So many contacts that have lately been heard of are no finger.
pub const CROWD: usize = 5;

/// More contacts than any panel tells of are fingers whose lifts were lost: the oldest is forgotten.
const MOST: usize = 32;

/// What a finger does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It comes down.
    Down,
    /// It moves.
    Motion,
    /// It is lifted.
    Up,
    /// It was no touch after all.
    Cancel,
}

/// What a panel tells of one finger.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Touch {
    /// Which finger, as long as it is down.
    pub finger: u64,
    /// What it does.
    pub phase: Phase,
    /// From the left edge, in pixels; of no account unless it comes down or moves.
    pub x: f32,
    /// From the upper edge, in pixels; of no account unless it comes down or moves.
    pub y: f32,
    /// When, on a clock that never runs back.
    pub at: Duration,
}

/// A place on the glass, in pixels from its upper left corner.
pub type Place = (f32, f32);

/// What the one pointer does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decision {
    /// Nothing.
    Nothing,
    /// It is pressed; [`Filter::landed`] must be told on what.
    Press(Place),
    /// It moves.
    Move(Place),
    /// It is released: the click, where it was pressed on the same control.
    Release(Place),
    /// It leaves without a click.
    Cancel,
    /// It leaves without a click, and is pressed elsewhere.
    Instead(Place),
}

/// What the button of a mouse does, where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    /// It is pressed.
    Down,
    /// The mouse moves.
    Motion,
    /// It is released.
    Up,
}

/// What becomes of an event of the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The screens see it.
    Pass,
    /// They do not.
    Drop,
    /// They do not, and the press that they see leaves without a click.
    DropAndCancel,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// The one that the screens see.
    Pressing { on_control: bool },
    /// No press any more, and none beside it until it rests.
    Spent,
    /// Stops nobody.
    Resting,
}

#[derive(Clone, Copy, Debug)]
struct Contact {
    finger: u64,
    place: Place,
    since: Duration,
    heard: Duration,
    role: Role,
}

#[derive(Clone, Copy, Debug)]
struct Lifted {
    place: Place,
    since: Duration,
    at: Duration,
    role: Role,
}

/// The contacts on one panel.
#[derive(Debug)]
pub struct Filter {
    near: f32,
    contacts: Vec<Contact>,
    lifted: Vec<Lifted>,
    mouse: bool,
}

impl Filter {
    /// Nothing on the glass; what is `near` or less apart is one place, in pixels.
    #[must_use]
    pub fn new(near: f32) -> Self {
        Self { near, contacts: Vec::new(), lifted: Vec::new(), mouse: false }
    }

    /// What is one place, in pixels, now that the window has another size.
    pub fn set_near(&mut self, near: f32) {
        self.near = near;
    }

    /// What the pointer does now that a panel told something of a finger.
    #[must_use = "the screens must see it"]
    pub fn touch(&mut self, touch: Touch) -> Decision {
        let placed = touch.x.is_finite() && touch.y.is_finite();
        match touch.phase {
            Phase::Down if placed => self.down(touch),
            Phase::Motion if placed => self.motion(touch),
            Phase::Down | Phase::Motion => Decision::Nothing,
            Phase::Up => self.up(touch),
            Phase::Cancel => cancel_if(self.take(touch.finger).is_some_and(pressing)),
        }
    }

    /// Whether the last press is on something that can be operated. Until this is told, it counts as being so.
    pub fn landed(&mut self, on_control: bool) {
        if let Some(contact) = self.contacts.iter_mut().find(|contact| pressing(**contact)) {
            contact.role = Role::Pressing { on_control };
        }
    }

    /// What becomes of an event of the mouse: a finger and a mouse cancel each other as two fingers do.
    #[must_use = "the screens must see it, or not"]
    pub fn mouse(&mut self, mouse: Mouse) -> Verdict {
        let finger = self.contacts.iter().copied().any(pressing);
        match mouse {
            Mouse::Down if finger => {
                self.spend();
                Verdict::DropAndCancel
            }
            Mouse::Motion if finger => Verdict::Drop,
            Mouse::Motion => Verdict::Pass,
            Mouse::Down => {
                self.mouse = true;
                Verdict::Pass
            }
            Mouse::Up if std::mem::take(&mut self.mouse) => Verdict::Pass,
            Mouse::Up => Verdict::Drop,
        }
    }

    /// What was pressed is no longer there: the press leaves without a click, and its finger has none any more.
    #[must_use = "the screens must see it"]
    pub fn interrupt(&mut self) -> Decision {
        let mouse = std::mem::take(&mut self.mouse);
        cancel_if(self.spend() || mouse)
    }

    /// What was lifted is forgotten: what comes next is another touch, wherever and however soon.
    pub fn settle(&mut self) {
        self.lifted.clear();
    }

    /// The panel is gone, and every finger with it.
    #[must_use = "the screens must see it"]
    pub fn unplugged(&mut self) -> Decision {
        let pressed = self.contacts.iter().copied().any(pressing);
        self.contacts.clear();
        cancel_if(pressed)
    }

    fn down(&mut self, touch: Touch) -> Decision {
        let Touch { finger, x, y, at, .. } = touch;
        // Its lift was lost: the same finger cannot come down twice.
        let lost = self.take(finger).is_some_and(pressing);
        let mut contact = Contact { finger, place: (x, y), since: at, heard: at, role: Role::Spent };
        let decision = if let Some(lifted) = self.found_again(touch) {
            contact.since = lifted.since;
            contact.role = lifted.role;
            self.beside(lifted)
        } else {
            let decision = self.fresh(touch);
            if matches!(decision, Decision::Press(_) | Decision::Instead(_)) {
                contact.role = Role::Pressing { on_control: true };
            }
            decision
        };
        if self.contacts.len() >= MOST
            && let Some(oldest) = self.contacts.iter().position(|contact| !pressing(*contact))
        {
            self.contacts.remove(oldest);
        }
        self.contacts.push(contact);
        if !lost {
            decision
        } else if let Decision::Press(place) = decision {
            Decision::Instead(place)
        } else {
            Decision::Cancel
        }
    }

    /// What a finger does that is new on the glass.
    fn fresh(&mut self, Touch { x, y, at, .. }: Touch) -> Decision {
        let heard = self.contacts.iter().filter(|contact| since(contact.heard, at) < HELD).count();
        let mouse = std::mem::take(&mut self.mouse);
        if mouse || heard + 1 >= CROWD {
            return cancel_if(self.spend() || mouse);
        }
        let Some(holding) = self.contacts.iter_mut().find(|contact| pressing(**contact)) else {
            let blocked = |contact: &Contact| contact.role == Role::Spent && since(contact.since, at) < RESTS;
            let blocked = self.contacts.iter().any(blocked);
            return if blocked { Decision::Nothing } else { Decision::Press((x, y)) };
        };
        let held = since(holding.since, at);
        let beside = holding.role == Role::Pressing { on_control: false } && held >= LANDING;
        if beside || held >= HELD {
            holding.role = Role::Resting;
            Decision::Instead((x, y))
        } else {
            holding.role = Role::Spent;
            Decision::Cancel
        }
    }

    /// What was lifted at this place a moment ago: the same touch goes on, and has had its press.
    fn found_again(&mut self, touch: Touch) -> Option<Lifted> {
        self.lifted.retain(|lifted| since(lifted.at, touch.at) < AGAIN);
        let near = |lifted: &Lifted| (lifted.place.0 - touch.x).hypot(lifted.place.1 - touch.y) <= self.near;
        let found = self.lifted.iter().rposition(near)?;
        Some(self.lifted.remove(found))
    }

    /// What a touch that goes on does to a press elsewhere: nothing, where it rested when the press began.
    fn beside(&mut self, lifted: Lifted) -> Decision {
        let rested = |contact: &Contact| lifted.since <= contact.since && contact.since <= lifted.at;
        if self.contacts.iter().any(|contact| pressing(*contact) && rested(contact)) {
            return Decision::Nothing;
        }
        cancel_if(self.spend())
    }

    fn motion(&mut self, touch: Touch) -> Decision {
        let Some(contact) = self.contacts.iter_mut().find(|contact| contact.finger == touch.finger) else {
            return Decision::Nothing;
        };
        contact.place = (touch.x, touch.y);
        contact.heard = touch.at;
        if pressing(*contact) { Decision::Move(contact.place) } else { Decision::Nothing }
    }

    fn up(&mut self, touch: Touch) -> Decision {
        let Some(contact) = self.take(touch.finger) else {
            return Decision::Nothing;
        };
        self.lifted.retain(|lifted| since(lifted.at, touch.at) < AGAIN);
        let pressed = pressing(contact);
        if self.lifted.len() < MOST {
            let role = if pressed { Role::Spent } else { contact.role };
            self.lifted.push(Lifted { place: contact.place, since: contact.since, at: touch.at, role });
        }
        if pressed { Decision::Release(contact.place) } else { Decision::Nothing }
    }

    fn take(&mut self, finger: u64) -> Option<Contact> {
        let at = self.contacts.iter().position(|contact| contact.finger == finger)?;
        Some(self.contacts.remove(at))
    }

    /// Takes the press from the finger that has it, if any.
    fn spend(&mut self) -> bool {
        let holding = self.contacts.iter_mut().find(|contact| pressing(**contact));
        holding.map(|contact| contact.role = Role::Spent).is_some()
    }
}

fn pressing(contact: Contact) -> bool {
    matches!(contact.role, Role::Pressing { .. })
}

fn cancel_if(pressed: bool) -> Decision {
    if pressed { Decision::Cancel } else { Decision::Nothing }
}

/// How long ago; a clock that did run back makes everything old, so that nothing blocks for ever.
fn since(then: Duration, now: Duration) -> Duration {
    now.checked_sub(then).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests;
