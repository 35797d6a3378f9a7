use percent_encoding::percent_decode_str;

/// The parameter's value: `Some(None)` if it is absent, `None` if it is there twice, is empty, or holds what no
/// parameter may hold (control characters, broken UTF-8).
pub(crate) fn single(query: &str, name: &str) -> Option<Option<String>> {
    let mut values = values(query, name);
    match (values.next(), values.next()) {
        (None, _) => Some(None),
        (Some(value), None) => {
            let value = decoded(value).filter(|v| !v.is_empty() && !v.contains(char::is_control));
            value.map(Some)
        }
        (Some(_), Some(_)) => None,
    }
}

/// The parameter's values as they stand in the query.
pub(crate) fn values<'a>(query: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    let pairs = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs
        .filter(move |(key, _)| decoded(key).is_some_and(|key| key == name))
        .map(|(_, value)| value)
}

/// One layer of `application/x-www-form-urlencoded` taken off.
pub(crate) fn decoded(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced)
        .decode_utf8()
        .ok()
        .map(String::from)
}

#[cfg(test)]
mod tests {
    use super::decoded;
    use proptest::prelude::*;
    use url::form_urlencoded;

    proptest! {
        #[test]
        fn encoding_and_decoding_gives_the_same_text(text in "\\PC{0,40}") {
            let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
            prop_assert_eq!(decoded(&encoded), Some(text));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}") {
            let _ = decoded(&text);
        }
    }
}
