use std::{
    fmt,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::Notify;
use url::Url;

use crate::{
    authorization::{AuthorizationRequest, AuthorizationResponse},
    redirect_uri::RedirectUri,
};

type Sender = oneshot::Sender<AuthorizationResponse>;

/// A login that waits for its answer, for whoever shows it to the person.
///
/// Its `state` is in [`url`](Self::url) alone: `Debug` shows neither, and there is no other way to print it by mistake.
///
/// ```
/// # fn show(login: loopin::Pending) -> String {
/// format!("{login:?}")
/// # }
/// ```
///
/// ```compile_fail,E0277
/// # fn show(login: loopin::Pending) -> String {
/// format!("{login}")
/// # }
/// ```
#[derive(Clone)]
pub struct Pending(Arc<Waiting>);

struct Waiting {
    request: AuthorizationRequest,
    redirect_uri: RedirectUri,
    listening_on: SocketAddr,
    is_on_any_port: bool,
    answer: Mutex<Option<Sender>>,
    answered: Notify,
    pasted: AtomicBool,
}

/// Why a pasted text does not end the login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotTheAnswer {
    /// It is no URL: only the code, or only a part of the address.
    #[error("it is not a whole address")]
    NotAnAddress,
    /// It is the URL of something else than the redirect URI.
    #[error("it is another address than the one the browser ends on")]
    OtherAddress,
    /// It does not answer this very request (RFC 6749 §10.12).
    #[error("it is not the answer to this login: it is an older one's, or a part is missing")]
    OtherLogin,
}

/// Without the request: its `state` shows itself in the URL only.
impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending")
            .field("redirect_uri", &self.redirect_uri())
            .field("listening_on", &self.listening_on())
            .finish_non_exhaustive()
    }
}

impl Pending {
    /// What waits, and where the answer arrives.
    pub(crate) fn new(
        request: AuthorizationRequest,
        redirect_uri: RedirectUri,
        listening_on: SocketAddr,
        is_on_any_port: bool,
    ) -> (Self, oneshot::Receiver<AuthorizationResponse>) {
        let (sender, answer) = oneshot::channel();
        let waiting = Waiting {
            request,
            redirect_uri,
            listening_on,
            is_on_any_port,
            answer: Mutex::new(Some(sender)),
            answered: Notify::new(),
            pasted: AtomicBool::new(false),
        };
        (Pending(Arc::new(waiting)), answer)
    }

    /// The URL of the authorization request, which the person has to open (RFC 6749 §4.1.1).
    pub fn url(&self) -> &str {
        self.0.request.url().as_str()
    }

    /// The redirect URI with the port that is really listened on.
    pub fn redirect_uri(&self) -> &str {
        self.0.redirect_uri.as_str()
    }

    /// Its port, which the browser will come to.
    pub fn redirect_port(&self) -> u16 {
        self.0.redirect_uri.port()
    }

    /// The address that is listened on; where there are two (`localhost`), the first.
    pub fn listening_on(&self) -> SocketAddr {
        self.0.listening_on
    }

    /// Whether the port is one that the system gave: any was asked for, or will do where the redirect URI's own is taken.
    pub fn is_on_any_port(&self) -> bool {
        self.0.is_on_any_port
    }

    /// Takes the address that the browser ended on, where the browser cannot reach this machine. It counts as the
    /// redirect itself does: only for this login, and only if it is whole.
    ///
    /// The text holds the authorization code. Take it only from the person's own terminal, and show it nowhere.
    ///
    /// # Errors
    ///
    /// [`NotTheAnswer`]; the login goes on waiting.
    pub fn paste(&self, text: &str) -> Result<(), NotTheAnswer> {
        let url = Url::parse(text.trim()).map_err(|_| NotTheAnswer::NotAnAddress)?;
        if !self.0.redirect_uri.is_of(&url) {
            return Err(NotTheAnswer::OtherAddress);
        }
        let answer = url.query().and_then(|query| self.0.request.answer(query));
        let answer = answer.ok_or(NotTheAnswer::OtherLogin)?;
        if let Some(waiting) = self.take() {
            self.0.pasted.store(true, Ordering::Relaxed);
            self.end(waiting, answer);
        }
        Ok(())
    }

    /// Whether it was a paste that ended the wait.
    pub fn was_pasted(&self) -> bool {
        self.0.pasted.load(Ordering::Relaxed)
    }

    /// Ends the wait. Only the first answer counts.
    pub(crate) fn answer(&self, answer: AuthorizationResponse) {
        if let Some(waiting) = self.take() {
            self.end(waiting, answer);
        }
    }

    fn take(&self) -> Option<Sender> {
        let waiting = self.0.answer.lock();
        waiting.unwrap_or_else(PoisonError::into_inner).take()
    }

    fn end(&self, waiting: Sender, answer: AuthorizationResponse) {
        // In this order: who comes after the answer must not be taken for one of those who were silent before it.
        self.0.answered.notify_one();
        let _ = waiting.send(answer);
    }

    /// Returns once there was an answer.
    pub(crate) async fn answered(&self) {
        self.0.answered.notified().await;
    }

    pub(crate) fn request(&self) -> &AuthorizationRequest {
        &self.0.request
    }

    pub(crate) fn uri(&self) -> &RedirectUri {
        &self.0.redirect_uri
    }
}
