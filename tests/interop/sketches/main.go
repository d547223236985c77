// Sketches by the Agent's own module.
//
// A line of input is the values of a sketch between blanks; the answer is a line with the SketchPayload of it in hexadecimal, as the
// Agent's own definitions marshal it.
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/DataDog/agent-payload/v5/gogen"
	"github.com/DataDog/datadog-agent/pkg/util/quantile"
)

func main() {
	config := quantile.Default()
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		sketch := &quantile.Sketch{}
		for _, word := range strings.Fields(lines.Text()) {
			value, err := strconv.ParseFloat(word, 64)
			if err != nil {
				panic(err)
			}
			sketch.Insert(config, value)
		}
		keys, counts := sketch.Cols()
		basic := sketch.Basic
		payload := gogen.SketchPayload{Sketches: []gogen.SketchPayload_Sketch{{
			Metric: "latency", Host: "web", Tags: []string{"env:dev"},
			Dogsketches: []gogen.SketchPayload_Sketch_Dogsketch{{
				Ts: 1800000000, Cnt: basic.Cnt, Min: basic.Min, Max: basic.Max, Avg: basic.Avg, Sum: basic.Sum, K: keys, N: counts,
			}},
		}}}
		bytes, err := payload.Marshal()
		if err != nil {
			panic(err)
		}
		fmt.Fprintln(out, hex.EncodeToString(bytes))
	}
	if err := lines.Err(); err != nil {
		panic(err)
	}
}
