//! The tables, and the requests that rows of each go by.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Declares a table: its name, its columns in the order of a row, and whose amount its rows are.
macro_rules! tables {
    ($($variant:ident = $name:literal, $columns:literal;)+) => {
        /// A table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Table {
            $($variant,)+
        }

        impl Table {
            /// Every table; `ALL[table as usize] == table`.
            pub(super) const ALL: &'static [Table] = &[$(Table::$variant),+];

            /// What it is called.
            pub(super) fn name(self) -> &'static str {
                match self {
                    $(Table::$variant => $name,)+
                }
            }

            /// The columns of a row.
            pub(super) fn columns(self) -> &'static str {
                match self {
                    $(Table::$variant => $columns,)+
                }
            }
        }
    };
}

tables! {
    Counts = "counts", "name,host,tags,time,value";
    Gauges = "gauges", "name,host,tags,time,value";
    Histograms = "histograms", "name,host,tags,time,cnt,sum,min,max,aggregates";
    Sketches = "sketches", "name,host,tags,time,bins,cnt,sum,min,max";
    Sets = "sets", "name,host,tags,time,registers";
    Events = "events", "time,host,title,text,tags,aggregation_key,source_type,priority,alert_type";
    Checks = "checks", "name,host,tags,time,status,message";
}

impl Table {
    /// Path and query of a request, up to the token of its batch.
    pub(super) fn path(self, database: &str, is_async: bool) -> String {
        let database = database.replace('\\', "\\\\").replace('`', "\\`");
        let query = format!("INSERT INTO `{database}`.{} ({}) FORMAT RowBinary", self.name(), self.columns());
        let query = utf8_percent_encode(&query, NON_ALPHANUMERIC);
        let gathering = if is_async { "&async_insert=1&wait_for_async_insert=1" } else { "&async_insert=0" };
        // What depends on a table drops what it has had already, too.
        format!(
            "/?query={query}{gathering}&deduplicate_blocks_in_dependent_materialized_views=1&insert_deduplication_token="
        )
    }
}
