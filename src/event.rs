use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use crate::Stray;

/// What happens during a login or a refresh, for whoever tells the person.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// No browser will trust the certificate of the redirect URI: why. The login goes on, since a person may.
    Distrusted(String),
    /// A request came that is not the answer; it was answered and forgotten.
    Stray(Stray),
    /// The answer is there, or a refresh begins: if there is a grant (a code, a refresh token), it is about to be spent.
    /// From here on an interruption loses it, until [`Event::Redeemed`] or until `run` returns.
    Redeeming,
    /// The new token is kept, and in a login the browser knows: an interruption loses nothing any more.
    Redeemed,
    /// Another process has the lock of the token file, and is waited for.
    Locked,
    /// The provider asks to be asked again after this time. Nothing is under way until the next [`Event::Redeeming`].
    Waiting(Duration),
    /// This machine's clock differs from the provider's by more than a few minutes.
    ClockSkew(Duration),
    /// Another program wrote another grant into the file while this one was being refreshed. Its document stands; the
    /// token of this refresh was saved here.
    Overtaken(PathBuf),
}

/// Whoever hears what happens; nobody, unless there is somebody.
#[derive(Clone)]
pub(crate) struct OnEvent(Arc<dyn Fn(Event) + Send + Sync>);

impl OnEvent {
    pub(crate) fn new(on_event: impl Fn(Event) + Send + Sync + 'static) -> Self {
        OnEvent(Arc::new(on_event))
    }

    pub(crate) fn tell(&self, event: Event) {
        self.0(event);
    }
}

impl Default for OnEvent {
    fn default() -> Self {
        OnEvent::new(|_| ())
    }
}

impl fmt::Debug for OnEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnEvent")
    }
}

/// A duration as a sentence has it.
pub(crate) fn for_people(duration: Duration) -> String {
    match duration.as_secs() {
        0 => format!("{} ms", duration.as_millis()),
        whole if whole % 60 == 0 => format!("{} min", whole / 60),
        whole => format!("{whole} s"),
    }
}
