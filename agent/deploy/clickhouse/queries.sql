-- Queries to begin with; `basenji clickhouse --print-queries` prints them. Each is for the last hour of a metric that is named in it.

-- 1. A count a second, by minute, of all hosts.
SELECT time, sum(value) / 60 AS per_second
FROM `basenji`.counts_minute WHERE name = 'page.views' AND time >= now() - INTERVAL 1 HOUR
GROUP BY time ORDER BY time;

-- 2. The same by a tag.
SELECT tags['env'] AS env, sum(value) AS total
FROM `basenji`.counts_minute WHERE name = 'page.views' AND time >= now() - INTERVAL 1 HOUR
GROUP BY env ORDER BY total DESC;

-- 3. The last value of a gauge on each host.
SELECT host, tags, argMax(value, time) AS last
FROM `basenji`.gauges FINAL WHERE name = 'queue.length' AND time >= now() - INTERVAL 1 HOUR
GROUP BY host, tags ORDER BY host;

-- 4. A gauge of all hosts: average, least, largest.
SELECT time, sum(sum) / sum(cnt) AS average, min(min) AS least, max(max) AS largest
FROM `basenji`.gauges_minute WHERE name = 'queue.length' AND time >= now() - INTERVAL 1 HOUR
GROUP BY time ORDER BY time;

-- 5. Quantiles of all hosts together.
SELECT sum(cnt) AS count, sum(sum) / count AS average, min(min) AS least, max(max) AS largest,
    arrayMap(p -> least(greatest(basenjiQuantile(p, sumMap(bins)), min(min)), max(max)), [0.5, 0.95, 0.99]) AS quantiles
FROM `basenji`.sketches WHERE name = 'login.time' AND time >= now() - INTERVAL 1 HOUR;

-- 6. The 99th percentile by minute and tag.
SELECT time, tags['endpoint'] AS endpoint, basenjiQuantile(0.99, sumMap(bins)) AS p99
FROM `basenji`.sketches_minute WHERE name = 'login.time' AND time >= now() - INTERVAL 1 HOUR
GROUP BY time, endpoint ORDER BY time, endpoint;

-- 7. The same from states of quantilesDD, for programs that know quantilesDDMerge.
SELECT time, arrayMap(x -> x * 129 / 130, quantilesDDMerge(0.007751937984496124, 0.5, 0.75, 0.9, 0.95, 0.99)(state)) AS quantiles
FROM `basenji`.quantiles_minute WHERE name = 'login.time' AND time >= now() - INTERVAL 1 HOUR
GROUP BY time ORDER BY time;

-- 8. The hosts with the slowest 99th percentile.
SELECT host, sum(cnt) AS count, basenjiQuantile(0.99, sumMap(bins)) AS p99
FROM `basenji`.sketches WHERE name = 'login.time' AND time >= now() - INTERVAL 1 HOUR
GROUP BY host ORDER BY p99 DESC LIMIT 10;

-- 9. How many samples were above a value: exact at the border of a bin, which is 1.56 % wide.
SELECT sumIf(bin.2, basenjiValue(bin.1) > 250) / sum(bin.2) AS share
FROM (SELECT arrayJoin(arrayZip(bins.1, bins.2)) AS bin
    FROM `basenji`.sketches WHERE name = 'login.time' AND time >= now() - INTERVAL 1 HOUR);

-- 10. Different members of a set, over all hosts and the whole hour.
SELECT basenjiUniq(maxMap(registers)) AS members
FROM `basenji`.sets WHERE name = 'users' AND time >= now() - INTERVAL 1 HOUR;

-- 11. Histograms and timings: what merges.
SELECT tags, sum(cnt) AS count, sum(sum) / count AS average, max(max) AS largest, max(aggregates['95percentile']) AS worst_p95
FROM `basenji`.histograms WHERE name = 'render.time' AND time >= now() - INTERVAL 1 HOUR
GROUP BY tags ORDER BY count DESC;

-- 12. Events, the newest first.
SELECT time, host, alert_type, title, text
FROM `basenji`.events WHERE time >= now() - INTERVAL 1 HOUR ORDER BY time DESC LIMIT 100;

-- 13. Service checks that are not well.
SELECT name, host, tags, argMax(status, time) AS last, argMax(message, time) AS said
FROM `basenji`.checks WHERE time >= now() - INTERVAL 1 HOUR
GROUP BY name, host, tags HAVING last > 0 ORDER BY last DESC;

-- 14. Names with the most series.
SELECT name, uniqExact(tags, host) AS series
FROM `basenji`.counts WHERE time >= now() - INTERVAL 1 HOUR
GROUP BY name ORDER BY series DESC LIMIT 20;
