// Calls datadog-go for each file of samples in a directory, and keeps each datagram that it would send, its length before it.
package main

import (
	"bufio"
	"encoding/binary"
	"log"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/DataDog/datadog-go/v5/statsd"
)

var modes = map[string][]statsd.Option{
	"datadog-go":          {},
	"datadog-go-extended": {statsd.WithExtendedClientSideAggregation()},
	"datadog-go-1024":     {statsd.WithExtendedClientSideAggregation(), statsd.WithMaxSamplesPerContext(1024)},
}

// kept is a transport that writes into a file.
type kept struct {
	file   *os.File
	writer *bufio.Writer
}

func (kept kept) Write(datagram []byte) (int, error) {
	var length [4]byte
	binary.LittleEndian.PutUint32(length[:], uint32(len(datagram)))
	_, err := kept.writer.Write(append(length[:], datagram...))
	return len(datagram), err
}

func (kept kept) Close() error {
	check(kept.writer.Flush())
	return kept.file.Close()
}

func main() {
	paths, err := filepath.Glob(filepath.Join(os.Args[1], "*.samples"))
	check(err)
	for _, path := range paths {
		bytes, err := os.ReadFile(path)
		check(err)
		for mode, options := range modes {
			call(bytes, strings.TrimSuffix(path, "samples")+mode, options)
		}
	}
}

func call(samples []byte, path string, options []statsd.Option) {
	file, err := os.Create(path)
	check(err)
	// The flush is ours: one, after all calls. No queue is too short, so that what is lost is lost by the limit of samples alone.
	options = append([]statsd.Option{
		statsd.WithoutTelemetry(), statsd.WithoutOriginDetection(), statsd.WithMaxBytesPerPayload(1432),
		statsd.WithAggregationInterval(time.Hour), statsd.WithBufferFlushInterval(time.Hour), statsd.WithSenderQueueSize(1 << 20),
		statsd.WithErrorHandler(func(err error) { log.Fatal(err) }),
	}, options...)
	client, err := statsd.NewWithWriter(kept{file, bufio.NewWriter(file)}, options...)
	check(err)
	for at := 0; at < len(samples); at += 8 {
		check(client.Distribution("request.time", math.Float64frombits(binary.LittleEndian.Uint64(samples[at:])), nil, 1))
	}
	check(client.Close())
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
