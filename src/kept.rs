/// What the caller of a login did with the token, for the page to tell. [`Kept::default`] tells nothing.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    pub(crate) place: Option<String>,
    pub(crate) retry_command: Option<String>,
}

impl Kept {
    /// It is in this place, as a person knows it: `token.json`.
    pub fn at(place: impl Into<String>) -> Self {
        Kept {
            place: Some(place.into()),
            retry_command: None,
        }
    }

    /// This command asks for the scopes again; it is told if not all were granted.
    pub fn retry_command(mut self, command: impl Into<String>) -> Self {
        self.retry_command = Some(command.into());
        self
    }
}
