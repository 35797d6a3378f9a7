/// What the caller of a login did with the token, for the page to tell.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Kept {
    /// Where it is now: `token.json`.
    pub place: Option<String>,
    /// The command that asks again for the scopes that were not granted.
    pub ask_again: Option<String>,
}

impl Kept {
    /// It is in this place, as a person knows it.
    pub fn at(place: impl Into<String>) -> Self {
        Kept {
            place: Some(place.into()),
            ask_again: None,
        }
    }

    /// The page shows this command if not everything was granted.
    pub fn ask_again(mut self, command: impl Into<String>) -> Self {
        self.ask_again = Some(command.into());
        self
    }
}
