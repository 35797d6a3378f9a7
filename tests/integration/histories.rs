//! Whatever happens to a token file, in whatever order, it is the old document or the new one.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::support::*;

#[derive(Clone, Copy, Debug)]
enum Event {
    Login,
    Refresh,
    Token,
    Logout,
    /// Another program adds or changes a member.
    ForeignMember(u8),
    /// Another program, or time, makes the token old.
    Expires,
    /// A refresh while the provider cannot answer.
    Outage,
    /// The provider ends the grant, and somebody tries to refresh.
    Dead,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        2 => Just(Event::Login),
        3 => Just(Event::Refresh),
        2 => Just(Event::Token),
        1 => Just(Event::Logout),
        3 => (0..4_u8).prop_map(Event::ForeignMember),
        3 => Just(Event::Expires),
        1 => Just(Event::Outage),
        1 => Just(Event::Dead),
    ];
    proptest::collection::vec(event, 1..9)
}

/// What the file must hold besides the token, if it is there.
type Members = BTreeMap<String, u64>;

struct History {
    world: World,
    members: Option<Members>,
}

impl History {
    fn goes_on(&mut self, event: Event) {
        let world = &self.world;
        match (event, &mut self.members) {
            (Event::Login, members) => {
                world.login().flag("--force").approved().ends(OK);
                members.get_or_insert_default();
            }
            (Event::Refresh | Event::Token, members) => {
                let command = match event {
                    Event::Token => "token",
                    _ => "refresh",
                };
                let outcome = world.run(command).finish();
                if members.is_none() {
                    outcome.ends(LOGIN);
                }
            }
            (Event::Logout, members) => {
                world.run("logout").finish().ends(OK);
                *members = None;
            }
            (Event::ForeignMember(n), Some(members)) => {
                let name = format!("theirs-{n}");
                let value = members.len() as u64 * 7;
                world.edits_token(|token| token[&name] = value.into());
                members.insert(name, value);
            }
            (Event::Expires, Some(_)) => world.token_is_expired(),
            (Event::Outage, Some(_)) => {
                world
                    .server
                    .answers_each([Answer::typed(503, "text/plain", "")]);
                let refresh = world.run("refresh").finish();
                refresh.ends(TEMPORARY).left_the_token_alone();
            }
            (Event::Dead, Some(_)) => {
                world.server.forgets_all_grants();
                let refresh = world.run("refresh").finish();
                refresh.ends(LOGIN).left_the_token_alone();
            }
            (_, None) => {}
        }
        self.is_whole();
    }

    fn is_whole(&self) {
        let Some(members) = &self.members else {
            return assert!(!self.world.path("token.json").exists());
        };
        let token = self.world.token();
        let number = |name: &str| token[name].as_str().unwrap().rsplit('-').next();
        // The server numbers what it issues together.
        assert_eq!(number("access_token"), number("refresh_token"), "{token}");
        for (name, value) in members {
            assert_eq!(token[name], *value, "{name} of {token}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12,
        max_shrink_iters: 32,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_order_of_events_leaves_a_mixed_file(events in events()) {
        let mut history = History { world: World::standard(), members: None };
        for event in events {
            history.goes_on(event);
        }
    }
}
