use std::{fmt, future::Future, net::IpAddr, time::Duration};

use tracing::info;
use url::Url;

use crate::{
    Certificate, Client, Error, Event, Kept, Provider, Scopes, Token,
    authorization::{Asked, AuthorizationRequest},
    event::OnEvent,
    page::Page,
    parameter::check_parameter,
    pending::Pending,
    proxy,
    redirect::RedirectListener,
    redirect_to::{Elsewhere, Listening, Redirect},
    redirect_uri::RedirectUri,
    token_endpoint,
    untrusted::printable,
};

/// How long a person may take.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// The authorization code grant with PKCE through the person's own browser (RFC 6749 §4.1, RFC 7636, RFC 8252).
#[must_use = "a login does nothing until it is run"]
pub struct Login {
    pub(crate) provider: Provider,
    pub(crate) client: Client,
    /// The provider's, unless told otherwise.
    scopes: Option<Scopes>,
    pub(crate) resource: Vec<String>,
    redirect: Redirect,
    parameters: Vec<(String, String)>,
    asks_again: bool,
    pub(crate) require_scopes: bool,
    patience: Duration,
    on_event: OnEvent,
    own_page: Option<OwnPage>,
}

/// Without what others gave it to call.
impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("provider", &self.provider.id())
            .field("client", &self.client)
            .field("scopes", &self.wanted())
            .finish_non_exhaustive()
    }
}

/// What an embedder shows of the outcome, in HTML.
type OwnPage = Box<dyn Fn(Result<&Token, &Error>) -> String + Send + Sync>;

impl Login {
    /// A login at `provider` with its own scopes and redirect URI.
    pub fn new(provider: Provider, client: Client) -> Self {
        Login {
            scopes: None,
            resource: Vec::new(),
            redirect: Redirect::of(&provider),
            parameters: Vec::new(),
            asks_again: false,
            provider,
            client,
            require_scopes: false,
            patience: PATIENCE,
            on_event: OnEvent::default(),
            own_page: None,
        }
    }

    /// Asks for these scopes instead (RFC 6749 §3.3).
    pub fn scopes(mut self, scopes: Scopes) -> Self {
        self.scopes = Some(scopes);
        self
    }

    /// Asks for a token for this resource, too: an absolute URI without a fragment (RFC 8707 §2). Its refreshes will be
    /// for the same.
    ///
    /// # Errors
    ///
    /// [`Error::Resource`] if it is none.
    pub fn resource(mut self, uri: &str) -> Result<Self, Error> {
        let is_one = !uri.contains('#') && Url::parse(uri).is_ok();
        if !is_one {
            return Err(Error::Resource {
                uri: printable(uri, 200),
            });
        }
        self.resource.push(uri.to_owned());
        Ok(self)
    }

    /// Fewer scopes granted than asked for is an error.
    pub fn require_scopes(mut self, require: bool) -> Self {
        self.require_scopes = require;
        self
    }

    /// Asks the person again, even if the provider remembers an earlier consent.
    pub fn ask_again(mut self) -> Self {
        self.asks_again = true;
        self
    }

    /// Uses this redirect URI, and no other port than its own.
    ///
    /// # Errors
    ///
    /// [`Error::Redirect`] if it is neither http on a loopback host nor https.
    pub fn redirect_uri(mut self, uri: &str) -> Result<Self, Error> {
        self.redirect.uri = RedirectUri::parse(uri)?;
        self.redirect.any_port = false;
        Ok(self)
    }

    /// Shows this certificate to the browser: for a redirect URI that is https, where a provider refuses http.
    pub fn certificate(mut self, certificate: Certificate) -> Self {
        self.redirect.certificate = Some(certificate);
        self
    }

    /// Uses this port and no other; 0 is any free one.
    pub fn port(mut self, port: u16) -> Self {
        self.redirect.uri = self.redirect.uri.with_port(port);
        self.redirect.any_port = false;
        self
    }

    /// Listens on this address instead of the redirect URI's, and on its port unless another one is given: in a
    /// container, whose published port leads here. On anything but a loopback address, other machines may reach the
    /// listener; it takes nothing but the answer to this login even so.
    pub fn listen(mut self, ip: IpAddr, port: Option<u16>) -> Self {
        self.redirect.elsewhere = Some(Elsewhere { ip, port });
        self.redirect.any_port = false;
        self
    }

    /// Adds a parameter to the authorization request (RFC 6749 §3.1).
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] if the login sets it itself.
    pub fn parameter(mut self, name: &str, value: &str) -> Result<Self, Error> {
        check_parameter(name, &self.provider.data.scope_parameter)?;
        self.parameters.push((name.to_owned(), value.to_owned()));
        Ok(self)
    }

    /// How long to wait for the person; five minutes, unless told otherwise.
    pub fn timeout(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Hears what happens.
    pub fn on_event(mut self, on_event: impl Fn(Event) + Send + Sync + 'static) -> Self {
        self.on_event = OnEvent::new(on_event);
        self
    }

    /// Shows the caller's own page, made of the outcome, instead of loopin's: a whole document in HTML. Escape what
    /// others wrote in it, an account's name for one.
    ///
    /// Its `Content-Security-Policy` allows inline styles, and images and fonts in `data:` URLs, but no scripts and
    /// nothing from elsewhere. One line of script is put behind it, which takes the spent code out of the address bar.
    /// A request that is not the answer gets loopin's page all the same, which says nothing of the login.
    ///
    /// ```
    /// # use loopin::{Client, Login, Provider};
    /// # let (provider, client) = (Provider::preset("strava")?, Client::public("1"));
    /// let login = Login::new(provider, client).page(|outcome| match outcome {
    ///     Ok(_) => "<!doctype html><title>Welcome</title><p>Welcome. You can close this tab.".into(),
    ///     Err(_) => "<!doctype html><title>Sorry</title><p>That did not work: see the terminal.".into(),
    /// });
    /// # Ok::<(), loopin::Error>(())
    /// ```
    pub fn page(
        mut self,
        page: impl Fn(Result<&Token, &Error>) -> String + Send + Sync + 'static,
    ) -> Self {
        self.own_page = Some(Box::new(page));
        self
    }

    /// Logs the person in:
    ///
    /// 1. learn the provider's endpoints from its issuer, if they are not known (RFC 8414 §3);
    /// 2. bind the loopback address: only then is there anything to redirect to, and the bound address makes the
    ///    redirect URI (RFC 8252 §7.3);
    /// 3. make `state`, the code verifier and the URL of the authorization request (RFC 6749 §4.1.1, RFC 7636 §4);
    /// 4. give them to `open`, which shows the URL to the person, and returns at once: nothing is served before;
    /// 5. meanwhile, prepare the HTTP client, and fetch the keys that sign id_tokens;
    /// 6. wait for the redirect that answers this very request (RFC 6749 §4.1.2), or for its address, pasted;
    /// 7. exchange its code for a token (RFC 6749 §4.1.3), verify its id_token (OpenID Connect Core §3.1.3.7), compare the
    ///    scopes, learn whose account it is;
    /// 8. give the token to `keep`, which stores it durably;
    /// 9. only now tell the browser the truth, and close the port.
    ///
    /// It prints nothing, writes no file and installs no signal handler. It needs a tokio runtime with I/O and time, and
    /// serves while it is polled. Dropping it closes the port; between [`Event::Redeeming`] and [`Event::Redeemed`] it
    /// loses the token as well, so limit the wait by [`Login::timeout`].
    ///
    /// # Errors
    ///
    /// Any [`Error`]; no token was kept then, unless `keep` did.
    pub async fn run<F>(
        mut self,
        open: impl FnOnce(Pending),
        keep: impl FnOnce(Token) -> F,
    ) -> Result<Token, Error>
    where
        F: Future<Output = Result<Kept, Error>>,
    {
        token_endpoint::check_client(&self.provider, &self.client)?;
        self.redirect.check(&self.provider)?;
        self.provider = self.provider.discovered().await?;
        self.provider.check_scopes(&self.wanted())?;
        // Nobody is asked for what could not be fetched afterwards.
        proxy::check(self.provider.token_endpoint()?)?;
        let listener = RedirectListener::bind(&self.redirect).await?;
        if let Some(doubt) = self.redirect.doubt() {
            self.on_event.tell(Event::Distrusted(doubt));
        }
        let request = self.request(listener.redirect_uri().as_str())?;
        let (pending, answer) = listener.pending(request)?;
        open(pending.clone());
        let ready = self.get_ready()?;
        let on_event = self.on_event.clone();
        let on_stray = move |stray| on_event.tell(Event::Stray(stray));
        let (answer, mut browser) = listener
            .answer_to(pending.clone(), answer, self.patience, on_stray)
            .await?;
        self.on_event.tell(Event::Redeeming);
        let outcome = browser
            .beside(async {
                let (token, skew) = self.redeem(answer, pending.request(), ready).await?;
                let kept = keep(token.clone()).await?;
                Ok((token, kept, skew))
            })
            .await;
        browser.show(self.page_of(&outcome)).await;
        let (token, _, skew) = outcome?;
        // Only now is anything said: a terminal that takes nothing must not hold up what is not kept.
        self.on_event.tell(Event::Redeemed);
        info!("a token was issued, and kept");
        if let Some(skew) = skew {
            self.on_event.tell(Event::ClockSkew(skew));
        }
        Ok(token)
    }

    /// Listens for a moment where the login would.
    ///
    /// # Errors
    ///
    /// [`Error::Listen`] if the login could not listen, and what speaks against its redirect URI.
    pub async fn try_listen(&self) -> Result<Listening, Error> {
        self.redirect.check(&self.provider)?;
        RedirectListener::try_bind(&self.redirect).await
    }

    /// The scopes that are asked for.
    pub(crate) fn wanted(&self) -> Scopes {
        let own = || self.provider.scopes();
        self.scopes.clone().unwrap_or_else(own)
    }

    fn request(&self, redirect_uri: &str) -> Result<AuthorizationRequest, Error> {
        let data = &self.provider.data;
        let mut parameters: Vec<_> = data.authorization_parameters.clone().into_iter().collect();
        if self.asks_again {
            parameters.extend(data.force_parameters.clone());
        }
        parameters.extend(self.parameters.clone());
        AuthorizationRequest::new(&Asked {
            provider: &self.provider,
            client_id: self.client.id(),
            redirect_uri,
            scopes: &self.wanted(),
            resource: &self.resource,
            parameters: &parameters,
        })
    }

    fn page_of(&self, outcome: &Result<(Token, Kept, Option<Duration>), Error>) -> Page {
        if let Some(own_page) = &self.own_page {
            return Page::own(&own_page(outcome.as_ref().map(|(token, ..)| token)));
        }
        match outcome {
            Ok((token, kept, _)) => {
                Page::success(self.provider.name(), token, &self.wanted(), kept.clone())
            }
            Err(error) => Page::failure(self.provider.name(), error),
        }
    }
}
