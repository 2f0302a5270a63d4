//! Every text the borne can say, named once. The English wording is the key of `assets/translations/*.po`.

macro_rules! messages {
    (visitors { $($name:ident = $id:literal,)* } staff { $($staff:ident = $staff_id:literal,)* }) => {
        /// A text, by its meaning.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[expect(missing_docs, reason = "each variant's English wording says what it is")]
        pub enum Msg { $($name,)* $($staff,)* }

        impl Msg {
            /// What visitors read or hear: in every language.
            pub const VISITORS: &[Self] = &[$(Self::$name,)*];

            /// What only staff read: in French and English.
            pub const STAFF: &[Self] = &[$(Self::$staff,)*];

            /// Its key: the English wording, after a word and a bar where two texts share one. `{name}` is replaced.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* $(Self::$staff => $staff_id,)* }
            }

            /// Its English wording.
            #[must_use]
            pub fn english(self) -> &'static str {
                self.id().split_once('|').map_or(self.id(), |(_, wording)| wording)
            }
        }
    };
}

messages! {
visitors {
    // S01, S02, the footer
    HomeTitle = "Hello. What would you like to do?",
    HomeText = "Touch your choice.",
    TakeTicket = "Take a ticket",
    GiveFeedback = "Give feedback",
    Back = "Back",
    Language = "Language",
    Display = "Display, sound",
    CallPerson = "Call a person",
    Finish = "Finish",
    LanguagesTitle = "Choose your language.",
    // S03
    ServicesTitle = "Choose a service",
    FamiliesTitle = "Choose a topic",
    More = "More ({page} of {pages})",
    FirstPage = "First page",
    DontKnow = "I don’t know",
    ClosedToday = "Closed today",
    OpensAt = "Opens at {time}",
    FullToday = "No more places today",
    ServiceClosed = "This service is closed",
    NextOpening = "Next opening: {when}.",
    // S04, S05, groups
    WaitUnknown = "We do not know the wait.",
    WaitRange = "Wait: about {low} to {high} minutes",
    WaitUnder = "Wait: under {high} minutes",
    NobodyAhead = "Nobody before you",
    Documents = "Do you have these documents?",
    Online = "Online, without waiting",
    NotBefore = "We may not be able to see you before {time}.",
    NoPaper = "No paper: your number will appear here.",
    TakePaperless = "Take a number without paper",
    IHavePriority = "I have priority",
    OtherService = "Other service",
    PriorityTitle = "Do you have priority?",
    PriorityText = "Mobility inclusion card, pregnancy, difficulty standing. Staff may ask for your card.",
    PriorityNoted = "Priority: see staff",
    GroupTitle = "How many people are you?",
    GroupText = "One ticket is enough for all of you.",
    GroupLonger = "Allow more time for several people.",
    Yes = "Yes",
    No = "No",
    // S14 to S16
    Printing = "Your ticket is printing",
    OneMoment = "One moment.",
    YourNumber = "Your number",
    TakeYourTicket = "Take your ticket",
    FollowMyTurn = "Follow my turn on my phone",
    NoAccount = "No account, no name.",
    Listen = "Listen",
    NoTicket = "No ticket?",
    OnMyPhone = "On my phone",
    BackIn = "Back in {seconds} s",
    Stay = "Stay",
    PlaceKept = "Your place is kept",
    NotPrinted = "The ticket was not printed. Photograph or write down this number.",
    MaybePrinted = "Your ticket may have printed. Photograph or write down this number.",
    WriteDown = "Photograph or write down this number.",
    Noted = "Noted",
    PrintAgain = "Print again",
    // S17
    Closed = "Reception is closed",
    ClosedOnline = "Hours and online services",
    Full = "No more tickets today",
    FullText = "All places are taken. Have a ticket? Your place is kept.",
    BusLeaves = "The bus leaves at {time}.",
    BusNext = "Next visit: {when}.",
    // S18 to S20
    AnonymousAnswer = "Anonymous answer.",
    Skip = "Skip",
    Thanks = "Thank you. Your answer is saved.",
    ResultsShown = "Results are displayed in the hall.",
    Complaint = "Make a complaint",
    // S22 to S24
    HelpTold = "Someone has been told",
    HelpStay = "Stay here if you can.",
    HelpComing = "Someone is coming",
    HelpNobody = "Nobody is free.",
    GoToDesk = "Go to the reception desk.",
    CancelHelp = "Cancel my request",
    Continue = "Continue",
    StillThere = "Are you still there?",
    YesContinue = "Yes, continue",
    IHaveFinished = "I have finished",
    OutOfOrder = "This machine is not working",
    WeWereTold = "We have been told.",
    // S29
    DisplayTitle = "Display and sound",
    LargerText = "Larger text",
    HighContrast = "High contrast",
    DarkBackground = "Dark background",
    ReadAloud = "Read aloud",
    Quieter = "Quieter",
    Louder = "Louder",
    // keys, spoken
    DeleteKey = "Delete",
    ConfirmKey = "Confirm",
    CancelKey = "Cancel",
    // spoken only
    SpeechOn = "Reading aloud. Arrows to explore.",
    SpeechOff = "Reading aloud is off.",
    SpokenHint = "Arrows to explore, round button to choose.",
    SpokenButton = "button, {n} of {count}",
    SpokenOn = "on",
    SpokenOff = "off",
    SpokenChosen = "chosen",
    SpokenUnavailable = "not available",
    SpokenStart = "Start of the screen",
    SpokenPaper = "The ticket is below the screen.",
    SpokenVolume = "Sound {n} of {count}",
    SpokenTyped = "character {n} of {count}",
    // dates and times
    TimeOfDay = "{hour12}:{minute} {am_pm}",
    TimeOnTheHour = "{hour12} {am_pm}",
    Today = "today, {time}",
    Tomorrow = "tomorrow, {time}",
    LaterDay = "{weekday} {day} {month}, {time}",
    TicketDate = "{weekday} {day} {month} {year}",
    TicketShortDate = "{weekday} {day} {month}",
    // the ticket
    TicketWaitShort = "Wait: {low} to {high} min",
    TicketFollow = "Follow your turn",
    TicketOnPhone = "on your phone.",
    TicketSamePage = "Feedback and complaints: same page.",
    Duplicata = "DUPLICATE",
    TestTicket = "Test ticket",
    ShortMonday = "Mon",
    ShortTuesday = "Tue",
    ShortWednesday = "Wed",
    ShortThursday = "Thu",
    ShortFriday = "Fri",
    ShortSaturday = "Sat",
    ShortSunday = "Sun",
    ShortJanuary = "Jan",
    ShortFebruary = "Feb",
    ShortMarch = "Mar",
    ShortApril = "Apr",
    ShortMay = "May",
    ShortJune = "Jun",
    ShortJuly = "Jul",
    ShortAugust = "Aug",
    ShortSeptember = "Sep",
    ShortOctober = "Oct",
    ShortNovember = "Nov",
    ShortDecember = "Dec",
    Monday = "Monday",
    Tuesday = "Tuesday",
    Wednesday = "Wednesday",
    Thursday = "Thursday",
    Friday = "Friday",
    Saturday = "Saturday",
    Sunday = "Sunday",
    January = "month|January",
    February = "month|February",
    March = "month|March",
    April = "month|April",
    May = "month|May",
    June = "month|June",
    July = "month|July",
    August = "month|August",
    September = "month|September",
    October = "month|October",
    November = "month|November",
    December = "month|December",
}
staff {
    StaffPin = "Staff PIN",
    StaffPinText = "Type your PIN.",
    PinWrong = "Badge or PIN not recognised.",
    PinLockedText = "Too many wrong PINs. Show your badge again later.",
    Maintenance = "Under maintenance",
    ChangeRoll = "Change roll",
    TestTicketButton = "button|Test ticket",
    TestReader = "Test reader",
    TestReaderText = "Show a code to the reader. Its kind and length are shown, never what it says.",
    Volume = "Volume",
    Network = "Network",
    UncertainTickets = "Uncertain tickets: {n}",
    UncertainTitle = "Uncertain tickets",
    UncertainText = "Their paper may be in the tray or not. Ask before you call these numbers twice.",
    CloseReception = "Close reception",
    OpenReception = "Open reception",
    Stop = "Stop",
    StopTitle = "Stop this machine?",
    Restart = "Restart",
    PowerOff = "Shut down",
    Exit = "Exit",
    RollOpen = "1. Open the cover",
    RollPlace = "2. Place the roll as drawn",
    RollPull = "3. Pull out 5 cm, close the cover",
    RollCheck = "4. Is the test ticket readable?",
    NextStep = "Next step",
    PartPrinter = "Printer",
    PartScanner = "Reader",
    PartBadges = "Badge reader",
    PartHeadset = "Headset",
    PartSound = "Sound",
    PartCallButton = "Call button",
    HealthGood = "works",
    HealthPaperLow = "paper low",
    HealthPaperOut = "no paper",
    HealthCoverOpen = "cover open",
    HealthRefuses = "does not work",
    HealthGone = "not found",
    HealthUnplugged = "not plugged in",
    PartIs = "{part}: {health}",
    NetworkUp = "Network: connected",
    NetworkDown = "Network: down for {minutes} min",
    NothingToSend = "Everything was sent",
    ToSend = "To send: {n}, since {when}",
    ToSendNow = "To send: {n}",
    ReaderRead = "Read: {what}",
    TryVolume = "This is how loud visitors hear it.",
}
}

/// A text that counts something: `{n}`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counted {
    /// How many people are before the visitor, from 1.
    PeopleAhead,
    /// How many people come together, from 1.
    Group,
    /// How many services a family has.
    Services,
    /// How many choices a screen has.
    Choices,
    /// How many seconds until the start is shown again.
    Returning,
    /// How many digits are missing (staff).
    DigitsMissing,
    /// How many tries are left (staff).
    TriesLeft,
    /// For how many minutes nobody can sign in (staff).
    Locked,
    /// How much is not sent yet (staff).
    StaysSaved,
}

impl Counted {
    /// Every one.
    pub const ALL: &[Self] = &[
        Self::PeopleAhead,
        Self::Group,
        Self::Services,
        Self::Choices,
        Self::Returning,
        Self::DigitsMissing,
        Self::TriesLeft,
        Self::Locked,
        Self::StaysSaved,
    ];

    /// Whether only staff read it.
    #[must_use]
    pub const fn is_for_staff(self) -> bool {
        matches!(self, Self::DigitsMissing | Self::TriesLeft | Self::Locked | Self::StaysSaved)
    }

    /// Its English wordings, singular and plural; the first is its key.
    #[must_use]
    pub const fn ids(self) -> (&'static str, &'static str) {
        match self {
            Self::PeopleAhead => ("{n} person before you", "{n} people before you"),
            Self::Group => ("For {n} person", "For {n} people"),
            Self::Services => ("{n} service", "{n} services"),
            Self::Choices => ("{n} choice", "{n} choices"),
            Self::Returning => ("Returning to start in {n} second.", "Returning to start in {n} seconds."),
            Self::DigitsMissing => ("{n} digit is missing.", "{n} digits are missing."),
            Self::TriesLeft => ("{n} try left.", "{n} tries left."),
            Self::Locked => ("Locked for {n} minute", "Locked for {n} minutes"),
            Self::StaysSaved => ("{n} item stays saved.", "{n} items stay saved."),
        }
    }
}
