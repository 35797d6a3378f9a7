//! JSON objects of others.

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// A text, or a number as one.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A JSON object in which no member is there twice: of two access tokens neither can be believed.
pub(crate) fn object(body: &[u8]) -> Option<Value> {
    let document = serde_json::from_slice(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body));
    document.ok().map(|Object(members)| Value::Object(members))
}

/// Read with each of its members once.
pub(crate) struct Object(pub(crate) Map<String, Value>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Object, A::Error> {
                let mut members = Map::new();
                while let Some((name, Plain(value))) = access.next_entry::<String, Plain>()? {
                    if members.insert(name, value).is_some() {
                        return Err(A::Error::custom("a member is there twice"));
                    }
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// Any JSON. serde_json's own reader of a `Value` takes an object with one private name of its own for a text with more
/// JSON in it, and reads that as deep again, and so on, until the stack is at its end.
pub(crate) struct Plain(pub(crate) Value);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any).map(Plain)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Plain(value)) = access.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some((name, Plain(value))) = access.next_entry()? {
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// JSON in a text in JSON, and so on: each is as deep as one may be.
    fn nested(times: usize) -> String {
        (0..times).fold("1".to_owned(), |inner, _| {
            let text = inner.replace('\\', r"\u005c").replace('"', r"\u0022");
            let (begin, end) = ("[".repeat(120), "]".repeat(120));
            format!(r#"{begin}{{"$serde_json::private::RawValue":"{text}"}}{end}"#)
        })
    }

    #[test]
    fn json_in_a_text_is_a_text_however_it_is_called() {
        let body = format!(r#"{{"x":{}}}"#, nested(60));
        let document = object(body.as_bytes()).unwrap();
        let innermost = document.pointer(&format!("/x{}", "/0".repeat(120)));
        assert!(innermost.unwrap()["$serde_json::private::RawValue"].is_string());
    }
}
