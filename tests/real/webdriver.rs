//! A person at Chromium: the few verbs of W3C WebDriver that the tests need, spoken to chromedriver over loopback.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::support::{Lines, tool};

/// Nothing but loopback is ever looked up or connected to.
pub const FLAGS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
];

/// The member that carries an element's reference (WebDriver §12.1).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
    _profile: Option<TempDir>,
}

/// A node of the accessibility tree.
#[derive(Debug)]
pub struct Told {
    pub role: String,
    pub name: String,
    /// Of a heading.
    pub level: Option<u64>,
}

impl Told {
    fn of(node: &Value) -> Self {
        let text = |value: &Value| value["value"].as_str().unwrap_or_default().to_owned();
        let mut properties = node["properties"].as_array().into_iter().flatten();
        let level = properties.find(|property| property["name"] == "level");
        Self {
            role: text(&node["role"]),
            name: text(&node["name"]),
            level: level.and_then(|level| level["value"]["value"].as_u64()),
        }
    }
}

impl Browser {
    /// A new Chromium with a fresh profile, in a window of a laptop's size.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// With these flags as well, which outdo those that it has anyway.
    pub fn start_with(flags: &[String]) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut args = FLAGS.map(String::from).to_vec();
        args.extend_from_slice(flags);
        args.push(format!("--user-data-dir={}", profile.path().display()));
        let options = json!({ "binary": tool("chromium"), "args": args });
        Self::with(options, Some(profile))
    }

    /// A Chromium that somebody else started with this debugging port.
    pub fn attach(port: u16) -> Self {
        Self::with(
            json!({ "debuggerAddress": format!("127.0.0.1:{port}") }),
            None,
        )
    }

    fn with(options: Value, profile: Option<TempDir>) -> Self {
        // It may lose the port that it chose to another program before it has bound it twice, for IPv6 and IPv4.
        let (driver, port) = (0..5)
            .find_map(|_| start_driver())
            .expect("chromedriver starts");
        let mut browser = Self {
            driver,
            port,
            session: String::new(),
            _profile: profile,
        };
        let wanted = json!({ "alwaysMatch": { "goog:chromeOptions": options } });
        let session = browser.call("POST", "", &json!({ "capabilities": wanted }));
        browser.session = format!("/{}", session["sessionId"].as_str().unwrap());
        let patience = json!({ "implicit": 30_000, "pageLoad": 30_000 });
        browser.call("POST", "/timeouts", &patience);
        browser.resize(1000, 720);
        browser
    }

    pub fn open(&self, url: &str) {
        self.post("/url", json!({ "url": url }));
    }

    pub fn current_url(&self) -> String {
        self.get("/url")
    }

    /// Clicks what `css` finds, as soon as it is there.
    pub fn click(&self, css: &str) {
        let element = self.find(css);
        self.post(&format!("/element/{element}/click"), json!({}));
    }

    pub fn type_into(&self, css: &str, text: &str) {
        let element = self.find(css);
        self.post(
            &format!("/element/{element}/value"),
            json!({ "text": text }),
        );
    }

    /// The text of what `css` finds, as a person sees it, as soon as it is there.
    pub fn text(&self, css: &str) -> String {
        let element = self.find(css);
        self.get(&format!("/element/{element}/text"))
    }

    pub fn attribute(&self, css: &str, name: &str) -> String {
        let element = self.find(css);
        self.get(&format!("/element/{element}/attribute/{name}"))
    }

    /// Whether the page is no wider than the window.
    pub fn fits(&self) -> bool {
        self.run_script(
            "return document.documentElement.scrollWidth <= document.documentElement.clientWidth",
        ) == true
    }

    pub fn resize(&self, width: u32, height: u32) {
        self.resize_at(1.0, width, height);
    }

    /// On a screen that has so many dots to the pixel.
    fn resize_at(&self, dots: f32, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": dots, "mobile": width < 500 });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics);
    }

    /// What the person's system would have told it, such as `prefers-color-scheme`: `dark`.
    pub fn emulate_media(&self, name: &str, value: &str) {
        let feature = json!({ "name": name, "value": value });
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": [feature] }),
        );
    }

    pub fn without_javascript(&self) {
        let disabled = json!({ "value": true });
        self.devtools("Emulation.setScriptExecutionDisabled", disabled);
    }

    /// Presses a key: a character, or one of those that WebDriver gives a code point (§17.4.2).
    pub fn press(&self, key: char) {
        let actions = ["keyDown", "keyUp"].map(|what| json!({ "type": what, "value": key }));
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": actions });
        self.post("/actions", json!({ "actions": [keyboard] }));
    }

    /// What a screen reader is told, in its order.
    pub fn accessibility_tree(&self) -> Vec<Told> {
        let tree = self.devtools("Accessibility.getFullAXTree", json!({}));
        let nodes = tree["nodes"].as_array().unwrap();
        let (mut told, mut ahead) = (Vec::new(), vec![&nodes[0]["nodeId"]]);
        while let Some(id) = ahead.pop() {
            let node = nodes.iter().find(|node| node["nodeId"] == *id).unwrap();
            ahead.extend(node["childIds"].as_array().into_iter().flatten().rev());
            if node["ignored"] == false {
                told.push(Told::of(node));
            }
        }
        told
    }

    pub fn run_script(&self, script: &str) -> Value {
        self.post("/execute/sync", json!({ "script": script, "args": [] }))
    }

    pub fn screenshot(&self, file: &Path) {
        let png = BASE64_STANDARD.decode(self.get("/screenshot")).unwrap();
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, png).unwrap();
    }

    /// For people to look at: of this size, for a screen with small dots.
    pub fn sharp_screenshot(&self, file: &Path, width: u32, height: u32) {
        self.resize_at(1.5, width, height);
        self.screenshot(file);
    }

    /// The reference of the element that `css` finds: the driver itself waits until it is there.
    fn find(&self, css: &str) -> String {
        let found = self.post("/element", json!({ "using": "css selector", "value": css }));
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    fn devtools(&self, command: &str, params: Value) -> Value {
        self.post(
            "/goog/cdp/execute",
            json!({ "cmd": command, "params": params }),
        )
    }

    fn get(&self, path: &str) -> String {
        let value = self.call("GET", path, &Value::Null);
        value.as_str().unwrap().to_owned()
    }

    fn post(&self, path: &str, body: Value) -> Value {
        self.call("POST", path, &body)
    }

    /// One command to the session: its value.
    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self
            .exchange(method, path, body)
            .expect("chromedriver answers");
        assert!(
            !answer["error"].is_string(),
            "{method} {path} {body}: {answer}"
        );
        answer
    }

    fn exchange(&self, method: &str, path: &str, body: &Value) -> io::Result<Value> {
        let Self { port, session, .. } = self;
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let mut stream = TcpStream::connect(("127.0.0.1", *port))?;
        write!(
            stream,
            "{method} /session{session}{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\
             Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = BufReader::new(stream);
        let (mut line, mut length) = (String::new(), 0);
        while answer.read_line(&mut line)? > "\r\n".len() {
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            line.clear();
        }
        let mut body = vec![0; length];
        answer.read_exact(&mut body)?;
        Ok(serde_json::from_slice::<Value>(&body)?["value"].take())
    }
}

/// chromedriver on a free port, or nothing if it could not have it.
fn start_driver() -> Option<(Child, u16)> {
    let mut driver = Command::new(tool("chromedriver"));
    driver
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut driver = driver.spawn().unwrap();
    let said = Lines::of(driver.stdout.take().unwrap());
    match said.find(|line| line.contains("started successfully on port")) {
        Some(line) => {
            let port = line.trim_end_matches('.').rsplit(' ').next().unwrap();
            Some((driver, port.parse().unwrap()))
        }
        None => {
            driver.wait().unwrap();
            None
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            let _ = self.exchange("DELETE", "", &Value::Null);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
