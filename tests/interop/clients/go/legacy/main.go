// What an application does with datadog-go v4, which some still import by the path without a version.
package main

import (
	"log"
	"os"
	"time"

	"github.com/DataDog/datadog-go/statsd"
)

func main() {
	// As it is by default: a line a call.
	client := open("legacy.")
	calls(client)
	for call := 0; call < 200; call++ {
		check(client.Incr("incr", nil, 0.5))
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

	// Everything is gathered, and samples leave as packed values.
	packed := open("legacy.packed", statsd.WithExtendedClientSideAggregation(), statsd.WithoutTelemetry())
	calls(packed)
	check(packed.Close())

	// Its telemetry leaves every ten seconds, and not at the end.
	time.Sleep(10500 * time.Millisecond)
	check(client.Close())
}

func open(namespace string, options ...statsd.Option) *statsd.Client {
	options = append(options, statsd.WithNamespace(namespace), statsd.WithTags([]string{"env:test"}),
		statsd.WithWriteTimeoutUDS(10*time.Second))
	address := ""
	if os.Getenv("TRANSPORT") == "unixgram" {
		address = os.Getenv("DD_DOGSTATSD_URL")
	}
	client, err := statsd.New(address, options...)
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
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
