//! A token file inside somebody else's program: any number of tasks want its token, and none is lost.

use std::fs;
use std::future::ready;
use std::pin::pin;
use std::thread;
use std::time::Duration;

use loopin::{Client, Error, ErrorKind, Provider, Token, TokenFile};

use crate::herd::LOCK;
use crate::locks::somebody_has_the_lock;
use crate::support::*;

/// A login whose token is kept in this file.
fn logs_in(world: &World, embedder: &Embedder, file: &TokenFile) -> Result<Token, Error> {
    let kept = file.clone();
    let keep = async move |token: Token| kept.keep(&token).await;
    let login = embedder.starts(world, login(world), keep);
    login.person.approve().shows("token.json");
    embedder.end_of(login)
}

/// The token file of an embedder in which somebody is logged in.
fn logged_in(world: &World, embedder: &Embedder) -> TokenFile {
    let file = TokenFile::new(world.path("token.json")).unwrap();
    logs_in(world, embedder, &file).unwrap();
    file
}

/// The token of that file, good for another minute.
async fn valid_token(file: TokenFile, world: (Provider, Client)) -> Result<Token, Error> {
    let (provider, client) = world;
    let minute = Duration::from_secs(60);
    file.valid_token(&provider, &client, minute).await
}

#[test]
fn a_token_that_is_good_is_taken_as_it_is_and_nobody_is_asked() {
    let (world, embedder) = (World::like_strava(), Embedder::new());
    let file = logged_in(&world, &embedder);
    let (before, asked) = (world.read("token.json"), world.server.connections());
    let token = valid_token(file, provider_and_client(&world));
    let token = embedder.0.block_on(token).unwrap();
    assert_eq!(token.access_token(), world.server.current_access_token());
    assert_eq!(world.server.connections(), asked);
    assert_eq!(world.read("token.json"), before);
}

#[test]
fn many_tasks_that_want_a_token_refresh_it_once() {
    let (world, embedder) = (World::like_strava(), Embedder::new());
    let file = logged_in(&world, &embedder);
    world.token_is_expired();
    let tasks = [(); 16].map(|()| {
        let token = valid_token(file.clone(), provider_and_client(&world));
        embedder.0.spawn(token)
    });
    for task in tasks {
        let token = embedder.0.block_on(task).unwrap().unwrap();
        assert_eq!(token.access_token(), world.server.current_access_token());
    }
    assert_eq!(world.server.refreshes(), 1);
    let stored = world.token()["access_token"].clone();
    assert_eq!(stored, world.server.current_access_token());
}

#[test]
fn without_a_token_file_a_login_is_needed() {
    let (world, embedder) = (World::like_strava(), Embedder::new());
    let file = TokenFile::new(world.path("token.json")).unwrap();
    let token = valid_token(file, provider_and_client(&world));
    let error = embedder.0.block_on(token).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LoginNeeded);
    assert_eq!(world.server.connections(), 0);
    assert!(!world.path("token.json").exists());
}

#[test]
fn a_login_whose_file_takes_nothing_is_found_by_whoever_wants_a_token_next() {
    if !is_alone(
        "token_file::a_login_whose_file_takes_nothing_is_found_by_whoever_wants_a_token_next",
    ) {
        return;
    }
    let (world, embedder) = (World::like_strava(), Embedder::new());
    let file = logged_in(&world, &embedder);
    world.removes(LOCK);
    fs::create_dir(world.path(LOCK)).unwrap();
    let error = logs_in(&world, &embedder, &file).unwrap_err();
    assert!(matches!(error, Error::SavedElsewhere { .. }), "{error}");
    let token = valid_token(file, provider_and_client(&world));
    let token = embedder.0.block_on(token).unwrap();
    assert_eq!(token.access_token(), world.server.current_access_token());
    assert_eq!(world.server.refreshes(), 0);
}

#[test]
fn while_another_has_the_lock_the_runtime_of_who_keeps_a_token_goes_on() {
    let (world, embedder) = (World::like_strava(), Embedder::new());
    let login = embedder.starts(&world, login(&world), in_memory);
    login.person.approve();
    let token = embedder.end_of(login).unwrap();
    let file = TokenFile::new(world.path("token.json")).unwrap();
    let lock = somebody_has_the_lock(&world);
    embedder.0.block_on(async {
        let mut keeping = pin!(file.keep(&token));
        let others = ready(());
        tokio::select! { biased; kept = &mut keeping => panic!("{kept:?}"), () = others => () }
        drop(lock);
        keeping.await.unwrap();
    });
    assert_eq!(world.token()["access_token"], token.access_token());
}

#[test]
fn whoever_waits_for_a_token_is_told_that_the_runtime_was_shut_down() {
    let (world, embedder) = (World::like_strava(), Embedder::new());
    let file = logged_in(&world, &embedder);
    world.token_is_expired();
    let (held, runtime) = (world.server.holds_its_answer(), embedder.0.handle().clone());
    let token = valid_token(file, provider_and_client(&world));
    let waiting = thread::spawn(move || runtime.block_on(token));
    held.wait_until_asked();
    embedder.0.shutdown_background();
    eventually("the end of the wait", || waiting.is_finished());
    let error = waiting.join().unwrap().unwrap_err();
    assert!(matches!(error, Error::MaybeSpent { .. }), "{error}");
    held.release();
}
