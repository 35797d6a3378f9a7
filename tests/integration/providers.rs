//! `loopin providers`, and providers that are named without a path: the built-in ones, and one's own.

use std::fs;

use loopin::Provider;

use crate::support::*;

/// A preset of one's own, in the folder for it.
fn is_known(world: &World, home: &str, name: &str) {
    let folder = world.path(home).join("loopin/providers");
    fs::create_dir_all(&folder).unwrap();
    fs::copy(world.path("acme.toml"), folder.join(format!("{name}.toml"))).unwrap();
}

fn providers<'w>(world: &'w World, words: &[&str]) -> Loopin<'w> {
    Loopin::new(world, "providers").args(words)
}

#[test]
fn every_preset_is_listed_with_the_redirect_uri_to_register() {
    let world = World::standard();
    let list = providers(&world, &[]).finish();
    for (id, text) in preset_files() {
        let line = list.stdout.lines().find(|line| line.starts_with(&id));
        let line = line.unwrap_or_else(|| panic!("no {id}: {}", list.stdout));
        let (_, uri) = line.split_once(' ').unwrap();
        assert!(text.contains(&format!("\"{}\"", uri.trim())), "{line}");
    }
}

#[test]
fn what_is_shown_of_a_preset_is_a_provider_file_that_says_the_same() {
    let world = World::standard();
    for (id, text) in preset_files() {
        let shown = providers(&world, &[&id]).finish();
        let (preset, same) = (
            Provider::preset(&id).unwrap(),
            Provider::from_toml(&shown.stdout, &id).unwrap(),
        );
        assert!(same.toml().ends_with(&text), "{}", shown.stdout);
        assert!(shown.stdout.contains(preset.app_page().unwrap()));
        for (field, value) in preset.app_form() {
            assert!(shown.stdout.contains(&format!("#   {field}: {value}\n")));
        }
    }
}

#[test]
fn for_some_there_is_a_reason_why_they_have_no_preset() {
    let world = World::standard();
    for (name, reason) in [("withings", "https"), ("fitbit", "2026-11-02")] {
        let said = [
            providers(&world, &[name]).finish(),
            world.login().with("--provider", name).finish(),
            world.run("token").with("--provider", name).finish(),
        ];
        for outcome in said {
            outcome.ends(USAGE).prints_nothing().opened_nothing();
            outcome.says(name).says(reason);
        }
    }
}

#[test]
fn a_provider_that_is_not_there_is_told_which_ones_are() {
    let world = World::standard();
    is_known(&world, "home/.config", "mine");
    for outcome in [
        providers(&world, &["nobody"]).finish(),
        world.login().with("--provider", "nobody").finish(),
    ] {
        outcome.ends(USAGE).prints_nothing().says("\"nobody\"");
        outcome.says("mine");
        for preset in Provider::presets() {
            outcome.says(preset);
        }
    }
}

#[test]
fn a_host_is_told_from_a_file() {
    let world = World::standard();
    for (named, is_host) in [
        ("login.example.com/realms/x", true),
        ("login.example.com", true),
        ("acme-dev.toml", false),
        ("./login.example.com/x", false),
    ] {
        let outcome = world.login().with("--provider", named).finish();
        outcome.ends(USAGE).opened_nothing();
        let hint = format!("--provider https://{named}\n");
        assert_eq!(
            outcome.stderr.contains(&hint),
            is_host,
            "{}",
            outcome.stderr
        );
        assert_eq!(
            outcome.stderr.contains("https://"),
            is_host,
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn a_name_that_is_nearly_right_is_told_how_it_is_right() {
    let world = World::standard();
    let a_letter_short = |name: &'static str| (&name[..name.len() - 1], name);
    for (wrong, right) in [
        ("GitHub", "github"),
        a_letter_short("github"),
        ("Strava", "strava"),
    ] {
        let hint = format!("did you mean {right}?");
        let login = world.login().with("--provider", wrong).finish();
        login.ends(USAGE).says(&hint).opened_nothing();
        providers(&world, &[wrong]).finish().ends(USAGE).says(&hint);
    }
}

#[test]
fn a_preset_of_ones_own_is_named_like_a_built_in_one() {
    let world = World::standard();
    is_known(&world, "home/.config", "mine");
    let login = world.login().with("--provider", "mine");
    login.approved().ends(OK).asked_for_a_token(1);
    world.token_is_expired();
    let token = world.run("token").with("--provider", "mine").finish();
    token.ends(OK).prints_the_token().after_refreshes(1);
    let listed = providers(&world, &[]).finish();
    assert!(listed.stdout.contains("\nmine "), "{}", listed.stdout);
    let shown = providers(&world, &["mine"]).finish();
    assert!(shown.stdout.contains("/oauth/token"), "{}", shown.stdout);
}

#[test]
fn the_folder_of_ones_own_presets_is_where_the_system_keeps_such_files() {
    let world = World::standard();
    is_known(&world, "configuration", "mine");
    let here = world.path("configuration");
    let mine = || providers(&world, &["mine"]);
    mine()
        .env("XDG_CONFIG_HOME", here.to_str().unwrap())
        .finish()
        .ends(OK);
    // Only an absolute path counts there.
    mine()
        .env("XDG_CONFIG_HOME", "configuration")
        .finish()
        .ends(USAGE);
    mine().finish().ends(USAGE);
}

#[test]
fn a_built_in_preset_is_never_shadowed() {
    let world = World::standard();
    for (id, text) in preset_files() {
        is_known(&world, "home/.config", &id);
        let shown = providers(&world, &[&id]).finish();
        assert!(shown.stdout.ends_with(&text), "{}", shown.stdout);
        assert_eq!(shown.stdout.matches("token_endpoint =").count(), 1);
    }
    let listed = providers(&world, &[]).finish();
    assert_eq!(listed.stdout.lines().count(), Provider::presets().count());
}

#[test]
fn a_mistake_in_a_preset_of_ones_own_is_named_with_its_file_and_line() {
    let world = World::standard();
    world.writes("acme.toml", "\nname = 1\n");
    is_known(&world, "home/.config", "mine");
    let outcome = world.login().with("--provider", "mine").finish();
    outcome
        .ends(USAGE)
        .says("mine.toml: line 2: ")
        .opened_nothing();
}
