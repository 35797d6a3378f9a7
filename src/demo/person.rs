//! The person, where there is no browser: follows the redirects over TCP through the real listener, and tries on the
//! way what a thief would try. Each must be refused, or the demo fails.

use url::Url;

use super::Server;
use crate::{
    Error,
    http::{Answer, Credentials, HttpClient},
    pkce::random,
};

/// Plays the person who opens `url`: tells each step to `tell`.
///
/// # Errors
///
/// What went otherwise than it must, for people.
pub async fn play_person(server: &Server, url: &str, tell: impl Fn(&str)) -> Result<(), String> {
    let url = Url::parse(url).map_err(|e| e.to_string())?;
    let told = |e: Error| e.to_string();
    let http = HttpClient::prepare(&url).map_err(told)?;
    let http = http.ready().await.map_err(told)?;
    let person = Person { server, http, url };
    tell("the demo plays the person itself; but first a thief, who must fail");
    tell("GET  the redirect URI with a forged state: must be ignored");
    person.forge_a_redirect().await?;
    tell("GET  the authorization URL with a foreign redirect URI: must be refused");
    person.ask_for_a_foreign_redirect_uri().await?;
    tell("POST a code without its code verifier: must be refused");
    person.steal_a_code().await?;
    let redirect = person.approve().await?;
    tell("GET  the authorization URL: the consent page; POST Authorize: a redirect");
    let page = person.follow(&redirect).await?;
    tell(&format!("GET  the redirect URI: the page says {page:?}"));
    Ok(())
}

struct Person<'a> {
    server: &'a Server,
    http: HttpClient,
    url: Url,
}

impl Person<'_> {
    /// Any web page can send the browser to the listener; without `state` it achieves nothing.
    async fn forge_a_redirect(&self) -> Result<(), String> {
        let mut forged = Url::parse(&self.parameter("redirect_uri")).map_err(|e| e.to_string())?;
        forged
            .query_pairs_mut()
            .append_pair("code", &secret()?)
            .append_pair("state", &secret()?);
        match self.get(&forged).await?.status {
            400..=499 => Ok(()),
            status => Err(format!(
                "a redirect with a forged state was answered with {status}"
            )),
        }
    }

    /// A provider must not send a code to anywhere else.
    async fn ask_for_a_foreign_redirect_uri(&self) -> Result<(), String> {
        let pairs = self.url.query_pairs().map(|(name, value)| match &*name {
            "redirect_uri" => (name, "https://thief.example/".into()),
            _ => (name, value),
        });
        let mut foreign = self.url.clone();
        foreign.query_pairs_mut().clear().extend_pairs(pairs);
        match self.get(&foreign).await?.status {
            400..=499 => Ok(()),
            status => Err(format!("a foreign redirect URI was answered with {status}")),
        }
    }

    /// Who has the code and even the client secret, but not the code verifier, gets no token (RFC 7636 §1).
    async fn steal_a_code(&self) -> Result<(), String> {
        let redirect = self.approve().await?;
        let code = redirect
            .query_pairs()
            .find(|(name, _)| name == "code")
            .map(|(_, code)| code.into_owned());
        let (client, verifier) = (self.server.client(), secret()?);
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code.ok_or("the redirect has no code")?),
            ("redirect_uri", &self.parameter("redirect_uri")),
            ("code_verifier", &verifier),
            ("client_id", client.id()),
            ("client_secret", client.secret().unwrap_or_default()),
        ];
        let endpoint = self.url.join("/oauth/token").map_err(|e| e.to_string())?;
        let answer = self
            .http
            .post_form(&endpoint, &form, Credentials::None)
            .await
            .map_err(|e| e.to_string())?;
        match answer.status {
            400..=499 => Ok(()),
            status => Err(format!("a stolen code was answered with {status}")),
        }
    }

    /// Reads the consent page, leaves every box ticked, and presses Authorize.
    async fn approve(&self) -> Result<Url, String> {
        let page = self.get(&self.url).await?;
        let html = String::from_utf8_lossy(&page.body).into_owned();
        let request = between(&html, "name=\"request\" value=\"", "\"")
            .ok_or("the provider shows no consent page")?;
        let scopes = self.parameter("scope");
        let ticked = scopes.split(',').map(|scope| ("scope", scope));
        let form: Vec<_> = [("request", request), ("decision", "authorize")]
            .into_iter()
            .chain(ticked)
            .collect();
        let answer = self
            .http
            .post_form(&self.url, &form, Credentials::None)
            .await
            .map_err(|e| e.to_string())?;
        let location = answer
            .header("location")
            .ok_or("the provider does not redirect")?;
        Url::parse(location).map_err(|e| e.to_string())
    }

    /// Brings the answer to the listener and reads what it shows.
    async fn follow(&self, redirect: &Url) -> Result<String, String> {
        let page = self.get(redirect).await?;
        let html = String::from_utf8_lossy(&page.body).into_owned();
        let title = between(&html, "<title>", "</title>")
            .unwrap_or_default()
            .to_owned();
        if html.contains("data-outcome=\"success\"") {
            Ok(title)
        } else {
            Err(format!("the page says {title:?}"))
        }
    }

    async fn get(&self, url: &Url) -> Result<Answer, String> {
        self.http
            .get(url, Credentials::None)
            .await
            .map_err(|e| e.to_string())
    }

    fn parameter(&self, name: &str) -> String {
        self.url
            .query_pairs()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?
        .1
        .split_once(after)
        .map(|(between, _)| between)
}

fn secret() -> Result<String, String> {
    random().map_err(|e| e.to_string())
}
