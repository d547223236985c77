// The Agent's own sketch on the values of standard input, doubles of eight bytes, the lowest first: nanoseconds of an insert and of a merge, bytes that
// the sketch takes, and what it says of the quantiles.
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"github.com/DataDog/datadog-agent/pkg/util/quantile"
)

// Values of each of two sketches that are merged.
const merged = 1000

// shortest is the shortest time of doing it once, in nanoseconds.
func shortest(do func()) float64 {
	least := time.Hour
	for begin := time.Now(); time.Since(begin) < time.Second; {
		one := time.Now()
		do()
		least = min(least, time.Since(one))
	}
	return float64(least.Nanoseconds())
}

func main() {
	bytes, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	values := make([]float64, len(bytes)/8)
	for at := range values {
		values[at] = math.Float64frombits(binary.LittleEndian.Uint64(bytes[8*at:]))
	}
	config := quantile.Default()
	of := func(values []float64) *quantile.Sketch {
		agent := &quantile.Agent{}
		for _, value := range values {
			agent.Insert(value, 1)
		}
		return agent.Finish()
	}
	insert := shortest(func() { of(values) }) / float64(len(values))
	one, other := of(values[:merged]), of(values[merged:2*merged])
	copied := func(do func(*quantile.Sketch)) float64 {
		return shortest(func() {
			for n := 0; n < 100; n++ {
				do(one.Copy())
			}
		}) / 100
	}
	merge := copied(func(copy *quantile.Sketch) { copy.Merge(config, other) }) - copied(func(*quantile.Sketch) {})
	sketch := of(values)
	used, _ := sketch.MemSize()
	fmt.Printf("%.1f %.0f %d", insert, merge, used)
	for _, q := range []float64{0.5, 0.9, 0.99, 0.999} {
		fmt.Printf(" %v", sketch.Quantile(config, q))
	}
	fmt.Println()
}
