//! Where rows go.

use crate::config::settings;
use crate::config::value::Compressor;
use crate::delivery::{Secret, SecretUrl};

settings! { part Settings in clickhouse {
    "ClickHouse" {
        /// URL of ClickHouse's HTTP interface, as in http://clickhouse:8123; basenji clickhouse --print-schema has the tables
        url: SecretUrl = SecretUrl::default(), "basenji_clickhouse_url";
        /// The database with the tables
        database: String = "basenji".to_owned(), "basenji_clickhouse_database";
        /// The user; without one it is ClickHouse's default
        user: String = String::new(), "basenji_clickhouse_user";
        /// The user's password
        password: Secret = Secret::default(), "basenji_clickhouse_password";
        /// Let ClickHouse gather the batches of many daemons before it writes them
        is_async: bool = true, "basenji_clickhouse_async_insert";
        /// How requests are compressed: zstd, zlib, gzip, none
        compressor: Compressor = Compressor::Zstd, "basenji_clickhouse_compression";
    }
} }
