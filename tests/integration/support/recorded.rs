//! What a provider's token endpoint answers by its documentation (`answers/*.toml`), and its preset.

use std::fs;
use std::path::{Path, PathBuf};

use loopin::Provider;
use serde::Deserialize;
use serde_json::{Map, Value};
use toml::Table;

use super::answer::Answer;
use super::command::Loopin;
use super::marks::Secret;
use super::rules::{ClientAuth, Rules};
use super::world::World;

const CLIENT_ID: &str = "123456";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// The provider's, as its preset has it.
    pub name: String,
    #[serde(default)]
    scope_in_redirect: bool,
    /// The userinfo endpoint's answer.
    userinfo: String,
    /// What its id_token claims beside, or instead of, what any does.
    claims: Option<String>,
    pub success: Response,
    /// What the token file says after the success.
    pub token: Granted,
    pub refresh: Response,
    pub expired_code: Response,
    pub dead_refresh_token: Response,
    pub rate_limit: Response,
    pub wrong_client: Response,
    #[serde(skip)]
    preset: String,
}

/// `ACCESS`, `REFRESH` and `ID_TOKEN` stand for what the scripted server issues, `PRIVATE` for what is nobody's business.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    status: Option<u16>,
    content_type: Option<String>,
    pub body: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Granted {
    pub scope: String,
    pub account: Person,
    /// Absent where a token does not end.
    pub expires_in: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub id: String,
    pub name: String,
}

impl Recorded {
    /// Those of every preset.
    pub fn all() -> Vec<Recorded> {
        let folder = root().join("tests/integration/answers");
        let files = fs::read_dir(folder)
            .unwrap()
            .map(|file| read(&file.unwrap().path()));
        let parsed = files.map(|text| toml::from_str(&text).unwrap_or_else(|e| panic!("{e}")));
        let mut answers: Vec<Recorded> = parsed.collect();
        for (id, preset) in preset_files() {
            let name = Provider::preset(&id).unwrap().name().to_owned();
            let its = answers.iter_mut().find(|answers| answers.name == name);
            its.unwrap_or_else(|| panic!("{name} has no answers"))
                .preset = preset;
        }
        answers
    }

    fn data(&self) -> Table {
        toml::from_str(&self.preset).unwrap()
    }

    fn text(&self, key: &str) -> Option<String> {
        let value = self.data().get(key)?.as_str()?.to_owned();
        Some(value)
    }

    /// How a client with a secret authenticates, and one without, where there are such.
    pub fn clients(&self) -> Vec<ClientAuth> {
        let data = self.data();
        let several = data.get("token_endpoint_auth_methods_supported");
        let several = several.and_then(toml::Value::as_array).cloned();
        let one = data.get("token_endpoint_auth_method").cloned();
        let methods = several.unwrap_or_else(|| one.into_iter().collect());
        let methods = methods.iter().map(|name| method(name.as_str().unwrap()));
        let (public, secret): (Vec<_>, Vec<_>) =
            methods.partition(|method| *method == ClientAuth::None);
        secret.into_iter().take(1).chain(public).collect()
    }

    /// The preset with the scripted server in the provider's place, and a client that authenticates like this.
    pub fn world(&self, client_auth: ClientAuth) -> World {
        let world = World::standard();
        let private = world.marks.word(Secret::Private);
        world
            .server
            .rules(|rules| self.rules(rules, client_auth, &private));
        if let Some(issuer) = self.text("issuer") {
            self.identifies_people(&world, &issuer, &private);
        }
        world.writes("acme.toml", self.preset_at(&world.server.url("")));
        let secret = world.marks.word(Secret::Client);
        match client_auth {
            ClientAuth::None => world.removes("client_secrets.txt"),
            _ => world.writes("client_secrets.txt", format!("{CLIENT_ID},{secret}\n")),
        }
        world
    }

    /// The same for the client that needs the least: without a secret, if there is such a one.
    pub fn simplest_world(&self) -> World {
        self.world(*self.clients().last().unwrap())
    }

    fn rules(&self, rules: &mut Rules, client_auth: ClientAuth, private: &str) {
        rules.client_id = CLIENT_ID.to_owned();
        rules.client_auth = client_auth;
        rules.revocation_auth = client_auth;
        match self.text("revocation_endpoint_auth_method").as_deref() {
            Some("bearer") => rules.revokes_the_bearer = true,
            Some(other) => rules.revocation_auth = method(other),
            None => {}
        }
        if self.text("userinfo_method").as_deref() == Some("POST") {
            rules.userinfo_method = "POST";
        }
        if self.text("scope_separator").as_deref() == Some(",") {
            rules.separator = ',';
        }
        rules.scope_in_redirect = self.scope_in_redirect;
        rules.account = members(&self.userinfo, private).into();
    }

    /// As an OpenID provider does that promises no more than this one.
    fn identifies_people(&self, world: &World, issuer: &str, private: &str) {
        let claims = members(self.claims.as_deref().unwrap_or("{}"), private);
        let tenant = claims.get("tid").and_then(Value::as_str);
        let path = path_of(issuer).replace("{tid}", tenant.unwrap_or_default());
        world.server.becomes_an_issuer(&world.server.url(""), &path);
        let promise = "authorization_response_iss_parameter_supported";
        let promised = self.data().get(promise).and_then(toml::Value::as_bool);
        let says = |metadata: &mut Value| metadata[promise] = promised.into();
        world.server.says_of_itself(says);
        world.server.claims(move |all| {
            let all = all.as_object_mut().unwrap();
            all.extend(claims.clone());
            all.retain(|_, value| !value.is_null());
        });
    }

    fn preset_at(&self, server: &str) -> String {
        let lines = self.preset.lines().map(|line| {
            let key = line.split(" =").next().unwrap_or_default();
            let path = match key {
                "authorization_endpoint" => "/oauth/authorize",
                "token_endpoint" => "/oauth/token",
                "revocation_endpoint" => "/oauth/revoke",
                "userinfo_endpoint" => "/athlete",
                "jwks_uri" => "/jwks",
                "issuer" => path_of(line.split('"').nth(1).unwrap()),
                // No test has a port that is its own.
                "redirect_port" => return "redirect_port = \"any\"\n".to_owned(),
                _ => return format!("{line}\n"),
            };
            format!("{key} = \"{server}{path}\"\n")
        });
        lines.collect()
    }

    /// A login to this world.
    pub fn login<'w>(&self, world: &'w World) -> Loopin<'w> {
        world.login().with("--client-id", CLIENT_ID)
    }

    /// Whether an id_token says who logged in.
    pub fn identifies(&self) -> bool {
        self.success.body.contains("ID_TOKEN")
    }

    /// Whether a grant can be ended from here.
    pub fn revokes(&self) -> bool {
        self.data().contains_key("revocation_endpoint")
    }
}

impl Response {
    /// What a server at work says, with what it issues.
    pub fn genuine(&self, world: &World) -> Answer {
        let private = world.marks.word(Secret::Private);
        let body = self.body.replace("PRIVATE", &private);
        Answer::edited(move |genuine| {
            let issued = |body: String, (word, member): (&str, &str)| {
                body.replace(word, genuine[member].as_str().unwrap_or_default())
            };
            let words = [
                ("ACCESS", "access_token"),
                ("REFRESH", "refresh_token"),
                ("ID_TOKEN", "id_token"),
            ];
            let body = words.into_iter().fold(body.clone(), issued);
            *genuine = serde_json::from_str(&body).expect("it is JSON");
        })
    }

    /// What a server says that issues nothing.
    pub fn as_it_is(&self) -> Answer {
        let content_type = self.content_type.as_deref().unwrap_or("application/json");
        Answer::typed(self.status.unwrap_or(200), content_type, self.body.as_str())
    }
}

/// What each preset is called, and its TOML.
pub fn preset_files() -> Vec<(String, String)> {
    let file = |id: &str| Provider::preset(id).unwrap().toml().to_owned();
    Provider::presets()
        .map(|id| (id.to_owned(), file(id)))
        .collect()
}

fn method(name: &str) -> ClientAuth {
    match name {
        "client_secret_basic" => ClientAuth::Basic,
        "client_secret_post" => ClientAuth::Post,
        _ => ClientAuth::None,
    }
}

fn members(json: &str, private: &str) -> Map<String, Value> {
    let json = json.replace("PRIVATE", private);
    serde_json::from_str(&json).expect("it is a JSON object")
}

/// What follows the host.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").unwrap().1;
    rest.find('/').map_or("", |slash| &rest[slash..])
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}
