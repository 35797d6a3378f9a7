use std::path::Path;

use loopin::{Error, Provider};

use crate::{again::Again, exit::Exit, hints::hints};

/// Why the program ends without what was asked for, and the way out.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) hints: Vec<String>,
    pub(crate) exit: Exit,
    /// The exit code that tells, where it is not that of `exit`.
    only: Option<Exit>,
}

/// What hints can name.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) provider: Option<&'a Provider>,
    pub(crate) token_file: &'a Path,
    pub(crate) again: &'a Again,
}

impl Failure {
    pub(crate) fn new(exit: impl Into<Exit>, message: impl Into<String>) -> Self {
        Failure {
            message: message.into(),
            hints: Vec::new(),
            exit: exit.into(),
            only: None,
        }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Failure::new(Exit::Usage, message)
    }

    /// The same for `exec`, whose exit code cannot tell: people are told the class.
    pub(crate) fn before_exec(self) -> Self {
        let only = Some(Exit::BeforeExec);
        Failure { only, ..self }
    }

    pub(crate) fn code(&self) -> u8 {
        self.only.unwrap_or(self.exit).code()
    }

    /// The message; with the class where the exit code does not tell it.
    pub(crate) fn sentence(&self) -> String {
        let (class, code) = (self.exit.class(), self.exit.code());
        match self.only {
            Some(_) => format!("{class} ({code}): {}", self.message),
            None => self.message.clone(),
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl<'a> Context<'a> {
    pub(crate) fn new(token_file: &'a Path, again: &'a Again) -> Self {
        Context {
            provider: None,
            token_file,
            again,
        }
    }

    pub(crate) fn at(self, provider: &'a Provider) -> Self {
        let provider = Some(provider);
        Context { provider, ..self }
    }

    pub(crate) fn failure(self, error: Error) -> Failure {
        Failure {
            hints: hints(&error, self),
            ..Failure::new(error.kind(), error.to_string())
        }
    }
}
