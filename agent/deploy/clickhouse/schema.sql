-- Tables for the sink `clickhouse` of Basenji; `basenji clickhouse --print-schema` prints them.
--
--   basenji clickhouse --print-schema | clickhouse-client
--
-- Whatever is sent merges exactly: counts and bins add up, registers and extremes take the larger one, so that it does not
-- matter by which daemon, in which order and in how many pieces it came. A batch that is sent twice counts once: its token is
-- remembered for as many batches as the window says (Replicated tables: replicated_deduplication_window, and for an hour).

CREATE DATABASE IF NOT EXISTS `basenji`;

-- The value that a key of a sketch stands for.
CREATE OR REPLACE FUNCTION basenjiValue AS k ->
    sign(k) * pow(1.015625, abs(k) - 1338);

-- The quantile p, from 0 to 1, of bins: keys and counts as sumMap gives them, lowest key first.
CREATE OR REPLACE FUNCTION basenjiQuantile AS (p, bins) ->
    basenjiValue(bins.1[arrayFirstIndex(c -> c > round(p * (arraySum(bins.2) - 1)), arrayCumSum(bins.2))]);

-- How many different members registers have seen: 16,384 registers, a standard error of 0.8 % (Ertl's estimator, 2017).
CREATE OR REPLACE FUNCTION basenjiUniq AS registers ->
    if(empty(registers.1), 0, round(16384 * 16384 / (2 * ln(2) * (
        arraySum(r -> if(r <= 50, pow(2, -toFloat64(r)), 0), registers.2)
        + 16384 * pow(2, -50) * arraySum(x -> (1 - x - arraySum(n -> pow(1 - pow(x, pow(2, -n)), 2) * pow(2, -n), range(1, 60))) / 3,
            [1 - arrayCount(r -> r > 50, registers.2) / 16384])
        + 16384 * arraySum(x -> x + arraySum(n -> pow(x, pow(2, n)) * pow(2, n - 1), range(1, 60)),
            [1 - length(registers.1) / 16384])))));

-- Bins as a state of quantilesDD(1/129, ...), whose bins are those of the sketch. What quantilesDDMerge answers is to be
-- multiplied by 129/130: it stands for the end of a bin, and the sketch's value for the middle.
CREATE OR REPLACE FUNCTION basenjiVarint AS n ->
    multiIf(n < 128, char(n), n < 16384, char(n % 128 + 128, intDiv(n, 128)),
        char(n % 128 + 128, intDiv(n, 128) % 128 + 128, intDiv(n, 16384)));

CREATE OR REPLACE FUNCTION basenjiStore AS (indexes, counts) ->
    concat(char(4), basenjiVarint(length(indexes)), arrayStringConcat(arrayMap(
        (d, c) -> concat(basenjiVarint(if(d < 0, -2 * d - 1, 2 * d)), CAST(reinterpretAsFixedString(toFloat64(c)), 'String')),
        arrayPopFront(arrayDifference(arrayConcat([toInt32(0)], indexes))), counts)));

CREATE OR REPLACE FUNCTION basenjiState AS bins ->
    concat(unhex('02000000000040f03f0000000000000000'),
        char(1), basenjiStore(arrayMap(k -> toInt32(k) - 1338, arrayFilter(k -> k > 0 AND k < 32767, bins.1)),
            arrayFilter((n, k) -> k > 0 AND k < 32767, bins.2, bins.1)),
        char(3), basenjiStore(arrayReverse(arrayMap(k -> -toInt32(k) - 1338, arrayFilter(k -> k < 0 AND k > -32767, bins.1))),
            arrayReverse(arrayFilter((n, k) -> k < 0 AND k > -32767, bins.2, bins.1))),
        char(4), if(has(bins.1, 0), CAST(reinterpretAsFixedString(toFloat64(bins.2[indexOf(bins.1, 0)])), 'String'), unhex('0000000000000000')));

-- Counts: the sum of a bucket, which begins at `time`.
CREATE TABLE IF NOT EXISTS `basenji`.counts (
    name LowCardinality(String),
    host LowCardinality(String),
    tags Map(LowCardinality(String), String),
    time DateTime CODEC(DoubleDelta, ZSTD),
    value SimpleAggregateFunction(sum, Float64)
) ENGINE = AggregatingMergeTree PARTITION BY toDate(time) ORDER BY (name, tags, host, time)
TTL time + INTERVAL 30 DAY SETTINGS non_replicated_deduplication_window = 10000;

-- Gauges: the last value of a bucket.
CREATE TABLE IF NOT EXISTS `basenji`.gauges (
    name LowCardinality(String),
    host LowCardinality(String),
    tags Map(LowCardinality(String), String),
    time DateTime CODEC(DoubleDelta, ZSTD),
    value SimpleAggregateFunction(anyLast, Float64)
) ENGINE = AggregatingMergeTree PARTITION BY toDate(time) ORDER BY (name, tags, host, time)
TTL time + INTERVAL 30 DAY SETTINGS non_replicated_deduplication_window = 10000;

-- Histograms and timings: what merges, and the aggregates that histogram_aggregates and histogram_percentiles ask for,
-- which do not. histogram_copy_to_distribution makes sketches of them.
CREATE TABLE IF NOT EXISTS `basenji`.histograms (
    name LowCardinality(String),
    host LowCardinality(String),
    tags Map(LowCardinality(String), String),
    time DateTime CODEC(DoubleDelta, ZSTD),
    cnt SimpleAggregateFunction(sum, UInt64),
    sum SimpleAggregateFunction(sum, Float64),
    min SimpleAggregateFunction(min, Float64),
    max SimpleAggregateFunction(max, Float64),
    aggregates SimpleAggregateFunction(anyLast, Map(String, Float64))
) ENGINE = AggregatingMergeTree PARTITION BY toDate(time) ORDER BY (name, tags, host, time)
TTL time + INTERVAL 30 DAY SETTINGS non_replicated_deduplication_window = 10000;

-- Distributions: the bins of the sketch, by key.
CREATE TABLE IF NOT EXISTS `basenji`.sketches (
    name LowCardinality(String),
    host LowCardinality(String),
    tags Map(LowCardinality(String), String),
    time DateTime CODEC(DoubleDelta, ZSTD),
    bins SimpleAggregateFunction(sumMap, Tuple(Array(Int16), Array(UInt64))),
    cnt SimpleAggregateFunction(sum, UInt64),
    sum SimpleAggregateFunction(sum, Float64),
    min SimpleAggregateFunction(min, Float64),
    max SimpleAggregateFunction(max, Float64)
) ENGINE = AggregatingMergeTree PARTITION BY toDate(time) ORDER BY (name, tags, host, time)
TTL time + INTERVAL 30 DAY SETTINGS non_replicated_deduplication_window = 10000;

-- Sets: the registers of a HyperLogLog that are not 0.
CREATE TABLE IF NOT EXISTS `basenji`.sets (
    name LowCardinality(String),
    host LowCardinality(String),
    tags Map(LowCardinality(String), String),
    time DateTime CODEC(DoubleDelta, ZSTD),
    registers SimpleAggregateFunction(maxMap, Tuple(Array(UInt16), Array(UInt8)))
) ENGINE = AggregatingMergeTree PARTITION BY toDate(time) ORDER BY (name, tags, host, time)
TTL time + INTERVAL 30 DAY SETTINGS non_replicated_deduplication_window = 10000;

-- Events and service checks.
CREATE TABLE IF NOT EXISTS `basenji`.events (
    time DateTime,
    host LowCardinality(String),
    title String,
    text String,
    tags Map(LowCardinality(String), String),
    aggregation_key String,
    source_type LowCardinality(String),
    priority LowCardinality(String),
    alert_type LowCardinality(String)
) ENGINE = MergeTree PARTITION BY toDate(time) ORDER BY time TTL time + INTERVAL 30 DAY SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS `basenji`.checks (
    name LowCardinality(String),
    host LowCardinality(String),
    tags Map(LowCardinality(String), String),
    time DateTime,
    status UInt8,
    message String
) ENGINE = MergeTree PARTITION BY toDate(time) ORDER BY (name, tags, host, time) TTL time + INTERVAL 30 DAY SETTINGS non_replicated_deduplication_window = 10000;

-- Minutes of all hosts together, kept for longer.
CREATE TABLE IF NOT EXISTS `basenji`.counts_minute (
    name LowCardinality(String),
    tags Map(LowCardinality(String), String),
    time DateTime CODEC(DoubleDelta, ZSTD),
    value SimpleAggregateFunction(sum, Float64)
) ENGINE = AggregatingMergeTree PARTITION BY toYYYYMM(time) ORDER BY (name, tags, time)
TTL time + INTERVAL 400 DAY SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS `basenji`.counts_minute_view TO `basenji`.counts_minute AS
SELECT name, tags, toStartOfMinute(time) AS time, sum(value) AS value
FROM `basenji`.counts GROUP BY name, tags, time;

-- A gauge is an average, the least and the largest of all hosts.
CREATE TABLE IF NOT EXISTS `basenji`.gauges_minute (
    name LowCardinality(String),
    tags Map(LowCardinality(String), String),
    time DateTime CODEC(DoubleDelta, ZSTD),
    cnt SimpleAggregateFunction(sum, UInt64),
    sum SimpleAggregateFunction(sum, Float64),
    min SimpleAggregateFunction(min, Float64),
    max SimpleAggregateFunction(max, Float64)
) ENGINE = AggregatingMergeTree PARTITION BY toYYYYMM(time) ORDER BY (name, tags, time)
TTL time + INTERVAL 400 DAY SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS `basenji`.gauges_minute_view TO `basenji`.gauges_minute AS
SELECT name, tags, toStartOfMinute(time) AS time, count() AS cnt, sum(value) AS sum, min(value) AS min, max(value) AS max
FROM `basenji`.gauges GROUP BY name, tags, time;

-- Sketches: bins.
CREATE TABLE IF NOT EXISTS `basenji`.sketches_minute (
    name LowCardinality(String),
    tags Map(LowCardinality(String), String),
    time DateTime CODEC(DoubleDelta, ZSTD),
    bins SimpleAggregateFunction(sumMap, Tuple(Array(Int16), Array(UInt64))),
    cnt SimpleAggregateFunction(sum, UInt64),
    sum SimpleAggregateFunction(sum, Float64),
    min SimpleAggregateFunction(min, Float64),
    max SimpleAggregateFunction(max, Float64)
) ENGINE = AggregatingMergeTree PARTITION BY toYYYYMM(time) ORDER BY (name, tags, time)
TTL time + INTERVAL 400 DAY SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS `basenji`.sketches_minute_view TO `basenji`.sketches_minute AS
SELECT name, tags, toStartOfMinute(time) AS time, sumMap(bins) AS bins, sum(cnt) AS cnt, sum(sum) AS sum, min(min) AS min, max(max) AS max
FROM `basenji`.sketches GROUP BY name, tags, time;

-- Sets: registers.
CREATE TABLE IF NOT EXISTS `basenji`.sets_minute (
    name LowCardinality(String),
    tags Map(LowCardinality(String), String),
    time DateTime CODEC(DoubleDelta, ZSTD),
    registers SimpleAggregateFunction(maxMap, Tuple(Array(UInt16), Array(UInt8)))
) ENGINE = AggregatingMergeTree PARTITION BY toYYYYMM(time) ORDER BY (name, tags, time)
TTL time + INTERVAL 400 DAY SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS `basenji`.sets_minute_view TO `basenji`.sets_minute AS
SELECT name, tags, toStartOfMinute(time) AS time, maxMap(registers) AS registers
FROM `basenji`.sets GROUP BY name, tags, time;

-- Sketches as states of quantilesDD, for `quantilesDDMerge(0.007751937984496124, 0.5, 0.75, 0.9, 0.95, 0.99)(state)`.
-- Multiply what it answers by 129/130.
CREATE TABLE IF NOT EXISTS `basenji`.quantiles_minute (
    name LowCardinality(String),
    tags Map(LowCardinality(String), String),
    time DateTime CODEC(DoubleDelta, ZSTD),
    state AggregateFunction(quantilesDD(0.007751937984496124, 0.5, 0.75, 0.9, 0.95, 0.99), Float64)
) ENGINE = AggregatingMergeTree PARTITION BY toYYYYMM(time) ORDER BY (name, tags, time)
TTL time + INTERVAL 400 DAY SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS `basenji`.quantiles_minute_view TO `basenji`.quantiles_minute AS
SELECT name, tags, toStartOfMinute(time) AS time, quantilesDDMergeState(0.007751937984496124, 0.5, 0.75, 0.9, 0.95, 0.99)(
    CAST(basenjiState(bins), 'AggregateFunction(quantilesDD(0.007751937984496124, 0.5, 0.75, 0.9, 0.95, 0.99), Float64)')) AS state
FROM `basenji`.sketches GROUP BY name, tags, time;
