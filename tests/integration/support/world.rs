//! One test's world: a folder, a server, a provider file that leads there, and secrets to look for.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::authorization_server::AuthorizationServer;
use super::browser::Browser;
use super::command::Loopin;
use super::grants::now;
use super::http::Reply;
use super::https::Https;
use super::marks::{Marks, Secret};
use super::outcome::Outcome;
use super::person::{Person, Received};
use super::provider::ProviderFile;
use super::rules::{ClientAuth, Rules};
use super::snapshot::{Snapshot, snapshot};

pub struct World {
    pub server: AuthorizationServer,
    pub marks: Marks,
    received: Received,
    folder: TempDir,
    pub token_files: RefCell<BTreeSet<String>>,
    provider: RefCell<ProviderFile>,
    /// What `--provider` is told.
    named: String,
    /// What every command of this world finds in its environment.
    pub env: Vec<(&'static str, String)>,
    pub https: Option<Https>,
}

impl World {
    /// A provider with Strava's habits.
    pub fn like_strava() -> World {
        let athlete = |private: &str| {
            json!({
                "id": 227615,
                "username": "mari",
                "firstname": "Mari",
                "lastname": "Maasikas",
                "city": private,
            })
        };
        let marks = Marks::new();
        let rules = Rules {
            client_id: "123456".to_owned(),
            client_secret: marks.word(Secret::Client),
            client_auth: ClientAuth::Post,
            separator: ',',
            scope_in_redirect: true,
            account_in_token: true,
            account: athlete(&marks.word(Secret::Private)),
            own_errors: true,
            revocation_auth: ClientAuth::Basic,
            ..Rules::standard()
        };
        World::new(marks, rules, ProviderFile::like_strava)
    }

    /// A provider that does what the standards say, and nothing else.
    pub fn standard() -> World {
        let marks = Marks::new();
        let private = marks.word(Secret::Private);
        let rules = Rules {
            client_id: "acme-client".to_owned(),
            client_secret: marks.word(Secret::Client),
            account: json!({ "sub": "u-1", "name": "Mari Maasikas", "email": private }),
            ..Rules::standard()
        };
        World::new(marks, rules, ProviderFile::standard)
    }

    /// The same for a client that has no secret; the provider file names it.
    pub fn of_a_public_client() -> World {
        let world = World::standard();
        world.provider_has("token_endpoint_auth_method", "\"none\"");
        world.provider_has("client_id", "\"acme-client\"");
        world.removes("client_secrets.txt");
        world
            .server
            .rules(|rules| rules.client_auth = ClientAuth::None);
        world
    }

    /// An OpenID provider of which only the issuer is known.
    pub fn of_an_issuer() -> World {
        World::of_an_issuer_at("")
    }

    /// The same with an issuer that has a path; `acme.toml` names it, too.
    pub fn of_an_issuer_at(path: &str) -> World {
        let world = World::standard();
        let server = world.server.url("");
        world.with_issuer(&server, path)
    }

    /// The same with the issuer <https://as.example>.
    pub fn of_an_issuer_over_https() -> World {
        let mut world = World::standard();
        let https = Https::of(world.server.address);
        world.writes("authority.pem", https.authority());
        let authority = world.path("authority.pem").display().to_string();
        world.env = vec![("HTTPS_PROXY", https.proxy()), ("SSL_CERT_FILE", authority)];
        world.https = Some(https);
        world.with_issuer("https://as.example", "")
    }

    fn with_issuer(mut self, server: &str, path: &str) -> World {
        let world = &mut self;
        world.server.becomes_an_issuer(server, path);
        world.named = world.server.issuer();
        world.provider = RefCell::new(ProviderFile::of_an_issuer(&world.named));
        world.writes("acme.toml", world.provider.borrow().text());
        self
    }

    fn new(marks: Marks, rules: Rules, provider: fn(&str) -> ProviderFile) -> World {
        let secrets = format!("{},{}\n", rules.client_id, rules.client_secret);
        let server = AuthorizationServer::start(rules, marks.clone());
        let world = World {
            marks,
            received: Received::default(),
            folder: tempfile::Builder::new().prefix("loopin").tempdir().unwrap(),
            token_files: RefCell::default(),
            provider: RefCell::new(provider(&server.url(""))),
            named: "./acme.toml".to_owned(),
            env: Vec::new(),
            https: None,
            server,
        };
        world.writes("client_secrets.txt", &secrets);
        fs::create_dir(world.path("home")).unwrap();
        fs::create_dir(world.path("tmp")).unwrap();
        world.writes("acme.toml", world.provider.borrow().text());
        world
    }

    /// Sets a key of the provider file to a value in TOML's notation.
    pub fn provider_has(&self, key: &str, value: &str) {
        self.provider.borrow_mut().set(key, value);
        self.writes("acme.toml", self.provider.borrow().text());
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// A file that only its owner may read.
    pub fn writes(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// A pipe by name, at whose other end nobody sits.
    pub fn has_a_pipe(&self, name: &str) {
        let made = Command::new("mkfifo").arg(self.path(name)).status();
        assert!(made.unwrap().success());
    }

    pub fn removes(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        let bytes = fs::read(self.path(name)).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    pub fn snapshot(&self) -> Snapshot {
        snapshot(self.folder())
    }

    pub fn received(&self) -> Vec<Reply> {
        self.received.lock().unwrap().clone()
    }

    /// `loopin login` for this provider; the URL is printed and no browser is opened.
    pub fn login(&self) -> Loopin<'_> {
        Loopin::new(self, "login")
            .with("--provider", &self.named)
            .with("--browser", "none")
            .with("--interactive", "always")
            .with("--port", "0")
            .flag("-vv")
    }

    /// Any other command, for this provider where it asks for one.
    pub fn run(&self, command: &str) -> Loopin<'_> {
        let run = Loopin::new(self, command).flag("-vv");
        match command.split(' ').next() {
            Some("status" | "providers") => run,
            _ => run.with("--provider", &self.named),
        }
    }

    /// A login in which everything goes well.
    #[track_caller]
    pub fn is_logged_in(&self) -> Outcome<'_> {
        let outcome = self.login().approved();
        outcome.ends(0);
        outcome
    }

    /// The same, a long time ago.
    #[track_caller]
    pub fn has_expired_token(&self) {
        self.is_logged_in();
        self.token_is_expired();
    }

    /// A browser for `--browser` or `$BROWSER` that tells how it was started.
    pub fn browser(&self) -> Browser {
        self.browser_that("", "")
    }

    /// One that does something before and after it tells.
    pub fn browser_that(&self, first: &str, then: &str) -> Browser {
        Browser::new(self.folder(), "browser", first, then)
    }

    /// One that stands where desktops have theirs.
    pub fn system_browser(&self) -> Browser {
        self.browser_called("x-www-browser")
    }

    /// One that stands there under another name.
    pub fn browser_called(&self, name: &str) -> Browser {
        Browser::new(self.folder(), name, "", "")
    }

    pub fn person(&self, url: &str) -> Person {
        Person::new(url, &self.server, &self.received)
    }

    #[track_caller]
    pub fn token_in(&self, name: &str) -> Value {
        let text = self.read(name);
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}: {text}"))
    }

    #[track_caller]
    pub fn token(&self) -> Value {
        self.token_in("token.json")
    }

    /// Changes the stored token by hand.
    pub fn edits_token(&self, edit: impl FnOnce(&mut Value)) {
        let mut token = self.token();
        edit(&mut token);
        self.writes("token.json", token.to_string());
    }

    pub fn token_is_expired(&self) {
        self.edits_token(|token| token["expires_at"] = 1_500_000_000.into());
    }

    /// The stored token is good for so many seconds more.
    pub fn token_is_good_for(&self, seconds: u64) {
        self.edits_token(|token| token["expires_at"] = (now() + seconds).into());
    }

    /// The provider of which only the issuer is known takes id and secret only so.
    pub fn is_authenticated_by(&self, auth: ClientAuth) {
        self.server.rules(|rules| {
            rules.client_auth = auth;
            rules.revocation_auth = auth;
        });
        self.server.says_of_itself(|metadata| {
            metadata["token_endpoint_auth_methods_supported"] = json!([auth.name()]);
        });
    }

    /// From now on somebody else sits at the browser.
    pub fn another_account(&self, id: u64) {
        self.server.rules(|rules| {
            rules.account["id"] = id.into();
            rules.account["firstname"] = "Jaan".into();
        });
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let complaints = self.server.complaints();
            assert!(
                complaints.is_empty(),
                "the server complains: {complaints:?}"
            );
        }
    }
}
