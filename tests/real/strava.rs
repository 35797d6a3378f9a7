//! <https://www.strava.com> as a program sees it that is told of a proxy and a certificate authority, and of nothing else:
//! behind the proxy stands the demo, and what the demo has not got of Strava's API.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use super::demo::serve;
use super::support::{Home, Loopin};
use crate::support::{Authority, Identity, Reply, Request};

const AUTHORITY: &str = "www.strava.com:443";
const ACTIVITIES: &str = "/api/v3/athlete/activities";

/// Listens until the test's process ends.
pub struct Strava {
    address: SocketAddr,
    served: Arc<Served>,
    home: Home,
    _demo: Loopin,
}

struct Served {
    identity: Identity,
    demo: SocketAddr,
    /// Methods and paths, and where else one wanted to.
    asked: Mutex<Vec<String>>,
    activities: Mutex<Result<Vec<Value>, (u16, Value)>>,
}

impl Strava {
    /// With three activities more than fit on one page.
    pub fn start() -> Strava {
        let (home, demo) = serve();
        let authority = Authority::new();
        home.write("authority.pem", &authority.pem());
        let provider = home.read("demo.toml");
        let at = provider.split("token_endpoint = \"http://").nth(1).unwrap();
        let served = Arc::new(Served {
            identity: authority.vouches_for("www.strava.com"),
            demo: at.split('/').next().unwrap().parse().unwrap(),
            asked: Mutex::default(),
            activities: Mutex::new(Ok((0..203).rev().map(activity).collect())),
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let everybody = Arc::clone(&served);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let served = Arc::clone(&everybody);
                // A browser drops connections that it does not need after all.
                thread::spawn(move || served.tunnel(stream));
            }
        });
        Strava {
            address,
            served,
            home,
            _demo: demo,
        }
    }

    /// The app's id and secret, in one line.
    pub fn client_secrets(&self) -> String {
        self.home.read("client_secrets.txt")
    }

    /// What leads every program of this environment here.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let authority = self.home.path("authority.pem").display().to_string();
        vec![
            ("HTTPS_PROXY", self.proxy()),
            ("SSL_CERT_FILE", authority.clone()),
            ("REQUESTS_CA_BUNDLE", authority),
        ]
    }

    /// What leads Chromium here.
    pub fn options_of_chromium(&self) -> Vec<String> {
        let pin = self.served.identity.pin();
        vec![
            format!("--proxy-server={}", self.proxy()),
            format!("--ignore-certificate-errors-spki-list={pin}"),
        ]
    }

    fn proxy(&self) -> String {
        format!("http://{}", self.address)
    }

    /// One of its addresses, for who neither speaks TLS nor knows the proxy.
    pub fn seen_from_behind(&self, url: &str) -> String {
        url.replace(
            "https://www.strava.com",
            &format!("http://{}", self.served.demo),
        )
    }

    pub fn has_activities(&self, activities: Vec<Value>) {
        *self.served.activities.lock().unwrap() = Ok(activities);
    }

    /// To every question for the activities.
    pub fn answers(&self, status: u16, error: Value) {
        *self.served.activities.lock().unwrap() = Err((status, error));
    }

    /// What it was asked for since this was last looked at, but for what a browser wants of itself.
    pub fn was_asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.served.asked.lock().unwrap())
    }
}

impl Served {
    /// One connection to the proxy: to Strava, and for one request.
    fn tunnel(&self, mut stream: TcpStream) -> io::Result<()> {
        let Some(request) = Request::read(&stream)? else {
            return Ok(());
        };
        if (&*request.method, &*request.target) != ("CONNECT", AUTHORITY) {
            let agent = request.header("user-agent").unwrap_or_default();
            if !agent.contains("Chrome") {
                self.notes(&request, &request.target);
            }
            return stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
        }
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        let mut tls = self.identity.accept(stream);
        let Some(request) = Request::read(&mut tls)? else {
            return Ok(());
        };
        tls.ends_with(self.answer(&request).as_bytes())
    }

    fn answer(&self, request: &Request) -> String {
        let path = request.target.split('?').next().unwrap();
        if path != "/favicon.ico" {
            self.notes(request, path);
        }
        if path != ACTIVITIES {
            return self.ask_demo(request, &request.target);
        }
        let owner = self.ask_demo(request, "/api/v3/athlete");
        if !owner.starts_with("HTTP/1.1 200") {
            return owner;
        }
        match &*self.activities.lock().unwrap() {
            Ok(activities) => json_reply(200, &page(&request.target, activities)),
            Err((status, error)) => json_reply(*status, error),
        }
    }

    fn notes(&self, request: &Request, target: &str) {
        let asked = format!("{} {target}", request.method);
        self.asked.lock().unwrap().push(asked);
    }

    /// The same request for `target`, and the demo's answer.
    fn ask_demo(&self, request: &Request, target: &str) -> String {
        let headers = request.headers.iter();
        let headers = headers.filter(|(name, _)| name != "connection");
        let headers: String = headers.map(|(n, v)| format!("{n}: {v}\r\n")).collect();
        let Request { method, body, .. } = request;
        let request =
            format!("{method} {target} HTTP/1.1\r\n{headers}connection: close\r\n\r\n{body}");
        Reply::to(self.demo, request.as_bytes()).text().to_owned()
    }
}

fn json_reply(status: u16, body: &Value) -> String {
    let body = body.to_string();
    let used = if status == 429 { 2001 } else { 17 };
    format!(
        "HTTP/1.1 {status} -\r\nX-RateLimit-Limit: 200,2000\r\nX-RateLimit-Usage: {used},{used}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// The part of the activities that `page` and `per_page` of the query name.
fn page(target: &str, activities: &[Value]) -> Value {
    let number = |name| {
        let value = target.split(['?', '&']).find_map(|p| p.strip_prefix(name));
        value.unwrap().parse::<usize>().unwrap()
    };
    let (page, size) = (number("page="), number("per_page="));
    let mut pages = activities.chunks(size);
    pages.nth(page - 1).unwrap_or_default().into()
}

/// A ride of 12.5 km, so many days after the first.
fn activity(day: u64) -> Value {
    let start = format!("2026-{:02}-{:02}T07:30:00Z", 1 + day / 28, 1 + day % 28);
    json!({
        "resource_state": 2,
        "athlete": { "id": 227615, "resource_state": 1 },
        "id": 154504250376823_u64 + day,
        "name": format!("Ride {day} to Jõgeva"),
        "type": "Ride",
        "sport_type": "Ride",
        "distance": 12500.0,
        "moving_time": 2400,
        "elapsed_time": 2520,
        "total_elevation_gain": 73.5,
        "start_date": start,
        "start_date_local": start,
        "timezone": "(GMT+02:00) Europe/Tallinn",
        "utc_offset": 7200.0,
        "start_latlng": [58.38, 26.72],
        "end_latlng": [],
        "average_speed": 5.208,
        "max_speed": 11.5,
        "has_heartrate": true,
        "average_heartrate": 140.3,
        "map": { "id": format!("a{day}"), "summary_polyline": null, "resource_state": 2 },
        "trainer": false,
        "commute": false,
        "private": false,
        "visibility": "everyone",
    })
}
