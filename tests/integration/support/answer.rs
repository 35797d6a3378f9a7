//! What the token endpoint answers, honestly or not.

use std::io::Write;
use std::net::TcpStream;
use std::time::SystemTime;

use serde_json::Value;

pub type Edit = Box<dyn Fn(&mut Value) + Send + Sync>;

/// Makes an answer of all that the request said.
pub type Echo = Box<dyn Fn(&str) -> Answer + Send + Sync>;

/// An answer to a token or a userinfo request.
pub enum Answer {
    /// What a healthy server would say.
    Genuine,
    /// The same, with the time in `Date` (RFC 9110 §6.6.1).
    Dated,
    /// The same with something changed.
    Edited(Edit),
    /// A whole HTTP answer of the test's own.
    Fixed {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// What the server was just told, in an answer of the test's own.
    Echo(Echo),
    /// A body that does not end.
    Endless,
    /// The connection is closed without a word, and nothing has happened.
    Silence,
    /// The same, but the server has done what it was asked for.
    Lost,
    /// Half of the genuine answer, and then the connection is closed.
    Cut,
    /// The connection stays open without a word.
    Never,
}

impl Answer {
    pub fn edited(edit: impl Fn(&mut Value) + Send + Sync + 'static) -> Answer {
        Answer::Edited(Box::new(edit))
    }

    pub fn json(status: u16, value: &Value) -> Answer {
        Answer::typed(status, "application/json", value.to_string())
    }

    pub fn typed(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
        Answer::Fixed {
            status,
            headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
            body: body.into(),
        }
    }

    pub fn redirect(status: u16, location: &str) -> Answer {
        Answer::typed(status, "text/plain", "").and_header("Location", location)
    }

    pub fn and_header(mut self, name: &str, value: &str) -> Answer {
        if let Answer::Fixed { headers, .. } = &mut self {
            headers.retain(|(n, _)| n != name);
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Does the server do what it is asked for?
    pub fn is_that_of_a_server_at_work(&self) -> bool {
        matches!(
            self,
            Answer::Genuine | Answer::Dated | Answer::Edited(_) | Answer::Lost | Answer::Cut
        )
    }

    /// Sends this answer, or hands the stream back if it must stay open.
    pub fn send(&self, mut stream: TcpStream, genuine: Value) -> Option<TcpStream> {
        match self {
            Answer::Genuine => write(&mut stream, 200, &[], genuine.to_string().as_bytes()),
            Answer::Dated => {
                let date = httpdate::fmt_http_date(SystemTime::now());
                let dated = Answer::json(200, &genuine).and_header("Date", &date);
                return dated.send(stream, Value::Null);
            }
            Answer::Edited(edit) => {
                let mut value = genuine;
                edit(&mut value);
                write(&mut stream, 200, &[], value.to_string().as_bytes());
            }
            Answer::Fixed {
                status,
                headers,
                body,
            } => write(&mut stream, *status, headers, body),
            Answer::Endless => {
                let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"a\":\"";
                let block = [b'x'; 65536];
                let mut going = stream.write_all(head);
                while going.is_ok() {
                    going = stream.write_all(&block);
                }
            }
            Answer::Silence | Answer::Lost | Answer::Echo(_) => {}
            Answer::Cut => {
                let body = genuine.to_string();
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
                let half = &body[..body.len() / 2];
                let _ = stream.write_all(format!("{head}{half}").as_bytes());
            }
            Answer::Never => return Some(stream),
        }
        None
    }
}

/// An edit that takes one member away.
pub fn without(name: &'static str) -> impl Fn(&mut Value) + Send + Sync {
    move |value| drop(value.as_object_mut().unwrap().remove(name))
}

/// The client may hang up first, so a failed write is no error.
pub fn write(stream: &mut TcpStream, status: u16, headers: &[(String, String)], body: &[u8]) {
    let mut head = format!("HTTP/1.1 {status} Scripted\r\nConnection: close\r\n");
    head += &format!("Content-Length: {}\r\n", body.len());
    if headers.is_empty() {
        head += "Content-Type: application/json; charset=utf-8\r\n";
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += "\r\n";
    let _ = stream.write_all(&[head.as_bytes(), body].concat());
}
