//! The scripted server as <https://as.example>: reached through a proxy, and vouched for by an authority of the test's own.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::http::{Reply, Request};
use super::tls::{Authority, Identity};

pub const NAME: &str = "as.example";

/// Listens until the test's process ends.
pub struct Https {
    address: SocketAddr,
    served: Arc<Served>,
    authority: Authority,
}

struct Served {
    identity: Mutex<Identity>,
    server: SocketAddr,
    /// Where somebody wanted to.
    wanted: Mutex<Vec<String>>,
}

impl Https {
    pub fn of(server: SocketAddr) -> Https {
        let authority = Authority::new();
        let served = Arc::new(Served {
            identity: Mutex::new(authority.vouches_for(NAME)),
            server,
            wanted: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let everybody = Arc::clone(&served);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let served = Arc::clone(&everybody);
                thread::spawn(move || served.tunnel(stream));
            }
        });
        Https {
            address,
            served,
            authority,
        }
    }

    /// Its certificate, for `SSL_CERT_FILE`.
    pub fn authority(&self) -> String {
        self.authority.pem()
    }

    /// From now on it shows what this makes of its authority.
    pub fn shows(&self, identity: impl FnOnce(&Authority) -> Identity) {
        *self.served.identity.lock().unwrap() = identity(&self.authority);
    }

    /// For `HTTPS_PROXY`.
    pub fn proxy(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Hosts and ports that somebody wanted to be led to.
    pub fn wanted(&self) -> Vec<String> {
        self.served.wanted.lock().unwrap().clone()
    }
}

impl Served {
    /// One connection to the proxy, for one request.
    fn tunnel(&self, mut stream: TcpStream) -> io::Result<()> {
        let Some(request) = Request::read(&stream)? else {
            return Ok(());
        };
        self.wanted.lock().unwrap().push(request.target);
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        let mut tls = self.identity.lock().unwrap().accept(stream);
        let Some(request) = Request::read(&mut tls)? else {
            return Ok(());
        };
        let headers = request.headers.iter();
        let headers: String = headers.map(|(n, v)| format!("{n}: {v}\r\n")).collect();
        let (method, target, body) = (request.method, request.target, request.body);
        let request = format!("{method} {target} HTTP/1.1\r\n{headers}\r\n{body}");
        let reply = Reply::to(self.server, request.as_bytes());
        tls.ends_with(reply.text().as_bytes())
    }
}
