#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| loopin::fuzzing::token_response(bytes));
