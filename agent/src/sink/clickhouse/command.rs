//! `basenji clickhouse`: the tables that rows go to, and queries to begin with.

use std::process::ExitCode;

use crate::cli::ClickHouseOptions;
use crate::failure::Failure;
use crate::look;

/// The files of `agent/deploy/clickhouse`.
const SCHEMA: &str = include_str!("../../../deploy/clickhouse/schema.sql");
const QUERIES: &str = include_str!("../../../deploy/clickhouse/queries.sql");

/// Runs the command.
///
/// # Errors
///
/// Nothing can be written, or nothing was asked for.
pub(crate) fn run(options: &ClickHouseOptions) -> Result<ExitCode, Failure> {
    let text = match (options.print_schema, options.print_queries) {
        (true, false) => SCHEMA,
        (false, true) => QUERIES,
        _ => return Err(Failure::usage("give one of --print-schema and --print-queries")),
    };
    look::show(&of_database(text, &options.database))?;
    Ok(ExitCode::SUCCESS)
}

/// With another name of the database.
pub(super) fn of_database(text: &str, database: &str) -> String {
    let database = database.replace('\\', "\\\\").replace('`', "\\`");
    text.replace("`basenji`", &format!("`{database}`"))
}
