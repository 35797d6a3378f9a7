//! A person whose browser is `curl`, where a click adds nothing.

use std::process::{Command, Output};

use tempfile::TempDir;

use super::support::tool;

/// Its cookies.
pub struct Visitor(TempDir);

/// Where redirects led to, and what is there.
pub struct Page {
    pub url: String,
    pub html: String,
}

impl Visitor {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn opens(&self, url: &str) -> Page {
        self.asks(&[url])
    }

    /// Sends a form to the page that it is on.
    pub fn sends(&self, page: &Page, fields: &[&str]) -> Page {
        let fields = fields.iter().flat_map(|field| ["--data-urlencode", field]);
        self.asks(&[&[page.url.as_str()], &*fields.collect::<Vec<_>>()].concat())
    }

    fn asks(&self, args: &[&str]) -> Page {
        let cookies = self.0.path().join("cookies");
        let mut curl = curl();
        curl.args(["--fail-with-body", "--location"]);
        curl.arg("--cookie").arg(&cookies);
        curl.arg("--cookie-jar").arg(&cookies);
        curl.args(["--write-out", "%{stderr}%{url_effective}"])
            .args(args);
        let Output {
            status,
            stdout,
            stderr,
        } = curl.output().unwrap();
        let [html, url] = [stdout, stderr].map(|text| String::from_utf8(text).unwrap());
        assert!(status.success(), "{url}: {html}");
        Page { url, html }
    }
}

/// The status of the answer to a request with this access token.
pub fn status_for(access_token: &str, url: &str) -> String {
    let mut curl = curl();
    curl.args(["--output", "/dev/null", "--write-out", "%{http_code}"]);
    curl.arg("--oauth2-bearer").arg(access_token).arg(url);
    String::from_utf8(curl.output().unwrap().stdout).unwrap()
}

fn curl() -> Command {
    let mut curl = Command::new(tool("curl"));
    curl.args(["--silent", "--noproxy", "*"]);
    curl
}
