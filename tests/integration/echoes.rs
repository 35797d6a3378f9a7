//! Servers and browsers that say again what they were told: no word of it is repeated, as loud as a command can be.

use serde_json::json;

use crate::leaks::{FORMATS, all_fail, fails, loud};
use crate::support::*;

/// A hostile server's ways to say again what it was told.
const ECHOES: [fn(&str) -> Answer; 11] = [
    |said| Answer::json(400, &json!({ "error": said })),
    |said| {
        let error =
            json!({ "error": "invalid_request", "error_description": said, "error_uri": said });
        Answer::json(400, &error)
    },
    |said| {
        Answer::json(
            401,
            &json!({ "error": "invalid_client", "error_description": said }),
        )
    },
    |said| Answer::json(400, &fault(said, said, said, said)),
    |said| {
        Answer::json(
            400,
            &json!({ "error": { "message": said, "type": said, said: said } }),
        )
    },
    |said| Answer::typed(500, "text/html", format!("<h1>{said}</h1>")),
    |said| Answer::typed(403, said, said),
    |said| Answer::redirect(302, &format!("https://evil.example/{said}")),
    |said| Answer::json(429, &json!({ "errors": said })).and_header("Retry-After", said),
    |said| Answer::json(401, &json!({})).and_header("WWW-Authenticate", said),
    |said| Answer::json(503, &json!([said])).and_header("Date", said),
];

/// The same in what could be a token.
const ECHOES_IN_TOKENS: [fn(&str) -> Answer; 11] = [
    |said| Answer::typed(200, "text/html", said),
    |said| Answer::json(200, &json!({ "ok": false, "error": said })),
    |said| {
        Answer::json(
            200,
            &json!({ "access_token": said, "token_type": "Bearer" }),
        )
    },
    |said| {
        Answer::json(
            200,
            &json!({ "access_token": [said], "token_type": "Bearer" }),
        )
    },
    |said| {
        Answer::json(
            200,
            &json!({ "access_token": { said: said }, "token_type": "Bearer" }),
        )
    },
    |said| Answer::json(200, &json!({ "access_token": "x", "token_type": said })),
    |said| {
        Answer::json(
            200,
            &json!({ "access_token": "x", "token_type": { said: said } }),
        )
    },
    |said| {
        Answer::json(
            200,
            &json!({ "access_token": "", "expires_in": said, "refresh_token": said }),
        )
    },
    |said| {
        Answer::typed(
            200,
            "application/json",
            format!("{{\"access_token\":\"{said}"),
        )
    },
    |said| {
        Answer::typed(
            200,
            "application/json",
            format!("{{\"{said}\":1,\"{said}\":2}}"),
        )
    },
    |said| {
        Answer::typed(
            200,
            "application/x-www-form-urlencoded",
            format!("error={said}"),
        )
    },
];

#[test]
fn a_login_repeats_nothing_that_a_hostile_server_says() {
    let world = loud();
    for echo in ECHOES.into_iter().chain(ECHOES_IN_TOKENS) {
        world.server.answers(Answer::Echo(Box::new(echo)));
        for format in FORMATS {
            let login = world.login().with("--log-format", format);
            fails(&login.approved());
        }
    }
}

#[test]
fn a_refresh_repeats_nothing_that_a_hostile_server_says() {
    let world = loud();
    world.has_expired_token();
    for echo in ECHOES.into_iter().chain(ECHOES_IN_TOKENS) {
        world.server.answers(Answer::Echo(Box::new(echo)));
        all_fail(&world, &["token", "refresh", "exec", "whoami"]);
    }
}

#[test]
fn whoami_and_logout_repeat_nothing_that_a_hostile_server_says() {
    let world = loud();
    world.is_logged_in();
    let server = &world.server;
    for command in ["whoami", "logout"] {
        for echo in ECHOES {
            server.answers(Answer::Echo(Box::new(echo)));
            server.answers_userinfo(Answer::Echo(Box::new(echo)));
            server.answers_revocation(Answer::Echo(Box::new(echo)));
            all_fail(&world, &[command]);
        }
    }
}

/// A login in each format, which meets this.
fn each_login(meets: impl Fn(&Person, &str)) {
    let world = loud();
    for format in FORMATS {
        let login = world.login().with("--log-format", format).start();
        meets(&login.person(), &world.marks.word(Secret::Code));
        login.signal("TERM");
        login.finish().ends_by_signal(15);
    }
}

#[test]
fn the_redirect_repeats_nothing_of_the_strays_that_it_turns_down() {
    each_login(|person, code| {
        let target = format!("/{code}?{code}={code}");
        assert!(person.get(&target).is_refusal());
        assert!(person.request("POST", &target, &[]).is_refusal());
        let foreign = ["Origin: null", "Host: x"];
        assert!(person.request("GET", &target, &foreign).is_refusal());
    });
}

#[test]
fn the_redirect_repeats_no_code_that_comes_with_a_wrong_or_a_second_value() {
    each_login(|person, code| {
        let right = person.approval();
        let wrong = right.clone().without("state").with("state", code);
        for target in [wrong.target(), right.with("code", code).target()] {
            assert!(person.get(&target).is_refusal());
            assert!(person.request("POST", &target, &[]).is_refusal());
        }
    });
}

#[test]
fn the_redirect_repeats_nothing_of_an_error_that_nobody_knows() {
    let world = loud();
    let [code, client] = [Secret::Code, Secret::Client].map(|kind| world.marks.word(kind));
    for format in FORMATS {
        let login = world.login().with("--log-format", format).start();
        let person = login.person();
        let error = person.back().with("error", &client);
        let error = error.with("error_description", &code);
        person.go(&error.with("error_uri", &code));
        fails(&login.finish());
    }
}
