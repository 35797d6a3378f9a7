use std::path::PathBuf;

use crate::{Account, error_words::saved_in};

/// The token is another account's than it should be, or nobody knows whose it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// An account was asked for, and the provider did not say whose token it issued.
    #[error("{provider} did not say whose token it is, so it cannot be account {wanted}'s")]
    Unknown {
        /// The provider's name.
        provider: String,
        /// The account that was asked for.
        wanted: String,
    },
    /// The token file belongs to another account than was asked for; nothing was sent.
    #[error("{} holds the token of {stored}, not of {wanted}", path.display())]
    Stored {
        /// The file.
        path: PathBuf,
        /// Whose token it holds.
        stored: Account,
        /// Whose token it should be.
        wanted: String,
    },
    /// Somebody else logged in than the token file, or the caller, says.
    #[error("you logged in as {account}, not as {wanted}{}", saved_in(saved.as_deref()))]
    LoggedIn {
        /// Who logged in.
        account: Account,
        /// Who should have.
        wanted: String,
        /// Where the token was saved instead; `None` if it was not.
        saved: Option<PathBuf>,
    },
    /// The provider answered a refresh with the token of another account. The file is left as it is.
    #[error("{provider} answered with the token of another account, {account}; it is in {}", saved.display())]
    Refreshed {
        /// The provider's name.
        provider: String,
        /// Whose token came.
        account: Account,
        /// Where that was saved.
        saved: PathBuf,
    },
}
