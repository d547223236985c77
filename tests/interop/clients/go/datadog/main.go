// What an application does with datadog-go v5: the environment of its pod says where to send.
package main

import (
	"log"
	"time"

	"github.com/DataDog/datadog-go/v5/statsd"
)

func main() {
	// As it is by default: counts, gauges and sets aggregated.
	client := open("go.")
	calls(client)
	for call := 0; call < 200; call++ {
		check(client.Incr("incr", nil, 0.5))
		check(client.Distribution("sampled", 1, nil, 0.5))
	}
	check(client.Event(&statsd.Event{
		Title: "Déploy 2", Text: "v2 a\nfailed", Timestamp: time.Unix(1700000000, 0), Hostname: "web-1",
		AggregationKey: "deploys", Priority: statsd.Low, SourceTypeName: "go", AlertType: statsd.Error, Tags: []string{"by:ci"},
	}))
	check(client.SimpleEvent("Rollback", "v1"))
	check(client.ServiceCheck(&statsd.ServiceCheck{
		Name: "db.up", Status: statsd.Critical, Timestamp: time.Unix(1700000000, 0), Hostname: "db-1",
		Message: "no answer", Tags: []string{"by:ci"},
	}))

	// Samples are gathered too, and leave as packed values.
	packed := open("go.packed", statsd.WithExtendedClientSideAggregation(), statsd.WithoutTelemetry())
	calls(packed)
	check(packed.Close())

	// A line a call.
	plain := open("go.plain", statsd.WithoutClientSideAggregation(), statsd.WithoutTelemetry(), statsd.WithoutOriginDetection())
	calls(plain)
	check(plain.Close())

	// Its telemetry leaves every ten seconds, and not at the end.
	time.Sleep(10500 * time.Millisecond)
	check(client.Close())
}

func open(namespace string, options ...statsd.Option) *statsd.Client {
	options = append(options, statsd.WithNamespace(namespace), statsd.WithTags([]string{"env:test"}),
		statsd.WithWriteTimeout(10*time.Second), statsd.WithErrorHandler(func(err error) { log.Fatal(err) }))
	client, err := statsd.New("", options...)
	check(err)
	return client
}

func calls(client *statsd.Client) {
	check(client.Incr("views", []string{"page:home"}, 1))
	check(client.Count("views", 4, []string{"page:home"}, 1))
	check(client.Decr("views", []string{"page:home"}, 1))
	check(client.Gauge("queue", 7, nil, 1))
	check(client.Gauge("queue", -42.5, nil, 1))
	for _, value := range []float64{1, 2, 3, 4, 10, 10} {
		check(client.Histogram("size", value, []string{"unit:kb"}, 1))
	}
	for value := 1.0; value <= 5; value++ {
		check(client.Distribution("load", value, []string{"core:0"}, 1))
	}
	check(client.Timing("time", 320*time.Millisecond, nil, 1))
	check(client.TimeInMilliseconds("time", 80.5, nil, 1))
	for _, user := range []string{"alice", "bob", "alice"} {
		check(client.Set("users", user, nil, 1))
	}
	check(client.GaugeWithTimestamp("past", 9, nil, 1, time.Unix(1700000000, 0)))
	check(client.CountWithTimestamp("past", 4, nil, 1, time.Unix(1700000010, 0)))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
