//! Every text the borne can say, named once. The English wording is the key of `assets/translations/*.po`.

macro_rules! messages {
    ($($name:ident = $id:literal,)*) => {
        /// A text, by its meaning.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[expect(missing_docs, reason = "each variant's English wording says what it is")]
        pub enum Msg { $($name,)* }

        impl Msg {
            /// Every text.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its English wording, which is its key. `{name}` is replaced.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }
        }
    };
}

messages! {
    HomeTitle = "Hello. What would you like to do?",
    HomeText = "Touch your choice.",
    TakeTicket = "Take a ticket",
    GiveFeedback = "Give feedback",
    Back = "Back",
    Language = "Language",
    CallPerson = "Call a person",
    Finish = "Finish",
    LanguagesTitle = "Choose your language.",
    ServicesTitle = "Choose a service",
    More = "More",
    DontKnow = "I don’t know",
    WaitUnknown = "We do not know the wait.",
    WaitRange = "Wait: about {low} to {high} minutes",
    WaitUnder = "Wait: under {high} minutes",
    NobodyAhead = "Nobody before you",
    Documents = "Do you have these documents?",
    Online = "Online, without waiting",
    NoPaper = "No paper: your number will appear here.",
    TakePaperless = "Take a number without paper",
    OtherService = "Other service",
    Printing = "Your ticket is printing",
    OneMoment = "One moment.",
    YourNumber = "Your number",
    TakeYourTicket = "Take your ticket",
    FollowMyTurn = "Follow my turn on my phone",
    NoAccount = "No account, no name.",
    NoTicket = "No ticket?",
    BackIn = "Back in {seconds} s",
    Stay = "Stay",
    PlaceKept = "Your place is kept",
    NotPrinted = "The ticket was not printed. Photograph or write down this number.",
    MaybePrinted = "Your ticket may have printed. Photograph or write down this number.",
    WriteDown = "Photograph or write down this number.",
    Noted = "Noted",
    PrintAgain = "Print again",
    AnonymousAnswer = "Anonymous answer.",
    Skip = "Skip",
    Thanks = "Thank you. Your answer is saved.",
    ResultsShown = "Results are displayed in the hall.",
    Complaint = "Make a complaint",
    HelpTold = "Someone has been told",
    HelpStay = "Stay here if you can.",
    HelpComing = "Someone is coming",
    HelpNobody = "Nobody is free.",
    GoToDesk = "Go to the reception desk.",
    CancelHelp = "Cancel my request",
    Continue = "Continue",
    StillThere = "Are you still there?",
    Returning = "Returning to start in {seconds} seconds.",
    YesContinue = "Yes, continue",
    IHaveFinished = "I have finished",
    OutOfOrder = "This machine is not working",
    TimeOfDay = "{hour12}:{minute} {am_pm}",
    TicketDate = "{weekday} {day} {month} {year}",
    TicketShortDate = "{weekday} {day} {month}",
    TicketWaitShort = "Wait: {low} to {high} min",
    TicketFollow = "Follow your turn",
    TicketOnPhone = "on your phone.",
    TicketSamePage = "Feedback and complaints: same page.",
    Duplicata = "DUPLICATE",
    TestTicket = "Test ticket",
    Monday = "Mon",
    Tuesday = "Tue",
    Wednesday = "Wed",
    Thursday = "Thu",
    Friday = "Fri",
    Saturday = "Sat",
    Sunday = "Sun",
    January = "Jan",
    February = "Feb",
    March = "Mar",
    April = "Apr",
    May = "May",
    June = "Jun",
    July = "Jul",
    August = "Aug",
    September = "Sep",
    October = "Oct",
    November = "Nov",
    December = "Dec",
}

/// A text that counts something: `{n}`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counted {
    /// How many people are before the visitor, from 1.
    PeopleAhead,
}

impl Counted {
    /// Every one.
    pub const ALL: &[Self] = &[Self::PeopleAhead];

    /// Its English wordings, singular and plural; the first is its key.
    #[must_use]
    pub const fn ids(self) -> (&'static str, &'static str) {
        match self {
            Self::PeopleAhead => ("{n} person before you", "{n} people before you"),
        }
    }
}
