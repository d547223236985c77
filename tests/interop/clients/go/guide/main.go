// The calls of Datadog's guide to DogStatsD on Kubernetes, with the import path that it names.
package main

import (
	"log"
	"os"

	"github.com/DataDog/datadog-go/statsd"
)

func main() {
	var client *statsd.Client
	var err error
	if socket, ok := os.LookupEnv("DD_DOGSTATSD_SOCKET"); ok {
		client, err = statsd.New("unix://" + socket)
	} else {
		client, err = statsd.New(os.Getenv("DOGSTATSD_HOST_IP") + ":8125")
	}
	if err != nil {
		log.Fatal(err)
	}
	client.Namespace = "flubber."
	client.Event(&statsd.Event{Title: "An event", Text: "The application has started"})
	client.Incr("request_count", []string{"endpoint:info"}, 1)
	client.Incr("request_count", []string{"endpoint:info"}, 1)
	client.Gauge("queue", 42.5, nil, 1)
	client.Histogram("size", 10, []string{"unit:kb"}, 1)
	client.Distribution("load", 5, []string{"core:0"}, 1)
	client.TimeInMilliseconds("time", 80.5, nil, 1)
	client.Set("users", "alice", nil, 1)
	client.ServiceCheck(&statsd.ServiceCheck{Name: "db.up", Status: statsd.Critical, Message: "no answer"})
	if err := client.Close(); err != nil {
		log.Fatal(err)
	}
}
