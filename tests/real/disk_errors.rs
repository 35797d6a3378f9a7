//! A disk that fails in other ways than by being full: nothing is spent before, and nothing lost after.

use super::strace::{Ended, Traced};
use crate::support::{LOCAL, OK, World};

/// Before the request the room for the answer is proved (1); after it the document is made durable (2), and its folder
/// (3). Whatever fails then is tried once more.
fn refreshes(world: &World, error: &str, when: &str) -> Ended {
    let fault = format!("inject=fsync:error={error}:when={when}");
    let expressions = ["trace=fsync".to_owned(), fault];
    let ended = Traced::start(world, &expressions, "token --provider ./acme.toml").ends(world);
    assert!(ended.was_injected(), "{}", ended.stderr);
    ended
}

fn world() -> World {
    let world = World::like_strava();
    world.has_expired_token();
    world
}

#[test]
#[ignore = "needs strace: tests/run"]
fn a_disk_that_fails_before_the_request_costs_no_refresh_token() {
    for error in ["EIO", "EDQUOT", "EROFS"] {
        let world = world();
        let before = world.read("token.json");
        let ended = refreshes(&world, error, "1");
        assert_eq!(ended.status.code(), Some(LOCAL), "{}", ended.stderr);
        assert_eq!((ended.stdout.as_str(), world.server.refreshes()), ("", 0));
        assert_eq!(world.read("token.json"), before);
    }
}

#[test]
#[ignore = "needs strace: tests/run"]
fn a_disk_that_fails_once_after_the_answer_is_tried_again() {
    for (error, when) in [("EIO", "2"), ("EDQUOT", "2"), ("EIO", "3")] {
        let world = world();
        let ended = refreshes(&world, error, when);
        assert_eq!(ended.status.code(), Some(OK), "{}", ended.stderr);
        let token = world.server.current_access_token();
        assert_eq!(ended.stdout.trim_end(), token);
        assert_eq!(world.token()["access_token"], token);
    }
}

#[test]
#[ignore = "needs strace: tests/run"]
fn a_folder_that_cannot_be_made_durable_is_no_failure() {
    for error in ["EINVAL", "EOPNOTSUPP"] {
        let world = world();
        let ended = refreshes(&world, error, "3+");
        assert_eq!(ended.status.code(), Some(OK), "{}", ended.stderr);
        let token = world.server.current_access_token();
        assert_eq!(world.token()["access_token"], token);
        assert_eq!((world.server.refreshes(), ended.names().len()), (1, 3));
    }
}

#[test]
#[ignore = "needs strace: tests/run"]
fn a_disk_that_goes_on_failing_after_the_answer_costs_no_token() {
    for error in ["EIO", "EDQUOT"] {
        let world = world();
        let ended = refreshes(&world, error, "2..3");
        assert_eq!(ended.status.code(), Some(LOCAL), "{}", ended.stderr);
        assert!(
            ended.stderr.contains("/loopin/recovered/"),
            "{}",
            ended.stderr
        );
        world.run("refresh").finish().ends(OK);
        assert_eq!((world.server.refreshes(), world.server.reused()), (2, 0));
    }
}
