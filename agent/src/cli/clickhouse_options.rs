//! The options of `basenji clickhouse`.

/// What to show for ClickHouse.
#[derive(Debug, clap::Args)]
pub(crate) struct ClickHouseOptions {
    /// Show the tables, views and functions
    #[arg(long)]
    pub(crate) print_schema: bool,
    /// Show queries to begin with
    #[arg(long)]
    pub(crate) print_queries: bool,
    /// The database
    #[arg(long, value_name = "NAME", default_value = "basenji")]
    pub(crate) database: String,
}
