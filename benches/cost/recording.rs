//! What loopin puts on the wire and on the disk, for the floors to do the same.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use crate::endpoint::Endpoint;
use crate::login::{CODE, Person};
use crate::place::Place;
use crate::program::{Program, floor};

/// The programs to compare with.
pub struct Floors {
    pub print: Program,
    pub refresh: Program,
    pub login: Program,
    /// What the login sends to the token endpoint.
    pub form: String,
}

impl Floors {
    pub fn record(place: &Place, endpoint: &Endpoint, person: &Person, loopin: &Program) -> Floors {
        let write = |name: &str, text: &[u8]| -> PathBuf {
            fs::write(place.path(name), text).unwrap();
            place.path(name)
        };
        let request = || {
            let requests = endpoint.requests();
            let [request] = requests.as_slice() else {
                panic!("one request, not {}", requests.len());
            };
            String::from_utf8(request.clone()).unwrap()
        };
        let document = || fs::read(place.path("token.json")).unwrap();

        let login = login_of(loopin, person);
        let mut login = person.starts(&login, Stdio::null());
        let port = login.address().port();
        let address = login.url.as_str().replace(&port.to_string(), "PORT");
        let address = write("login.address", address.as_bytes());
        let page = login.page();
        login.has_ended();
        let page = write("login.page", &page);
        let code = request().replace(CODE, "CODE");
        let form = code.split_once("\r\n\r\n").unwrap().1.to_owned();
        let code = write("login.request", code.as_bytes());
        let saved = write("login.document", &document());

        place.has_token(&place.provider("plain.toml"), -1);
        place.times(&token_of(loopin));
        let refresh = write("refresh.request", request().as_bytes());
        let refreshed = write("refresh.document", &document());

        let folder = place.folder();
        Floors {
            print: floor("print", &[], folder),
            refresh: floor(
                "refresh",
                &[("REQUEST", &refresh), ("DOCUMENT", &refreshed)],
                folder,
            ),
            login: floor(
                "login",
                &[
                    ("ADDRESS", &address),
                    ("REQUEST", &code),
                    ("DOCUMENT", &saved),
                    ("PAGE", &page),
                ],
                folder,
            )
            .with(&person.browser().each_ref().map(String::as_str)),
            form,
        }
    }
}

/// `loopin login` at the endpoint without TLS.
pub fn login_of(loopin: &Program, person: &Person) -> Program {
    login_at("plain.toml", loopin, person)
}

pub fn login_at(provider: &str, loopin: &Program, person: &Person) -> Program {
    let browser = person.browser().join(" ");
    let at = format!("./{provider}");
    let words = [
        "login",
        "--force",
        "--port",
        "0",
        "--provider",
        &at,
        "--browser",
        &browser,
    ];
    loopin.with(&words)
}

/// `loopin token` of a token that this endpoint refreshes.
pub fn token_of(loopin: &Program) -> Program {
    loopin.with(&["token", "--provider", "./plain.toml"])
}
