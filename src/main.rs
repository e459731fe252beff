//! Arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    cloud101::cli::main()
}
