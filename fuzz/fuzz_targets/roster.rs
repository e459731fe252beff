#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cloud101_fuzz::roster(data));
