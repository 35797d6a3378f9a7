//! What the floors share: sending the recorded request, and saving the recorded document.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    net::TcpStream,
};

/// Sends a request whole, and gives back the access token of the answer.
pub fn post(request: &str) -> io::Result<String> {
    let (_, rest) = request.split_once("host: ").unwrap();
    let (address, _) = rest.split_once('\r').unwrap();
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (_, rest) = answer.split_once(r#""access_token":""#).unwrap();
    Ok(rest.split_once('"').unwrap().0.to_owned())
}

/// Replaces `token.json`, durably.
pub fn save(document: &str) -> io::Result<()> {
    let mut file = File::create(".token.json.tmp")?;
    file.write_all(document.as_bytes())?;
    file.sync_all()?;
    fs::rename(".token.json.tmp", "token.json")?;
    File::open(".")?.sync_all()
}
